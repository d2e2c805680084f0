import { withProgress } from '../../support/parts/progress.ts';
import { type BenchRun, patienceMs, type Row } from '../bench-run.ts';
import type { Figure } from '../figure.ts';
import { Population } from '../population.ts';
import { isRefreshedSince } from '../watch.ts';

export const shared: Row = {
  name: 'shared',
  what: 'calls of AWS for ExternalSecrets that read one shared secret and are all due at once',
  count: 5_000,
  quickCount: 1_000,
  measure: measureShared,
};

async function measureShared(run: BenchRun, count: number): Promise<readonly Figure[]> {
  const world = await run.freshWorld();
  const population = await Population.create(world, { namespace: 'tenant', count, shared: true });
  const first = await run.sync(world, population);
  const firstCalls = await world.aws.calls();
  await first.operator.stop();
  // As if the operator had been away for a day: so all of them are due at the same moment.
  await population.age();
  await world.aws.tell({ order: 'forget' });
  const sinceMs = Date.now() - 5_000;
  const operator = await world.startOperator();
  const seen = await withProgress(`refreshing ${count} of one secret`, () =>
    population.watch.until(count, isRefreshedSince(sinceMs), { timeoutMs: patienceMs(count), gone: operator.gone }),
  );
  const calls = await world.aws.calls();
  const tookS = (Math.max(...seen.values()) - operator.startedMs) / 1_000;
  return [
    {
      row: 'shared',
      what: `${count} on one secret, all due at once`,
      value: calls.reads.length,
      unit: 'calls',
      bound: 1,
      note: `in ${tookS.toFixed(1)} s: ${calls.text}; their first sync: ${firstCalls.text}`,
    },
  ];
}
