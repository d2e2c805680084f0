import type {
  Access,
  Ambient,
  FetchedValue,
  FetchedValues,
  IdentitySource,
  ValueRef,
  ValueSource,
} from '../core/ports.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import { createAccounts } from './accounts.ts';
import { deadlineError } from './aws-error.ts';
import { createBatcher, type Silence } from './batcher.ts';
import { createCaller } from './caller.ts';
import { createCredentialStore } from './credential-store.ts';
import { identityKeyOf } from './identity.ts';
import { type Lane, type Reader, readKeyOf } from './lane.ts';
import type { AwsObserver } from './observer.ts';
import type { OwnSource } from './own-credentials.ts';
import { createParameterReader } from './parameter-reader.ts';
import { createQuota, type QuotaGroup } from './quota.ts';
import { createSdkTransport } from './sdk-transport.ts';
import { createSecretReader } from './secret-reader.ts';
import { translate, unanswered } from './translate.ts';
import type { Transport } from './transport.ts';

export interface ValueSourceOptions {
  readonly identities: IdentitySource;
  /** The operator's own credentials, where it has any and lends them. */
  readonly own?: OwnSource | undefined;
  readonly ambient: Ambient;
  /** Calls a second to begin with, in place of the starting rates. */
  readonly rates: Partial<Record<QuotaGroup, number>>;
  readonly observer: AwsObserver;
  /** The canonical id of a ref: the keys of what `fetch` answers. */
  readonly refId: (ref: ValueRef) => string;
  /** Keyferry's version, for the User-Agent. */
  readonly version: string;
  /** How long one fetch may take in all; 30 s unless a test is in a hurry. */
  readonly deadlineMs?: number;
}

export interface ClosableValueSource extends ValueSource {
  /** Ends what is in flight and closes every connection to AWS. */
  close(): void;
}

const WINDOW_MS = 5;
const DEADLINE_MS = 30_000;

/**
 * Reads Secrets Manager and Parameter Store through the AWS SDK. Endpoints are those of the Region, or of the SDK's own
 * variables (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_SECRETS_MANAGER`, ...).
 *
 * Faults of a ref have the ref's key as subject; faults of the credentials, which all refs of the plan then share, have the
 * store (`access.store`).
 */
export const createValueSource = (options: ValueSourceOptions): ClosableValueSource =>
  createValueSourceOver(createSdkTransport(options.version), options);

/** The same over any transport. */
export function createValueSourceOver(
  transport: Transport,
  options: Omit<ValueSourceOptions, 'version'>,
): ClosableValueSource {
  const { ambient, observer, refId } = options;
  const closing = new AbortController();
  const accounts = createAccounts();
  const credentials = createCredentialStore({ ...options, own: options.own, transport, closed: closing.signal });
  const quota = createQuota(options.rates, ambient, observer);
  const call = createCaller({ transport, credentials, accounts, quota, ambient, observer });
  const readers: Readonly<Record<ValueRef['service'], Reader>> = {
    SecretsManager: createSecretReader({ call, accounts, ambient, observer }),
    ParameterStore: createParameterReader({ call, ambient }),
  };
  const batcher = createBatcher<ServiceLane, ValueRef, Result<FetchedValue>>({
    windowMs: WINDOW_MS,
    deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    read: (lane, pending, signal) => readers[lane.service](lane, pending, signal),
    fallback,
    crashed: (thrown) => observer.unexpected(thrown),
    closed: closing.signal,
  });

  const ask = (access: Access, identityKey: string, ref: ValueRef) =>
    batcher.ask(
      // The store is part of the lane, though not of the identity: what is wrong with credentials is said of the right store.
      { key: `${access.store} ${identityKey} ${ref.service}`, value: { access, identityKey, service: ref.service } },
      { key: readKeyOf(ref), value: ref },
    );

  return {
    async fetch({ access, refs }, signal) {
      signal.throwIfAborted();
      const outlandish = refuseRegion(access);
      if (outlandish !== undefined) return new Map(refs.map((ref) => [refId(ref), outlandish]));
      const identityKey = identityKeyOf(access);
      const asked = refs.map((ref) => ask(access, identityKey, ref));
      try {
        const answers = await unlessAborted(Promise.all(asked.map(({ answer }) => answer)), signal);
        return new Map(refs.map((ref, at) => [refId(ref), answers[at] ?? fallbackOf(access, ref)])) as FetchedValues;
      } finally {
        for (const { release } of asked) release();
      }
    },
    async identify(access, signal) {
      signal.throwIfAborted();
      const outlandish = refuseRegion(access);
      if (outlandish !== undefined) return outlandish;
      const got = await credentials.get(access, signal);
      signal.throwIfAborted();
      if (!got.ok) return got;
      const { identityArn } = got.value;
      return succeed(identityArn === undefined ? {} : { identityArn });
    },
    close() {
      closing.abort();
      transport.close();
    },
  };
}

interface ServiceLane extends Lane {
  readonly service: ValueRef['service'];
}

// The Region becomes part of a host name, so its shape is checked here too, whoever let it pass before.
const refuseRegion = ({ region, store }: Access) =>
  /^[a-z]{2,5}(-[a-z]+)+-\d{1,2}$/.test(region)
    ? undefined
    : fail('InvalidSpec', store, `${JSON.stringify(region)} is no AWS Region; want one like eu-west-1`);

function fallback({ access }: Lane, ref: ValueRef, silence: Silence): Result<FetchedValue> {
  if (silence === 'crashed') return fail('Internal', ref.key, 'reading from AWS failed unexpectedly');
  const api = ref.service === 'SecretsManager' ? 'GetSecretValue' : 'GetParameters';
  const fault =
    silence === 'deadline' ? translate(api, deadlineError('Deadline'), ref, access) : unanswered(ref, access);
  return { ok: false, faults: [fault] };
}

const fallbackOf = (access: Access, ref: ValueRef): Result<FetchedValue> => ({
  ok: false,
  faults: [unanswered(ref, access)],
});

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
