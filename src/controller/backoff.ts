const FLOOR_MS = 1_000;
const CEILING_MS = 600_000;

/**
 * How long to wait before the next try after `attempt` failures in a row (1 is the first): full jitter from 1 s up to a
 * ceiling that doubles from 2 s to the smaller of 10 min and `capMs`. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, capMs: number, random: number): number {
  const ceilingMs = Math.min(FLOOR_MS * 2 ** attempt, CEILING_MS, capMs);
  const floorMs = Math.min(FLOOR_MS, ceilingMs);
  return Math.ceil(floorMs + random * (ceilingMs - floorMs));
}
