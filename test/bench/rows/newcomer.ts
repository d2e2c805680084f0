import { setTimeout as wait } from 'node:timers/promises';
import { withProgress } from '../../support/parts/progress.ts';
import type { BenchRun, Row } from '../bench-run.ts';
import { type Figure, medianOf, percentileOf } from '../figure.ts';
import { measureNewcomers } from '../newcomers.ts';

const INTERVAL = '1m';
/** Until the first round of refreshes has come whole. */
const SETTLE_MS = 15_000;
const NEWCOMERS = 120;
const EVERY_MS = 500;
const P99_S = 2;

export const newcomer: Row = {
  name: 'new',
  what: 'a new ExternalSecret while so many refresh every minute: time to its Secret and status',
  count: 10_000,
  quickCount: 1_000,
  measure: measureNew,
};

async function measureNew(run: BenchRun, count: number): Promise<readonly Figure[]> {
  const { population, operator } = await run.synced(count);
  await population.setInterval(INTERVAL, operator.gone);
  const found = await withProgress(`creating ${NEWCOMERS} while ${count} refresh every ${INTERVAL}`, async () => {
    await wait(SETTLE_MS);
    const [syncs, cpu, startedMs] = [
      await operator.counter('keyferry_sync_total'),
      operator.cpuSeconds,
      performance.now(),
    ];
    const seconds = await measureNewcomers(population, operator, { count: NEWCOMERS, everyMs: EVERY_MS });
    const tookS = (performance.now() - startedMs) / 1_000;
    const perMinute = (each: number): number => (each / tookS) * 60;
    const looks = perMinute((await operator.counter('keyferry_sync_total')) - syncs);
    return { seconds, looks, cpuS: perMinute(operator.cpuSeconds - cpu) };
  });
  const { seconds, looks, cpuS } = found;
  return [
    {
      row: 'new',
      what: `a new one while ${count} refresh every minute, p99`,
      value: percentileOf(seconds, 0.99),
      unit: 's',
      bound: P99_S,
      note: `p50 ${medianOf(seconds).toFixed(3)} s; ${looks.toFixed(0)} looks and ${cpuS.toFixed(1)} s of CPU a minute`,
    },
  ];
}
