import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { Ambient, WorkloadKind } from '../core/ports.ts';
import { type FaultKind, faults } from '../model/fault.ts';
import { boundLabel } from './bound-label.ts';
import { type Census, censusGauges } from './census-gauges.ts';

/** What a queue tells of itself at a scrape. */
interface QueueGauges {
  /** Waiting keys, by priority. */
  readonly depth: Readonly<Record<string, number>>;
}

/** What a watch tells of itself at a scrape. */
export interface WatchGauges {
  readonly kind: string;
  /** True when its cache holds all there is. */
  readonly synced: boolean;
  /** When the API server was last heard of, by the same clock as `ambient`; undefined before the first time. */
  readonly lastActivityMs: number | undefined;
  /** Lists and watches that had to begin anew since the start. */
  readonly restarts: number;
}

export interface MetricsOptions {
  readonly version: string;
  readonly ambient: Pick<Ambient, 'nowMs'>;
  /** Asked at each scrape, by the queue's name. */
  readonly queues: Readonly<Record<string, () => QueueGauges>>;
  readonly watches: () => Iterable<WatchGauges>;
  readonly externalSecrets: () => Census;
  /** Whether this replica does the work. */
  readonly leading: () => boolean;
  /** Age of the oldest restart that is owed, in seconds. */
  readonly oldestOwedS: () => number;
  /** How events can end, where a queue of them is read. */
  readonly eventOutcomes?: readonly string[] | undefined;
}

/** Everything that is counted. No label names an object: outcomes, kinds, Regions and API names only. */
export interface Metrics {
  /** One look at an ExternalSecret has ended. */
  synced(outcome: string, durationMs: number): void;
  /** That look met the fault. */
  faulted(reason: FaultKind): void;
  /** A key was taken from the queue after it waited that long. */
  queueWaited(queue: string, priority: string, waitedMs: number): void;
  /** The work on a key of the queue has ended, whatever it was. */
  reconciled(queue: string, durationMs: number): void;
  /** One HTTP attempt to AWS has ended. */
  awsRequest(api: string, region: string, outcome: string, durationMs: number): void;
  /** A call was sent that asks for so many names at once. */
  awsBatch(api: string, sizeItems: number): void;
  /** The bucket of a quota group now admits so many calls a second. */
  awsRate(group: string, region: string, callsPerSecond: number): void;
  secretWritten(operation: string): void;
  restarted(kind: string, outcome: string): void;
  /** An event of AWS has been worked off. */
  eventEnded(outcome: string): void;
  /** What an event told of has been read, so long after it happened. */
  eventLagged(lagMs: number): void;
  /** Whether the queue of events can be read. */
  eventsQueueReady(isReady: boolean): void;
  /** The exposition; rejects when one of the options' callbacks throws. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

type Labels = Readonly<Record<string, string>>;

const SYNC_SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const WAIT_SECONDS = [0.005, 0.05, 0.25, 1, 5, 15, 60, 300, 900];
const REQUEST_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const LAG_SECONDS = [0.5, 1, 2, 3, 5, 10, 30, 60, 300, 900];
const BATCH_ITEMS = [1, 2, 5, 10, 15, 20];
const KINDS: Readonly<Record<WorkloadKind, true>> = {
  Deployment: true,
  StatefulSet: true,
  DaemonSet: true,
  Rollout: true,
};
// The default of 10 ms would wake the process a hundred times a second to measure that it sleeps.
const EVENT_LOOP_SAMPLE_MS = 100;
// Of each sample a quantile sketch is kept: at the default of 100 ms, that is a twentieth of all work of a busy operator.
const UTILIZATION_SAMPLE_MS = 5_000;

/** Metrics in a registry of their own, with the process defaults. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({
    register: registry,
    eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS,
    eventLoopUtilizationTimeout: UTILIZATION_SAMPLE_MS,
  });
  watchGauges(registry, options);
  const countCensus = censusGauges(registry);
  return {
    ...syncMetrics(registry),
    ...awsMetrics(registry),
    ...clusterMetrics(registry),
    ...eventMetrics(registry, options.eventOutcomes),
    render: async () => {
      countCensus(options.externalSecrets());
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

function syncMetrics(registry: Registry): Pick<Metrics, 'synced' | 'faulted' | 'queueWaited' | 'reconciled'> {
  const syncs = counter(registry, 'keyferry_sync_total', 'Looks at an ExternalSecret, by how they ended.', ['outcome']);
  const found = counter(registry, 'keyferry_sync_faults_total', 'Faults met, by condition reason.', ['reason']);
  const took = histogram(registry, 'keyferry_sync_duration_seconds', 'Duration of one look.', [], SYNC_SECONDS);
  const waits = histogram(
    registry,
    'keyferry_queue_wait_seconds',
    'Time from when a key could be worked on until a worker took it.',
    ['queue', 'priority'],
    WAIT_SECONDS,
  );
  const worked = histogram(
    registry,
    'keyferry_reconcile_duration_seconds',
    'Duration of the work on one key of a queue, also where there was nothing to do.',
    ['queue'],
    SYNC_SECONDS,
  );
  // From zero, so that the first fault of a kind is an increase that an alert can see.
  for (const reason of Object.keys(faults)) found({ reason }, 0);
  return {
    synced: (outcome, durationMs) => {
      syncs({ outcome });
      took({}, durationMs / 1000);
    },
    faulted: (reason) => found({ reason }),
    queueWaited: (queue, priority, waitedMs) => waits({ queue, priority }, waitedMs / 1000),
    reconciled: (queue, durationMs) => worked({ queue }, durationMs / 1000),
  };
}

function awsMetrics(registry: Registry): Pick<Metrics, 'awsRequest' | 'awsBatch' | 'awsRate'> {
  const help = 'HTTP attempts to AWS, retries included.';
  const requests = counter(registry, 'keyferry_aws_requests_total', help, ['api', 'region', 'outcome']);
  const took = histogram(
    registry,
    'keyferry_aws_request_duration_seconds',
    'Duration of one HTTP attempt to AWS.',
    ['api'],
    REQUEST_SECONDS,
  );
  const sizes = histogram(registry, 'keyferry_aws_batch_size', 'Names asked for in one call.', ['api'], BATCH_ITEMS);
  const rates = new Gauge({
    name: 'keyferry_aws_rate_calls_per_second',
    help: 'Calls a second that a quota group is allowed at present.',
    labelNames: ['group', 'region'],
    registers: [registry],
  });
  const bound = boundLabel();
  return {
    awsRequest: (api, region, outcome, durationMs) => {
      requests({ api, region, outcome });
      took({ api }, durationMs / 1000);
    },
    awsBatch: (api, sizeItems) => sizes({ api }, sizeItems),
    awsRate: (group, region, callsPerSecond) => rates.set({ group, region: bound(region) }, callsPerSecond),
  };
}

function clusterMetrics(registry: Registry): Pick<Metrics, 'secretWritten' | 'restarted'> {
  const writes = counter(registry, 'keyferry_secret_writes_total', 'Writes to Secrets.', ['operation']);
  const help = 'Restarts of workloads, by how they went and ended.';
  const restarts = counter(registry, 'keyferry_restarts_total', help, ['kind', 'outcome']);
  // From zero, as the faults are.
  for (const kind of Object.keys(KINDS)) for (const outcome of ['refused', 'failed']) restarts({ kind, outcome }, 0);
  return {
    secretWritten: (operation) => writes({ operation }),
    restarted: (kind, outcome) => restarts({ kind, outcome }),
  };
}

/** None of them is there without a queue: a gauge that says 0 would raise alarms. */
function eventMetrics(
  registry: Registry,
  outcomes: readonly string[] | undefined,
): Pick<Metrics, 'eventEnded' | 'eventLagged' | 'eventsQueueReady'> {
  const ignore = (): void => undefined;
  if (outcomes === undefined) return { eventEnded: ignore, eventLagged: ignore, eventsQueueReady: ignore };
  const ended = counter(registry, 'keyferry_events_total', 'Messages from the queue of events, by what they came to.', [
    'outcome',
  ]);
  for (const outcome of outcomes) ended({ outcome }, 0);
  const help = 'Time from an event in AWS until what it told of was read.';
  const lagged = histogram(registry, 'keyferry_event_lag_seconds', help, [], LAG_SECONDS);
  const ready = new Gauge({
    name: 'keyferry_events_queue_ready',
    help: '1 while messages can be got from the queue of events and removed.',
    registers: [registry],
  });
  // Nobody knows before the first answer, and a replica that stands by never gets one.
  ready.remove();
  return {
    eventEnded: (outcome) => ended({ outcome }),
    eventLagged: (lagMs) => lagged({}, lagMs / 1000),
    eventsQueueReady: (isReady) => ready.set(isReady ? 1 : 0),
  };
}

function watchGauges(registry: Registry, options: MetricsOptions): void {
  const { queues, watches, ambient, leading } = options;
  const restarts: Counter<string> = new Counter<string>({
    name: 'keyferry_watch_restarts_total',
    help: 'Lists and watches that had to begin anew.',
    labelNames: ['kind'],
    registers: [registry],
    collect: () => {
      // The watches keep the count; a scrape copies it.
      restarts.reset();
      for (const { kind, restarts: count } of watches()) restarts.inc({ kind }, count);
    },
  });
  const add = (
    name: string,
    help: string,
    labels: readonly string[],
    read: () => Iterable<readonly [Labels, number]>,
  ) => gauge(registry, name, help, labels, read);
  add('keyferry_build_info', 'The running version.', ['version'], () => [[{ version: options.version }, 1]]);
  add('keyferry_leader', '1 while this replica does the work, 0 while it stands by.', [], () => [
    [{}, leading() ? 1 : 0],
  ]);
  add('keyferry_queue_depth', 'Keys that wait for a worker.', ['queue', 'priority'], () =>
    Object.entries(queues).flatMap(([queue, read]) =>
      Object.entries(read().depth).map(([priority, depth]) => [{ queue, priority }, depth] as const),
    ),
  );
  add('keyferry_watch_synced', '1 when the cache of the kind holds all there is.', ['kind'], () =>
    Array.from(watches(), ({ kind, synced }) => [{ kind }, synced ? 1 : 0]),
  );
  add('keyferry_watch_last_activity_seconds', 'Age of the last sign of life of the watch.', ['kind'], () =>
    [...watches()].flatMap(({ kind, lastActivityMs }) =>
      lastActivityMs === undefined ? [] : [[{ kind }, (ambient.nowMs() - lastActivityMs) / 1000]],
    ),
  );
  add('keyferry_restart_oldest_owed_seconds', 'Age of the oldest change that a restart is owed for.', [], () => [
    [{}, options.oldestOwedS()],
  ]);
}

// Every label value goes through a bound, since a Region, for one, is what a tenant writes into a store.
function bounder(labels: readonly string[]): (values: Labels) => Labels {
  const bounds = new Map(labels.map((label) => [label, boundLabel()]));
  return (values) => {
    const bounded: Record<string, string> = {};
    for (const [label, value] of Object.entries(values)) bounded[label] = bounds.get(label)?.(value) ?? value;
    return bounded;
  };
}

function counter(registry: Registry, name: string, help: string, labelNames: readonly string[]) {
  const metric = new Counter<string>({ name, help, labelNames, registers: [registry] });
  const bound = bounder(labelNames);
  return (labels: Labels, by = 1): void => metric.inc(bound(labels), by);
}

function histogram(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  buckets: readonly number[],
) {
  const metric = new Histogram<string>({ name, help, labelNames, buckets: [...buckets], registers: [registry] });
  const bound = bounder(labelNames);
  return (labels: Labels, value: number): void => metric.observe(bound(labels), value);
}

function gauge(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  read: () => Iterable<readonly [Labels, number]>,
): void {
  const metric: Gauge<string> = new Gauge<string>({
    name,
    help,
    labelNames,
    registers: [registry],
    collect: () => {
      // What is gone since the last scrape must not be reported for ever.
      metric.reset();
      for (const [labels, value] of read()) metric.set(labels, value);
    },
  });
}
