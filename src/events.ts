import { createEventQueue } from './aws/event-queue.ts';
import type { EventsConfig, OperatorConfig } from './config.ts';
import type { Timers } from './controller/key-queue.ts';
import { pause } from './controller/pause.ts';
import { identityOf } from './core/identify.ts';
import type { Ambient, Identity } from './core/ports.ts';
import type { ClusterCache } from './kube/cache.ts';
import type { ApiClient } from './kube/client.ts';
import { createIdentitySource } from './kube/identity.ts';
import { fail, type Result, succeed } from './model/result.ts';
import { eventObserver } from './observe.ts';
import type { Queues } from './queues.ts';
import { EventReader } from './reconcile/event-reader.ts';
import { idOf } from './reconcile/key.ts';
import type { SourceNews } from './reconcile/source-news.ts';
import type { Reconcilers } from './reconcilers.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

// The wiring of the queue of events.

interface Means {
  readonly config: OperatorConfig;
  readonly version: string;
  readonly log: Log;
  readonly wall: Ambient;
  readonly timers: Timers;
  readonly client: ApiClient;
  readonly cache: ClusterCache;
  readonly queues: Queues;
  readonly metrics: Metrics;
  readonly leader: { holds(): boolean };
  readonly news: SourceNews;
  readonly reconcilers: Pick<Reconcilers, 'learn'>;
}

// So many at once, then others have their turn.
const SLICE = 100;

/** Reads the queue until the signal aborts. Nothing is taken from it before it is known who reads what. */
export async function readEvents(means: Means, events: EventsConfig, signal: AbortSignal): Promise<void> {
  const { config, version, log, wall, timers, client, cache, queues, metrics, leader, news } = means;
  await learnAll(means, signal);
  if (signal.aborted) return;
  const queue = createEventQueue({
    queue: events.queue,
    identity: () => identityFor(events, cache),
    identities: createIdentitySource(client),
    own: events.source,
    ambient: wall,
    observer: { request: (...call) => metrics.awsRequest(...call) },
    version,
    endpoints: config.endpoints,
    mayCall: () => leader.holds(),
  });
  const reader = new EventReader({
    queue,
    news,
    wake: (id) => queues.externalsecret.add(id, 'changed'),
    observer: eventObserver(log, metrics, events.queue.name),
    ambient: wall,
    pause: (ms, stop) => pause(timers, ms, stop),
  });
  log.info('Reading events', { queue: events.queue.name, region: events.queue.region });
  try {
    await reader.run(signal);
  } finally {
    queue.close();
  }
}

/** Each ExternalSecret says what it reads when it is looked at; but that may take long, and events come in the meantime. */
async function learnAll({ cache, timers, reconcilers }: Means, signal: AbortSignal): Promise<void> {
  let count = 0;
  for (const key of [...cache.list('ExternalSecret')]) {
    reconcilers.learn(idOf(key));
    if (++count % SLICE === 0) await pause(timers, 0, signal);
    if (signal.aborted) return;
  }
}

const SESSION = 'keyferry-events';

function identityFor({ serviceAccount }: EventsConfig, cache: ClusterCache): Result<Identity> {
  if (serviceAccount === undefined) return succeed({ kind: 'operator', sessionName: SESSION });
  const meta = cache.meta('ServiceAccount', serviceAccount);
  if (meta !== undefined) return identityOf(meta, undefined, SESSION, '--events-service-account');
  const detail = `there is no ServiceAccount ${idOf(serviceAccount)}; create it with the annotation eks.amazonaws.com/role-arn`;
  return fail('CredentialsInvalid', '--events-service-account', detail);
}
