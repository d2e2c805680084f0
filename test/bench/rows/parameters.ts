import type { BenchRun, Row } from '../bench-run.ts';
import { type Figure, medianOf } from '../figure.ts';
import { measureFloor } from '../floor.ts';
import { Population } from '../population.ts';
import { repeated } from '../repeated.ts';

/** Calls a second that AWS allows by default, and names in a call. */
const ALLOWED = 40;
const BATCH = 10;
const MOST_OF_FLOOR = 1.3;

interface Way {
  readonly says: string;
  readonly args: readonly string[];
  readonly mostThrottles: number;
  /** How much more time it may take than the way in which the quota is told. */
  readonly slower: number;
}

const told: Way = {
  says: 'told the quota',
  args: [`--aws-rate=parameter-store=${ALLOWED}`],
  mostThrottles: 5,
  slower: 1,
};
const untold: Way = { says: 'not told the quota', args: [], mostThrottles: 10, slower: 2 };

export const parameters: Row = {
  name: 'parameters',
  what: `the first sync from Parameter Store, which allows ${ALLOWED} calls/s: with that told, and without`,
  count: 1_000,
  quickCount: 1_000,
  measure: async (run, count) => [
    ...(await repeated(() => measureWay(run, count, told))),
    ...(await repeated(() => measureWay(run, count, untold))),
  ],
};

async function measureWay(run: BenchRun, count: number, way: Way): Promise<readonly Figure[]> {
  const world = await run.freshWorld();
  const service = 'ParameterStore';
  const before = await measureFloor(world, count, service);
  const population = await Population.create(world, { namespace: 'tenant', count, service });
  const { operator, tookS } = await run.sync(world, population, { args: way.args });
  const calls = await world.aws.calls();
  await operator.stop();
  const floorS = medianOf([before, await measureFloor(world, count, service)]);
  // What AWS itself makes everybody wait for, or what the API server does.
  const fastestS = Math.max(count / BATCH / ALLOWED, floorS);
  const what = `${count} parameters, ${way.says}`;
  const ofWhat = fastestS === floorS ? 'floor' : `${fastestS.toFixed(1)} s`;
  return [
    {
      row: 'parameters',
      what,
      value: tookS,
      unit: 's',
      bound: way.slower * MOST_OF_FLOOR * fastestS,
      boundBy: `${way.slower * MOST_OF_FLOOR} × ${ofWhat}`,
      floorS,
      note: `throttled ${calls.throttled} times; ${calls.text}`,
    },
    {
      row: 'parameters',
      what: 'calls that AWS took',
      value: calls.reads.length - calls.throttled,
      unit: 'calls',
      bound: Math.ceil(count / BATCH),
    },
    {
      row: 'parameters',
      what: 'calls that AWS throttled',
      value: calls.throttled,
      unit: 'throttles',
      bound: way.mostThrottles,
    },
  ];
}
