import { LRUCache } from 'lru-cache';
import type { Ambient } from '../core/ports.ts';

/** Which places have failed of late, so that not every read has to find out for itself. */
export interface Circuits {
  /** Whether to ask there: false for a while after a failure; then true for one who tries, until that one has told. */
  admits(place: string): boolean;
  tell(place: string, event: 'served' | 'failed'): void;
  /** True from a failure until it has served again. */
  isBroken(place: string): boolean;
}

interface Broken {
  readonly failures: number;
  /** Nobody asks before, or while somebody tries. */
  readonly untilMs: number;
  readonly trying: boolean;
}

const MAX_PLACES = 5_000;
const FIRST_REST_MS = 30_000;
const LONGEST_REST_MS = 5 * 60_000;
// Longer than any fetch; one who tries and is stopped tells nothing.
const TRY_MS = 60_000;

export function createCircuits(ambient: Pick<Ambient, 'nowMs'>): Circuits {
  const broken = new LRUCache<string, Broken>({ max: MAX_PLACES });
  return {
    admits(place) {
      const state = broken.get(place);
      if (state === undefined) return true;
      if (ambient.nowMs() < state.untilMs) return false;
      broken.set(place, { ...state, trying: true, untilMs: ambient.nowMs() + TRY_MS });
      return true;
    },
    tell(place, event) {
      if (event === 'served') {
        broken.delete(place);
        return;
      }
      const state = broken.get(place);
      // Reads that were under way together tell of one failure.
      if (state !== undefined && !state.trying && ambient.nowMs() < state.untilMs) return;
      const failures = (state?.failures ?? 0) + 1;
      const restMs = Math.min(FIRST_REST_MS * 2 ** (failures - 1), LONGEST_REST_MS);
      broken.set(place, { failures, untilMs: ambient.nowMs() + restMs, trying: false });
    },
    isBroken: (place) => broken.has(place),
  };
}
