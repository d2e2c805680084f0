/** How many asked of late, as a sum that decays; those of one millisecond are one. */
export interface Traffic {
  readonly heat: number;
  readonly atMs: number;
  /** When a flight last was full. */
  readonly fullMs?: number;
}

const DECAY_MS = 100;
// As many within the decay: a few objects that are applied together do not wait for more.
const BUSY_HEAT = 4;
// Where a flight was full, the next will be, though nobody may ask for a moment: a busy API server holds all of them up at once.
const FULL_MS = 1_000;

/** The traffic after one more has asked. */
export function afterAsk(before: Traffic | undefined, nowMs: number): Traffic {
  if (before !== undefined && nowMs - before.atMs < 1) return before;
  return { ...before, heat: heatOf(before, nowMs) + 1, atMs: nowMs };
}

/** The traffic after a flight was full. Of those who asked all at once, no more may come. */
export const afterFull = (before: Traffic, nowMs: number): Traffic =>
  isBusy(before, nowMs) ? { ...before, fullMs: nowMs } : before;

/** Whether so many ask that it pays to wait for the next. */
export const isBusy = (traffic: Traffic | undefined, nowMs: number): boolean =>
  heatOf(traffic, nowMs) >= BUSY_HEAT || nowMs - (traffic?.fullMs ?? Number.NEGATIVE_INFINITY) < FULL_MS;

const heatOf = (traffic: Traffic | undefined, nowMs: number): number =>
  traffic === undefined ? 0 : traffic.heat * Math.exp(-Math.max(0, nowMs - traffic.atMs) / DECAY_MS);
