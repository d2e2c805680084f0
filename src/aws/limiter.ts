/** The state of one token bucket whose rate is found by AIMD: a throttle cuts it, and it grows while none comes. */
export interface Bucket {
  /** The rate it began with, in calls a second: the least unit of growth while nothing is known. */
  readonly start: number;
  /** Calls a second, now. */
  readonly rate: number;
  readonly tokens: number;
  /** When `tokens` was true. */
  readonly atMs: number;
  /** The rate at which AWS last throttled, or that somebody knows: most of it is won back quickly, the rest is felt for slowly. */
  readonly knee?: number;
  /** Since when nothing has been too much. */
  readonly calmSinceMs: number;
  readonly cutAtMs?: number;
}

export type BucketEvent = 'take' | 'success' | 'throttle';

const FLOOR = 0.5;
// No quota of the calls we make is known to be higher; it only keeps the arithmetic sane.
const CEILING = 10_000;
// Calls that are saved up while the bucket idles go out at once, and where they are too many are throttled at once.
const MAX_BURST = 50;
// What is left by a cut: half, since by how much the rate was too much is not known; but what was felt for slowly is hardly too much.
const CUT_SHARE = 0.5;
const GENTLE_CUT_SHARE = 0.75;
const SLOWLY_MS = 5_000;
// How much is won back quickly after a cut, as a share of the rate that was too much.
const SAFE_SHARE = 0.9;
// The feeling grows bolder with the square of the time in which nothing was too much: the quota may have been raised.
const BOLDER_MS = 10_000;
// However bold, it takes some seconds to double.
const MAX_SHARE = 1 / 4;

/** A bucket that admits `rate` calls a second. `isTold`: somebody knows that AWS takes so many, so it is no place to begin a search. */
export const openBucket = (rate: number, nowMs: number, isTold = false): Bucket => ({
  start: rate,
  rate,
  tokens: burstOf(rate),
  atMs: nowMs,
  calmSinceMs: nowMs,
  ...(isTold ? { knee: rate } : {}),
});

/** How long until the bucket has a whole token: 0 when it has one. */
export function waitMsOf(bucket: Bucket, nowMs: number): number {
  const { tokens, rate } = refill(bucket, nowMs);
  return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / rate) * 1_000);
}

/** The bucket after the event, which tells of a call that was sent at `sentMs`. Takes go below zero only when the caller did not ask `waitMsOf` first. */
export function stepBucket(bucket: Bucket, event: BucketEvent, nowMs: number, sentMs = nowMs): Bucket {
  const full = refill(bucket, nowMs);
  if (event === 'take') return { ...full, tokens: full.tokens - 1 };
  return event === 'success' ? grow(full, nowMs) : cut(full, nowMs, sentMs);
}

const burstOf = (rate: number): number => Math.max(1, Math.min(MAX_BURST, rate / 2));

function refill(bucket: Bucket, nowMs: number): Bucket {
  const earned = (Math.max(0, nowMs - bucket.atMs) / 1_000) * bucket.rate;
  return { ...bucket, tokens: Math.min(burstOf(bucket.rate), bucket.tokens + earned), atMs: nowMs };
}

function grow(bucket: Bucket, nowMs: number): Bucket {
  // A bucket that is half full was not what held the calls back, so their success says nothing about a higher rate.
  if (bucket.tokens > burstOf(bucket.rate) / 2) return bucket;
  // Each success adds its share of a step, so that a bucket in full use grows one step a second.
  return { ...bucket, rate: Math.min(CEILING, bucket.rate + stepOf(bucket, nowMs) / bucket.rate) };
}

function stepOf({ start, rate, knee, calmSinceMs }: Bucket, nowMs: number): number {
  const boldest = rate * MAX_SHARE;
  if (knee === undefined) return Math.max(start / 2, boldest);
  if (rate < knee * SAFE_SHARE) return knee / 4;
  const boldness = Math.max(1, (nowMs - calmSinceMs) / BOLDER_MS) ** 2;
  return Math.max(knee / 100, Math.min((knee / 100) * boldness, boldest));
}

function cut(bucket: Bucket, nowMs: number, sentMs: number): Bucket {
  const calm = { ...bucket, tokens: 0, calmSinceMs: nowMs };
  // Throttles of calls that were in flight together tell of one overrun, and cut once.
  if (bucket.cutAtMs !== undefined && sentMs <= bucket.cutAtMs) return calm;
  const isGentle = bucket.knee !== undefined && nowMs - bucket.calmSinceMs >= SLOWLY_MS;
  const rate = Math.max(FLOOR, bucket.rate * (isGentle ? GENTLE_CUT_SHARE : CUT_SHARE));
  return { ...calm, rate, knee: bucket.rate, cutAtMs: nowMs };
}
