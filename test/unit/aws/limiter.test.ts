import { expect, it } from 'vitest';
import { type Bucket, openBucket, stepBucket, waitMsOf } from '../../../src/aws/limiter.ts';

interface Second {
  readonly taken: number;
  readonly throttled: number;
}

const LATENCY_MS = 30;
const TICK_MS = 2;

/** Calls that never end against an account whose quota is a token bucket of its own, as AWS's are; `burstS`: how many seconds' worth it holds. */
function simulate(
  bucket: Bucket,
  quotaAt: (second: number) => number,
  { seconds = 600, burstS = 1 } = {},
): readonly Second[] {
  let ours = bucket;
  let theirs = quotaAt(0) * burstS;
  const underWay: { readonly sentMs: number; readonly event: 'success' | 'throttle' }[] = [];
  const told: { taken: number; throttled: number }[] = [];
  for (let nowMs = 0; nowMs < seconds * 1_000; nowMs += TICK_MS) {
    const quota = quotaAt(nowMs / 1_000);
    const second = told[Math.floor(nowMs / 1_000)] ?? { taken: 0, throttled: 0 };
    told[Math.floor(nowMs / 1_000)] = second;
    theirs = Math.min(Math.max(1, quota * burstS), theirs + (quota * TICK_MS) / 1_000);
    while ((underWay[0]?.sentMs ?? nowMs) <= nowMs - LATENCY_MS) {
      const answer = underWay.shift();
      if (answer !== undefined) ours = stepBucket(ours, answer.event, nowMs, answer.sentMs);
    }
    for (; waitMsOf(ours, nowMs) === 0; ours = stepBucket(ours, 'take', nowMs)) {
      const isTaken = theirs >= 1;
      if (isTaken) theirs -= 1;
      isTaken ? second.taken++ : second.throttled++;
      underWay.push({ sentMs: nowMs, event: isTaken ? 'success' : 'throttle' });
    }
  }
  return told;
}

const sum = (seconds: readonly Second[], what: keyof Second): number =>
  seconds.reduce((total, second) => total + second[what], 0);

for (const start of [10, 50, 500]) {
  for (const quota of [5, 10, 40, 100, 500]) {
    it(`uses at least 90 % of a quota of ${quota}/s that it began at ${start}/s not to know, with few throttles`, () => {
      const seconds = simulate(openBucket(start, 0), () => quota);
      expect(sum(seconds, 'taken') / 600 / quota).toBeGreaterThan(0.9);
      // One in thirty seconds or so, beside the search for so little.
      expect(sum(seconds, 'throttled')).toBeLessThan(600 / 5 + start / 2);
    });
  }
}

for (const quota of [7, 25, 70, 200, 350]) {
  it(`uses as much of a quota of ${quota}/s, between those`, () => {
    const seconds = simulate(openBucket(50, 0), () => quota);
    expect(sum(seconds, 'taken') / 600 / quota).toBeGreaterThan(0.9);
  });
}

// Where that is less than a call, what is earned while one is awaited is lost.
for (const quota of [5, 5.5, 6, 7, 8, 10, 25, 40, 100, 200, 350, 500]) {
  it(`uses as much of a quota of ${quota}/s that bears no more than a tenth of a second at once`, () => {
    const seconds = simulate(openBucket(50, 0), () => quota, { burstS: 0.1 });
    expect(sum(seconds, 'taken') / 600 / quota).toBeGreaterThan(0.9);
    expect(sum(seconds, 'throttled')).toBeLessThan(600 / 5 + 50 / 2);
  });
}

for (const [before, after] of [
  [40, 400],
  [400, 40],
  [5, 500],
  [500, 5],
  [100, 60],
] as const) {
  it(`finds a quota of ${after}/s that was one of ${before}/s until now`, () => {
    const seconds = simulate(openBucket(50, 0), (second) => (second < 300 ? before : after), { seconds: 750 });
    expect(sum(seconds.slice(450), 'taken') / 300 / after).toBeGreaterThan(0.9);
  });
}

it('reads a thousand parameters under a quota that it was told of without a throttle, in the time that they take', () => {
  const seconds = simulate(openBucket(40, 0, true), () => 40, { seconds: 3 });
  expect(sum(seconds, 'taken')).toBeGreaterThanOrEqual(100);
  expect(sum(seconds, 'throttled')).toBe(0);
});

it('reads them without being told in twice the time, with few throttles', () => {
  const seconds = simulate(openBucket(10, 0), () => 40, { seconds: 5 });
  expect(sum(seconds, 'taken')).toBeGreaterThanOrEqual(100);
  expect(sum(seconds, 'throttled')).toBeLessThanOrEqual(10);
});

it('halves once for all the throttles of one overrun', () => {
  const once = stepBucket(openBucket(100, 0), 'throttle', 0);
  expect(once.rate).toBe(50);
  expect(stepBucket(once, 'throttle', 10, 0).rate).toBe(50);
  expect(stepBucket(once, 'throttle', 20, 10).rate).toBe(25);
});

it('cuts what was felt for slowly by a quarter, and by half what is too much again soon after', () => {
  const calm = openBucket(100, 0, true);
  const once = stepBucket(calm, 'throttle', 5_000);
  expect(once.rate).toBe(75);
  expect(stepBucket(once, 'throttle', 9_000).rate).toBe(37.5);
  expect(stepBucket(calm, 'throttle', 4_999).rate).toBe(50);
});

it('never comes to a halt', () => {
  let bucket = openBucket(1, 0);
  for (let at = 0; at < 100; at += 1) bucket = stepBucket(bucket, 'throttle', at * 2_000);
  expect(waitMsOf(bucket, 200_000)).toBeLessThanOrEqual(2_000);
});

it('does not grow on calls that it did not hold back', () => {
  let bucket = openBucket(10, 0);
  for (let at = 0; at < 1_000; at += 1) {
    bucket = stepBucket(stepBucket(bucket, 'take', at * 1_000), 'success', at * 1_000);
  }
  expect(bucket.rate).toBe(10);
});

it('saves no more than half a second of calls while it idles', () => {
  let bucket = openBucket(100, 0);
  let burst = 0;
  for (; waitMsOf(bucket, 3_600_000) === 0; burst += 1) bucket = stepBucket(bucket, 'take', 3_600_000);
  expect(burst).toBe(50);
});
