import { LRUCache } from 'lru-cache';
import type { Ambient } from '../core/ports.ts';
import { type Bucket, openBucket, stepBucket, waitMsOf } from './limiter.ts';
import type { AwsObserver } from './observer.ts';
import { type Caller, WaitingLine } from './waiting-line.ts';

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

/** The turnstile before AWS: no more calls than the account's quota bears, and everyone gets a fair share of them. */
export interface Quota {
  /** Waits for the call's turn. False when the signal aborted first; then the call must not be made. */
  acquire(place: QuotaPlace, caller: Caller, signal: AbortSignal): Promise<boolean>;
  /** AWS has taken the call that was sent at `sentMs`, or throttled it. */
  tell(place: QuotaPlace, event: 'success' | 'throttle', sentMs: number): void;
}

interface Line {
  bucket: Bucket;
  readonly waiting: WaitingLine;
  timer: NodeJS.Timeout | undefined;
}

// Accounts times Regions times four; a bucket that falls out begins again at its starting rate.
const MAX_LINES = 2_000;

/** The turnstile over the wall clock; `rates` in calls a second are known to be borne, and replace the starting ones. */
export function createQuota(
  rates: Partial<Record<QuotaGroup, number>>,
  ambient: Pick<Ambient, 'nowMs'>,
  observer: Pick<AwsObserver, 'rate'>,
): Quota {
  const lines = new LRUCache<string, Line>({ max: MAX_LINES });

  const lineOf = (place: QuotaPlace): Line => {
    const key = `${place.account} ${place.region} ${place.group}`;
    const told = rates[place.group];
    const line = lines.get(key) ?? {
      bucket: openBucket(told ?? STARTING_RATES[place.group], ambient.nowMs(), told !== undefined),
      waiting: new WaitingLine(),
      timer: undefined,
    };
    lines.set(key, line);
    return line;
  };

  const serve = (line: Line): void => {
    line.timer = undefined;
    while (line.waiting.size > 0 && waitMsOf(line.bucket, ambient.nowMs()) === 0) {
      line.bucket = stepBucket(line.bucket, 'take', ambient.nowMs());
      line.waiting.next()?.();
    }
    if (line.waiting.size > 0) {
      line.timer = setTimeout(() => serve(line), waitMsOf(line.bucket, ambient.nowMs()));
    }
  };

  return {
    acquire(place, caller, signal) {
      if (signal.aborted) return Promise.resolve(false);
      const line = lineOf(place);
      return new Promise((resolve) => {
        const go = (admitted: boolean): void => {
          signal.removeEventListener('abort', giveUp);
          resolve(admitted);
        };
        const enter = (): void => go(true);
        const giveUp = (): void => {
          line.waiting.leave(caller, enter);
          go(false);
        };
        signal.addEventListener('abort', giveUp, { once: true });
        line.waiting.join(caller, enter);
        if (line.timer === undefined) serve(line);
      });
    },
    tell(place, event, sentMs) {
      const line = lineOf(place);
      line.bucket = stepBucket(line.bucket, event, ambient.nowMs(), sentMs);
      observer.rate(place.group, place.region, line.bucket.rate);
    },
  };
}
