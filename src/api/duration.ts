import { LRUCache } from 'lru-cache';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

// The same few texts are asked for several times in each pass.
const known = new LRUCache<string, number>({ max: 1_000, memoMethod: readDuration });

/** Whole milliseconds of a duration as the CRDs admit it ("1h30m", "0s"); what they refuse never gets here. */
export const durationMs = (text: string): number => known.memo(text);

function readDuration(text: string): number {
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    totalMs += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return Math.round(totalMs);
}
