import type { ExternalSecret } from '../api/generated/types.ts';
import { type Fault, handlingOf, retryOf, sortFaults } from '../model/fault.ts';
import { sameJson } from './canonical.ts';
import { ageInSteps, type Condition, describeFaults, type Finding, rfc3339, transition } from './conditions.ts';
import { intervalMs, nextRefreshMs } from './schedule.ts';

export type Status = NonNullable<ExternalSecret['status']>;
type Spec = ExternalSecret['spec'];

/** How a pass over an ExternalSecret ended. */
export type Outcome =
  | {
      readonly kind: 'synced';
      readonly refreshedMs: number;
      readonly secretName: string;
      readonly keyCount: number;
      readonly targetResourceVersion: string;
      readonly targetRevision: string;
      readonly store: NonNullable<Status['store']>;
      readonly sources: NonNullable<Status['sources']>;
      /** What a later not-found has to be by to count as gone; undefined where none does. */
      readonly reading: string | undefined;
    }
  | { readonly kind: 'failed'; readonly faults: readonly Fault[] }
  /** As failed, since every value is gone from AWS; with `isRemoved`, the Secret, or its keys, went with them. */
  | { readonly kind: 'gone'; readonly faults: readonly Fault[]; readonly sinceMs: number; readonly isRemoved: boolean }
  | { readonly kind: 'suspended' };

/** What a status is a summary of. */
export interface Subject {
  readonly uid: string;
  readonly generation: number;
  readonly forceSync: string | undefined;
  /** undefined when the spec itself could not be read. */
  readonly spec: Spec | undefined;
  readonly status: Status;
  /** When this process last read the values whole (Unix milliseconds): refreshTime in the status is not written each time. */
  readonly refreshedMs: number | undefined;
}

/** The new status as far as keyferry writes it; `null` takes a field away. */
export type StatusPatch = { [Field in keyof Status]?: Status[Field] | null };

/** The status after a pass, at `nowMs` (Unix milliseconds). */
export function summarize(subject: Subject, outcome: Outcome, nowMs: number): StatusPatch {
  switch (outcome.kind) {
    case 'synced':
      return summarizeSync(subject, outcome, nowMs);
    case 'failed':
      return summarizeFailure(subject, outcome.faults, describeServed(subject, nowMs), nowMs);
    case 'gone':
      return summarizeGone(subject, outcome, nowMs);
    case 'suspended':
      return summarizeSuspension(subject, nowMs);
  }
}

/** What was known stays known; that nothing is looked at any more is a reason, so that nobody waits for it. */
function summarizeSuspension({ generation, status }: Subject, nowMs: number): StatusPatch {
  const message = 'spec.suspend is true, so nothing is read from AWS and the Secret stays as it is';
  const ready: Finding = { type: 'Ready', status: readyOf(status)?.status ?? 'Unknown', reason: 'Suspended', message };
  return {
    observedGeneration: generation,
    nextRefreshTime: null,
    // The judgement is that of the generation it was passed on; nobody has judged the suspended one.
    conditions: transition(status.conditions ?? [], [ready], readyOf(status)?.observedGeneration ?? generation, nowMs),
  };
}

function summarizeSync(subject: Subject, outcome: Outcome & { kind: 'synced' }, nowMs: number): StatusPatch {
  const { spec, uid, generation, forceSync, status } = subject;
  const next = spec === undefined ? undefined : nextRefreshMs(spec, uid, outcome.refreshedMs);
  const keys = outcome.keyCount === 1 ? '1 key' : `${outcome.keyCount} keys`;
  const ready: Finding = {
    type: 'Ready',
    status: 'True',
    reason: 'Synced',
    message: `Secret ${outcome.secretName} holds ${keys} as AWS has them`,
  };
  return {
    observedGeneration: generation,
    refreshTime: rfc3339(outcome.refreshedMs),
    nextRefreshTime: next === undefined ? null : rfc3339(next),
    conditions: transition(status.conditions ?? [], [ready], generation, nowMs),
    binding: { name: outcome.secretName },
    targetResourceVersion: outcome.targetResourceVersion,
    targetRevision: outcome.targetRevision,
    reading: outcome.reading ?? null,
    goneSince: null,
    lastForceSync: forceSync ?? null,
    store: outcome.store,
    sources: outcome.sources,
  };
}

function summarizeFailure(subject: Subject, faults: readonly Fault[], served: string, nowMs: number): StatusPatch {
  const { generation, status } = subject;
  const message = `${describeFaults(faults)}; ${served}`;
  const findings = [readiness(subject, faults, message, nowMs), progress(faults, message)];
  return {
    observedGeneration: generation,
    conditions: transition(status.conditions ?? [], findings, generation, nowMs),
    goneSince: null,
  };
}

/**
 * What was removed is no more told of; `reading` stays, so that the next look knows what it is about. A grace that began before this look
 * knew of it goes on: any other answer in between would have taken it out of the status.
 */
function summarizeGone(subject: Subject, outcome: Outcome & { kind: 'gone' }, nowMs: number): StatusPatch {
  const { goneSince: begun = '' } = subject.status;
  const goneSince = Date.parse(begun) < outcome.sinceMs ? begun : rfc3339(outcome.sinceMs);
  if (!outcome.isRemoved && subject.status.refreshTime !== undefined) {
    const served = `${describeServed(subject, nowMs)}, and as deletionPolicy Delete asks it is removed once AWS has said so for 10 minutes`;
    return { ...summarizeFailure(subject, outcome.faults, served, nowMs), goneSince };
  }
  const removed =
    'all values are gone from AWS, so the Secret was removed, as deletionPolicy Delete asks; it is made again when they are back';
  return {
    ...summarizeFailure(subject, outcome.faults, removed, nowMs),
    goneSince,
    refreshTime: null,
    nextRefreshTime: null,
    binding: null,
    targetResourceVersion: null,
    targetRevision: null,
    sources: null,
  };
}

const MIN_GRACE_MS = 15 * 60_000;

function readiness(subject: Subject, faults: readonly Fault[], message: string, nowMs: number): Finding {
  const { status, generation, spec } = subject;
  const before = readyOf(status);
  const ageMs = ageOf(subject, nowMs);
  const graceMs = Math.max(3 * ((spec === undefined ? undefined : intervalMs(spec)) ?? 0), MIN_GRACE_MS);
  const passing = faults.every(({ kind }) => handlingOf(kind).passes === true);
  const wasInSync = before?.status === 'True' && status.observedGeneration === generation;
  if (passing && wasInSync && ageMs !== undefined && ageMs < graceMs) {
    // The reason stays under Reconciling: an outage that passes flips nothing and pages nobody.
    return { type: 'Ready', status: 'True', reason: before.reason, message: before.message };
  }
  return { type: 'Ready', status: 'False', reason: reasonOf(faults), message };
}

function describeServed(subject: Subject, nowMs: number): string {
  const ageMs = ageOf(subject, nowMs);
  if (ageMs === undefined && subject.status.reading !== undefined) return 'its Secret was removed with its values';
  return ageMs === undefined
    ? 'no Secret has been written yet'
    : `Secret ${subject.status.binding?.name ?? ''} keeps what it has, read ${ageInSteps(ageMs)} ago`;
}

/** How old the data is that the Secret holds; undefined when none has been written yet. */
function ageOf({ status, refreshedMs }: Subject, nowMs: number): number | undefined {
  if (status.refreshTime === undefined) return undefined;
  return Math.max(0, nowMs - Math.max(Date.parse(status.refreshTime), refreshedMs ?? 0));
}

function progress(faults: readonly Fault[], message: string): Finding {
  const stalled = faults.every((fault) => retryOf(fault) === 'onChange');
  return { type: stalled ? 'Stalled' : 'Reconciling', status: 'True', reason: reasonOf(faults), message };
}

const reasonOf = (faults: readonly Fault[]): string => sortFaults(faults)[0]?.kind ?? 'Internal';

/** The Ready condition of a status. */
export const readyOf = (status: Status): Condition | undefined =>
  status.conditions?.find(({ type }) => type === 'Ready');

const TIMES: ReadonlySet<string> = new Set(['refreshTime', 'nextRefreshTime']);

/**
 * Whether the patch is worth a write. One that would change nothing but times waits until refreshTime is nearly an interval old (refreshes
 * come up to a tenth early, so that every one of an hour is written) or ten minutes, whichever is more.
 */
export function isWorthWriting(subject: Subject, patch: StatusPatch, nowMs: number): boolean {
  let isOfTimes = false;
  for (const field in patch) {
    if (sameValue(Reflect.get(subject.status, field), Reflect.get(patch, field))) continue;
    if (!TIMES.has(field)) return true;
    isOfTimes = true;
  }
  if (!isOfTimes) return false;
  const ageMs = nowMs - Date.parse(subject.status.refreshTime ?? '1970-01-01T00:00:00Z');
  const interval = subject.spec === undefined ? undefined : intervalMs(subject.spec);
  return ageMs >= Math.max(0.85 * (interval ?? 0), 10 * 60_000);
}

// Both sides are plain JSON; the API server keeps the order of fields that we sent in lists, and sorts none of ours.
const sameValue = (old: unknown, value: unknown): boolean =>
  value === null ? old === undefined : sameJson(old, value);
