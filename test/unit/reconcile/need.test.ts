import { expect, it } from 'vitest';
import type { Need } from '../../../src/core/ports.ts';
import { MemoryWorld } from '../../support/memory-world.ts';

const NEED: Need = { isUrgent: true, maxAgeMs: 700 };

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
