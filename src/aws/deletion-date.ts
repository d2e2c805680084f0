import { LRUCache } from 'lru-cache';
import type { Access, Ambient, FetchedValue, ValueRef } from '../core/ports.ts';
import type { Result } from '../model/result.ts';
import { explainMarked } from './absence.ts';
import { atMost } from './at-most.ts';
import { memberError } from './aws-error.ts';
import type { Caller } from './caller.ts';
import { identityKeyOf } from './identity.ts';
import { dateIn } from './member.ts';
import { withinMs } from './within.ts';

/**
 * Of a secret that is marked for deletion, the same fault with the day on which it goes, where the identity may call DescribeSecret and AWS
 * answers soon; any other answer as it is. Never rejects.
 */
export type TellDeletionDate = (
  access: Access,
  ref: ValueRef,
  answer: Result<FetchedValue>,
  signal: AbortSignal,
) => Promise<Result<FetchedValue>>;

// A date more is not worth a wait, nor a call at each look.
const WAIT_MS = 2_000;
const MEMORY_MS = 3_600_000;
const MAX_SECRETS = 10_000;

export function createDeletionDates(call: Caller, ambient: Pick<Ambient, 'nowMs'>): TellDeletionDate {
  /** '' where AWS does not tell. */
  const dates = new LRUCache<string, string>({
    ...atMost(MAX_SECRETS),
    ttl: MEMORY_MS,
    perf: { now: () => ambient.nowMs() },
  });

  const ask = async (access: Access, identityKey: string, key: string, signal: AbortSignal): Promise<string> => {
    const describe = { api: 'DescribeSecret', input: { SecretId: key } } as const;
    const outcome = await withinMs(WAIT_MS, signal, (soon) => call(describe, { access, identityKey }, soon));
    return outcome.kind === 'answer' ? (dateIn(outcome.answer, 'DeletedDate') ?? '').slice(0, 10) : '';
  };

  return async (access, ref, answer, signal) => {
    const isMarked = !answer.ok && answer.faults.every(({ kind }) => kind === 'MarkedForDeletion');
    if (!isMarked || ref.service !== 'SecretsManager') return answer;
    const identityKey = identityKeyOf(access);
    const place = `${identityKey} ${ref.key}`;
    const date = dates.get(place) ?? (await ask(access, identityKey, ref.key, signal));
    if (!signal.aborted) dates.set(place, date);
    if (date === '') return answer;
    const error = memberError('InvalidRequest', 'marked for deletion');
    const { kind, detail } = explainMarked({ error, ref, access }, date);
    return { ok: false, faults: [{ kind, subject: ref.key, detail }] };
  };
}
