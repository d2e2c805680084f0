import { Election } from '../../src/controller/election.ts';
import type { FakeTime } from '../unit/controller/fake-time.ts';
import type { MemoryLease } from './memory-lease.ts';

/** One process that takes part in an election, on a clock that a test moves. */
export class Replica {
  readonly #time: FakeTime;
  readonly #stop = new AbortController();
  /** What would have happened while the process was stopped. */
  readonly #missed: (() => void)[] = [];
  #isStopped = false;
  /** True while the API server cannot be reached. */
  isCut = false;
  /** True when its work does not hear that it is to stop. */
  isDeaf = false;
  /** Ends the work with an error. */
  crash: (error: Error) => void = () => {};
  /** True once it was killed: it does nothing any more. */
  isDead = false;
  /** The work's own signal, while there is work. */
  turn: AbortSignal | undefined;
  readonly election: Election;
  readonly ended: Promise<string | undefined>;
  readonly told: string[] = [];

  constructor(name: string, lease: MemoryLease, time: FakeTime, isNew = false) {
    this.#time = time;
    const out = (): boolean => this.isCut || this.isDead;
    this.election = new Election({
      storage: lease.storage(out),
      me: name,
      durationMs: 15_000,
      isNew: async () => isNew,
      steady: { nowMs: () => time.nowMs(), random: () => 0 },
      wall: { nowMs: () => 1_800_000_000_000 + time.nowMs() },
      timers: { set: (ms, fn) => time.set(ms, () => this.#happen(fn)) },
      observer: {
        waiting: (holder) => this.told.push(`waits for ${holder}`),
        elected: () => this.told.push('leads'),
        troubled: (reason) => this.told.push(reason),
      },
    });
    this.ended = this.election.lead((turn) => this.#work(turn), this.#stop.signal);
  }

  /** Whether it would write now. */
  get writes(): boolean {
    return !this.isDead && !this.#isStopped && this.election.holds();
  }

  /** SIGTERM. */
  terminate(): void {
    this.#stop.abort();
  }

  /** SIGSTOP and SIGCONT: the clock goes on meanwhile. */
  stop(): void {
    this.#isStopped = true;
  }
  resume(): void {
    this.#isStopped = false;
  }
  /** Rings what is late, as happens some time after SIGCONT. */
  catchUp(): void {
    for (const fn of this.#missed.splice(0)) fn();
  }

  #happen(fn: () => void): void {
    if (this.isDead) return;
    if (this.#isStopped) this.#missed.push(fn);
    else fn();
  }

  #work(turn: AbortSignal): Promise<void> {
    this.turn = turn;
    return new Promise((resolve, reject) => {
      this.crash = reject;
      // Work ends a little after it is told to.
      const end = (): void => void (this.isDeaf || this.#time.set(10, resolve));
      turn.addEventListener('abort', end, { once: true });
    });
  }
}

/** Lets the clock run, and what waits for it happen, in small steps; `look` is called after each. */
export async function elapse(time: FakeTime, ms: number, look: () => void = () => {}): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    time.advance(Math.min(100, left));
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    look();
  }
}
