import { LRUCache } from 'lru-cache';
import type { Access, Ambient, StalePending } from '../core/ports.ts';
import { atMost } from './at-most.ts';
import type { Caller, CallOutcome } from './caller.ts';
import type { Lane } from './lane.ts';
import { member, textMember } from './member.ts';
import { versionsIn } from './metadata-answer.ts';
import { type Notes, STALLED_MS } from './notes.ts';
import type { AwsObserver } from './observer.ts';
import { withinMs } from './within.ts';

/** A secret whose current version was read, as AWS told of it. */
export interface SeenSecret {
  readonly arn: string;
  readonly name: string;
  readonly versionId: string | undefined;
}

/**
 * Looks, rarely and in the background, whether a rotation of what is read has stopped half way: AWS begins no other while a version bears
 * AWSPENDING that is not the current one.
 */
export interface RotationWatch {
  /** Takes note that the store of the lane reads the secret, and looks at it where that is due. Neither waits nor throws. */
  saw(lane: Lane, secret: SeenSecret): void;
}

interface Means {
  readonly call: Caller;
  readonly notes: Pick<Notes, 'rotation'>;
  readonly ambient: Pick<Ambient, 'nowMs'>;
  readonly observer: Pick<AwsObserver, 'unexpected'>;
  /** Ends every look, at the end of the process. */
  readonly closed: AbortSignal;
}

/** What is known of one secret, as one identity sees it. */
interface Watched {
  /** When the next look is due, in Unix milliseconds: never while one is under way. */
  dueMs: number;
  /** The version of which the last look told that it waits to become the current one. */
  pendingId: string | undefined;
  stalled: StalePending | undefined;
  /** The stores that read it, by their ids, and when they last did. */
  readonly readers: Map<string, { readonly access: Access; readonly readMs: number }>;
}

const EVERY_MS = 6 * 3_600_000;
const MAX_SECRETS = 10_000;
const WIDTH = 2;
const LOOK_MS = 30_000;

export function createRotationWatch(means: Means): RotationWatch {
  const secrets = new LRUCache<string, Watched>(atMost(MAX_SECRETS));
  const enqueue = createQueue(WIDTH);

  const conclude = (watched: Watched, arn: string, stalled: StalePending | undefined): void => {
    // What a store is told already lasts only as long as it goes on reading, so it is not told again.
    if (JSON.stringify(stalled) === JSON.stringify(watched.stalled)) return;
    watched.stalled = stalled;
    for (const [storeId, { access, readMs }] of watched.readers) {
      if (means.ambient.nowMs() - readMs > STALLED_MS) watched.readers.delete(storeId);
      else means.notes.rotation(access, arn, stalled);
    }
  };

  const look = async (lane: Lane, { arn, name }: SeenSecret, watched: Watched): Promise<void> => {
    const call = { api: 'DescribeSecret', input: { SecretId: arn } } as const;
    const outcome = await withinMs(LOOK_MS, means.closed, (signal) => means.call(call, lane, signal));
    if (passes(outcome)) return;
    const pendingId = outcome.kind === 'answer' ? pendingIn(outcome.answer, arn) : undefined;
    const stays = pendingId !== undefined && pendingId === watched.pendingId;
    watched.pendingId = pendingId;
    const region = (outcome.kind === 'answer' ? homeIn(outcome.answer) : undefined) ?? lane.access.region;
    conclude(watched, arn, stays ? { kind: 'stalePending', secret: name, versionId: pendingId, region } : undefined);
  };

  return {
    saw(lane, secret) {
      if (!NAME.test(secret.name)) return;
      const key = `${lane.identityKey} ${secret.arn}`;
      const watched = secrets.get(key) ?? { dueMs: 0, pendingId: undefined, stalled: undefined, readers: new Map() };
      secrets.set(key, watched);
      watched.readers.set(lane.access.storeId, { access: lane.access, readMs: means.ambient.nowMs() });
      // The rotation has ended: what waited is the current version.
      if (watched.pendingId !== undefined && watched.pendingId === secret.versionId) {
        watched.pendingId = undefined;
        conclude(watched, secret.arn, undefined);
      }
      if (watched.stalled !== undefined) means.notes.rotation(lane.access, secret.arn, watched.stalled);
      if (means.closed.aborted || means.ambient.nowMs() < watched.dueMs) return;
      watched.dueMs = Number.POSITIVE_INFINITY;
      enqueue(async () => {
        await look(unpaced(lane), secret, watched).catch((thrown) => means.observer.unexpected(thrown));
        // From the end of this look, so that two are never closer, however long one has waited for its turn.
        watched.dueMs = means.ambient.nowMs() + EVERY_MS;
      });
    },
  };
}

// A store's own limit is for its reads, which a look must not hold up.
function unpaced({ access, identityKey }: Lane): Lane {
  const { requestsPerSecond: _, ...unlimited } = access;
  return { access: unlimited, identityKey };
}

/** True of a failure that tells nothing new: what was known before still is. A refusal ends it. */
function passes(outcome: CallOutcome): boolean {
  if (outcome.kind === 'answer') return false;
  return outcome.kind === 'failed' || (outcome.error.class !== 'denied' && outcome.error.class !== 'client');
}

// The alphabets of AWS, none of which needs quotes in a shell. What is spelt otherwise would make no command to print.
const NAME = /^[\w/+=.@-]{1,512}$/;
const VERSION_ID = /^[\w-]{1,64}$/;

/** The version that has AWSPENDING and is not the current one. */
function pendingIn(answer: unknown, arn: string): string | undefined {
  if (textMember(answer, 'ARN') !== arn || member(answer, 'DeletedDate') !== undefined) return undefined;
  const [pending] = [...versionsIn(answer)].find(
    ([id, stages]) => VERSION_ID.test(id) && stages.includes('AWSPENDING') && !stages.includes('AWSCURRENT'),
  ) ?? [undefined];
  return pending;
}

/** Where labels are moved: replicas take theirs from there. */
function homeIn(answer: unknown): string | undefined {
  const region = textMember(answer, 'PrimaryRegion');
  return /^[a-z]{2,5}(-[a-z]+)+-\d{1,2}$/.test(region) ? region : undefined;
}

/** Runs tasks in their order, so many at once. They must not reject. */
function createQueue(width: number): (task: () => Promise<void>) => void {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;
  const work = async (): Promise<void> => {
    running += 1;
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task();
    running -= 1;
  };
  return (task) => {
    waiting.push(task);
    if (running < width) void work();
  };
}
