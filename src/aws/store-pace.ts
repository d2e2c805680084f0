import { LRUCache } from 'lru-cache';
import type { Access, Ambient } from '../core/ports.ts';
import { atMost } from './at-most.ts';
import { type Bucket, openBucket, stepBucket, waitMsOf } from './limiter.ts';
import { pause } from './pause.ts';

/** The share that a store has set itself, before the turn in the account's quota: it lowers what the store asks, and raises nothing. */
export interface StorePace {
  /** Waits for the store's next call. False when the signal aborted first; then the call must not be made. */
  acquire(access: Access, signal: AbortSignal): Promise<boolean>;
}

const MAX_STORES = 10_000;

export function createStorePace(ambient: Pick<Ambient, 'nowMs'>): StorePace {
  const buckets = new LRUCache<string, Bucket>(atMost(MAX_STORES));
  return {
    async acquire({ storeId, requestsPerSecond: rate }, signal) {
      if (rate === undefined) return !signal.aborted;
      const key = `${rate} ${storeId}`;
      const bucket = buckets.get(key) ?? openBucket(rate, ambient.nowMs());
      const waitMs = waitMsOf(bucket, ambient.nowMs());
      // Taken before the wait, so that whoever comes next waits behind this one.
      buckets.set(key, stepBucket(bucket, 'take', ambient.nowMs()));
      if (waitMs > 0) await pause(waitMs, signal);
      if (!signal.aborted) return true;
      const now = buckets.get(key);
      if (now !== undefined) buckets.set(key, { ...now, tokens: now.tokens + 1 });
      return false;
    },
  };
}
