import { expect, it } from 'vitest';
import type { Need } from '../../../src/core/ports.ts';
import { MemoryWorld } from '../../support/memory-world.ts';

const NEED: Need = { isUrgent: true, maxAgeMs: 700, patienceMs: 0 };

/** A world whose looks are wanted like that, and what AWS is told of it. */
function makeWorld() {
  const world = new MemoryWorld();
  world.operator.need = NEED;
  const told: unknown[] = [];
  const fetch = world.aws.fetch.bind(world.aws);
  world.aws.fetch = (plan, signal) => {
    told.push(plan.need);
    return fetch(plan, signal);
  };
  return { world, told };
}

it('what is read is wanted as soon, and as young, as the queue says of the key', async () => {
  const { world, told } = makeWorld();
  world.apply('db');
  await world.operator.run();
  expect(told).toEqual([NEED]);
});

it('so are the members that a find has found', async () => {
  const { world, told } = makeWorld();
  world.apply('db', {
    data: [],
    dataFrom: [{ find: { path: 'prod/', name: { glob: '*' } }, rewrite: [{ prefix: { remove: 'prod/', add: '' } }] }],
  });
  await world.operator.run();
  expect(told).toEqual([NEED]);
});

it('where a deletion may follow, nothing counts that was read before it was known who reads', async () => {
  const { world, told } = makeWorld();
  world.apply('db', { target: { deletionPolicy: 'Delete' } });
  await world.operator.run();
  expect(told).toEqual([{ ...NEED, maxAgeMs: 0 }]);
});

it.for([
  ['1h', 5_000],
  ['1m', 1_500],
  ['10s', 250],
  ['0s', 0],
] as const)(
  'a refresh by the clock may wait for others as long as its interval of %s bears',
  async ([refreshInterval, want]) => {
    const { world, told } = makeWorld();
    world.operator.need = { ...NEED, patienceMs: Number.POSITIVE_INFINITY };
    world.operator.pace = { ...world.operator.pace, untilMs: world.cluster.nowMs + 60_000 };
    world.apply('db', { refreshInterval });
    await world.operator.run();
    expect(told[0]).toEqual({ ...NEED, patienceMs: want });
  },
);
