import { expect, it } from 'vitest';
import { at, MemoryWorld } from '../../support/memory-world.ts';

const DELETE = { target: { deletionPolicy: 'Delete' } };
const BEGUN = '2025-12-31T23:55:00Z';

it('a look that is slow to learn of it does not begin the grace of deletionPolicy Delete anew', async () => {
  const world = new MemoryWorld();
  const { aws, cluster, operator } = world;
  world.apply('db', DELETE);
  await operator.run();
  aws.delete('prod/db');
  const fetch = aws.fetch.bind(aws);
  const looks = [
    async (): Promise<void> => {
      const { metadata, status } = cluster.resource('ExternalSecret', at('db')) ?? expect.fail('none');
      const after = { ...(status as object), goneSince: BEGUN };
      await cluster.status.replaceStatus('ExternalSecret', at('db'), metadata, after, new AbortController().signal);
    },
  ];
  aws.fetch = async (plan, signal) => {
    const answer = await fetch(plan, signal);
    await looks.shift()?.();
    return answer;
  };
  operator.pace = { ...operator.pace, untilMs: cluster.nowMs + 60_000 };
  await operator.run(() => world.apply('db', DELETE, 'gone'));
  expect(looks).toEqual([]);
  expect(cluster.resource('ExternalSecret', at('db'))?.status).toMatchObject({ goneSince: BEGUN });
  // Nothing is removed by what was not known when AWS was asked.
  expect(cluster.secret(at('db'))).toBeDefined();
});
