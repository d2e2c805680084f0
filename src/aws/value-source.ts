import type {
  Access,
  Ambient,
  FetchedValue,
  Found,
  IdentitySource,
  Need,
  Search,
  ValueRef,
  ValueSource,
} from '../core/ports.ts';
import { type Failed, fail, type Result, succeed } from '../model/result.ts';
import { createAccounts } from './accounts.ts';
import { deadlineError } from './aws-error.ts';
import { createBatcher, type Silence } from './batcher.ts';
import { createCaller } from './caller.ts';
import { type CallerIdentities, createCallerIdentities } from './caller-identity.ts';
import { createCircuits } from './circuits.ts';
import { type CredentialStore, createCredentialStore } from './credential-store.ts';
import { createDeletionDates } from './deletion-date.ts';
import { type AskRegion, accessesOf, createFailover } from './failover.ts';
import { fence } from './fence.ts';
import { unfinishedSearch } from './find-fault.ts';
import { createFinder } from './finder.ts';
import { identityKeyOf } from './identity.ts';
import { type Lane, type Reader, readKeyOf } from './lane.ts';
import { createMetadataReader } from './metadata-reader.ts';
import { createNotes } from './notes.ts';
import type { AwsObserver } from './observer.ts';
import type { OwnSource } from './own-credentials.ts';
import { createParameterReader, PARAMETERS_PER_CALL } from './parameter-reader.ts';
import { createQuota, type QuotaGroup } from './quota.ts';
import { isOutage, outage } from './region-outage.ts';
import { createRotationWatch } from './rotation-watch.ts';
import { createSdkTransport, type Endpoints } from './sdk-transport.ts';
import { createSecretReader, SECRETS_PER_CALL } from './secret-reader.ts';
import { createStorePace } from './store-pace.ts';
import { refusedCredentials, translate, unanswered } from './translate.ts';
import type { Transport } from './transport.ts';

export interface ValueSourceOptions {
  readonly identities: IdentitySource;
  /** The operator's own credentials, where it has any and lends them. */
  readonly own?: OwnSource | undefined;
  readonly ambient: Ambient;
  /** A clock that never jumps. */
  readonly steady: Pick<Ambient, 'nowMs'>;
  /** Calls a second to begin with, in place of the starting rates. */
  readonly rates: Partial<Record<QuotaGroup, number>>;
  readonly observer: AwsObserver;
  /** Hears of the store about which `notes` has something else to say. */
  readonly noted?: (storeId: string) => void;
  /** Whether secrets that are read are looked at, every six hours, for a rotation that did not finish. */
  readonly rotationHints: boolean;
  /** The canonical id of a ref: the keys of what `fetch` answers. */
  readonly refId: (ref: ValueRef) => string;
  /** Keyferry's version, for the User-Agent. */
  readonly version: string;
  /** Asked right before each call is sent; false: it is not. */
  readonly mayCall?: () => boolean;
  readonly endpoints: Endpoints;
  /** How long one fetch, or one search, may take in all; 30 s unless a test is in a hurry. */
  readonly deadlineMs?: number;
}

export interface ClosableValueSource extends ValueSource {
  /** Ends what is in flight and closes every connection to AWS. */
  close(): void;
}

const NO_HURRY: Need = { isUrgent: false, maxAgeMs: 0 };
const DEADLINE_MS = 30_000;
// A flight on its own deadline answers right after it.
const GRACE_MS = 500;

/**
 * Reads Secrets Manager and Parameter Store through the AWS SDK. Endpoints are those of the Region, or of the SDK's own
 * variables (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_SECRETS_MANAGER`, ...).
 *
 * Faults of a ref have the ref's key as subject; faults of the credentials, which all refs of the plan then share, have the
 * store (`access.store`).
 */
export const createValueSource = (options: ValueSourceOptions): ClosableValueSource =>
  createValueSourceOver(
    fence(createSdkTransport(options.version, options.endpoints), options.mayCall ?? (() => true)),
    options,
  );

/** The same over any transport. */
export function createValueSourceOver(
  transport: Transport,
  options: Omit<ValueSourceOptions, 'version' | 'endpoints' | 'mayCall'>,
): ClosableValueSource {
  const { ambient, steady, observer, refId } = options;
  const limitMs = options.deadlineMs ?? DEADLINE_MS;
  const closing = new AbortController();
  const accounts = createAccounts();
  const credentials = createCredentialStore({ ...options, own: options.own, transport, closed: closing.signal });
  const pace = createStorePace(ambient);
  const quota = createQuota(options.rates, ambient, observer);
  const notes = createNotes(options.noted ?? (() => undefined), ambient);
  const callers = createCallerIdentities({ transport, ambient, observer, closed: closing.signal }, (access, arn) =>
    accounts.learn({ identityKey: identityKeyOf(access) }, arn),
  );
  const call = createCaller({ transport, credentials, callers, accounts, quota, pace, ambient, observer });
  const rotation = options.rotationHints
    ? createRotationWatch({ call, notes, ambient, observer, closed: closing.signal })
    : undefined;
  const readers: Readonly<Record<ServiceLane['reader'], Reader>> = {
    SecretsManager: createSecretReader({ call, accounts, ambient, observer, notes, rotation }),
    ParameterStore: createParameterReader({ call, ambient }),
    metadata: createMetadataReader({ call, accounts }),
  };
  const batcher = createBatcher<ServiceLane, ValueRef, Result<FetchedValue>>({
    fullAt: ({ reader }) => PER_CALL[reader],
    deadlineMs: (lane) => lane.limitMs,
    read: (lane, pending, signal) => readers[lane.reader](lane, pending, signal),
    fallback,
    isLasting: ({ ok }) => ok,
    crashed: (thrown) => observer.unexpected(thrown),
    clock: steady,
    closed: closing.signal,
  });

  const searches = createBatcher<Lane, Search, Result<readonly Found[]>>({
    fullAt: () => Number.POSITIVE_INFINITY,
    deadlineMs: () => limitMs,
    read: createFinder(call),
    fallback: ({ access }, search, silence) => unfound(access, search, silence),
    isLasting: () => false,
    crashed: (thrown) => observer.unexpected(thrown),
    clock: steady,
    closed: closing.signal,
  });

  const tellDeletionDate = createDeletionDates(call, ambient);
  const askIn: AskRegion = async (access, refs, { isUrgent, maxAgeMs, patienceMs = 0 }, limitMs, signal) => {
    const identityKey = identityKeyOf(access);
    const asked = refs.map((ref) => {
      const reader = ref.metadata === undefined ? ref.service : 'metadata';
      const { answer, release } = batcher.ask(
        // The store is part of the lane, though not of the identity: what is wrong with credentials is said of the right store.
        {
          key: `${access.storeId} ${identityKey} ${reader}`,
          isUrgent,
          patienceMs,
          value: { access, identityKey, isUrgent, reader, limitMs },
        },
        { key: readKeyOf(ref), value: ref },
        maxAgeMs,
      );
      return { answer: answer.then((read) => (read.ok ? read : tellDeletionDate(access, ref, read, signal))), release };
    });
    const answers = Promise.all(asked.map(({ answer }) => answer));
    // A flight that others have boarded before may last longer than we can wait.
    const late = () => refs.map((ref) => fallback({ access }, ref, 'deadline'));
    try {
      return await within(answers, limitMs + GRACE_MS, late, signal);
    } finally {
      for (const { release } of asked) release();
    }
  };
  const circuits = createCircuits(ambient);
  const quotaOf = (access: Access): string => {
    const identityKey = identityKeyOf(access);
    return accounts.of({ access, identityKey }) ?? identityKey;
  };
  const askRegions = createFailover({ ask: askIn, circuits, notes, ambient, accountOf: quotaOf });

  return {
    async fetch({ access, refs, need = NO_HURRY }, signal) {
      signal.throwIfAborted();
      const outlandish = refuseRegion(access);
      if (outlandish !== undefined) return new Map(refs.map((ref) => [refId(ref), outlandish]));
      // Parameters have no replicas: one of the same name in another Region is another parameter.
      const secrets =
        access.failoverRegions === undefined ? [] : refs.filter(({ service }) => service === 'SecretsManager');
      if (secrets.length === 0) {
        const answers = await askIn(access, refs, need, limitMs, signal);
        return new Map(refs.map((ref, at) => [refId(ref), answers[at] ?? fallbackOf(access, ref)]));
      }
      const others = refs.filter(({ service }) => service !== 'SecretsManager');
      const [fromRegions, fromOne] = await Promise.all([
        askRegions(access, secrets, need, limitMs, signal),
        others.length === 0 ? [] : askIn(access, others, need, limitMs, signal),
      ]);
      const answers = new Map([...secrets, ...others].map((ref, at) => [refId(ref), [...fromRegions, ...fromOne][at]]));
      return new Map(refs.map((ref) => [refId(ref), answers.get(refId(ref)) ?? fallbackOf(access, ref)]));
    },
    async find(access, search, signal) {
      signal.throwIfAborted();
      const outlandish = refuseRegion(access);
      if (outlandish !== undefined) return outlandish;
      const identityKey = identityKeyOf(access);
      const lane = {
        key: `${access.storeId} ${identityKey}`,
        isUrgent: false,
        patienceMs: 0,
        value: { access, identityKey },
      };
      const { answer, release } = searches.ask(lane, { key: JSON.stringify(search), value: search }, 0);
      try {
        return await within(answer, limitMs + GRACE_MS, () => unfound(access, search, 'deadline'), signal);
      } finally {
        release();
      }
    },
    async identify(access, signal) {
      signal.throwIfAborted();
      const outlandish = refuseRegion(access);
      if (outlandish !== undefined) return outlandish;
      const [first, ...others] = accessesOf(access);
      let identified = await identify(credentials, callers, first, signal);
      for (const other of others) {
        if (signal.aborted || !isOutage(identified)) break;
        const there = await identify(credentials, callers, other, signal);
        if (!isOutage(there)) identified = there;
      }
      signal.throwIfAborted();
      return identified;
    },
    notes: (storeId, access) => notes.of(storeId, access),
    close() {
      closing.abort();
      transport.close();
    },
  };
}

async function identify(
  credentials: CredentialStore,
  callers: CallerIdentities,
  access: Access,
  signal: AbortSignal,
): Promise<Result<{ readonly identityArn?: string }>> {
  for (;;) {
    const got = await credentials.get(access, signal);
    if (!got.ok) return got;
    const whose = await callers.of(access, got.value);
    if (whose.kind === 'known') return succeed({ identityArn: whose.identityArn });
    if (whose.kind === 'unknown') return succeed({});
    const detail = refusedCredentials(whose.error, access);
    if (!credentials.refuse(access, got.value, detail)) return fail('CredentialsInvalid', access.store, detail);
  }
}

/** How many refs one call takes; metadata is read one by one. */
const PER_CALL: Readonly<Record<ServiceLane['reader'], number>> = {
  SecretsManager: SECRETS_PER_CALL,
  ParameterStore: PARAMETERS_PER_CALL,
  metadata: Number.POSITIVE_INFINITY,
};

interface ServiceLane extends Lane {
  readonly limitMs: number;
  readonly reader: ValueRef['service'] | 'metadata';
}

// The Region becomes part of a host name, so its shape is checked here too, whoever let it pass before.
function refuseRegion(access: Access): Failed | undefined {
  const wrong = accessesOf(access).find(({ region }) => !/^[a-z]{2,5}(-[a-z]+)+-\d{1,2}$/.test(region));
  if (wrong === undefined) return undefined;
  return fail('InvalidSpec', access.store, `${JSON.stringify(wrong.region)} is no AWS Region; want one like eu-west-1`);
}

function fallback({ access }: Pick<Lane, 'access'>, ref: ValueRef, silence: Silence): Failed {
  if (silence === 'crashed') return fail('Internal', ref.key, 'reading from AWS failed unexpectedly');
  const api = ref.service === 'SecretsManager' ? 'GetSecretValue' : 'GetParameters';
  if (silence === 'silent') return { ok: false, faults: [unanswered(ref, access)] };
  return outage({ ok: false, faults: [translate(api, deadlineError('Deadline'), ref, access)] });
}

const unfound = (access: Access, search: Search, silence: Silence): Failed => ({
  ok: false,
  faults: [unfinishedSearch(search, access, silence === 'crashed')],
});

const fallbackOf = (access: Access, ref: ValueRef): Result<FetchedValue> => ({
  ok: false,
  faults: [unanswered(ref, access)],
});

/** The answer, or `late` after so long; rejects when the signal aborts. */
function within<T>(work: Promise<T>, ms: number, late: () => T, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => end(() => reject(signal.reason));
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      settle();
    };
    const timer = setTimeout(() => end(() => resolve(late())), ms);
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(
      (done) => end(() => resolve(done)),
      (thrown) => end(() => reject(thrown)),
    );
  });
}
