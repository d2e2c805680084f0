import { createSecretKey } from 'node:crypto';
import { createBoundedPasses, createPasses, type Pass } from './bounded-passes.ts';
import type { OperatorConfig } from './config.ts';
import { Breath, type NextTurn } from './controller/breath.ts';
import { Turnstile } from './controller/turnstile.ts';
import { createWorkers, type Workers } from './controller/workers.ts';
import type { Ambient, Recorder, ValueSource } from './core/ports.ts';
import { readAnyWish, readOwnWish } from './core/restart-wish.ts';
import { type InstallationKey, revisionOf } from './core/revision.ts';
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
import { NextRunReconciler } from './reconcile/next-run.ts';
import { RestartJournal } from './reconcile/restart-journal.ts';
import { RestartStatusReconciler } from './reconcile/restart-status.ts';
import { RestartWidth } from './reconcile/restart-width.ts';
import type { SourceNews } from './reconcile/source-news.ts';
import { StoreReconciler } from './reconcile/store.ts';
import { Triggers, type Urgency } from './reconcile/triggers.ts';
import { WorkloadReconciler } from './reconcile/workload.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

interface Means {
  readonly config: OperatorConfig;
  readonly log: Log;
  readonly wall: Ambient;
  readonly steady: Ambient;
  readonly nextTurn: NextTurn;
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
  /** Who fills the queues, once it is told of changes. */
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
    wake: (id) => wakes.externalSecret(id, 'changed'),
  });
  const triggers = new Triggers(cache, wakes, readWish, (id, secret) => externalSecrets.echoes.isEcho(id, secret));
  const journal = new RestartJournal({
    ...shared,
    writers: (secret) => triggers.writers(secret),
    restartsChanged: wakes.restarts,
  });
  const width = new RestartWidth({ ...config.restarts, wake: wakes.workload });
  const workloads = new WorkloadReconciler({ ...shared, workloads: createWorkloadStorage(client), journal, width });
  const crew = { ...means, breath: new Breath(means.steady, means.nextTurn) };
  const workers = [
    // Stores first: a first look at one trades the token that all who read by it wait for, while these get ready.
    workersOf(crew, 'store', createPasses(new StoreReconciler(shared))),
    workersOf(crew, 'externalsecret', createBoundedPasses(externalSecrets, cache)),
    workersOf(crew, 'workload', createPasses(workloads)),
    workersOf(crew, 'restartstatus', createPasses(new RestartStatusReconciler({ ...shared, journal }))),
    workersOf(crew, 'nextrun', createPasses(new NextRunReconciler({ ...shared, runs: createRunStorage(client) }))),
  ];
  return {
    triggers,
    journal,
    refreshedMs: (id) => externalSecrets.refreshedMs(id),
    learn: (id) => externalSecrets.learn(id),
    workers,
  };
}

function workersOf(
  { config, queues, steady, log, metrics, breath }: Means & { readonly breath: Breath },
  name: keyof Queues,
  reconcile: Pass,
): Workers {
  const observer = reconcileObserver(log, metrics);
  return createWorkers({
    queue: queues[name],
    width: name === 'externalsecret' ? externalSecretsAtOnce(config.workers) : WIDTHS[name],
    reconcile,
    ambient: steady,
    breath,
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
