import { takeCensus } from './census.ts';
import { pause } from './controller/pause.ts';
import { runTogether } from './controller/run-together.ts';
import { describeFaults } from './core/conditions.ts';
import type { InstallationKey } from './core/revision.ts';
import { createClusterCache } from './kube/cache.ts';
import { type ApiClient, createClient } from './kube/client.ts';
import { openConnection } from './kube/connection.ts';
import { loadInstallationKey } from './kube/installation-key.ts';
import { alone, createCandidate, type Leader } from './leader.ts';
import { owedForS, stillWatches, unsynced, watchGauges } from './observe.ts';
import { createQueues } from './queues.ts';
import { EVENT_OUTCOMES } from './reconcile/event-reader.ts';
import type { Reconcilers } from './reconcilers.ts';
import { createHealthServer, type Listening } from './telemetry/health-server.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { Parts, Surroundings } from './work.ts';

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
    why = await parts.leader.lead((turn) => begin(around, parts, namespace, turn), stop);
    ended.abort();
  };
  await runTogether([(stop) => parts.cache.run(stop), lead], AbortSignal.any([signal, ended.signal]));
  return why;
}

/**
 * Works until the signal aborts. What working takes of code is loaded when the key is there: by then the API server is busy with the lists, and
 * there is nothing else to do.
 */
async function begin(around: Surroundings, parts: Parts, namespace: string, signal: AbortSignal): Promise<void> {
  const key = await obtainKey(around, parts, namespace, signal);
  if (key === undefined) return;
  const { work } = await import('./work.ts');
  await work(around, parts, key, signal);
}
