import { describe, expect, it, vi } from 'vitest';
import { createQueues } from '../../src/queues.ts';
import { createReconcilers } from '../../src/reconcilers.ts';
import { FakeTime } from './controller/fake-time.ts';

type Means = Parameters<typeof createReconcilers>[0];

/** Reconcilers over caches that know of nothing, and the queues of which keys are taken, in their order. */
function stage() {
  const time = new FakeTime();
  const steady = { nowMs: () => time.nowMs(), random: () => 0.5 };
  const queues = createQueues(4, steady, time);
  const taken: string[] = [];
  const cache: Partial<Means['cache']> = { resource: () => undefined, onChange: () => undefined };
  const metrics: Partial<Means['metrics']> = {
    queueWaited: (queue) => void taken.push(queue),
    reconciled: () => undefined,
  };
  const means: Partial<Means> = {
    config: { workers: 4, restarts: {}, operatorIdentity: { use: 'refused' } } as unknown as Means['config'],
    log: { debug: () => undefined } as unknown as Means['log'],
    wall: steady,
    steady,
    nextTurn: (fn) => void setImmediate(fn),
    cache: cache as Means['cache'],
    metrics: metrics as Means['metrics'],
    queues,
    key: { id: '00000001', key: new Uint8Array(32) },
  };
  return { queues, taken, ...createReconcilers(means as Means) };
}

describe('the reconcilers', () => {
  it('begin with the stores: who reads by one waits for the token that its first look trades', async () => {
    const { queues, taken, workers } = stage();
    for (let at = 0; at < 100; at++) queues.externalsecret.add(`team/db-${at}`, 'neverSynced');
    queues.store.add('SecretStore/team/aws', 'changed');
    const stop = new AbortController();
    const worked = Promise.all(workers.map((each) => each.run(stop.signal)));
    await vi.waitFor(() => expect(taken).toHaveLength(101));
    stop.abort();
    await worked;
    expect(taken[0]).toBe('store');
  });
});
