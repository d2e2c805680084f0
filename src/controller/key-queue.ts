import type { Ambient } from '../core/ports.ts';
import { DueHeap } from './due-heap.ts';
import { FairLane } from './fair-lane.ts';

/** Highest first. */
export const priorities = ['neverSynced', 'changed', 'due'] as const;
export type Priority = (typeof priorities)[number];

/** One-shot timers. */
export interface Timers {
  /** Calls `fn` once after `ms` (at most 2^31-1); the answer cancels it. */
  set(ms: number, fn: () => void): () => void;
}

export interface KeyQueueOptions {
  /** A clock that never jumps: set back, a wall clock would hold every due key back. */
  readonly clock: Pick<Ambient, 'nowMs'>;
  readonly timers: Timers;
  /** Whom a key is worked on for; groups take turns. */
  readonly groupOf: (key: string) => string;
  /** How many keys of one group may be worked on at once: a group whose work hangs must not hold every worker. */
  readonly groupWidth?: number;
}

/** A key handed out: nobody else gets it until `done`. */
export interface Lease {
  readonly key: string;
  readonly priority: Priority;
  /** Since the key could have been handed out. */
  readonly waitedMs: number;
  /** How long ago it was last asked for, be it after it was handed out: what was read before does not answer that. */
  readonly askedMs: () => number;
  /** How many times in a row the work on it has failed so far. */
  readonly failures: number;
}

/** How the work on a key ended, and when the key is due again, unless it is added before. */
export type Ending =
  | { readonly kind: 'settled'; readonly dueInMs?: number }
  | { readonly kind: 'failed'; readonly dueInMs: number };

export interface QueueMeasure {
  /** Keys that wait for a worker. */
  readonly depth: Readonly<Record<Priority, number>>;
  /** How long the oldest of them has waited; 0 when none does. A key whose timer is late counts as `due`. */
  readonly oldestMs: Readonly<Record<Priority, number>>;
  /** Keys being worked on. */
  readonly working: number;
  /** How long the longest of them has been worked on. */
  readonly longestWorkMs: number;
  /** Keys that are due later. */
  readonly scheduled: number;
}

interface Waiting {
  readonly priority: Priority;
  readonly group: string;
  readonly sinceMs: number;
  readonly askedAtMs: number;
}

interface Work {
  readonly group: string;
  readonly sinceMs: number;
  askedAtMs: number;
  /** Set when the key was added meanwhile. */
  again?: Priority;
  /** True when the key was forgotten meanwhile, and not added since. */
  forgotten: boolean;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

// What is due after a while comes up in rounds. A process that wakes for each key alone finds the caches of the processor cold each time:
// a key that comes up with others takes half the time of one that comes up alone.
const ROUND_MS = 250;
// Of a round, so many come up at once, and as many after a pause: what is new gets a word in between.
const ROUND_WIDTH = 32;
const ROUND_PAUSE_MS = 20;
const PUNCTUAL_BELOW_MS = 5_000;

// Whose turn it is before the strict order applies: a flood of one priority leaves the others an eighth each.
const turns: readonly (Priority | undefined)[] = [...Array(3), 'changed', ...Array(3), 'due'];

const dueAt = (nowMs: number, delayMs: number): number =>
  delayMs < PUNCTUAL_BELOW_MS ? nowMs + delayMs : Math.ceil((nowMs + delayMs) / ROUND_MS) * ROUND_MS;

const higher = (a: Priority, b: Priority): Priority => (priorities.indexOf(a) <= priorities.indexOf(b) ? a : b);

/**
 * A coalescing queue of keys. A key waits at most once and is worked on at most once at a time; what is added while it is
 * worked on comes out again afterwards. Highest priority first, though lower ones always get some turns; within one, the
 * groups take turns.
 */
export class KeyQueue {
  readonly #options: KeyQueueOptions;
  readonly #lanes: Readonly<Record<Priority, FairLane>> = {
    neverSynced: new FairLane(),
    changed: new FairLane(),
    due: new FairLane(),
  };
  readonly #waiting = new Map<string, Waiting>();
  readonly #working = new Map<string, Work>();
  readonly #scheduled = new DueHeap<Priority>();
  readonly #failures = new Map<string, number>();
  readonly #groupWork = new Map<string, number>();
  /** The last to come is served first: what a few workers make is soon garbage, what hundreds make in turn is old by then. */
  readonly #takers: ((lease: Lease) => void)[] = [];
  #turn = 0;
  #timer: { readonly dueMs: number; readonly cancel: () => void } | undefined;
  /** Until when nothing more comes up by the clock. */
  #pauseUntilMs = 0;

  constructor(options: KeyQueueOptions) {
    this.#options = options;
  }

  /** Asks for the key to be worked on now; whatever time it was scheduled for is void. */
  add(key: string, priority: Priority): void {
    this.#scheduled.delete(key);
    this.#arm();
    this.#want(key, priority);
    this.#serve();
  }

  /**
   * Asks for the key to be worked on after the delay, or, where that is five seconds or more, up to a quarter of a second later. The
   * earliest ask for a key wins.
   */
  addAfter(key: string, priority: Priority, delayMs: number): void {
    if (!(delayMs > 0)) {
      this.add(key, priority);
      return;
    }
    const work = this.#working.get(key);
    if (work !== undefined) work.forgotten = false;
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) this.#waiting.set(key, { ...waiting, askedAtMs: this.#options.clock.nowMs() });
    if (waiting !== undefined || work?.again !== undefined) return;
    const dueMs = dueAt(this.#options.clock.nowMs(), delayMs);
    const scheduled = this.#scheduled.get(key);
    if (scheduled !== undefined && scheduled.dueMs <= dueMs) return;
    this.#scheduled.set(key, dueMs, priority);
    this.#arm();
  }

  /** Drops all that is known of the key. Work on it that is under way still ends with `done`. */
  forget(key: string): void {
    this.#scheduled.delete(key);
    this.#arm();
    this.#failures.delete(key);
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) this.#lanes[waiting.priority].delete(key, waiting.group);
    this.#waiting.delete(key);
    const work = this.#working.get(key);
    if (work === undefined) return;
    work.forgotten = true;
    delete work.again;
  }

  /** The next key, as soon as there is one; undefined when the signal aborts. */
  take(signal: AbortSignal): Promise<Lease | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const answer = (lease: Lease): void => {
        signal.removeEventListener('abort', stop);
        resolve(lease);
      };
      const stop = (): void => {
        this.#takers.splice(this.#takers.indexOf(answer), 1);
        resolve(undefined);
      };
      signal.addEventListener('abort', stop, { once: true });
      this.#takers.push(answer);
      this.#serve();
    });
  }

  /** Ends the work on a key that was taken; throws when it was not. */
  done(key: string, ending: Ending = { kind: 'settled' }): void {
    const work = this.#working.get(key);
    if (work === undefined) throw new Error('KeyQueue.done: the key is not being worked on');
    this.#working.delete(key);
    this.#countGroup(work.group, -1);
    if (!work.forgotten) this.#conclude(key, work, ending);
    this.#serve();
  }

  measure(): QueueMeasure {
    const nowMs = this.#options.clock.nowMs();
    const depth = { neverSynced: 0, changed: 0, due: 0 };
    const oldestMs = { neverSynced: 0, changed: 0, due: 0 };
    for (const { priority, sinceMs } of this.#waiting.values()) {
      depth[priority] += 1;
      oldestMs[priority] = Math.max(oldestMs[priority], nowMs - sinceMs);
    }
    oldestMs.due = Math.max(oldestMs.due, nowMs - (this.#scheduled.first?.dueMs ?? nowMs));
    let longestWorkMs = 0;
    for (const { sinceMs } of this.#working.values()) longestWorkMs = Math.max(longestWorkMs, nowMs - sinceMs);
    return { depth, oldestMs, working: this.#working.size, longestWorkMs, scheduled: this.#scheduled.size };
  }

  #conclude(key: string, work: Work, ending: Ending): void {
    if (ending.kind === 'failed') this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
    else this.#failures.delete(key);
    if (work.again !== undefined) this.#want(key, work.again);
    else if (ending.dueInMs !== undefined) this.addAfter(key, 'due', ending.dueInMs);
  }

  #want(key: string, priority: Priority): void {
    const askedAtMs = this.#options.clock.nowMs();
    const work = this.#working.get(key);
    if (work !== undefined) {
      work.again = higher(work.again ?? priority, priority);
      work.askedAtMs = askedAtMs;
      work.forgotten = false;
      return;
    }
    const before = this.#waiting.get(key);
    if (before !== undefined && higher(before.priority, priority) === before.priority) {
      this.#waiting.set(key, { ...before, askedAtMs });
      return;
    }
    const group = before?.group ?? this.#options.groupOf(key);
    if (before !== undefined) this.#lanes[before.priority].delete(key, group);
    this.#waiting.set(key, { priority, group, sinceMs: before?.sinceMs ?? askedAtMs, askedAtMs });
    this.#lanes[priority].add(key, group);
  }

  #serve(): void {
    for (let lease = this.#lease(); lease !== undefined; lease = this.#lease()) this.#takers.pop()?.(lease);
  }

  #lease(): Lease | undefined {
    const key = this.#takers.length === 0 ? undefined : this.#pick();
    const waiting = key === undefined ? undefined : this.#waiting.get(key);
    if (key === undefined || waiting === undefined) return undefined;
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    this.#turn = (this.#turn + 1) % turns.length;
    this.#waiting.delete(key);
    const { group, priority, sinceMs, askedAtMs } = waiting;
    const work: Work = { group, sinceMs: nowMs, askedAtMs, forgotten: false };
    this.#working.set(key, work);
    this.#countGroup(group, 1);
    const askedMs = (): number => clock.nowMs() - work.askedAtMs;
    return { key, priority, waitedMs: nowMs - sinceMs, askedMs, failures: this.#failures.get(key) ?? 0 };
  }

  #pick(): string | undefined {
    const width = this.#options.groupWidth ?? Number.POSITIVE_INFINITY;
    const full = (group: string): boolean => (this.#groupWork.get(group) ?? 0) >= width;
    const preferred = turns[this.#turn];
    const order = preferred === undefined ? priorities : [preferred, ...priorities];
    for (const priority of order) {
      const key = this.#lanes[priority].take(full);
      if (key !== undefined) return key;
    }
    return undefined;
  }

  #countGroup(group: string, change: 1 | -1): void {
    const count = (this.#groupWork.get(group) ?? 0) + change;
    if (count === 0) this.#groupWork.delete(group);
    else this.#groupWork.set(group, count);
  }

  // One timer serves all keys: it is set for the first that is due, and moved when another becomes the first.
  #arm(): void {
    const dueMs = this.#scheduled.first?.dueMs;
    if (dueMs === this.#timer?.dueMs) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (dueMs === undefined) return;
    const untilMs = Math.max(dueMs, this.#pauseUntilMs) - this.#options.clock.nowMs();
    const ms = Math.min(Math.max(Math.ceil(untilMs), 0), LONGEST_TIMER_MS);
    this.#timer = { dueMs, cancel: this.#options.timers.set(ms, () => this.#ring()) };
  }

  #ring(): void {
    this.#timer = undefined;
    const nowMs = this.#options.clock.nowMs();
    let room = ROUND_WIDTH;
    for (let due = this.#scheduled.first; due !== undefined && due.dueMs <= nowMs; due = this.#scheduled.first) {
      if (room === 0) {
        this.#pauseUntilMs = nowMs + ROUND_PAUSE_MS;
        break;
      }
      room -= 1;
      this.#scheduled.delete(due.key);
      this.#want(due.key, due.value);
    }
    // Also where nothing was due yet: timers may ring early, and long delays come in pieces.
    this.#arm();
    this.#serve();
  }
}
