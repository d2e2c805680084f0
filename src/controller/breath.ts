import type { Ambient } from '../core/ports.ts';

/** So long (milliseconds) work may begin in a row before the event loop looks at its sockets again. */
const SLICE_MS = 5;

/** Calls back in the next turn of the event loop, after what has come in by then has been handled; one after another. */
export type NextTurn = (fn: () => void) => void;

/**
 * Keeps a flood of work from holding up what waits for answers: whoever begins a piece of work takes a breath before, and where pieces
 * have been begun for long, the event loop has its turn first.
 */
export class Breath {
  readonly #clock: Pick<Ambient, 'nowMs'>;
  readonly #nextTurn: NextTurn;
  /** When the event loop last had its turn. */
  #sinceMs = Number.NEGATIVE_INFINITY;
  #coming: object | undefined;

  /** The clock must never jump. */
  constructor(clock: Pick<Ambient, 'nowMs'>, nextTurn: NextTurn) {
    this.#clock = clock;
    this.#nextTurn = nextTurn;
  }

  /** Resolves when work may begin. */
  async take(): Promise<void> {
    while (this.#clock.nowMs() - this.#sinceMs >= SLICE_MS) await this.#turn();
  }

  // Each who waits has a call of its own, so that what it begins has been begun when the next one looks at the clock.
  #turn(): Promise<void> {
    const turn = this.#coming ?? {};
    this.#coming = turn;
    return new Promise((resolve) => {
      this.#nextTurn(() => {
        if (this.#coming === turn) {
          this.#coming = undefined;
          this.#sinceMs = this.#clock.nowMs();
        }
        resolve();
      });
    });
  }
}
