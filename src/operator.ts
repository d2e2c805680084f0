import { createValueSource } from './aws/value-source.ts';
import type { OperatorConfig } from './config.ts';
import type { Timers } from './controller/key-queue.ts';
import { createWorkers, type Workers } from './controller/workers.ts';
import { describeFaults } from './core/conditions.ts';
import type { Ambient, Recorder, ValueSource } from './core/ports.ts';
import { refId } from './core/ref-id.ts';
import { readAnyWish, readOwnWish } from './core/restart-wish.ts';
import { type InstallationKey, revisionOf } from './core/revision.ts';
import type { Next } from './core/schedule.ts';
import { type ClusterCache, createClusterCache } from './kube/cache.ts';
import { type ApiClient, createClient } from './kube/client.ts';
import { openConnection } from './kube/connection.ts';
import { createRecorder } from './kube/events.ts';
import { createIdentitySource } from './kube/identity.ts';
import { loadInstallationKey } from './kube/installation-key.ts';
import { createResourceStatus } from './kube/resource-status.ts';
import { createSecretStorage } from './kube/secrets.ts';
import { createWorkloadStorage } from './kube/workloads.ts';
import {
  awsObserver,
  countReady,
  owedForS,
  reconcileObserver,
  stillWatches,
  unsynced,
  watchGauges,
} from './observe.ts';
import { createQueues, type Queues, WIDTHS } from './queues.ts';
import { ExternalSecretReconciler } from './reconcile/external-secret.ts';
import { RestartJournal } from './reconcile/restart-journal.ts';
import { RestartStatusReconciler } from './reconcile/restart-status.ts';
import { RestartWidth } from './reconcile/restart-width.ts';
import { StoreReconciler } from './reconcile/store.ts';
import { Triggers, type Urgency } from './reconcile/triggers.ts';
import { WorkloadReconciler } from './reconcile/workload.ts';
import { createHealthServer, type Listening } from './telemetry/health-server.ts';
import type { Log } from './telemetry/log.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';

/** Everything outside itself that the operator may touch, the cluster and AWS apart. */
export interface Surroundings {
  readonly config: OperatorConfig;
  readonly version: string;
  readonly log: Log;
  readonly wall: Ambient;
  /** Never jumps; only differences of its times mean anything. */
  readonly steady: Ambient;
  readonly timers: Timers;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Which replica this is. */
  readonly instance: string;
}

/** The parts that live as long as the operator. */
interface Parts {
  readonly client: ApiClient;
  readonly cache: ClusterCache;
  readonly queues: Queues;
  readonly metrics: Metrics;
  /** Empty until the work begins, as is `journals`. */
  readonly workers: Workers[];
  readonly journals: RestartJournal[];
}

/** Runs until the signal aborts and all work has ended. A text means that it could not start, or had to give up, and why. */
export async function runOperator(around: Surroundings, signal: AbortSignal): Promise<string | undefined> {
  const { config, log } = around;
  const connection = await openConnection(config.cluster);
  if (!connection.ok) return describeFaults(connection.faults);
  const client = createClient(connection.value, around.steady, { userAgent: `keyferry/${around.version}` });
  const parts = createParts(around, client);
  const listening = await serve(around, parts).catch((error: Error) => error);
  if (listening instanceof Error) return listening.message;
  log.info('Started', { version: around.version, server: connection.value.server, address: listening.address });
  const podNamespace = config.cluster.pod === undefined ? undefined : connection.value.namespace;
  try {
    const key = await obtainKey(around, client, config.operatorNamespace ?? podNamespace ?? 'default', signal);
    if (key !== undefined) await run(around, parts, key, signal);
    return undefined;
  } catch (error) {
    if (signal.aborted) return undefined;
    log.unexpected('The operator cannot go on', error);
    return 'The operator ends after an unexpected error';
  } finally {
    await listening.close();
    client.close();
  }
}

function createParts(around: Surroundings, client: ApiClient): Parts {
  const { version, steady, wall } = around;
  const journals: RestartJournal[] = [];
  const cache = createClusterCache(client, steady);
  const queues = createQueues(around.config.workers, steady, around.timers);
  const metrics = createMetrics({
    version,
    ambient: steady,
    queues: {
      externalsecret: () => queues.externalsecret.measure(),
      store: () => queues.store.measure(),
      workload: () => queues.workload.measure(),
      restartstatus: () => queues.restartstatus.measure(),
    },
    watches: () => watchGauges(cache),
    externalSecrets: () => countReady(cache),
    oldestOwedS: () => Math.max(0, ...journals.map((journal) => owedForS(journal, wall.nowMs()))),
  });
  return { client, cache, queues, metrics, workers: [], journals };
}

const serve = ({ config, log, steady }: Surroundings, { cache, metrics, workers }: Parts): Promise<Listening> =>
  createHealthServer({
    address: config.metricsAddress,
    metrics: () => metrics.render(),
    // Nothing moves yet while the installation key is waited for.
    live: () =>
      workers.length === 0 ? [] : [...stillWatches(cache, steady.nowMs()), ...workers.flatMap((each) => each.health())],
    ready: () => unsynced(cache),
    unexpected: (error) => log.unexpected('The metrics server failed', error),
  }).start();

/** The key, however long the API server makes us wait for it; undefined when told to stop first. */
async function obtainKey(
  around: Surroundings,
  client: ApiClient,
  namespace: string,
  signal: AbortSignal,
): Promise<InstallationKey | undefined> {
  for (let tries = 0; !signal.aborted; tries++) {
    const key = await loadInstallationKey(client, namespace, around.randomBytes, signal);
    if (key.ok) return key.value;
    around.log.warn('Waiting for the installation key', { reason: describeFaults(key.faults), namespace });
    await pause(around, Math.min(30_000, 500 * 2 ** tries) * (0.5 + around.steady.random() / 2), signal);
  }
  return undefined;
}

/** Resolves after `ms`, or at once when the signal aborts. */
function pause({ timers }: Surroundings, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = timers.set(ms, done);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

async function run(around: Surroundings, parts: Parts, key: InstallationKey, signal: AbortSignal): Promise<void> {
  const { log, wall } = around;
  const { client, cache, metrics, workers } = parts;
  const recorder = createRecorder(client, wall, { instance: around.instance });
  const values = createValueSource({
    identities: createIdentitySource(client),
    ambient: wall,
    rates: around.config.awsRates,
    observer: awsObserver(log, metrics),
    refId,
    version: around.version,
    endpoints: around.config.endpoints,
    own: around.config.operatorIdentity.source,
    noted: (store) => parts.queues.store.add(store, 'changed'),
  });
  workers.push(...createAllWorkers(around, parts, key, values, recorder));
  // Events of the last work are told too, so the recorder stops after the workers.
  const telling = new AbortController();
  const told = recorder.run(telling.signal);
  try {
    await runTogether([(stop) => cache.run(stop), (stop) => workOnceSynced(around, parts, stop)], signal);
  } finally {
    values.close();
    telling.abort();
    await told;
  }
}

function createAllWorkers(
  around: Surroundings,
  { client, cache, queues, metrics, journals }: Parts,
  key: InstallationKey,
  values: ValueSource,
  recorder: Recorder,
): Workers[] {
  const { config, log, wall, steady } = around;
  const observer = reconcileObserver(log, metrics);
  const readWish = config.reloaderAnnotations ? readAnyWish : readOwnWish;
  const wakes = {
    externalSecret: (id: string, urgency: Urgency) => queues.externalsecret.add(id, urgency),
    store: (id: string) => queues.store.add(id, 'changed'),
    workload: (id: string) => queues.workload.add(id, 'changed'),
    restarts: (id: string) => queues.restartstatus.add(id, 'changed'),
  };
  const triggers = new Triggers(cache, wakes, readWish);
  cache.onChange((kind, before, after) => triggers.onChange(kind, before, after));
  const status = createResourceStatus(client);
  const shared = {
    view: cache,
    values,
    recorder,
    ambient: wall,
    observer,
    status,
    operatorIdentity: config.operatorIdentity.use,
    readWish,
  };
  const externalSecrets = new ExternalSecretReconciler({
    ...shared,
    secrets: createSecretStorage(client),
    revise: (secret, data) => revisionOf(key, secret, data),
    claimants: (secret) => triggers.claimants(secret),
    possessions: (uid) => triggers.possessions(uid),
  });
  const stores = new StoreReconciler(shared);
  const journal = new RestartJournal({
    ...shared,
    writers: (secret) => triggers.writers(secret),
    restartsChanged: wakes.restarts,
  });
  journals.push(journal);
  const width = new RestartWidth({ ...config.restarts, wake: wakes.workload });
  const workloads = new WorkloadReconciler({ ...shared, workloads: createWorkloadStorage(client), journal, width });
  const restartStatus = new RestartStatusReconciler({ ...shared, journal });
  const worker = (name: keyof Queues, width: number, reconciler: Reconciler): Workers =>
    createWorkers({
      queue: queues[name],
      width,
      reconcile: (id, stop) => reconciler.reconcile(id, stop),
      ambient: steady,
      observer: {
        started: (_id, waitedMs) => metrics.queueWaited(name, waitedMs),
        unexpected: (id, error) => observer.unexpected(id, error),
      },
    });
  return [
    worker('externalsecret', config.workers, externalSecrets),
    worker('store', WIDTHS.store, stores),
    worker('workload', WIDTHS.workload, workloads),
    worker('restartstatus', WIDTHS.restartstatus, restartStatus),
  ];
}

interface Reconciler {
  reconcile(id: string, signal: AbortSignal): Promise<Next>;
}

/** Runs all until the signal aborts; the first that rejects stops the others, and its reason is thrown when all have ended. */
async function runTogether(
  parts: readonly ((stop: AbortSignal) => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const crash = new AbortController();
  const stop = AbortSignal.any([signal, crash.signal]);
  const ends = await Promise.allSettled(
    parts.map((part) =>
      part(stop).catch((error: unknown) => {
        crash.abort();
        throw error;
      }),
    ),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined && !signal.aborted) throw failed.reason;
}

/** Nothing is decided before the caches have seen everything once: what is not there yet would look like deleted. */
async function workOnceSynced(around: Surroundings, { cache, workers }: Parts, stop: AbortSignal): Promise<void> {
  await untilSynced(around, cache, stop);
  if (stop.aborted) return;
  around.log.info('Synced', { externalSecrets: [...cache.list('ExternalSecret')].length });
  await Promise.all(workers.map((each) => each.run(stop)));
}

const LOOK_MS = 20;
const SAY_MS = 15_000;

async function untilSynced(around: Surroundings, cache: ClusterCache, stop: AbortSignal): Promise<void> {
  let saidMs = around.steady.nowMs();
  while (!cache.synced() && !stop.aborted) {
    await pause(around, LOOK_MS, stop);
    if (around.steady.nowMs() - saidMs < SAY_MS) continue;
    saidMs = around.steady.nowMs();
    around.log.warn('Waiting for the cluster', { missing: unsynced(cache) });
  }
}
