import { LRUCache } from 'lru-cache';
import type { Ambient } from '../core/ports.ts';
import { SharedAnswers } from './shared-answers.ts';
import { afterAsk, afterFull, isBusy, type Traffic } from './traffic.ts';

/** A question of a batch, to be settled once; later settlings change nothing. */
export interface Pending<Q, A> {
  readonly question: Q;
  readonly settled: boolean;
  settle(answer: A): void;
}

/** Why a question got no answer: the reader passed it over, the time was up, or the reader threw. */
export type Silence = 'silent' | 'deadline' | 'crashed';

interface Asked<A> {
  /** Never rejects. */
  readonly answer: Promise<A>;
  /** To be called once by each who asked, when the answer is there or no longer wanted. */
  release(): void;
}

/** Where a question belongs: those of one key share answers, and those that are as urgent share flights too. */
interface BatchLane<L> {
  readonly key: string;
  readonly value: L;
  readonly isUrgent: boolean;
  /** How long who asks can wait for others. A flight leaves when the first of its passengers has to. */
  readonly patienceMs: number;
}

export interface Batcher<L, Q, A> {
  /**
   * Questions of one lane that come at about the same time travel together; equal question keys are one question. An answer will do that
   * AWS was asked for at most `maxAgeMs` ago.
   */
  ask(lane: BatchLane<L>, question: { readonly key: string; readonly value: Q }, maxAgeMs: number): Asked<A>;
}

export interface BatcherOptions<L, Q, A> {
  /** How many questions one call takes: a flight that has so many departs at once. */
  readonly fullAt: (lane: L) => number;
  /** How long a flight on the lane may take. */
  readonly deadlineMs: (lane: L) => number;
  readonly read: (lane: L, pending: readonly Pending<Q, A>[], signal: AbortSignal) => Promise<void>;
  /** The answer to a question that got none. */
  readonly fallback: (lane: L, question: Q, silence: Silence) => A;
  /** Whether the answer, once it is there, may be given to others who asked before it was read. */
  readonly isLasting: (answer: A) => boolean;
  readonly crashed: (thrown: unknown) => void;
  /** A clock that never jumps: set back, a wall clock would make old answers young. */
  readonly clock: Pick<Ambient, 'nowMs'>;
  /** Aborts everything in flight, at the end of the process. */
  readonly closed: AbortSignal;
}

// A reader that heeds its signal settles everything itself, and better, right after the deadline.
const GRACE_MS = 250;
const MAX_LANES = 2_000;
/** How long a flight waits for others after each who boards. */
const QUIET_WINDOW_MS = 5;
// Where many ask: calls are fuller then, and all have their turn the sooner.
const BUSY_WINDOW_MS = 200;
// And no longer than this in all.
const MOST_WAIT_MS = 1_000;

/**
 * Collects what is asked for at about the same time and has it read at once. A flight belongs to all who wait for it: one who
 * gives up takes nothing from the others, and when all have given up it is aborted.
 */
export function createBatcher<L, Q, A>(options: BatcherOptions<L, Q, A>): Batcher<L, Q, A> {
  const { clock } = options;
  const boarding = new Map<string, Flight<L, Q, A>>();
  const traffic = new LRUCache<string, Traffic>({ max: MAX_LANES });
  const shared = new SharedAnswers<Item<L, Q, A>, Flight<L, Q, A>>(clock);
  const abortAll = (): void => {
    for (const flight of shared.underWay) flight.abort();
  };
  options.closed.addEventListener('abort', abortAll, { once: true });

  const leave = (key: string, flight: Flight<L, Q, A>): void => {
    if (boarding.get(key) === flight) boarding.delete(key);
    clearTimeout(flight.timer);
    if (flight.signal.aborted) return;
    flight.sentMs = clock.nowMs();
    shared.sent(flight);
    // `depart` never rejects, and everyone who cares waits for the items.
    void depart(options, flight).then(() => {
      // What one alone has asked for would only take up memory.
      shared.landed(flight, ({ askers, given }) => askers > 1 && given !== undefined && options.isLasting(given));
      // An answer that is kept is not to keep those that travelled with it.
      flight.items.clear();
    });
  };

  const board = (key: string, flight: Flight<L, Q, A>, patienceMs: number): void => {
    const waitMs = Math.max(QUIET_WINDOW_MS, patienceMs);
    const leavesMs = clock.nowMs() + waitMs;
    if (flight.leavesMs <= leavesMs) return;
    flight.leavesMs = leavesMs;
    clearTimeout(flight.timer);
    flight.timer = setTimeout(() => {
      if (waitMs >= BUSY_WINDOW_MS) leave(key, flight);
      else waitForMore(key, flight, clock.nowMs() - waitMs + MOST_WAIT_MS);
    }, waitMs);
  };

  const waitForMore = (key: string, flight: Flight<L, Q, A>, latestMs: number): void => {
    const nowMs = clock.nowMs();
    if (isBusy(traffic.get(key), nowMs)) flight.windowMs = BUSY_WINDOW_MS;
    const leftMs = Math.min(flight.boardedMs + flight.windowMs, latestMs) - nowMs;
    if (leftMs <= 0) callLast(key, flight, latestMs);
    else flight.timer = setTimeout(() => waitForMore(key, flight, latestMs), leftMs);
  };

  // Where it was this process that stood still, those who would have come meanwhile come in this turn of the event loop.
  const callLast = (key: string, flight: Flight<L, Q, A>, latestMs: number): void => {
    const { boardedMs } = flight;
    setImmediate(() => {
      if (boarding.get(key) !== flight) return;
      if (flight.boardedMs > boardedMs) waitForMore(key, flight, latestMs);
      else leave(key, flight);
    });
  };

  const open = (key: string, lane: L): Flight<L, Q, A> => {
    const flight = new Flight<L, Q, A>(lane);
    boarding.set(key, flight);
    return flight;
  };

  return {
    ask(lane, question, maxAgeMs) {
      const shareKey = `${lane.key} ${question.key}`;
      const known = shared.find(shareKey, maxAgeMs);
      if (known !== undefined && isOfUse(options, known)) return join(known);
      const key = `${lane.key} ${lane.isUrgent}`;
      const nowMs = clock.nowMs();
      const before = traffic.get(key);
      const seen = afterAsk(before, nowMs);
      if (seen !== before) traffic.set(key, seen);
      const waiting = boarding.get(key);
      // One that everybody has left is aborted, and takes nobody any more.
      const flight = waiting === undefined || waiting.signal.aborted ? open(key, lane.value) : waiting;
      const asked = join(flight.itemOf(shareKey, question.value));
      flight.boardedMs = nowMs;
      board(key, flight, lane.patienceMs);
      if (flight.items.size < options.fullAt(lane.value)) return asked;
      traffic.set(key, afterFull(seen, nowMs));
      leave(key, flight);
      return asked;
    },
  };
}

/** Those who travel together, until their answers are there. */
class Flight<L, Q, A> {
  readonly lane: L;
  /** By lane and question. */
  readonly items = new Map<string, Item<L, Q, A>>();
  timer: NodeJS.Timeout | undefined;
  leavesMs = Number.POSITIVE_INFINITY;
  /** When somebody boarded last, and how long it waits for the next. */
  boardedMs = 0;
  windowMs = QUIET_WINDOW_MS;
  sentMs = 0;
  readonly #stop = new AbortController();
  #holders = 0;

  constructor(lane: L) {
    this.lane = lane;
  }

  /** Aborts when nobody waits any more, or the time is up. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  abort(): void {
    this.#stop.abort();
  }

  hold(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    // An abort is costly, and after the last answer it would stop nothing.
    if (this.#holders === 0 && this.items.values().some((item) => !item.settled)) this.abort();
  }

  /** The item of the question, new or not. */
  itemOf(key: string, question: Q): Item<L, Q, A> {
    const item = this.items.get(key) ?? new Item<L, Q, A>(this, question);
    this.items.set(key, item);
    return item;
  }
}

class Item<L, Q, A> implements Pending<Q, A> {
  readonly flight: Flight<L, Q, A>;
  readonly question: Q;
  readonly answer: Promise<A>;
  readonly #resolve: (answer: A) => void;
  given: A | undefined;
  askers = 0;

  constructor(flight: Flight<L, Q, A>, question: Q) {
    const { promise, resolve } = Promise.withResolvers<A>();
    this.flight = flight;
    this.question = question;
    this.answer = promise;
    this.#resolve = resolve;
  }

  get settled(): boolean {
    return this.given !== undefined;
  }

  settle(answer: A): void {
    this.given ??= answer;
    this.#resolve(answer);
  }
}

/** Whether one more may have the item's answer: a flight that everybody has left brings none, and who comes late need not share a failure. */
function isOfUse<L, Q, A>({ isLasting }: BatcherOptions<L, Q, A>, { given, flight }: Item<L, Q, A>): boolean {
  return given === undefined ? !flight.signal.aborted : isLasting(given);
}

/** Joins those who wait for the item. */
function join<L, Q, A>(item: Item<L, Q, A>): Asked<A> {
  item.askers += 1;
  item.flight.hold();
  return { answer: item.answer, release: () => item.flight.release() };
}

async function depart<L, Q, A>(options: BatcherOptions<L, Q, A>, flight: Flight<L, Q, A>): Promise<void> {
  const { signal } = flight;
  const timer = setTimeout(() => flight.abort(), options.deadlineMs(flight.lane));
  if (options.closed.aborted) flight.abort();
  const items = [...flight.items.values()];
  const reading = read(options, flight.lane, items, signal);
  const silence = await Promise.race([reading, afterAbort(signal)]);
  clearTimeout(timer);
  for (const item of items) {
    if (!item.settled) item.settle(options.fallback(flight.lane, item.question, silence));
  }
}

async function read<L, Q, A>(
  options: BatcherOptions<L, Q, A>,
  lane: L,
  items: readonly Item<L, Q, A>[],
  signal: AbortSignal,
): Promise<Silence> {
  try {
    await options.read(lane, items, signal);
    return signal.aborted ? 'deadline' : 'silent';
  } catch (thrown) {
    options.crashed(thrown);
    return 'crashed';
  }
}

function afterAbort(signal: AbortSignal): Promise<Silence> {
  return new Promise((resolve) => {
    const give = (): unknown => setTimeout(() => resolve('deadline'), GRACE_MS);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}
