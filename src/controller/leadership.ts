import type { LeaseRecord } from '../core/lease.ts';

/** How long a lease is worth something. Other than in this order, two could lead at once. */
export interface LeaseTimes {
  /** Nobody takes the lease before it has stood still for so long. */
  readonly durationMs: number;
  /** So long after it sent its last good renewal the holder stops: the difference is for calls under way to end. */
  readonly deadlineMs: number;
  /** Between two looks, and between two renewals. */
  readonly retryMs: number;
}

/** The times for a lease of so long: of 15 s, the default of every Kubernetes controller, 10 s and 2 s. */
export const leaseTimes = (durationMs: number): LeaseTimes => ({
  durationMs,
  deadlineMs: (durationMs * 2) / 3,
  retryMs: (durationMs * 2) / 15,
});

/** What a candidate saw of the lease, and when it first saw exactly that, by a clock that never jumps. */
export interface Sighting {
  readonly mark: string;
  readonly sinceMs: number;
  /** The last look. */
  readonly seenMs: number;
}

/** What a candidate does next. `take` replaces the record that it saw; `create` makes a lease where there is none. */
export type Move = { readonly kind: 'take' | 'create' } | { readonly kind: 'wait'; readonly ms: number };

/**
 * The next move of a candidate that sees `lease`, and what it remembers. Only the candidate's own clock counts: a lease
 * whose record stands still for its whole duration has no holder any more, whatever times are written in it.
 *
 * | the lease                                         | the move                    |
 * |---------------------------------------------------|-----------------------------|
 * | has no holder: given back, or never taken         | take                        |
 * | is held by ourselves (the answer to it was lost)  | take                        |
 * | is another's, and has stood still for its duration| take                        |
 * | is not there, and was not for a whole duration    | create                      |
 * | else                                              | wait                        |
 *
 * A lease that is not there may have been deleted under a holder that has not noticed yet, so that counts as held. Between two looks
 * that are far apart, as of a process that was stopped, there may have been one.
 */
export function campaign(
  before: Sighting | undefined,
  lease: LeaseRecord | undefined,
  me: string,
  nowMs: number,
  times: LeaseTimes,
): { readonly sighting: Sighting; readonly move: Move } {
  const mark = markOf(lease);
  const isSame = before?.mark === mark && (lease !== undefined || nowMs - before.seenMs <= times.deadlineMs / 2);
  const sighting = { mark, sinceMs: isSame ? before.sinceMs : nowMs, seenMs: nowMs };
  if (lease !== undefined && (lease.holder === '' || lease.holder === me)) return { sighting, move: { kind: 'take' } };
  const standsMs = Math.max(times.durationMs, lease?.durationMs ?? 0);
  const leftMs = sighting.sinceMs + standsMs - nowMs;
  if (leftMs <= 0) return { sighting, move: { kind: lease === undefined ? 'create' : 'take' } };
  return { sighting, move: { kind: 'wait', ms: Math.min(times.retryMs, leftMs) } };
}

// Not the resourceVersion: a label that somebody sets is no sign of life of the holder.
const markOf = (lease: LeaseRecord | undefined): string =>
  lease === undefined ? 'none' : [lease.holder, lease.renewedMs, lease.acquiredMs, lease.transitions].join(' ');

/** A lease in hand. */
export interface Tenure {
  readonly record: LeaseRecord;
  /** When the renewal that made it was sent: others can have seen it no earlier. */
  readonly sentMs: number;
}

/** How long the holder may still work, in milliseconds; 0 or less: not any more. */
export const leftOf = ({ sentMs }: Tenure, nowMs: number, { deadlineMs }: LeaseTimes): number =>
  sentMs + deadlineMs - nowMs;
