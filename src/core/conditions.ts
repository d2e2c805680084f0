import type { ExternalSecret } from '../api/generated/types.ts';
import { describeFault, type Fault, sortFaults } from '../model/fault.ts';

export type Condition = NonNullable<NonNullable<ExternalSecret['status']>['conditions']>[number];

/** A condition before it is known whether it is a transition. */
export type Finding = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * The conditions to write: `findings`, each with the time of its last transition. A finding that says the same as before keeps its
 * time. Nothing else is kept: by kstatus, Reconciling and Stalled are present only while they are true.
 */
export function transition(
  before: readonly Condition[],
  findings: readonly Finding[],
  generation: number,
  nowMs: number,
): Condition[] {
  return findings.map((finding) => {
    const old = before.find(({ type }) => type === finding.type);
    const since = old?.status === finding.status ? old.lastTransitionTime : rfc3339(nowMs);
    return { ...finding, lastTransitionTime: since, observedGeneration: generation };
  });
}

/** Unix milliseconds as the API server writes times: whole seconds, UTC. */
export const rfc3339 = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

// Enough for people; the rest is the same again, and a condition message is at most 32 KiB.
const MAX_DESCRIBED = 20;

/** All faults as one message, sorted, so that an unchanged failure reads the same and the status write is skipped. */
export function describeFaults(faults: readonly Fault[]): string {
  const lines = [...new Set(sortFaults(faults).map(describeFault))];
  const more = lines.length > MAX_DESCRIBED ? [`and ${lines.length - MAX_DESCRIBED} more`] : [];
  return [...lines.slice(0, MAX_DESCRIBED), ...more].join('; ').slice(0, 16_384);
}

const STEPS: readonly (readonly [number, string])[] = [
  [15, 'less than 15 minutes'],
  [60, 'less than an hour'],
  [6 * 60, 'less than 6 hours'],
  [24 * 60, 'less than a day'],
  [7 * 24 * 60, 'less than a week'],
];

/** An age in words that change rarely, so that a lasting failure does not rewrite its status all the time. */
export function ageInSteps(ageMs: number): string {
  const step = STEPS.find(([minutes]) => ageMs < minutes * 60_000);
  return step?.[1] ?? 'more than a week';
}
