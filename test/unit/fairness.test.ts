import { expect, it } from 'vitest';
import { Turnstile } from '../../src/controller/turnstile.ts';
import { createWorkers } from '../../src/controller/workers.ts';
import type { Next } from '../../src/core/schedule.ts';
import { createQueues, externalSecretsAtOnce } from '../../src/queues.ts';
import { FakeTime } from './controller/fake-time.ts';

const WORKERS = 32;
const PASS_MS = 10_000;

/** Lets every promise that can go on go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The workers for ExternalSecrets; passes in the namespace `greedy` hang for ten seconds and fail, others are well at once. */
function stage() {
  const time = new FakeTime();
  const queue = createQueues(WORKERS, time, time).externalsecret;
  const done: string[] = [];
  const reconcile = async (id: string): Promise<Next> => {
    const isGreedy = id.startsWith('greedy/');
    if (isGreedy) await new Promise<void>((resolve) => time.set(PASS_MS, resolve));
    done.push(id);
    return isGreedy ? { after: 'backoff', capMs: 600_000 } : { after: 'change' };
  };
  const observer = {
    unexpected: (_: string, error: unknown) => {
      throw error;
    },
  };
  const workers = createWorkers({ queue, width: externalSecretsAtOnce(WORKERS), reconcile, ambient: time, observer });
  return { time, queue, workers, done };
}

it('five thousand ExternalSecrets that hang and fail in one namespace do not make a new one of another wait', async () => {
  const { time, queue, workers, done } = stage();
  const stop = new AbortController();
  const running = workers.run(stop.signal);
  for (let at = 0; at < 5_000; at += 1) queue.add(`greedy/${at}`, 'neverSynced');
  await settle();
  for (let round = 0; round < 60; round += 1) {
    time.advance(7_000);
    await settle();
    const before = done.length;
    const name = `modest/${round}`;
    queue.add(name, round % 2 === 0 ? 'neverSynced' : 'due');
    await settle();
    // No pass of theirs had to end first, and no time had to go by.
    expect(done.slice(before)).toEqual([name]);
    expect(queue.measure().working).toBeLessThanOrEqual(externalSecretsAtOnce(WORKERS) / 2);
  }
  expect(done.filter((id) => id.startsWith('greedy/')).length).toBeGreaterThan(1_000);
  stop.abort();
  time.advance(PASS_MS);
  await running;
});

it('nor do their calls to the API server: of those that wait, every second one is of the other namespace', async () => {
  const calls = new Turnstile({ width: 2 * WORKERS, groupWidth: WORKERS });
  const { signal } = new AbortController();
  const begun: string[] = [];
  const call = (namespace: string): Promise<void> =>
    calls.pass(
      namespace,
      async () => {
        begun.push(namespace);
        await settle();
      },
      signal,
    );
  const all = Array.from({ length: 5_000 }, () => call('greedy'));
  await settle();
  const before = begun.length;
  await Promise.all(Array.from({ length: 20 }, () => call('modest')));
  expect(begun.slice(before).filter((namespace) => namespace === 'greedy').length).toBeLessThanOrEqual(3 * WORKERS);
  await Promise.all(all);
});
