import { describe, expect, it } from 'vitest';
import { createBoundedPasses } from '../../src/bounded-passes.ts';
import { KeyQueue } from '../../src/controller/key-queue.ts';
import { createWorkers } from '../../src/controller/workers.ts';
import type { Need, RawResource } from '../../src/core/ports.ts';
import type { Next } from '../../src/core/schedule.ts';
import { FakeTime } from './controller/fake-time.ts';

/** Lets every promise that can go on go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Workers over passes that last until they are told to end. ExternalSecrets whose name says `heavy` ask for 500 values. */
function stage() {
  const time = new FakeTime();
  const queue = new KeyQueue({ clock: time, timers: time, groupOf: (id) => id.split('/')[0] ?? '' });
  const begun: { readonly id: string; readonly need: Need; end(): void; fail(): void }[] = [];
  const reconcile = (id: string, _signal: AbortSignal, need: Need): Promise<Next> =>
    new Promise((resolve) =>
      begun.push({
        id,
        need,
        end: () => resolve({ after: 'change' }),
        fail: () => resolve({ after: 'backoff', capMs: 1_000 }),
      }),
    );
  const resource = (_kind: string, key: { readonly name: string }): RawResource => ({
    kind: 'ExternalSecret',
    status: undefined,
    metadata: {
      namespace: 'team',
      name: key.name,
      uid: 'uid',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: {},
      annotations: {},
      ownerReferences: [],
    },
    spec: { data: Array.from({ length: key.name.startsWith('heavy') ? 500 : 1 }, () => ({})) },
  });
  const stop = new AbortController();
  const workers = createWorkers({
    queue,
    width: 2_000,
    reconcile: createBoundedPasses({ reconcile }, { resource }),
    ambient: time,
    observer: {
      unexpected: (_, error) => {
        throw error;
      },
    },
  });
  const running = workers.run(stop.signal);
  const ids = (): readonly string[] => begun.map(({ id }) => id);
  const end = async (): Promise<void> => {
    stop.abort();
    for (const each of begun) each.end();
    await running;
  };
  return { time, queue, begun, ids, end };
}

describe('passes over ExternalSecrets', () => {
  it('are under way together while their values are few', async () => {
    const { queue, ids, end } = stage();
    for (let at = 0; at < 400; at += 1) queue.add(`team/light${at}`, 'due');
    await settle();
    expect(ids()).toHaveLength(400);
    await end();
  });

  it('wait where there would be too many values in memory, and of one namespace already at half as many', async () => {
    const { queue, begun, ids, end } = stage();
    for (const name of ['heavy1', 'heavy2']) queue.add(`team/${name}`, 'due');
    for (const name of ['heavy1', 'heavy2']) queue.add(`other/${name}`, 'due');
    for (const name of ['heavy1', 'light']) queue.add(`third/${name}`, 'due');
    await settle();
    expect(ids()).toEqual(['team/heavy1', 'other/heavy1']);
    begun[0]?.end();
    await settle();
    expect(ids()).toHaveLength(3);
    for (let at = 0; at < 6; at += 1) {
      begun[at]?.end();
      await settle();
    }
    expect(ids()).toHaveLength(6);
    await end();
  });

  it('that have waited serve what was asked for meanwhile, by nothing that was read before', async () => {
    const { queue, time, begun, end } = stage();
    for (const name of ['heavy1', 'heavy2']) queue.add(`team/${name}`, 'due');
    await settle();
    expect(begun).toHaveLength(1);
    time.advance(10_000);
    // Somebody forces a refresh of the one that waits: the pass will see the wish, and must not meet it with an older value.
    queue.add('team/heavy2', 'changed');
    time.advance(30);
    begun[0]?.end();
    await settle();
    expect(begun[1]).toMatchObject({ id: 'team/heavy2', need: { maxAgeMs: 30 } });
    await end();
  });

  it('may wait for others where they come by the clock, and not where people wait, or after a failure', async () => {
    const { queue, time, begun, end } = stage();
    queue.add('team/due', 'due');
    queue.add('team/changed', 'changed');
    await settle();
    const patience = (): unknown => Object.fromEntries(begun.map(({ id, need }) => [id, need.patienceMs]));
    expect(patience()).toEqual({ 'team/due': Number.POSITIVE_INFINITY, 'team/changed': 0 });
    begun.find(({ id }) => id === 'team/due')?.fail();
    await settle();
    time.advance(1_000);
    await settle();
    expect(begun).toHaveLength(3);
    expect(patience()).toEqual({ 'team/due': 0, 'team/changed': 0 });
    await end();
  });

  it('need their values urgently where nothing was ever synced', async () => {
    const { queue, begun, end } = stage();
    queue.add('team/new', 'neverSynced');
    queue.add('team/old', 'due');
    await settle();
    expect(begun.map(({ id, need }) => [id, need.isUrgent])).toEqual([
      ['team/new', true],
      ['team/old', false],
    ]);
    await end();
  });
});
