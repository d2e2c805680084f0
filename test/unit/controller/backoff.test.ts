import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../src/controller/backoff.ts';

describe('backoffMs', () => {
  const cases: readonly { it: string; attempt: number; capMs: number; random: number; want: number }[] = [
    { it: 'starts at 1 s', attempt: 1, capMs: 600_000, random: 0, want: 1_000 },
    { it: 'stays below 2 s after the first failure', attempt: 1, capMs: 600_000, random: 0.999, want: 1_999 },
    { it: 'doubles its ceiling with each failure', attempt: 4, capMs: 600_000, random: 0.5, want: 8_500 },
    { it: 'ends at 10 min whatever the cap', attempt: 60, capMs: 86_400_000, random: 0.999_999_999, want: 600_000 },
    { it: 'ends at the cap', attempt: 60, capMs: 10_000, random: 0.5, want: 5_500 },
    { it: 'survives more failures than a number can count', attempt: 1e9, capMs: 600_000, random: 0.5, want: 300_500 },
  ];
  for (const { it: name, attempt, capMs, random, want } of cases) {
    it(name, () => {
      expect(backoffMs(attempt, capMs, random)).toBe(want);
    });
  }

  it('is always between 1 s and the smaller of 10 min and the cap', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1_000, max: 1e9 }),
        random,
        (attempt, capMs, r) => {
          const ms = backoffMs(attempt, capMs, r);
          expect(ms).toBeGreaterThanOrEqual(1_000);
          expect(ms).toBeLessThanOrEqual(Math.min(600_000, capMs));
        },
      ),
    );
  });
});
