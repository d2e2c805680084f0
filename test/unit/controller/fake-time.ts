import type { Timers } from '../../../src/controller/key-queue.ts';

/** A clock that moves only when told to, with the timers that go by it. */
export class FakeTime implements Timers {
  #nowMs = 0;
  #lastId = 0;
  readonly #timers = new Map<number, { readonly atMs: number; readonly fn: () => void }>();
  /** The delays that were asked for, in order. */
  readonly asked: number[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  random(): number {
    return 0.5;
  }

  /** Timers that have not rung. */
  get pending(): number {
    return this.#timers.size;
  }

  set(ms: number, fn: () => void): () => void {
    if (!(ms >= 0 && ms <= 2 ** 31 - 1)) throw new RangeError(`a timer cannot be set for ${ms} ms`);
    this.asked.push(ms);
    this.#lastId += 1;
    const id = this.#lastId;
    this.#timers.set(id, { atMs: this.#nowMs + ms, fn });
    return () => {
      this.#timers.delete(id);
    };
  }

  /** Moves the clock on and rings on the way what is due, in order of time. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#nextBy(untilMs); next !== undefined; next = this.#nextBy(untilMs)) {
      const [id, timer] = next;
      this.#timers.delete(id);
      this.#nowMs = timer.atMs;
      timer.fn();
    }
    this.#nowMs = untilMs;
  }

  #nextBy(untilMs: number) {
    return [...this.#timers].filter(([, { atMs }]) => atMs <= untilMs).toSorted((a, b) => a[1].atMs - b[1].atMs)[0];
  }
}
