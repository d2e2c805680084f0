import { createValueSource } from './aws/value-source.ts';
import { takeCensus } from './census.ts';
import type { OperatorConfig } from './config.ts';
import type { NextTurn } from './controller/breath.ts';
import type { Timers } from './controller/key-queue.ts';
import { pause } from './controller/pause.ts';
import { runTogether } from './controller/run-together.ts';
import { describeFaults } from './core/conditions.ts';
import type { Ambient } from './core/ports.ts';
import { refId } from './core/ref-id.ts';
import type { InstallationKey } from './core/revision.ts';
import { readEvents } from './events.ts';
import { type ClusterCache, createClusterCache } from './kube/cache.ts';
import { type ApiClient, createClient } from './kube/client.ts';
import { openConnection } from './kube/connection.ts';
import { createRecorder } from './kube/events.ts';
import { createIdentitySource } from './kube/identity.ts';
import { loadInstallationKey } from './kube/installation-key.ts';
import { alone, createCandidate, type Leader } from './leader.ts';
import { awsObserver, owedForS, stillWatches, unsynced, watchGauges } from './observe.ts';
import { createQueues, type Queues } from './queues.ts';
import { EVENT_OUTCOMES } from './reconcile/event-reader.ts';
import { SourceNews } from './reconcile/source-news.ts';
import { createReconcilers, type Reconcilers } from './reconcilers.ts';
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
  readonly nextTurn: NextTurn;
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
  readonly leader: Leader;
  /** Empty until the work begins. */
  readonly working: Reconcilers[];
  /** What a leader waits for before it can work. */
  readonly missing: Set<string>;
}

/** Runs until the signal aborts and all work has ended. A text means that it could not start, or had to give up, and why. */
export async function runOperator(around: Surroundings, signal: AbortSignal): Promise<string | undefined> {
  const { config, log } = around;
  const connection = await openConnection(config.cluster);
  if (!connection.ok) return describeFaults(connection.faults);
  const userAgent = `keyferry/${around.version}`;
  const podNamespace = config.cluster.pod === undefined ? undefined : connection.value.namespace;
  const namespace = config.operatorNamespace ?? podNamespace ?? 'default';
  const leaseClient = createClient(connection.value, around.steady, { userAgent });
  const leader = config.leaderElect ? createCandidate(around, leaseClient, namespace) : alone;
  const mayWrite = (): boolean => leader.holds();
  const client = createClient(connection.value, around.steady, { userAgent, mayWrite });
  const parts = createParts(around, client, leader);
  const listening = await serve(around, parts).catch((error: Error) => error);
  if (listening instanceof Error) return listening.message;
  log.info('Started', { version: around.version, server: connection.value.server, address: listening.address });
  try {
    return await run(around, parts, namespace, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    log.unexpected('The operator cannot go on', error);
    return 'The operator ends after an unexpected error';
  } finally {
    await listening.close();
    client.close();
    leaseClient.close();
  }
}

function createParts(around: Surroundings, client: ApiClient, leader: Leader): Parts {
  const { version, steady, wall, timers, config } = around;
  const working: Reconcilers[] = [];
  const cache = createClusterCache(client, steady, {
    namespaces: config.namespaces,
    templates: config.reloaderAnnotations,
  });
  const queues = createQueues(config.workers, steady, timers);
  const metrics = createMetrics({
    version,
    ambient: steady,
    queues: {
      externalsecret: () => queues.externalsecret.measure(),
      store: () => queues.store.measure(),
      workload: () => queues.workload.measure(),
      restartstatus: () => queues.restartstatus.measure(),
      nextrun: () => queues.nextrun.measure(),
    },
    watches: () => watchGauges(cache),
    externalSecrets: () => takeCensus(cache, working[0]?.refreshedMs, wall.nowMs()),
    leading: () => leader.holds(),
    oldestOwedS: () => Math.max(0, ...working.map(({ journal }) => owedForS(journal, wall.nowMs()))),
    eventOutcomes: config.events === undefined ? undefined : EVENT_OUTCOMES,
  });
  return { client, cache, queues, metrics, leader, working, missing: new Set() };
}

const serve = (
  { config, log, steady }: Surroundings,
  { cache, metrics, leader, working, missing }: Parts,
): Promise<Listening> =>
  createHealthServer({
    address: config.metricsAddress,
    metrics: () => metrics.render(),
    live: () => [
      ...stillWatches(cache, steady.nowMs()),
      ...leader.health(),
      ...working.flatMap(({ workers }) => workers.flatMap((each) => each.health())),
    ],
    // One that stands by is ready to work, and so ready.
    ready: () => [...unsynced(cache), ...missing],
    unexpected: (error) => log.unexpected('The metrics server failed', error),
  }).start();

/** The key, however long the API server makes us wait for it; undefined when told to stop first. */
async function obtainKey(
  around: Surroundings,
  { client, missing }: Parts,
  namespace: string,
  signal: AbortSignal,
): Promise<InstallationKey | undefined> {
  missing.add('the installation key has not been read yet');
  let said = '';
  for (let tries = 0; !signal.aborted; tries++) {
    const key = await loadInstallationKey(client, namespace, around.randomBytes, signal);
    if (key.ok) {
      missing.clear();
      return key.value;
    }
    const reason = describeFaults(key.faults);
    if (reason !== said) around.log.warn('Waiting for the installation key', { reason, namespace });
    said = reason;
    await pause(around.timers, Math.min(30_000, 500 * 2 ** tries) * (0.5 + around.steady.random() / 2), signal);
  }
  return undefined;
}

/** Keeps the caches, and works while it is this operator's turn. A text says why that ended before `signal` said so. */
async function run(
  around: Surroundings,
  parts: Parts,
  namespace: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const ended = new AbortController();
  let why: string | undefined;
  // The caches are warm before the turn comes, so that a change of leader is short.
  const lead = async (stop: AbortSignal): Promise<void> => {
    why = await parts.leader.lead((turn) => work(around, parts, namespace, turn), stop);
    ended.abort();
  };
  await runTogether([(stop) => parts.cache.run(stop), lead], AbortSignal.any([signal, ended.signal]));
  return why;
}

async function work(around: Surroundings, parts: Parts, namespace: string, signal: AbortSignal): Promise<void> {
  const { log, wall, steady } = around;
  const { client, metrics, working, leader } = parts;
  const key = await obtainKey(around, parts, namespace, signal);
  if (key === undefined) return;
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
  // What the caches took in before they were listened to.
  for (const kind of cache.health().keys()) {
    for (const meta of cache.list(kind)) triggers.onChange(kind, undefined, meta);
  }
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
