import { createValueSource } from './aws/value-source.ts';
import type { OperatorConfig } from './config.ts';
import type { NextTurn } from './controller/breath.ts';
import type { Timers } from './controller/key-queue.ts';
import { pause } from './controller/pause.ts';
import { runTogether } from './controller/run-together.ts';
import type { Ambient } from './core/ports.ts';
import { refId } from './core/ref-id.ts';
import type { InstallationKey } from './core/revision.ts';
import { readEvents } from './events.ts';
import type { ClusterCache } from './kube/cache.ts';
import type { ApiClient } from './kube/client.ts';
import { createRecorder } from './kube/events.ts';
import { createIdentitySource } from './kube/identity.ts';
import type { Leader } from './leader.ts';
import { awsObserver, unsynced } from './observe.ts';
import type { Queues } from './queues.ts';
import { SourceNews } from './reconcile/source-news.ts';
import { createReconcilers, type Reconcilers } from './reconcilers.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

// What the operator does when it is its turn.

/** Everything outside itself that the operator may touch, the cluster and AWS apart. */
export interface Surroundings {
  readonly config: OperatorConfig;
  readonly version: string;
  readonly log: Log;
  readonly wall: Ambient;
  /** Never jumps; only differences of its times mean anything. */
  readonly steady: Ambient;
  readonly timers: Timers;
  readonly nextTurn: NextTurn;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Which replica this is. */
  readonly instance: string;
}

/** The parts that live as long as the operator. */
export interface Parts {
  readonly client: ApiClient;
  readonly cache: ClusterCache;
  readonly queues: Queues;
  readonly metrics: Metrics;
  readonly leader: Leader;
  /** Empty until the work begins. */
  readonly working: Reconcilers[];
  /** What a leader waits for before it can work. */
  readonly missing: Set<string>;
}

/** Works, until the signal aborts, on what the caches know and learn. The parts are those of the operator. */
export async function work(
  around: Surroundings,
  parts: Parts,
  key: InstallationKey,
  signal: AbortSignal,
): Promise<void> {
  const { log, wall, steady } = around;
  const { client, metrics, working, leader } = parts;
  const recorder = createRecorder(client, wall, { instance: around.instance });
  const values = createValueSource({
    identities: createIdentitySource(client),
    ambient: wall,
    steady,
    rates: around.config.awsRates,
    rotationHints: around.config.rotationHints,
    observer: awsObserver(log, metrics),
    refId,
    version: around.version,
    endpoints: around.config.endpoints,
    own: around.config.operatorIdentity.source,
    noted: (store) => parts.queues.store.add(store, 'changed'),
    mayCall: () => leader.holds(),
  });
  const { events } = around.config;
  const news = events === undefined ? undefined : new SourceNews();
  const reconcilers = createReconcilers({ ...around, ...parts, key, values, recorder, news });
  working.push(reconcilers);
  // Events of the last work are told too, so the recorder stops after the workers.
  const telling = new AbortController();
  const told = recorder.run(telling.signal);
  try {
    await workOnceSynced(around, parts.cache, reconcilers, signal, async (stop) => {
      if (events === undefined || news === undefined) return;
      await readEvents({ ...around, ...parts, news, reconcilers }, events, stop);
    });
  } finally {
    values.close();
    telling.abort();
    await told;
  }
}

/** Nothing is decided before the caches have seen everything once: what is not there yet would look like deleted. */
async function workOnceSynced(
  around: Surroundings,
  cache: ClusterCache,
  { triggers, workers }: Reconcilers,
  stop: AbortSignal,
  besides: (stop: AbortSignal) => Promise<void>,
): Promise<void> {
  await untilSynced(around, cache, stop);
  if (stop.aborted) return;
  // What they took in before anybody listened, and what changes from now on.
  for (const kind of cache.health().keys()) {
    for (const meta of cache.list(kind)) triggers.onChange(kind, undefined, meta);
  }
  cache.onChange((kind, before, after) => triggers.onChange(kind, before, after));
  around.log.info('Synced', { externalSecrets: [...cache.list('ExternalSecret')].length });
  await runTogether([...workers.map((each) => (end: AbortSignal) => each.run(end)), besides], stop);
}

const LOOK_MS = 5;
const SAY_MS = 15_000;

async function untilSynced(around: Surroundings, cache: ClusterCache, stop: AbortSignal): Promise<void> {
  let saidMs = around.steady.nowMs();
  let said = '';
  while (!cache.synced() && !stop.aborted) {
    await pause(around.timers, LOOK_MS, stop);
    if (around.steady.nowMs() - saidMs < SAY_MS) continue;
    saidMs = around.steady.nowMs();
    const missing = unsynced(cache);
    if (missing.join() !== said) around.log.warn('Waiting for the cluster', { missing });
    said = missing.join();
  }
}
