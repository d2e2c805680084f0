import type { AwsObserver } from './aws/observer.ts';
import { describeFaults } from './core/conditions.ts';
import type { QueueTrouble } from './core/event-queue.ts';
import type { ClusterCache } from './kube/cache.ts';
import { type Fault, sortFaults } from './model/fault.ts';
import type { EventObserver, EventOutcome } from './reconcile/event-reader.ts';
import type { Observer, RestartOutcome } from './reconcile/observer.ts';
import type { RestartJournal } from './reconcile/restart-journal.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics, WatchGauges } from './telemetry/metrics.ts';

// How what the rooms tell becomes log lines, metrics and health.

/** The kinds that have not been listed whole yet, each with what is in the way. */
export function unsynced(cache: ClusterCache): string[] {
  return [...cache.health()].flatMap(([kind, { synced, trouble }]) =>
    synced ? [] : [`${kind} has not been listed yet${trouble === undefined ? '' : `: ${trouble}`}`],
  );
}

// A loop that lives moves at least every 150 s, when its idle timer rings, and waits at most 30 s between tries.
const STILL_MS = 300_000;

/** The watches whose loop has stopped moving by `nowMs`, which only a bug can do. */
export function stillWatches(cache: ClusterCache, nowMs: number): string[] {
  return [...cache.health()].flatMap(([kind, { lastActivityMs }]) =>
    lastActivityMs > 0 && nowMs - lastActivityMs > STILL_MS ? [`the watch of ${kind} has stopped moving`] : [],
  );
}

/** What each watch tells of itself at a scrape. */
export const watchGauges = (cache: ClusterCache): WatchGauges[] =>
  [...cache.health()].map(([kind, { synced, lastContactMs, restarts, relists }]) => ({
    kind,
    synced,
    lastActivityMs: lastContactMs === 0 ? undefined : lastContactMs,
    restarts: restarts + relists,
  }));

/** How long the oldest restart has been owed (seconds); 0 when none is. */
export const owedForS = (journal: Pick<RestartJournal, 'oldestOwedS'>, nowMs: number): number =>
  Math.max(0, nowMs / 1_000 - (journal.oldestOwedS() ?? nowMs / 1_000));

/** What happens between keyferry and AWS, counted and, where people should know, logged. */
export function awsObserver(log: Log, metrics: Metrics): AwsObserver {
  return {
    request: (...call) => metrics.awsRequest(...call),
    batch: (api, sizeItems) => metrics.awsBatch(api, sizeItems),
    rate: (group, region, callsPerSecond) => metrics.awsRate(group, region, callsPerSecond),
    batchDenied: (store) =>
      log.warn(
        'The identity of the store may not call secretsmanager:BatchGetSecretValue; its secrets are read one by one',
        { store },
      ),
    unexpected: (error) => log.unexpected('A call to AWS failed in a way that keyferry does not know', error),
  };
}

/** What becomes of events, counted; and whether their queue can be used, logged when that changes. */
export function eventObserver(log: Log, metrics: Metrics, queue: string): EventObserver {
  const troubles = new Map<string, QueueTrouble>();
  const known = new Set<string>();
  return {
    event(outcome, sizeCharacters) {
      metrics.eventEnded(outcome);
      if (!isPoison(outcome) || known.has(outcome)) return;
      known.add(outcome);
      log.warn('A message that is no event was removed from the queue; others of its kind are only counted', {
        queue,
        reason: outcome,
        sizeCharacters,
      });
    },
    lag: (lagMs) => metrics.eventLagged(lagMs),
    queue(use, trouble) {
      const before = troubles.get(use);
      if (trouble === undefined) troubles.delete(use);
      else troubles.set(use, trouble);
      metrics.eventsQueueReady(troubles.size === 0);
      if (trouble?.message === before?.message) return;
      if (trouble === undefined) log.info('The queue of events works again', { queue });
      else
        log.warn('The queue of events does not work; values are read by their intervals alone', { queue, ...trouble });
    },
  };
}

const isPoison = (outcome: EventOutcome): boolean =>
  outcome === 'notJSON' || outcome === 'tooLarge' || outcome === 'unknownShape';

/** What the reconcilers do, counted and logged. */
export function reconcileObserver(log: Log, metrics: Metrics): Observer {
  // One line a change of state, not one a look: what an ExternalSecret or a store last failed with, and what became of a restart.
  const last = new Map<string, string>();
  const tell = (what: string, id: string, faults: readonly Fault[]): void => {
    const key = `${what} ${id}`;
    const before = last.get(key) ?? '';
    const text = faults.length === 0 ? '' : describeFaults(faults);
    if (text === before) return;
    if (text === '') last.delete(key);
    else last.set(key, text);
    if (text === '') log.info(`${what} is well again`, { name: id });
    else log.warn(`${what} failed`, { name: id, reason: sortFaults(faults)[0]?.kind, message: text });
  };
  const tellRestart = (workload: string, outcome: RestartOutcome, causes: readonly string[]): void => {
    const key = `Restart ${workload}`;
    const news = `${outcome} ${causes.join()}`;
    // What is in the way is met again at each try; all else took place.
    const isInTheWay = outcome === 'refused' || outcome === 'conflict';
    const isNews = !isInTheWay || last.get(key) !== news;
    if (isInTheWay) last.set(key, news);
    else last.delete(key);
    log[isNews ? 'info' : 'debug']('Workload looked at for a restart', { workload, outcome, causes });
  };
  return {
    synced(id, faults, durationMs) {
      metrics.synced(faults.length === 0 ? 'synced' : 'failed', durationMs);
      const kinds = faults.length === 0 ? [] : [...new Set(faults.map((fault) => fault.kind))];
      for (const kind of kinds) metrics.faulted(kind);
      log.debug('ExternalSecret looked at', { name: id, faults: kinds, durationMs });
      tell('ExternalSecret', id, faults);
    },
    forgotten(what, id) {
      last.delete(`${what} ${id}`);
      if (what === 'Workload') last.delete(`Restart ${id}`);
    },
    secretWritten(secret, operation) {
      metrics.secretWritten(operation);
      log.info('Secret written', { secret, operation });
    },
    restarted(workload, kind, outcome, causes) {
      metrics.restarted(kind, outcome);
      if (outcome === 'refused') metrics.faulted('RestartRefused');
      tellRestart(workload, outcome, causes);
    },
    storeChecked(store, faults) {
      for (const kind of new Set(faults.map((fault) => fault.kind))) metrics.faulted(kind);
      tell('Store', store, faults);
    },
    workloadRead: (workload, faults) => tell('Workload', workload, faults),
    unexpected: (key, error) => log.unexpected('Unexpected error', error, { key }),
  };
}
