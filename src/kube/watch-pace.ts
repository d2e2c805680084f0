import type { Ambient } from '../core/ports.ts';
import { MAX_RETRY_AFTER_MS } from './answer.ts';

/** The waits of a list and watch loop. The defaults are those of operation; tests shorten them. */
export interface WatchTimings {
  /** First and longest wait after a failure. */
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** A watch without a byte for so long is dead; bookmarks come about once a minute. */
  readonly idleMs: number;
  /** A watch that ends sooner than this, without an event, closed quickly. */
  readonly quickMs: number;
  /** The API server ends a watch itself after a time drawn from this span, so that not all end at once. */
  readonly minWatchS: number;
  readonly maxWatchS: number;
  /** How often a kind that is not served is looked for. */
  readonly absentMs: number;
  /** For one page of a list. */
  readonly listTimeoutMs: number;
}

export const WATCH_TIMINGS: WatchTimings = {
  minBackoffMs: 800,
  maxBackoffMs: 30_000,
  idleMs: 150_000,
  quickMs: 5_000,
  minWatchS: 300,
  maxWatchS: 600,
  absentMs: 15_000,
  listTimeoutMs: 60_000,
};

/** How one try, a list or a watch, ended. */
export type Outcome =
  | { readonly kind: 'listed' }
  /** The kind is not served, or not to us, and need not be. */
  | { readonly kind: 'absent'; readonly trouble?: string }
  /** A watch that ended as watches end: the API server closed it after its time. */
  | { readonly kind: 'closed' }
  /** A watch that broke, or fell silent, after it had been of use. */
  | { readonly kind: 'broken' }
  /** A watch that began, and ended without an event before long. */
  | { readonly kind: 'quick' }
  /** Nothing began, or a list broke off. */
  | { readonly kind: 'failed'; readonly trouble: string; readonly retryAfterMs?: number }
  /** The resourceVersion or the continue token leads nowhere any more: list again. */
  | { readonly kind: 'expired' };

/** What to do after a try: how long to wait, and whether to list again. */
export interface Step {
  readonly waitMs: number;
  readonly relist: boolean;
}

const QUICK_CLOSES = 5;

/** How fast a list and watch loop goes on. A list alone calms nothing down: only a watch that was of use ends the backing off. */
export class WatchPace {
  readonly #timings: WatchTimings;
  readonly #ambient: Ambient;
  #failures = 0;
  #quickCloses = 0;

  constructor(timings: WatchTimings, ambient: Ambient) {
    this.#timings = timings;
    this.#ambient = ambient;
  }

  /** A watch brought something. */
  lived(): void {
    this.#failures = 0;
    this.#quickCloses = 0;
  }

  after(outcome: Outcome): Step {
    switch (outcome.kind) {
      case 'listed':
        return { waitMs: 0, relist: false };
      case 'absent':
        return { waitMs: this.#timings.absentMs * (0.5 + this.#ambient.random() / 2), relist: true };
      case 'closed':
        this.lived();
        return { waitMs: this.#ambient.random() * this.#timings.minBackoffMs, relist: false };
      case 'broken':
        this.lived();
        return { waitMs: this.#backoff(), relist: false };
      case 'quick':
        return { waitMs: this.#backoff(), relist: this.#isFifthQuickClose() };
      case 'failed':
        return { waitMs: Math.max(this.#backoff(), this.#obeyed(outcome.retryAfterMs ?? 0)), relist: false };
      case 'expired': {
        // The first time at once; a list that expires again and again must not become a storm.
        const waitMs = this.#backoff();
        return { waitMs: this.#failures === 1 ? 0 : waitMs, relist: true };
      }
    }
  }

  /** Some API servers close a watch from a stale version without saying 410 (kubernetes/kubernetes#137089). */
  #isFifthQuickClose(): boolean {
    this.#quickCloses = (this.#quickCloses + 1) % QUICK_CLOSES;
    return this.#quickCloses === 0;
  }

  /** Exponential, with half of it left to chance. */
  #backoff(): number {
    const { minBackoffMs, maxBackoffMs } = this.#timings;
    const fullMs = Math.min(minBackoffMs * 2 ** this.#failures, maxBackoffMs);
    this.#failures++;
    return Math.max(minBackoffMs, fullMs * (0.5 + this.#ambient.random() / 2));
  }

  /** Jitter on top of what the API server asks: all others were told the same. */
  #obeyed(retryAfterMs: number): number {
    return Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) * (1 + this.#ambient.random() * 0.2);
  }
}
