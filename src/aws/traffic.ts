/** How many asked of late, as a sum that decays; those of one millisecond are one. */
export interface Traffic {
  readonly heat: number;
  readonly atMs: number;
}

const DECAY_MS = 100;
// As many within the decay: a few objects that are applied together do not wait for more.
const BUSY_HEAT = 4;

/** The traffic after one more has asked. */
export function afterAsk(before: Traffic | undefined, nowMs: number): Traffic {
  if (before !== undefined && nowMs - before.atMs < 1) return before;
  return { heat: heatOf(before, nowMs) + 1, atMs: nowMs };
}

/** Whether so many ask that it pays to wait for the next. */
export const isBusy = (traffic: Traffic | undefined, nowMs: number): boolean => heatOf(traffic, nowMs) >= BUSY_HEAT;

const heatOf = (traffic: Traffic | undefined, nowMs: number): number =>
  traffic === undefined ? 0 : traffic.heat * Math.exp(-Math.max(0, nowMs - traffic.atMs) / DECAY_MS);
