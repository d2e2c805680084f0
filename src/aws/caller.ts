import type { Ambient } from '../core/ports.ts';
import { type Failed, fail } from '../model/result.ts';
import type { Accounts } from './accounts.ts';
import { type AwsError, deadlineError, outcomeOf, readAwsError } from './aws-error.ts';
import type { CallerIdentities } from './caller-identity.ts';
import type { CredentialStore } from './credential-store.ts';
import type { Credentials } from './credentials.ts';
import type { Lane } from './lane.ts';
import type { AwsObserver } from './observer.ts';
import { pause } from './pause.ts';
import type { Quota, QuotaGroup, QuotaPlace } from './quota.ts';
import { backoffMs, MAX_ATTEMPTS } from './retry.ts';
import type { StorePace } from './store-pace.ts';
import { refusedCredentials } from './translate.ts';
import { type ReadApi, type ReadCall, sizeOf, type Transport } from './transport.ts';

/** How a call ended: an answer of any shape, an error of the call, or faults of the credentials (subject: the store). */
export type CallOutcome =
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'error'; readonly error: AwsError }
  | { readonly kind: 'failed'; readonly failed: Failed };

/** One call with all that belongs to it: credentials, its turn, retries. Never rejects; an abort is the error `Deadline`. */
export type Caller = (call: ReadCall, lane: Lane, signal: AbortSignal) => Promise<CallOutcome>;

const GROUPS: Readonly<Record<ReadApi, QuotaGroup>> = {
  BatchGetSecretValue: 'secrets-manager-batch',
  ListSecrets: 'secrets-manager-batch',
  GetSecretValue: 'secrets-manager-get',
  DescribeSecret: 'secrets-manager-describe',
  GetParameters: 'parameter-store',
  GetParametersByPath: 'parameter-store',
  DescribeParameters: 'parameter-store',
  ListTagsForResource: 'parameter-store',
};

interface Means {
  readonly transport: Pick<Transport, 'send'>;
  readonly credentials: CredentialStore;
  readonly callers: Pick<CallerIdentities, 'learn'>;
  readonly accounts: Pick<Accounts, 'of'>;
  readonly quota: Quota;
  readonly pace: StorePace;
  readonly ambient: Ambient;
  readonly observer: AwsObserver;
}

/** The caller: every attempt, also a retry, waits for its turn, so that AWS never sees more than its quota bears. */
export function createCaller(means: Means): Caller {
  return async (call, lane, signal) => {
    means.observer.batch(call.api, sizeOf(call));
    for (let attempt = 1; ; attempt += 1) {
      const credentials = await means.credentials.get(lane.access, signal);
      if (signal.aborted) return { kind: 'error', error: deadlineError('Deadline') };
      if (!credentials.ok) return { kind: 'failed', failed: credentials };
      // Whose quota it is, the calls to come will know.
      if (means.accounts.of(lane) === undefined) means.callers.learn(lane.access, credentials.value);
      const outcome = await attemptOnce(means, call, lane, credentials.value, signal);
      if (outcome.kind !== 'error') return outcome;
      const next = afterError(means, outcome.error, lane, credentials.value);
      if (next !== 'again' || attempt >= MAX_ATTEMPTS) return next === 'again' ? outcome : (next ?? outcome);
      // Other credentials need no pause.
      if (outcome.error.class !== 'credentials') {
        await pause(backoffMs(attempt, outcome.error, means.ambient.random()), signal);
      }
      if (signal.aborted) return outcome;
    }
  };
}

async function attemptOnce(
  means: Means,
  call: ReadCall,
  lane: Lane,
  { keys }: Credentials,
  signal: AbortSignal,
): Promise<CallOutcome> {
  const { region } = lane.access;
  // First, so that what the store may not send yet takes no turn from others.
  if (!(await means.pace.acquire(lane.access, signal))) return { kind: 'error', error: deadlineError('StoreWait') };
  const account = means.accounts.of(lane) ?? lane.identityKey;
  const place: QuotaPlace = { account, region, group: GROUPS[call.api] };
  const caller = { identity: lane.identityKey, store: lane.access.storeId, isUrgent: lane.isUrgent === true };
  if (!(await means.quota.acquire(place, caller, signal))) {
    return { kind: 'error', error: deadlineError('QuotaWait') };
  }
  const startedMs = means.ambient.nowMs();
  const observe = (outcome: Parameters<AwsObserver['request']>[2]): void =>
    means.observer.request(call.api, region, outcome, means.ambient.nowMs() - startedMs);
  try {
    const answer = await means.transport.send(call, region, keys, signal);
    means.quota.tell(place, 'success', startedMs);
    observe('ok');
    return { kind: 'answer', answer };
  } catch (thrown) {
    const error = signal.aborted ? deadlineError('Deadline') : readAwsError(thrown);
    if (error.class === 'throttle') means.quota.tell(place, 'throttle', startedMs);
    observe(outcomeOf(error));
    return { kind: 'error', error };
  }
}

function afterError(
  means: Means,
  error: AwsError,
  lane: Lane,
  credentials: Credentials,
): 'again' | CallOutcome | undefined {
  if (error.class === 'throttle' || error.class === 'transient') return 'again';
  if (error.class !== 'credentials') return undefined;
  const { access } = lane;
  const detail = refusedCredentials(error, access);
  if (means.credentials.refuse(access, credentials, detail)) return 'again';
  return { kind: 'failed', failed: fail('CredentialsInvalid', access.store, detail) };
}
