import { describe, expect, it } from 'vitest';
import { type Outcome, WATCH_TIMINGS, WatchPace } from '../../../src/kube/watch-pace.ts';

const pace = (random: number): WatchPace => new WatchPace(WATCH_TIMINGS, { nowMs: () => 0, random: () => random });
const failed: Outcome = { kind: 'failed', trouble: '500' };

describe('the pace of a watch', () => {
  it('backs off from 0.8 s to 30 s, with half of it left to chance', () => {
    const [least, most] = [pace(0), pace(1)];
    const waits = (of: WatchPace): number[] => Array.from({ length: 8 }, () => of.after(failed).waitMs);
    expect(waits(least)).toEqual([800, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000]);
    expect(waits(most)).toEqual([800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  });

  const busy = (retryAfterMs: number): Outcome => ({ ...failed, kind: 'failed', retryAfterMs });
  it('waits for what the API server asks, a little longer, and never more than two minutes', () => {
    expect(pace(0).after(busy(5_000)).waitMs).toBe(5_000);
    expect(pace(1).after(busy(5_000)).waitMs).toBe(6_000);
    expect(pace(0).after(busy(3_600_000)).waitMs).toBe(120_000);
  });

  it('looks for a kind that is not served about every quarter of a minute', () => {
    const absent: Outcome = { kind: 'absent' };
    expect(pace(0).after(absent)).toEqual({ waitMs: 7_500, relist: true });
    expect(pace(1).after(absent)).toEqual({ waitMs: 15_000, relist: true });
  });

  it('begins anew after a watch that was of use, and not after a list', () => {
    const one = pace(1);
    const next = (outcome: Outcome): number => {
      one.after(failed);
      one.after(failed);
      one.after(outcome);
      return one.after(failed).waitMs;
    };
    expect(next({ kind: 'closed' })).toBe(800);
    expect(next({ kind: 'listed' })).toBe(6_400);
  });

  it('lists again at once the first time, and backs off when that expires too', () => {
    const one = pace(1);
    const steps = [one.after({ kind: 'expired' }), one.after({ kind: 'listed' }), one.after({ kind: 'expired' })];
    expect(steps).toEqual([
      { waitMs: 0, relist: true },
      { waitMs: 0, relist: false },
      { waitMs: 1_600, relist: true },
    ]);
  });

  it('lists again at the fifth quick close in a row', () => {
    const one = pace(0);
    const relists = (count: number): boolean[] =>
      Array.from({ length: count }, () => one.after({ kind: 'quick' }).relist);
    expect(relists(5)).toEqual([false, false, false, false, true]);
    relists(4);
    one.after({ kind: 'closed' });
    expect(relists(5)).toEqual([false, false, false, false, true]);
  });
});
