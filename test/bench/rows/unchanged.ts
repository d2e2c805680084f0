import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { withProgress } from '../../support/parts/progress.ts';
import type { BenchRun, Row } from '../bench-run.ts';
import type { Figure } from '../figure.ts';
import { startLogbook } from '../logbook.ts';
import type { World } from '../world.ts';

const CPU_S_OF_A_THOUSAND = 0.3;
const INTERVAL = '10s';
const SETTLE_MS = 12_000;
// Events of the first sync are told a few a second, and go on for half a minute where no other row was measured in between.
const QUIET_MS = 3_000;
const EVENTS_PATIENCE_MS = 300_000;
const WINDOW_MS = 40_000;

export const unchanged: Row = {
  name: 'unchanged',
  what: 'processor time of a refresh in which nothing changed, and what it writes',
  count: 1_000,
  quickCount: 1_000,
  measure: measureUnchanged,
};

async function measureUnchanged(run: BenchRun, count: number): Promise<readonly Figure[]> {
  const { world, population, operator } = await run.synced(count);
  await withProgress('waiting until the Events of the first sync have been told', () =>
    eventually('the operator to write nothing', () => isQuiet(world), { timeoutMs: EVENTS_PATIENCE_MS }),
  );
  await population.setInterval(INTERVAL, operator.gone);
  const { cpuS, refreshes, logbook, calls } = await withProgress(`refreshing ${count} every ${INTERVAL}`, async () => {
    await wait(SETTLE_MS);
    await world.aws.tell({ order: 'forget' });
    const since = startLogbook(world.plane);
    const [syncsBefore, cpuBefore] = [await operator.counter('keyferry_sync_total'), operator.cpuSeconds];
    await wait(WINDOW_MS);
    const cpu = operator.cpuSeconds - cpuBefore;
    const syncs = (await operator.counter('keyferry_sync_total')) - syncsBefore;
    return { cpuS: cpu, refreshes: syncs / count, logbook: since.read(), calls: await world.aws.calls() };
  });
  return [
    {
      row: 'unchanged',
      what: `CPU of a refresh of ${count} in which nothing changed`,
      value: cpuS / refreshes,
      unit: 's',
      bound: (CPU_S_OF_A_THOUSAND * count) / 1_000,
      note: `${refreshes.toFixed(1)} refreshes in ${WINDOW_MS / 1_000} s; ${(calls.reads.length / refreshes).toFixed(0)} AWS calls for each: ${calls.text}`,
    },
    {
      row: 'unchanged',
      what: 'its writes to the API server, but for the lease',
      value: logbook.writes.length / refreshes,
      unit: 'writes',
      bound: 0,
      note: logbook.text,
    },
  ];
}

async function isQuiet({ plane }: World): Promise<boolean> {
  const since = startLogbook(plane);
  await wait(QUIET_MS);
  return since.read().writes.length === 0;
}
