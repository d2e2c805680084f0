import { expect, it } from 'vitest';
import { type Bucket, openBucket, stepBucket, waitMsOf } from '../../../src/aws/limiter.ts';

/** An account whose quota is a token bucket of its own, as AWS's are: one second's worth of burst. */
function simulate(start: number, quota: number, seconds: number, measureFromS: number) {
  let ours: Bucket = openBucket(start, 0);
  let theirs = quota;
  let [admitted, throttled] = [0, 0];
  for (let nowMs = 0; nowMs < seconds * 1_000; nowMs += 5) {
    theirs = Math.min(quota, theirs + quota * 0.005);
    while (waitMsOf(ours, nowMs) === 0) {
      ours = stepBucket(ours, 'take', nowMs);
      const taken = theirs >= 1;
      if (taken) theirs -= 1;
      ours = stepBucket(ours, taken ? 'success' : 'throttle', nowMs);
      if (nowMs >= measureFromS * 1_000) taken ? admitted++ : throttled++;
    }
  }
  return {
    goodput: admitted / (seconds - measureFromS) / quota,
    throttledShare: throttled / (admitted + throttled),
    ours,
  };
}

for (const [start, quota] of [
  [10, 40],
  [10, 1_000],
  [50, 100],
  [500, 300],
  [10, 3],
] as const) {
  it(`uses at least 80 % of a quota of ${quota}/s that it began at ${start}/s not to know`, () => {
    const { goodput, throttledShare } = simulate(start, quota, 600, 300);
    expect(goodput).toBeGreaterThan(0.8);
    expect(throttledShare).toBeLessThan(0.05);
  });
}

it('takes a few seconds from the starting rate to four times as much', () => {
  expect(simulate(10, 40, 12, 8).goodput).toBeGreaterThan(0.8);
});

it('halves once for all the throttles of one overrun', () => {
  const once = stepBucket(openBucket(100, 0), 'throttle', 0);
  expect(once.rate).toBe(50);
  expect(stepBucket(once, 'throttle', 10).rate).toBe(50);
  expect(stepBucket(once, 'throttle', 1_500).rate).toBe(25);
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
