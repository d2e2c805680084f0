import { createSecretKey } from 'node:crypto';
import type { OperatorConfig } from './config.ts';
import { Turnstile } from './controller/turnstile.ts';
import { createWorkers, type Workers } from './controller/workers.ts';
import type { Ambient, ClusterView, Need, RawResource, Recorder, ValueSource } from './core/ports.ts';
import { readAnyWish, readOwnWish } from './core/restart-wish.ts';
import { type InstallationKey, revisionOf } from './core/revision.ts';
import type { Next } from './core/schedule.ts';
import type { ClusterCache } from './kube/cache.ts';
import type { ApiClient } from './kube/client.ts';
import { createPacedClient } from './kube/paced-client.ts';
import { createResourceStatus } from './kube/resource-status.ts';
import { createRunStorage } from './kube/runs.ts';
import { createSecretStorage } from './kube/secrets.ts';
import { createWorkloadStorage } from './kube/workloads.ts';
import { reconcileObserver } from './observe.ts';
import { externalSecretsAtOnce, type Queues, WIDTHS } from './queues.ts';
import { ExternalSecretReconciler } from './reconcile/external-secret.ts';
import { keyOf } from './reconcile/key.ts';
import { NextRunReconciler } from './reconcile/next-run.ts';
import { RestartJournal } from './reconcile/restart-journal.ts';
import { RestartStatusReconciler } from './reconcile/restart-status.ts';
import { RestartWidth } from './reconcile/restart-width.ts';
import type { SourceNews } from './reconcile/source-news.ts';
import { StoreReconciler } from './reconcile/store.ts';
import { Triggers, type Urgency } from './reconcile/triggers.ts';
import { weightOf } from './reconcile/weight.ts';
import { WorkloadReconciler } from './reconcile/workload.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

interface Means {
  readonly config: OperatorConfig;
  readonly log: Log;
  readonly wall: Ambient;
  readonly steady: Ambient;
  readonly client: ApiClient;
  readonly cache: ClusterCache;
  readonly queues: Queues;
  readonly metrics: Metrics;
  readonly key: InstallationKey;
  readonly values: ValueSource;
  readonly recorder: Recorder;
  /** What AWS has told of changes, where it is listened to. */
  readonly news: SourceNews | undefined;
}

export interface Reconcilers {
  /** Who fills the queues: from now on with what changes. */
  readonly triggers: Triggers;
  readonly journal: RestartJournal;
  /** When the values of an ExternalSecret were last read whole (Unix milliseconds), as far as these reconcilers know. */
  readonly refreshedMs: (externalSecret: string) => number | undefined;
  /** Takes note of what the ExternalSecret reads, for news of it that come before the first look. */
  readonly learn: (externalSecret: string) => void;
  /** Who works on each queue, once they are run. */
  readonly workers: readonly Workers[];
}

export function createReconcilers(means: Means): Reconcilers {
  const { config, log, wall, cache, client, metrics, queues, key, values, recorder, news } = means;
  const readWish = config.reloaderAnnotations ? readAnyWish : readOwnWish;
  const wakes = {
    externalSecret: (id: string, urgency: Urgency) => queues.externalsecret.add(id, urgency),
    store: (id: string) => queues.store.add(id, 'changed'),
    workload: (id: string) => queues.workload.add(id, 'changed'),
    restarts: (id: string) => queues.restartstatus.add(id, 'changed'),
    runs: (namespace: string) => queues.nextrun.add(namespace, 'changed'),
  };
  const triggers = new Triggers(cache, wakes, readWish);
  cache.onChange((kind, before, after) => triggers.onChange(kind, before, after));
  const revisionKey = { id: key.id, key: createSecretKey(key.key) };
  const shared = {
    view: cache,
    values,
    recorder,
    ambient: wall,
    observer: reconcileObserver(log, metrics),
    status: createResourceStatus(client),
    operatorIdentity: config.operatorIdentity.use,
    readWish,
  };
  // ExternalSecrets are under way by the hundred; the API server is asked by so many at a time.
  const calls = new Turnstile({ width: 2 * config.workers, groupWidth: config.workers });
  const paced = createPacedClient(client, calls);
  const externalSecrets = new ExternalSecretReconciler({
    ...shared,
    status: createResourceStatus(paced),
    awsHosts: config.awsHosts,
    news,
    secrets: createSecretStorage(paced),
    revise: (secret, data) => revisionOf(revisionKey, secret, data),
    claimants: (secret) => triggers.claimants(secret),
    possessions: (uid) => triggers.possessions(uid),
  });
  const journal = new RestartJournal({
    ...shared,
    writers: (secret) => triggers.writers(secret),
    restartsChanged: wakes.restarts,
  });
  const width = new RestartWidth({ ...config.restarts, wake: wakes.workload });
  const workloads = new WorkloadReconciler({ ...shared, workloads: createWorkloadStorage(client), journal, width });
  const workers = [
    workersOf(means, 'externalsecret', externalSecretsAtOnce(config.workers), boundedByMemory(externalSecrets, cache)),
    workersOf(means, 'store', WIDTHS.store, new StoreReconciler(shared)),
    workersOf(means, 'workload', WIDTHS.workload, workloads),
    workersOf(means, 'restartstatus', WIDTHS.restartstatus, new RestartStatusReconciler({ ...shared, journal })),
    workersOf(means, 'nextrun', WIDTHS.nextrun, new NextRunReconciler({ ...shared, runs: createRunStorage(client) })),
  ];
  return {
    triggers,
    journal,
    refreshedMs: (id) => externalSecrets.refreshedMs(id),
    learn: (id) => externalSecrets.learn(id),
    workers,
  };
}

/** Values of 64 KiB at most that passes may have in memory at once. */
const VALUES_IN_HAND = 1_024;

/** The same reconciler, whose passes wait where there would be too many values in memory. */
function boundedByMemory(reconciler: Reconciler, view: ClusterView): Reconciler {
  const hands = new Turnstile({ width: VALUES_IN_HAND, groupWidth: VALUES_IN_HAND / 2 });
  // Of what the cache holds each look makes a copy.
  const weights = new WeakMap<RawResource, number>();
  const weigh = (raw: RawResource): number => {
    const weight = weights.get(raw) ?? weightOf(raw);
    weights.set(raw, weight);
    return weight;
  };
  return {
    reconcile(id, signal, need) {
      const key = keyOf(id);
      const raw = view.resource('ExternalSecret', key);
      const weight = raw === undefined ? 1 : weigh(raw);
      return hands.pass(key.namespace, () => reconciler.reconcile(id, signal, need), signal, weight);
    },
  };
}

interface Reconciler {
  reconcile(id: string, signal: AbortSignal, need: Need): Promise<Next>;
}

function workersOf(
  { queues, steady, log, metrics }: Means,
  name: keyof Queues,
  width: number,
  reconciler: Reconciler,
): Workers {
  const observer = reconcileObserver(log, metrics);
  return createWorkers({
    queue: queues[name],
    width,
    // What was read since the key was last asked for is what there was to read.
    reconcile: (id, stop, { priority, askedMs }) =>
      reconciler.reconcile(id, stop, { isUrgent: priority === 'neverSynced', maxAgeMs: askedMs }),
    ambient: steady,
    observer: {
      started: (_id, waitedMs, priority) => metrics.queueWaited(name, priority, waitedMs),
      ended: (_id, tookMs) => metrics.reconciled(name, tookMs),
      unexpected: (id, error) => {
        metrics.faulted('Internal');
        observer.unexpected(id, error);
      },
    },
  });
}
