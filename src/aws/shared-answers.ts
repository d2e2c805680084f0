import { LRUCache } from 'lru-cache';
import type { Ambient } from '../core/ports.ts';

/** A call: who gets the answers, by what they asked for, and when it was sent. */
interface Sent<T> {
  readonly items: ReadonlyMap<string, T>;
  readonly sentMs: number;
}

interface Found<T> {
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
export class SharedAnswers<T, Call extends Sent<T>> {
  readonly #clock: Pick<Ambient, 'nowMs'>;
  // By call. A Map in which each key came and went would leave a trail of old tables, and V8 keeps what was in each until a full collection.
  readonly #underWay = new Set<Call>();
  readonly #kept: LRUCache<string, Found<T>>;

  constructor(clock: Pick<Ambient, 'nowMs'>) {
    this.#clock = clock;
    const perf = { now: () => clock.nowMs() };
    this.#kept = new LRUCache({ max: MAX_KEPT, ttl: KEPT_MS, ttlAutopurge: true, perf });
  }

  /** The calls whose answers are still to come. */
  get underWay(): Iterable<Call> {
    return this.#underWay;
  }

  sent(call: Call): void {
    this.#underWay.add(call);
  }

  /** The answers are there; `isKept`: and may serve others. */
  landed(call: Call, isKept: (item: T) => boolean): void {
    this.#underWay.delete(call);
    const { items, sentMs } = call;
    for (const [key, item] of items) {
      if (isKept(item) && sentMs >= (this.#kept.peek(key)?.sentMs ?? sentMs)) this.#kept.set(key, { item, sentMs });
    }
  }

  /** The youngest that was sent at most `maxAgeMs` ago. */
  find(key: string, maxAgeMs: number): T | undefined {
    let found = this.#kept.get(key);
    for (const { items, sentMs } of this.#underWay) {
      const item = items.get(key);
      if (item !== undefined && sentMs >= (found?.sentMs ?? sentMs)) found = { item, sentMs };
    }
    return found !== undefined && this.#clock.nowMs() - found.sentMs < maxAgeMs ? found.item : undefined;
  }
}
