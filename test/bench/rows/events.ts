import { setTimeout as wait } from 'node:timers/promises';
import { createQueue } from '../../support/event-queue.ts';
import { secretCalled } from '../../support/events.ts';
import { startMoto } from '../../support/moto.ts';
import { withProgress } from '../../support/parts/progress.ts';
import type { BenchRun, ColdSync, Row } from '../bench-run.ts';
import { type Figure, medianOf, percentileOf } from '../figure.ts';
import { Population } from '../population.ts';

const EVENTS = 100;
const EVERY_MS = 200;
const P95_S = 1;
const P99_S = 3;
const PATIENCE_MS = 60_000;

export const events: Row = {
  name: 'events',
  what: 'an event in the queue: time to the status that tells of the new Secret',
  count: 10_000,
  quickCount: 1_000,
  measure: measureEvents,
};

async function measureEvents(run: BenchRun, count: number): Promise<readonly Figure[]> {
  const world = await run.freshWorld();
  // The stand-in has no queues.
  const moto = await startMoto();
  const queue = await createQueue(moto.endpoint, 'bench');
  try {
    const population = await Population.create(world, { namespace: 'tenant', count });
    const synced = await run.sync(world, population, {
      args: ['--events-queue-url', queue.url],
      env: { AWS_ENDPOINT_URL_SQS: moto.endpoint, AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' },
    });
    await world.aws.tell({ order: 'forget' });
    const send = (name: string): Promise<void> =>
      queue.send([JSON.stringify(secretCalled('PutSecretValue', { secretId: name }, { name }))]);
    const seconds = await withProgress(`sending ${EVENTS} events`, () => measureEach(synced, send));
    const calls = await world.aws.calls();
    const figure = (share: number, bound: number): Figure => ({
      row: 'events',
      what: `an event to the status, ${count} in the cluster, p${share * 100}`,
      value: percentileOf(seconds, share),
      unit: 's',
      bound,
      note: `p50 ${medianOf(seconds).toFixed(3)} s; ${EVENTS} events made ${calls.reads.length} reads`,
    });
    // The queue goes before the world does.
    await synced.operator.stop();
    return [figure(0.95, P95_S), figure(0.99, P99_S)];
  } finally {
    queue.close();
    await moto.stop();
  }
}

/** Changes one secret after another and tells of each. Answers with the seconds from each telling to the status of the new Secret. */
async function measureEach(
  { population, operator }: ColdSync,
  send: (name: string) => Promise<void>,
): Promise<number[]> {
  const seconds: number[] = [];
  for (let at = 0; at < EVENTS; at++) {
    const name = `db-${at}`;
    const before = population.watch.last(name)?.status?.targetResourceVersion;
    const secret = await population.rotateOne(at);
    const startedMs = performance.now();
    const seen = population.watch.until(
      1,
      ({ metadata, status }) => metadata.name === name && status?.targetResourceVersion !== before,
      { timeoutMs: PATIENCE_MS, gone: operator.gone },
    );
    await send(secret);
    const [[, atMs] = ['', Number.NaN]] = await seen;
    seconds.push((atMs - startedMs) / 1_000);
    await wait(EVERY_MS);
  }
  return seconds;
}
