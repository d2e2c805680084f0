import type { BenchRun, Row } from '../bench-run.ts';
import { type Figure, medianOf } from '../figure.ts';
import { measureFloor } from '../floor.ts';
import { Population } from '../population.ts';
import { repeated } from '../repeated.ts';

const MOST_OF_FLOOR = 1.3;
const BATCH = 20;

export const cold: Row = {
  name: 'cold',
  what: 'the first sync: time from the start of the operator to the last Secret and status, calls of AWS and of STS',
  count: 1_000,
  quickCount: 1_000,
  measure: (run, count) => repeated(() => measureCold(run, count)),
};

async function measureCold(run: BenchRun, count: number): Promise<readonly Figure[]> {
  const world = await run.freshWorld();
  const before = await measureFloor(world, count, 'SecretsManager');
  const population = await Population.create(world, { namespace: 'tenant', count });
  const { operator, tookS } = await run.sync(world, population);
  run.coldS.set(count, [...(run.coldS.get(count) ?? []), tookS]);
  const calls = await world.aws.calls();
  const { cpuSeconds, memory } = operator;
  await operator.stop();
  const after = await measureFloor(world, count, 'SecretsManager');
  run.keep({ world, population, operator: await world.startOperator() });
  const floorS = medianOf([before, after]);
  const note = `floors ${before.toFixed(2)} and ${after.toFixed(2)} s; the operator used ${cpuSeconds.toFixed(2)} s of CPU and ${memory.nowMb} MB, ${memory.peakMb} at most`;
  return [
    {
      row: 'cold',
      what: `cold sync of ${count}`,
      value: tookS,
      unit: 's',
      bound: MOST_OF_FLOOR * floorS,
      boundBy: `${MOST_OF_FLOOR} × floor`,
      floorS,
      note,
    },
    {
      row: 'cold',
      what: 'its AWS calls',
      value: calls.reads.length,
      unit: 'calls',
      bound: Math.ceil(count / BATCH),
      note: calls.text,
    },
    { row: 'cold', what: 'its STS calls', value: calls.sts, unit: 'calls', bound: 1 },
  ];
}
