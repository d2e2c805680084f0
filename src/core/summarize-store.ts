import type { SecretStore } from '../api/generated/types.ts';
import { retryOf, sortFaults } from '../model/fault.ts';
import type { Result } from '../model/result.ts';
import { describeFaults, type Finding, transition } from './conditions.ts';

export type StoreStatus = NonNullable<SecretStore['status']>;

/** The status of a store after a check at `nowMs` (Unix milliseconds), or undefined where it already says so. */
export function summarizeStore(
  before: StoreStatus,
  found: Result<{ readonly identityArn?: string }>,
  generation: number,
  nowMs: number,
): object | undefined {
  const identityArn = found.ok ? (found.value.identityArn ?? null) : (before.identityArn ?? null);
  const conditions = transition(before.conditions ?? [], findings(found), generation, nowMs);
  const after = { observedGeneration: generation, identityArn, conditions };
  const same =
    before.observedGeneration === generation &&
    (before.identityArn ?? null) === identityArn &&
    says(before.conditions ?? []) === says(conditions);
  return same ? undefined : after;
}

/** Whether an earlier check found this very store, with this very identity, to be well. */
export function wasFoundWell(
  { conditions = [], identityArn }: StoreStatus,
  expectedArn: string | undefined,
  generation: number,
): boolean {
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === generation && identityArn === expectedArn;
}

function findings(found: Result<{ readonly identityArn?: string }>): Finding[] {
  if (found.ok) {
    const message =
      found.value.identityArn === undefined
        ? 'The store is well-formed'
        : `AWS knows the store as ${found.value.identityArn}`;
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
