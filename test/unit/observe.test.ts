import { describe, expect, it } from 'vitest';
import type { WatchedKind } from '../../src/core/ports.ts';
import type { ClusterCache } from '../../src/kube/cache.ts';
import { eventObserver, owedForS, stillWatches, unsynced, watchGauges } from '../../src/observe.ts';
import type { Log } from '../../src/telemetry/log.ts';
import type { Metrics } from '../../src/telemetry/metrics.ts';

const MINUTE_MS = 60_000;

const healthy = {
  synced: true,
  lastActivityMs: 100 * MINUTE_MS,
  lastContactMs: 100 * MINUTE_MS,
  relists: 1,
  restarts: 2,
};

type Health = typeof healthy & { trouble?: string };

/** A cache of which nothing but the health of its watches is asked. */
function cacheOf(watches: Partial<Record<WatchedKind, Health>>): ClusterCache {
  const health = (): ReadonlyMap<WatchedKind, Health> => new Map(Object.entries(watches) as [WatchedKind, Health][]);
  return { health } as ClusterCache;
}

describe('liveness', () => {
  it('fails for a watch whose loop has stood still for more than five minutes', () => {
    const cache = cacheOf({ Secret: healthy, Deployment: { ...healthy, lastActivityMs: 110 * MINUTE_MS } });
    expect(stillWatches(cache, 106 * MINUTE_MS)).toEqual(['the watch of Secret has stopped moving']);
  });

  it('holds while every loop moves, also through an outage in which nobody answers', () => {
    const cache = cacheOf({ Secret: { ...healthy, lastContactMs: 0, trouble: '503' } });
    expect(stillWatches(cache, 104 * MINUTE_MS)).toEqual([]);
  });

  it('holds before the first move', () => {
    expect(stillWatches(cacheOf({ Secret: { ...healthy, lastActivityMs: 0 } }), 200 * MINUTE_MS)).toEqual([]);
  });
});

describe('readiness', () => {
  it('names each kind that has not been listed, and what is in the way', () => {
    const cache = cacheOf({ Secret: { ...healthy, synced: false, trouble: '403' }, Namespace: healthy });
    expect(unsynced(cache)).toEqual(['Secret has not been listed yet: 403']);
  });
});

it('counts lists and watches that began anew as restarts of the watch', () => {
  expect(watchGauges(cacheOf({ Secret: healthy }))).toEqual([
    { kind: 'Secret', synced: true, lastActivityMs: 100 * MINUTE_MS, restarts: 3 },
  ]);
});

describe('the oldest restart that is owed', () => {
  const at = (oldestOwedS: number | undefined) => owedForS({ oldestOwedS: () => oldestOwedS }, 100_000);

  it('has the age of its change', () => expect(at(40)).toBe(60));
  it('is none when none is owed', () => expect(at(undefined)).toBe(0));
  it('is not younger than now, by whatever clock', () => expect(at(130)).toBe(0));
});

describe('the queue of events', () => {
  /** The observer, what it logs, and the gauge as it is set. */
  function open() {
    const lines: string[] = [];
    const gauge: boolean[] = [];
    const counted: string[] = [];
    const say = (message: string, fields?: object): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
    const log = { info: say, warn: say } as unknown as Log;
    const metrics = {
      eventEnded: (outcome: string) => void counted.push(outcome),
      eventsQueueReady: (isReady: boolean) => void gauge.push(isReady),
    } as unknown as Metrics;
    return { lines, gauge, counted, observer: eventObserver(log, metrics, 'keyferry-events') };
  }
  const trouble = { reason: 'AccessDenied', message: 'it may not' };

  it('is told of once while the same is in the way, and once when it is gone', () => {
    const { lines, gauge, observer } = open();
    observer.queue('receive', trouble);
    observer.queue('receive', trouble);
    observer.queue('remove', undefined);
    observer.queue('receive', undefined);
    observer.queue('receive', undefined);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('it may not');
    expect(gauge).toEqual([false, false, false, true, true]);
  });

  it('has each kind of message that is no event logged once, by its size, and each message counted', () => {
    const { lines, counted, observer } = open();
    for (const outcome of ['notJSON', 'notJSON', 'tooLarge', 'read', 'noChange'] as const) observer.event(outcome, 7);
    expect(lines.map((line) => /"reason":"(\w+)","sizeCharacters":7/.exec(line)?.[1])).toEqual(['notJSON', 'tooLarge']);
    expect(counted).toEqual(['notJSON', 'notJSON', 'tooLarge', 'read', 'noChange']);
  });
});
