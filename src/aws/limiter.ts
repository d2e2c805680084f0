/** The state of one token bucket whose rate is found by AIMD: it halves on a throttle and grows while none comes. */
export interface Bucket {
  /** The rate it began with, in calls a second: the unit of growth. */
  readonly start: number;
  /** Calls a second, now. */
  readonly rate: number;
  readonly tokens: number;
  /** When `tokens` was true. */
  readonly atMs: number;
  /** The rate at which AWS last throttled; most of it is won back quickly, the rest is felt for slowly. */
  readonly knee?: number;
  readonly cutAtMs?: number;
}

export type BucketEvent = 'take' | 'success' | 'throttle';

const FLOOR = 0.5;
// No quota of the calls we make is known to be higher; it only keeps the arithmetic sane.
const CEILING = 10_000;
// Throttles of calls that were in flight together tell of one overrun, and cut once.
const ONE_OVERRUN_MS = 1_000;
// How much is won back quickly after a cut, as a share of the rate that was too much.
const SAFE_SHARE = 0.9;

/** A bucket that admits `rate` calls a second. */
export const openBucket = (rate: number, nowMs: number): Bucket => ({
  start: rate,
  rate,
  tokens: burstOf(rate),
  atMs: nowMs,
});

/** How long until the bucket has a whole token: 0 when it has one. */
export function waitMsOf(bucket: Bucket, nowMs: number): number {
  const { tokens, rate } = refill(bucket, nowMs);
  return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / rate) * 1_000);
}

/** The bucket after the event. Takes go below zero only when the caller did not ask `waitMsOf` first. */
export function stepBucket(bucket: Bucket, event: BucketEvent, nowMs: number): Bucket {
  const full = refill(bucket, nowMs);
  if (event === 'take') return { ...full, tokens: full.tokens - 1 };
  return event === 'success' ? grow(full) : cut(full, nowMs);
}

const burstOf = (rate: number): number => Math.max(1, rate / 2);

function refill(bucket: Bucket, nowMs: number): Bucket {
  const earned = (Math.max(0, nowMs - bucket.atMs) / 1_000) * bucket.rate;
  return { ...bucket, tokens: Math.min(burstOf(bucket.rate), bucket.tokens + earned), atMs: nowMs };
}

function grow(bucket: Bucket): Bucket {
  // A bucket that is half full was not what held the calls back, so their success says nothing about a higher rate.
  if (bucket.tokens > burstOf(bucket.rate) / 2) return bucket;
  // Each success adds its share of a step, so that a bucket in full use grows one step a second.
  return { ...bucket, rate: Math.min(CEILING, bucket.rate + stepOf(bucket) / bucket.rate) };
}

function stepOf({ start, rate, knee }: Bucket): number {
  if (knee === undefined) return start / 2;
  return rate < knee * SAFE_SHARE ? knee / 4 : knee / 100;
}

function cut(bucket: Bucket, nowMs: number): Bucket {
  if (bucket.cutAtMs !== undefined && nowMs - bucket.cutAtMs < ONE_OVERRUN_MS) return { ...bucket, tokens: 0 };
  return { ...bucket, rate: Math.max(FLOOR, bucket.rate / 2), tokens: 0, knee: bucket.rate, cutAtMs: nowMs };
}
