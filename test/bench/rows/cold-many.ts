import type { BenchRun, Row } from '../bench-run.ts';
import { type Figure, medianOf } from '../figure.ts';
import { Population } from '../population.ts';

const FEW = 1_000;
/** For ten times as many. */
const MOST_TIMES = 12;

export const coldOfMany: Row = {
  name: 'cold-many',
  what: `the first sync of many, in relation to that of ${FEW.toLocaleString('en')} in the same run`,
  count: 10_000,
  measure: measureColdOfMany,
};

async function measureColdOfMany(run: BenchRun, count: number): Promise<readonly Figure[]> {
  const few = Math.ceil(count / 10);
  const fewS = medianOf(run.coldS.get(few) ?? [await measure(run, few)]);
  const manyS = await measure(run, count);
  return [
    {
      row: 'cold-many',
      what: `cold sync of ${count}, in relation to that of ${few}`,
      value: manyS / fewS,
      unit: 'times',
      bound: MOST_TIMES,
      note: `${manyS.toFixed(1)} s and ${fewS.toFixed(1)} s`,
    },
  ];
}

async function measure(run: BenchRun, count: number): Promise<number> {
  const world = await run.freshWorld();
  const population = await Population.create(world, { namespace: 'tenant', count });
  const cold = await run.sync(world, population);
  run.keep(cold);
  return cold.tookS;
}
