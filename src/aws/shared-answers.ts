import { LRUCache } from 'lru-cache';
import type { Ambient } from '../core/ports.ts';

interface Sent<T> {
  readonly item: T;
  readonly sentMs: number;
}

// Values of 64 KiB at most.
const MAX_KEPT = 100;
const KEPT_MS = 30_000;

/**
 * What was asked for and who gets the answer, with when it was sent: whoever asked before that may have it too. The clock must never jump: set
 * back, it would make old answers young.
 */
export class SharedAnswers<T> {
  readonly #clock: Pick<Ambient, 'nowMs'>;
  readonly #underWay = new Map<string, Sent<T>>();
  readonly #kept: LRUCache<string, Sent<T>>;

  constructor(clock: Pick<Ambient, 'nowMs'>) {
    this.#clock = clock;
    const perf = { now: () => clock.nowMs() };
    this.#kept = new LRUCache({ max: MAX_KEPT, ttl: KEPT_MS, ttlAutopurge: true, perf });
  }

  sent(key: string, item: T, sentMs: number): void {
    this.#underWay.set(key, { item, sentMs });
  }

  /** Its answer is there; `isKept`: and may serve others. */
  landed(key: string, item: T, isKept: boolean): void {
    const sent = this.#underWay.get(key);
    if (sent?.item !== item) return;
    this.#underWay.delete(key);
    if (isKept) this.#kept.set(key, sent);
  }

  /** The youngest that was sent at most `maxAgeMs` ago. */
  find(key: string, maxAgeMs: number): T | undefined {
    const found = this.#underWay.get(key) ?? this.#kept.get(key);
    if (found === undefined) return undefined;
    return this.#clock.nowMs() - found.sentMs < maxAgeMs ? found.item : undefined;
  }
}
