import type { SecretStore } from '../api/generated/types.ts';
import { retryOf, sortFaults } from '../model/fault.ts';
import type { Result } from '../model/result.ts';
import { describeFaults, type Finding, transition } from './conditions.ts';

export type StoreStatus = NonNullable<SecretStore['status']>;

/** What a check of a store came to. */
export interface Check {
  /** Who the store is to AWS, where AWS told, or what is wrong. */
  readonly found: Result<{ readonly identityArn?: string }>;
  readonly hints: readonly string[];
}

/** The status of a store after a check at `nowMs` (Unix milliseconds), or undefined where it already says so. */
export function summarizeStore(
  before: StoreStatus,
  { found, hints }: Check,
  generation: number,
  nowMs: number,
): object | undefined {
  // Where STS does not tell for now, the same generation is most likely who it was.
  const known = found.ok && before.observedGeneration !== generation ? undefined : before.identityArn;
  const identityArn = (found.ok ? found.value.identityArn : undefined) ?? known ?? null;
  const conditions = transition(before.conditions ?? [], findings(found, identityArn), generation, nowMs);
  const after = { observedGeneration: generation, identityArn, hints: hints.length === 0 ? null : hints, conditions };
  const same =
    before.observedGeneration === generation &&
    (before.identityArn ?? null) === identityArn &&
    JSON.stringify(before.hints ?? []) === JSON.stringify(hints) &&
    says(before.conditions ?? []) === says(conditions);
  return same ? undefined : after;
}

/** Whether an earlier check found this very store to be well, with this very identity where the spec says which that is. */
export function wasFoundWell(
  { conditions = [], identityArn }: StoreStatus,
  expectedArn: string | undefined,
  generation: number,
): boolean {
  const ready = conditions.find(({ type }) => type === 'Ready');
  return (
    ready?.status === 'True' &&
    ready.observedGeneration === generation &&
    (expectedArn === undefined || identityArn === expectedArn)
  );
}

function findings(found: Check['found'], identityArn: string | null): Finding[] {
  if (found.ok) {
    const message = identityArn === null ? 'The store is well-formed' : `AWS knows the store as ${identityArn}`;
    return [{ type: 'Ready', status: 'True', reason: 'Valid', message }];
  }
  const message = describeFaults(found.faults);
  const reason = sortFaults(found.faults)[0]?.kind ?? 'Internal';
  const stalled = found.faults.every((fault) => retryOf(fault) === 'onChange');
  return [
    { type: 'Ready', status: 'False', reason, message },
    { type: stalled ? 'Stalled' : 'Reconciling', status: 'True', reason, message },
  ];
}

const says = (conditions: readonly Finding[]): string =>
  conditions.map(({ type, status, reason, message }) => JSON.stringify([type, status, reason, message])).join();
