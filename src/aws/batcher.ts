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

export interface Batcher<L, Q, A> {
  /** Questions of one lane that come within the window travel together; equal question keys are one question. */
  ask(
    lane: { readonly key: string; readonly value: L },
    question: { readonly key: string; readonly value: Q },
  ): Asked<A>;
}

export interface BatcherOptions<L, Q, A> {
  readonly windowMs: number;
  /** How long a flight on the lane may take. */
  readonly deadlineMs: (lane: L) => number;
  readonly read: (lane: L, pending: readonly Pending<Q, A>[], signal: AbortSignal) => Promise<void>;
  /** The answer to a question that got none. */
  readonly fallback: (lane: L, question: Q, silence: Silence) => A;
  readonly crashed: (thrown: unknown) => void;
  /** Aborts everything in flight, at the end of the process. */
  readonly closed: AbortSignal;
}

// A reader that heeds its signal settles everything itself, and better, right after the deadline.
const GRACE_MS = 250;

interface Flight<L, Q, A> {
  readonly lane: L;
  readonly items: Map<string, Item<Q, A>>;
  readonly stop: AbortController;
  holders: number;
}

/**
 * Collects what is asked for at the same moment and has it read at once. A flight belongs to all who wait for it: one who
 * gives up takes nothing from the others, and when all have given up it is aborted.
 */
export function createBatcher<L, Q, A>(options: BatcherOptions<L, Q, A>): Batcher<L, Q, A> {
  const boarding = new Map<string, Flight<L, Q, A>>();

  const open = (key: string, lane: L): Flight<L, Q, A> => {
    const flight = { lane, items: new Map(), stop: new AbortController(), holders: 0 };
    boarding.set(key, flight);
    setTimeout(() => {
      boarding.delete(key);
      // `depart` never rejects, and everyone who cares waits for the items.
      if (flight.holders > 0) void depart(options, flight);
    }, options.windowMs);
    return flight;
  };

  return {
    ask(lane, question) {
      const flight = boarding.get(lane.key) ?? open(lane.key, lane.value);
      const item = flight.items.get(question.key) ?? createItem<Q, A>(question.value);
      flight.items.set(question.key, item);
      flight.holders += 1;
      const release = (): void => {
        flight.holders -= 1;
        if (flight.holders === 0) flight.stop.abort();
      };
      return { answer: item.answer, release };
    },
  };
}

async function depart<L, Q, A>(options: BatcherOptions<L, Q, A>, flight: Flight<L, Q, A>): Promise<void> {
  const { signal } = flight.stop;
  const stop = (): void => flight.stop.abort();
  const timer = setTimeout(stop, options.deadlineMs(flight.lane));
  // Not AbortSignal.any: a long-lived source would keep every flight that anyone listens to.
  options.closed.addEventListener('abort', stop, { once: true });
  if (options.closed.aborted) stop();
  const items = [...flight.items.values()];
  const reading = read(options, flight.lane, items, signal);
  const silence = await Promise.race([reading, afterAbort(signal)]);
  clearTimeout(timer);
  options.closed.removeEventListener('abort', stop);
  for (const item of items) {
    if (!item.settled) item.settle(options.fallback(flight.lane, item.question, silence));
  }
}

async function read<L, Q, A>(
  options: BatcherOptions<L, Q, A>,
  lane: L,
  items: readonly Item<Q, A>[],
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

interface Item<Q, A> extends Pending<Q, A> {
  readonly answer: Promise<A>;
}

function createItem<Q, A>(question: Q): Item<Q, A> {
  const { promise, resolve } = Promise.withResolvers<A>();
  let settled = false;
  return {
    question,
    answer: promise,
    get settled() {
      return settled;
    },
    settle(answer) {
      settled = true;
      resolve(answer);
    },
  };
}
