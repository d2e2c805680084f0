import { setTimeout as wait } from 'node:timers/promises';
import { withProgress } from '../../support/parts/progress.ts';
import { type BenchRun, patienceMs, type Row } from '../bench-run.ts';
import { type Figure, medianOf, percentileOf } from '../figure.ts';
import { measureNewcomers } from '../newcomers.ts';
import { Population } from '../population.ts';
import { hasFailed } from '../watch.ts';

const NEWCOMERS = 100;
const EVERY_MS = 250;
const MOST_TIMES = 2;
/** As often as may be: what fails is tried again each time. */
const INTERVAL = '10s';
const SETTLE_MS = 15_000;

export const fairness: Row = {
  name: 'fairness',
  what: 'a new ExternalSecret while so many of another namespace fail, in relation to when none do',
  count: 5_000,
  quickCount: 1_000,
  measure: measureFairness,
};

async function measureFairness(run: BenchRun, count: number): Promise<readonly Figure[]> {
  const world = await run.freshWorld();
  const quiet = await Population.create(world, { namespace: 'quiet', count: 10 });
  const { operator } = await run.sync(world, quiet);
  const newcomers = (): Promise<number[]> =>
    withProgress(`creating ${NEWCOMERS} in ${quiet.namespace}`, () =>
      measureNewcomers(quiet, operator, { count: NEWCOMERS, everyMs: EVERY_MS }),
    );
  const alone = await newcomers();
  const failing = await Population.create(world, {
    namespace: 'failing',
    count,
    missing: true,
    refreshInterval: INTERVAL,
  });
  await withProgress(`${count} fail in ${failing.namespace}`, async () => {
    await failing.watch.until(count, hasFailed, { timeoutMs: patienceMs(count), gone: operator.gone });
    await wait(SETTLE_MS);
  });
  const faultsBefore = await operator.counter('keyferry_sync_faults_total');
  const startedMs = performance.now();
  const beside = await newcomers();
  const faults = (await operator.counter('keyferry_sync_faults_total')) - faultsBefore;
  const p99 = percentileOf(alone, 0.99);
  const perSecond = faults / ((performance.now() - startedMs) / 1_000);
  return [
    {
      row: 'fairness',
      what: `a new one beside ${count} that fail, p99`,
      value: percentileOf(beside, 0.99),
      unit: 's',
      bound: MOST_TIMES * p99,
      boundBy: `${MOST_TIMES} × the quiet ${p99.toFixed(2)} s`,
      note: `p50 ${medianOf(beside).toFixed(3)} s beside ${medianOf(alone).toFixed(3)} s when quiet; ${perSecond.toFixed(0)} faults a second`,
    },
  ];
}
