import { LRUCache } from 'lru-cache';
import type { Access, Ambient, IdentitySource } from '../core/ports.ts';
import { type Failed, fail, type Result, succeed } from '../model/result.ts';
import { assumeRole, type Link, lastLinkOf } from './assume-role.ts';
import { atMost } from './at-most.ts';
import type { Credentials } from './credentials.ts';
import { identityKeyOf } from './identity.ts';
import type { AwsObserver } from './observer.ts';
import { type OwnSource, readOwnCredentials } from './own-credentials.ts';
import { outage } from './region-outage.ts';
import { readStaticKeys } from './static-keys.ts';
import { refusedCredentials } from './translate.ts';
import type { AwsKeys, Transport } from './transport.ts';
import { assumeWithWebIdentity } from './web-identity.ts';
import { withinMs } from './within.ts';

export interface CredentialStore {
  /** The identity's credentials, or what stands in the way; faults bear the store as subject. Never rejects. */
  get(access: Access, signal: AbortSignal): Promise<Result<Credentials>>;
  /**
   * AWS has refused these credentials; `detail` tells those who ask next. True when it is worth trying once more: others
   * are there or can be got, and these are not the second in a row to be refused.
   */
  refuse(access: Access, refused: Credentials, detail: string): boolean;
}

interface Entry {
  current?: Credentials;
  /** The last that were got, also after AWS has refused them. */
  keys?: AwsKeys;
  flight?: Promise<Result<Credentials>>;
  failure?: { readonly failed: Failed; readonly untilMs: number };
  refusedAtMs?: number;
}

const MAX_IDENTITIES = 10_000;
// Longer than any credentials serve, so what idles that long holds nothing of worth.
const IDLE_MS = 2 * 3_600_000;
// A thousand ExternalSecrets on a broken role come in a burst, and one STS call is enough for it.
const FAILURE_MS = 1_000;
// Equal identities share an outcome, whichever store asked first: it is kept without a store's name.
const NOBODYS = '';
const REFUSALS_IN_A_ROW_MS = 30_000;
// Within the 30 s of a fetch, so that the fault tells of the credentials and not of a slow read.
const FLIGHT_MS = 20_000;

/** Credentials per identity: got by one flight, renewed early, and forgotten when AWS refuses them. */
export function createCredentialStore(options: {
  readonly identities: IdentitySource;
  readonly transport: Transport;
  readonly ambient: Ambient;
  readonly observer: AwsObserver;
  /** The operator's own credentials, where it has any. */
  readonly own: OwnSource | undefined;
  readonly closed: AbortSignal;
}): CredentialStore {
  const { ambient, closed } = options;
  const entries = new LRUCache<string, Entry>({
    ...atMost(MAX_IDENTITIES),
    ttl: IDLE_MS,
    updateAgeOnGet: true,
    perf: { now: () => ambient.nowMs() },
  });

  const entryOf = (access: Access): Entry => {
    const key = identityKeyOf(access);
    const entry = entries.get(key) ?? {};
    if (!entries.has(key)) entries.set(key, entry);
    return entry;
  };

  const fly = async (access: Access, entry: Entry): Promise<Result<Credentials>> => {
    const nobodys = { ...access, store: NOBODYS };
    const got = await withinMs(FLIGHT_MS, closed, (signal) => unlessAborted(obtain(nobodys, signal), nobodys, signal));
    delete entry.flight;
    if (got.ok) {
      // What is known of keys hangs on the very object, and an access key that is read again is most often the same.
      const keys = isSameKeys(entry.keys, got.value.keys) ? entry.keys : got.value.keys;
      entry.keys = keys;
      entry.current = { ...got.value, keys };
      delete entry.failure;
      return succeed(entry.current);
    } else {
      entry.failure = { failed: got, untilMs: ambient.nowMs() + FAILURE_MS };
    }
    return got;
  };

  const obtain = (access: Access, signal: AbortSignal): Promise<Result<Credentials>> => {
    const link = lastLinkOf(access);
    return link === undefined ? obtainFirst(options, access, signal) : throughChain(options, store, link, signal);
  };

  const store: CredentialStore = {
    async get(access, signal) {
      const entry = entryOf(access);
      const nowMs = ambient.nowMs();
      const { current, failure } = entry;
      if (current !== undefined && nowMs < current.renewAtMs) return succeed(current);
      const usable = current !== undefined && nowMs < current.endAtMs ? succeed(current) : undefined;
      if (failure !== undefined && nowMs < failure.untilMs) return usable ?? addressed(failure.failed, access);
      // The flight is nobody's: whoever gives up waiting leaves it to the others, and its outcome is kept.
      entry.flight ??= fly(access, entry);
      return usable ?? addressed(await unlessAborted(entry.flight, access, signal), access);
    },
    refuse(access, refused, detail) {
      const entry = entryOf(access);
      // Another call was refused before this one: what it set off serves both.
      if (entry.current !== refused) return true;
      const nowMs = ambient.nowMs();
      const again = entry.refusedAtMs !== undefined && nowMs - entry.refusedAtMs < REFUSALS_IN_A_ROW_MS;
      entry.refusedAtMs = nowMs;
      delete entry.current;
      if (again) entry.failure = { failed: fail('CredentialsInvalid', NOBODYS, detail), untilMs: nowMs + FAILURE_MS };
      return !again;
    },
  };
  return store;
}

const isSameKeys = (before: AwsKeys | undefined, after: AwsKeys): before is AwsKeys =>
  before?.accessKeyId === after.accessKeyId &&
  before.secretAccessKey === after.secretAccessKey &&
  before.sessionToken === after.sessionToken;

/** The fault with the asking store as subject, where it was kept without one. */
function addressed<R extends Result<Credentials>>(result: R, access: Access): R | Failed {
  if (result.ok) return result;
  const [first, ...rest] = result.faults.map((fault) =>
    fault.subject === NOBODYS ? { ...fault, subject: access.store } : fault,
  );
  return first === undefined ? result : { ...result, faults: [first, ...rest] };
}

function obtainFirst(
  options: Parameters<typeof createCredentialStore>[0],
  access: Access,
  signal: AbortSignal,
): Promise<Result<Credentials>> {
  const { identity } = access;
  switch (identity.kind) {
    case 'serviceAccount':
      return assumeWithWebIdentity(options, access, identity, signal);
    case 'secret':
      return readStaticKeys(options, access, identity, signal);
    case 'operator':
      return readOwnCredentials(options, access, identity.sessionName, signal);
  }
}

/** Each part of a chain is kept like a whole one, so that a short last session costs one call to renew. */
async function throughChain(
  options: Parameters<typeof createCredentialStore>[0],
  store: CredentialStore,
  link: Link,
  signal: AbortSignal,
): Promise<Result<Credentials>> {
  for (;;) {
    const former = await store.get(link.former, signal);
    if (!former.ok) return former;
    const assumed = await assumeRole(options, link, former.value, signal);
    if (assumed.kind === 'credentials') return succeed(assumed.credentials);
    if (assumed.kind === 'failed') return assumed.failed;
    const detail = refusedCredentials(assumed.error, link.former);
    if (!store.refuse(link.former, former.value, detail)) return fail('CredentialsInvalid', link.former.store, detail);
  }
}

const tooSlow = (access: Access): Failed =>
  outage(fail('CredentialsUnavailable', access.store, 'credentials could not be got in time'));

/** Ends when the signal aborts, even when the work does not heed it. A throw is a bug, and becomes a fault without its text. */
function unlessAborted(
  work: Promise<Result<Credentials>>,
  access: Access,
  signal: AbortSignal,
): Promise<Result<Credentials>> {
  return new Promise((resolve) => {
    const giveUp = (): void => resolve(tooSlow(access));
    const end = (result: Result<Credentials>): void => {
      signal.removeEventListener('abort', giveUp);
      resolve(result);
    };
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(end, () => end(fail('Internal', access.store, 'getting credentials failed unexpectedly')));
  });
}
