import { LRUCache } from 'lru-cache';
import type { Ambient } from '../core/ports.ts';
import { succeed } from '../model/result.ts';
import type { Accounts } from './accounts.ts';
import { parseArn } from './arn.ts';
import { atMost } from './at-most.ts';
import type { AwsError } from './aws-error.ts';
import type { Caller, CallOutcome } from './caller.ts';
import { isHome, nameOfFalseFullArn } from './false-full-arn.ts';
import { isPlain, type Lane, type PendingValue, type Reader, readKeyOf } from './lane.ts';
import { inLanes } from './lanes.ts';
import type { Notes } from './notes.ts';
import type { AwsObserver } from './observer.ts';
import { blame } from './region-outage.ts';
import type { RotationWatch } from './rotation-watch.ts';
import {
  answersId,
  type BatchAnswer,
  meansId,
  originOf,
  readBatchAnswer,
  readSecretAnswer,
  type SecretAnswer,
} from './secret-answer.ts';
import { translate, unanswered } from './translate.ts';
import type { ReadApi } from './transport.ts';

/** What one BatchGetSecretValue takes. */
export const SECRETS_PER_CALL = 20;
const WIDTH = 8;
// An answer comes in parts when it is large; a token that never ends is not AWS's.
const MAX_PAGES = SECRETS_PER_CALL + 1;
const MEMORY_MS = 3_600_000;
const MAX_DENIED_IDENTITIES = 10_000;
const MAX_APART = 10_000;

interface Means {
  readonly call: Caller;
  readonly accounts: Accounts;
  readonly ambient: Pick<Ambient, 'nowMs'>;
  readonly observer: Pick<AwsObserver, 'batchDenied'>;
  readonly notes: Pick<Notes, 'batch'>;
  readonly rotation: RotationWatch | undefined;
}

interface Flight {
  readonly lane: Lane;
  readonly signal: AbortSignal;
}

/** Reads secrets: those of the own account that name no version twenty at a time, all others alone. */
export function createSecretReader(means: Means): Reader {
  const memory = { ttl: MEMORY_MS, perf: { now: () => means.ambient.nowMs() } };
  /** Identities that may not call BatchGetSecretValue at all. */
  const denied = new LRUCache<string, true>({ ...atMost(MAX_DENIED_IDENTITIES), ...memory });
  /** Secrets that were denied in a batch: a policy may ask for the condition that only a lone call bears. */
  const apart = new LRUCache<string, true>({ ...atMost(MAX_APART), ...memory });
  const apartKey = (lane: Lane, it: PendingValue): string => `${lane.identityKey} ${readKeyOf(it.question)}`;

  const goesTogether = (lane: Lane, it: PendingValue): boolean =>
    isPlain(it.question) &&
    !apart.has(apartKey(lane, it)) &&
    isHome(parseArn(it.question.key), lane, means.accounts.of(lane));

  const readAlone = async (flight: Flight, it: PendingValue): Promise<void> => {
    const outcome = await getValue(means, flight, it, it.question.key);
    const byName = nameOfFalseFullArn(flight.lane, it.question.key, outcome, means.accounts);
    const second = byName === undefined ? outcome : await getValue(means, flight, it, byName);
    // Where the second look fails too, the first one's error is about what the user wrote.
    settleAlone(means, flight, it, second.kind === 'answer' ? second : outcome);
  };

  const readAllAlone = (flight: Flight, pending: readonly PendingValue[]): Promise<void> =>
    inLanes(
      WIDTH,
      pending.map((it) => () => readAlone(flight, it)),
    );

  const readTogether = async (flight: Flight, chunk: readonly PendingValue[]): Promise<void> => {
    const [only] = chunk;
    // A batch of one would use the scarcer quota, and a grant more.
    if (only !== undefined && chunk.length === 1) return readAlone(flight, only);
    const { access, identityKey } = flight.lane;
    if (denied.has(identityKey)) {
      means.notes.batch(access, false);
      return readAllAlone(flight, chunk);
    }
    const outcome = await getBatch(means, flight, chunk);
    if (outcome.kind === 'answer') {
      means.notes.batch(access, true);
      for (const [it, error] of outcome.again) {
        if (error.class === 'denied') apart.set(apartKey(flight.lane, it), true);
      }
      return readAllAlone(
        flight,
        [...outcome.again.keys()].filter((it) => !it.settled),
      );
    }
    if (outcome.kind === 'error' && outcome.error.class === 'denied') {
      denied.set(identityKey, true);
      if (means.notes.batch(access, false)) means.observer.batchDenied(access.store);
      return readAllAlone(flight, chunk);
    }
    if (outcome.kind === 'error' && outcome.error.class === 'client') {
      const half = Math.ceil(chunk.length / 2);
      await readTogether(flight, chunk.slice(0, half));
      return readTogether(flight, chunk.slice(half));
    }
    for (const it of chunk) settleFailed(flight, it, 'BatchGetSecretValue', outcome);
  };

  return async (lane, pending, signal) => {
    const flight: Flight = { lane, signal };
    const together = pending.filter((it) => goesTogether(lane, it));
    const alone = pending.filter((it) => !together.includes(it));
    const chunks = Array.from({ length: Math.ceil(together.length / SECRETS_PER_CALL) }, (_, at) =>
      together.slice(at * SECRETS_PER_CALL, (at + 1) * SECRETS_PER_CALL),
    );
    await inLanes(WIDTH, [
      ...chunks.map((chunk) => () => readTogether(flight, chunk)),
      ...alone.map((it) => () => readAlone(flight, it)),
    ]);
  };
}

// ---------------------------------------------------------------------------------------------------------------- alone

function getValue(means: Means, { lane, signal }: Flight, it: PendingValue, secretId: string): Promise<CallOutcome> {
  const { versionId, versionStage } = it.question;
  // Policies may allow only calls that say which stage they want, so the default is said too.
  const version = versionId === undefined ? { VersionStage: versionStage ?? 'AWSCURRENT' } : { VersionId: versionId };
  return means.call({ api: 'GetSecretValue', input: { SecretId: secretId, ...version } }, lane, signal);
}

function settleAlone(means: Means, flight: Flight, it: PendingValue, outcome: CallOutcome): void {
  if (outcome.kind !== 'answer') {
    settleFailed(flight, it, 'GetSecretValue', outcome);
    return;
  }
  const answer = readSecretAnswer(outcome.answer, flight.lane.access.region);
  const { key, versionId } = it.question;
  const fits =
    answer !== undefined && answersId(key, answer) && (versionId ?? answer.value.versionId) === answer.value.versionId;
  if (fits) settleFound(means, flight, it, answer);
  else it.settle({ ok: false, faults: [unanswered(it.question, flight.lane.access)] });
}

// -------------------------------------------------------------------------------------------------------------- settling

function settleFound(means: Means, { lane }: Flight, it: PendingValue, { arn, name, value }: SecretAnswer): void {
  if (parseArn(it.question.key) === undefined) means.accounts.learn(lane, arn);
  const { versionId, versionStage } = it.question;
  it.settle(succeed(versionId === undefined ? { ...value, origin: originOf(arn, versionStage) } : value));
  if (isPlain(it.question)) means.rotation?.saw(lane, { arn, name, versionId: value.versionId });
}

function settleFailed({ lane }: Flight, it: PendingValue, api: ReadApi, outcome: Failure): void {
  if (outcome.kind === 'failed') it.settle(outcome.failed);
  else {
    const fault = translate(api, outcome.error, it.question, lane.access);
    it.settle(blame(outcome.error, { ok: false, faults: [fault] }));
  }
}

// ---------------------------------------------------------------------------------------------------------------- batch

type Failure = Exclude<CallOutcome, { kind: 'answer' }>;
type BatchOutcome = { readonly kind: 'answer'; readonly again: ReadonlyMap<PendingValue, AwsError> } | Failure;

/** Reads all pages for the chunk and settles what they settle; `again` are members to be asked for once more, alone. */
async function getBatch(means: Means, flight: Flight, chunk: readonly PendingValue[]): Promise<BatchOutcome> {
  const again = new Map<PendingValue, AwsError>();
  let nextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const ids = chunk.map((it) => it.question.key);
    const input = nextToken === undefined ? { SecretIdList: ids } : { SecretIdList: ids, NextToken: nextToken };
    const outcome = await means.call({ api: 'BatchGetSecretValue', input }, flight.lane, flight.signal);
    if (outcome.kind !== 'answer') {
      if (page === 0) return outcome;
      break;
    }
    const answer = readBatchAnswer(outcome.answer, flight.lane.access.region);
    for (const [it, error] of settlePage(means, flight, chunk, answer)) again.set(it, error);
    if (answer.nextToken === undefined || answer.nextToken === nextToken) break;
    nextToken = answer.nextToken;
  }
  return { kind: 'answer', again };
}

function settlePage(
  means: Means,
  flight: Flight,
  chunk: readonly PendingValue[],
  { secrets, errors }: BatchAnswer,
): ReadonlyMap<PendingValue, AwsError> {
  const again = new Map<PendingValue, AwsError>();
  for (const it of chunk.filter((one) => !one.settled)) {
    const found = secrets.find((secret) => answersId(it.question.key, secret));
    const error = errors.find(({ secretId }) => meansId(it.question.key, secretId))?.error;
    if (found !== undefined) settleFound(means, flight, it, found);
    else if (error !== undefined && deservesAnotherCall(it, error)) again.set(it, error);
    else if (error !== undefined) settleFailed(flight, it, 'GetSecretValue', { kind: 'error', error });
  }
  return again;
}

/** Denied, it may be allowed alone; throttled or failed, it may pass; an ARN that is not there may be a false full one. */
const deservesAnotherCall = (it: PendingValue, error: AwsError): boolean =>
  error.class === 'denied' ||
  error.class === 'throttle' ||
  error.class === 'transient' ||
  (error.name === 'ResourceNotFound' && parseArn(it.question.key) !== undefined);
