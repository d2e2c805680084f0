import { describe, expect, it } from 'vitest';
import type { WatchedKind } from '../../src/core/ports.ts';
import type { ClusterCache } from '../../src/kube/cache.ts';
import { owedForS, stillWatches, unsynced, watchGauges } from '../../src/observe.ts';

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
