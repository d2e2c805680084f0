import { LRUCache } from 'lru-cache';
import type { Ambient } from '../core/ports.ts';
import { type Bucket, openBucket, stepBucket, waitMsOf } from './limiter.ts';
import type { AwsObserver } from './observer.ts';

/** Calls that AWS counts together, per account and Region. */
export type QuotaGroup =
  | 'secrets-manager-batch'
  | 'secrets-manager-get'
  | 'secrets-manager-describe'
  | 'parameter-store';

/** Calls a second to begin with: half of what AWS documents or less, since others share the account. */
const STARTING_RATES: Readonly<Record<QuotaGroup, number>> = {
  'secrets-manager-batch': 50,
  'secrets-manager-get': 500,
  'secrets-manager-describe': 50,
  'parameter-store': 10,
};

/** Whose quota a call counts against. */
export interface QuotaPlace {
  /** The account's id, or whatever stands for it while that is not known. */
  readonly account: string;
  readonly region: string;
  readonly group: QuotaGroup;
}

/** The turnstile before AWS: no more calls than the account's quota bears, and every identity gets its share of them. */
export interface Quota {
  /** Waits for the call's turn. False when the signal aborted first; then the call must not be made. */
  acquire(place: QuotaPlace, identity: string, signal: AbortSignal): Promise<boolean>;
  /** AWS has taken the call, or throttled it. */
  tell(place: QuotaPlace, event: 'success' | 'throttle'): void;
}

interface Line {
  bucket: Bucket;
  /** Those who wait, by identity; the first key is served next, then goes to the end. */
  readonly waiting: Map<string, Set<() => void>>;
  timer: NodeJS.Timeout | undefined;
}

// Accounts times Regions times four; a bucket that falls out begins again at its starting rate.
const MAX_LINES = 2_000;

/** The turnstile over the wall clock; `rates` in calls a second replace the starting ones. */
export function createQuota(
  rates: Partial<Record<QuotaGroup, number>>,
  ambient: Pick<Ambient, 'nowMs'>,
  observer: Pick<AwsObserver, 'rate'>,
): Quota {
  const lines = new LRUCache<string, Line>({ max: MAX_LINES });

  const lineOf = (place: QuotaPlace): Line => {
    const key = `${place.account} ${place.region} ${place.group}`;
    const line = lines.get(key) ?? {
      bucket: openBucket(rates[place.group] ?? STARTING_RATES[place.group], ambient.nowMs()),
      waiting: new Map(),
      timer: undefined,
    };
    lines.set(key, line);
    return line;
  };

  const serve = (line: Line): void => {
    line.timer = undefined;
    while (line.waiting.size > 0 && waitMsOf(line.bucket, ambient.nowMs()) === 0) {
      line.bucket = stepBucket(line.bucket, 'take', ambient.nowMs());
      nextInLine(line.waiting)?.();
    }
    if (line.waiting.size > 0) {
      line.timer = setTimeout(() => serve(line), waitMsOf(line.bucket, ambient.nowMs()));
    }
  };

  return {
    acquire(place, identity, signal) {
      if (signal.aborted) return Promise.resolve(false);
      const line = lineOf(place);
      return new Promise((resolve) => {
        const go = (admitted: boolean): void => {
          signal.removeEventListener('abort', giveUp);
          resolve(admitted);
        };
        const enter = (): void => go(true);
        const giveUp = (): void => {
          leave(line.waiting, identity, enter);
          go(false);
        };
        signal.addEventListener('abort', giveUp, { once: true });
        const own = line.waiting.get(identity) ?? new Set();
        line.waiting.set(identity, own.add(enter));
        if (line.timer === undefined) serve(line);
      });
    },
    tell(place, event) {
      const line = lineOf(place);
      line.bucket = stepBucket(line.bucket, event, ambient.nowMs());
      observer.rate(place.group, place.region, line.bucket.rate);
    },
  };
}

/** Takes the first of the identity whose turn it is, and sends that identity to the end of the line. */
function nextInLine(waiting: Map<string, Set<() => void>>): (() => void) | undefined {
  const [turn] = waiting;
  if (turn === undefined) return undefined;
  const [identity, own] = turn;
  const [first] = own;
  waiting.delete(identity);
  if (first !== undefined) own.delete(first);
  if (own.size > 0) waiting.set(identity, own);
  return first;
}

function leave(waiting: Map<string, Set<() => void>>, identity: string, enter: () => void): void {
  const own = waiting.get(identity);
  own?.delete(enter);
  if (own?.size === 0) waiting.delete(identity);
}
