import type { ExternalSecret } from '../api/generated/types.ts';
import { type Fault, sortFaults } from '../model/fault.ts';

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
export const rfc3339 = (ms: number): string => `${new Date(ms).toISOString().slice(0, -'.000Z'.length)}Z`;

// Enough for people, and half of what the API server takes for one message: the age of what is served comes behind it.
const MAX_LINES = 20;
const MAX_CHARACTERS = 16_384;
const MAX_LINE_CHARACTERS = 4_096;
const MAX_SUBJECTS = 10;

/**
 * All faults as one message, sorted, so that an unchanged failure reads the same and the status write is skipped. What is wrong with
 * many fields in the same way is said once. Lines are whole, and those for which there is no room are counted.
 */
export function describeFaults(faults: readonly Fault[]): string {
  const lines = linesOf(faults);
  const told: string[] = [];
  for (const [subject, detail] of lines.slice(0, MAX_LINES)) {
    const line = cut(`${subject}: ${detail}`);
    if (told.join('; ').length + line.length > MAX_CHARACTERS - 32) break;
    told.push(line);
  }
  const left = lines.length - told.length;
  return [...told, ...(left > 0 ? [`and ${left} more`] : [])].join('; ');
}

/** What is wrong, each once, with all the subjects that it is said of. */
function linesOf(faults: readonly Fault[]): readonly (readonly [subjects: string, detail: string])[] {
  const subjects = new Map<string, Set<string>>();
  const details = new Map<string, string>();
  for (const { kind, subject, detail } of sortFaults(faults)) {
    const key = `${kind} ${detail}`;
    details.set(key, detail);
    subjects.set(key, (subjects.get(key) ?? new Set()).add(subject));
  }
  return [...details].map(([key, detail]) => [enumerate([...(subjects.get(key) ?? [])]), detail]);
}

const enumerate = (subjects: readonly string[]): string =>
  subjects.length > MAX_SUBJECTS
    ? `${subjects.slice(0, MAX_SUBJECTS).join(', ')} and ${subjects.length - MAX_SUBJECTS} more`
    : subjects.join(', ');

const cut = (line: string): string =>
  line.length <= MAX_LINE_CHARACTERS
    ? line
    : `${line.slice(0, MAX_LINE_CHARACTERS - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;

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
