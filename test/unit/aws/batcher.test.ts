import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Batcher, createBatcher, type Pending } from '../../../src/aws/batcher.ts';

const FULL = 4;
const LANE = { key: 'lane', value: 'lane', isUrgent: false, patienceMs: 0 };
const PATIENT = { ...LANE, patienceMs: 5_000 };
const URGENT = { ...LANE, isUrgent: true };

interface Departed {
  readonly questions: readonly string[];
  readonly signal: AbortSignal;
  readonly atMs: number;
  /** Answers each question with itself and the number of the flight. */
  land(): void;
  /** Answers each question with a failure. */
  crashLand(): void;
  /** Answers one question with a failure, and is not there yet. */
  fail(question: string): void;
}

interface Bench {
  readonly batcher: Batcher<string, string, string>;
  readonly departed: Departed[];
  /** Asks, and collects the answer. */
  ask(question: string, maxAgeMs?: number, lane?: typeof LANE): { readonly got: string[]; release(): void };
}

function createBench(closed = new AbortController().signal): Bench {
  const departed: Departed[] = [];
  const read = (_lane: string, pending: readonly Pending<string, string>[], signal: AbortSignal): Promise<void> => {
    const number = departed.length;
    return new Promise((resolve) => {
      const land = (answer: string): void => {
        for (const each of pending) each.settle(`${answer} ${each.question} of ${number}`);
        resolve();
      };
      const questions = pending.map(({ question }) => question);
      departed.push({
        questions,
        signal,
        atMs: Date.now(),
        land: () => land('answer'),
        crashLand: () => land('failure'),
        fail: (question) => pending.find((each) => each.question === question)?.settle('failure'),
      });
    });
  };
  const batcher = createBatcher<string, string, string>({
    fullAt: () => FULL,
    deadlineMs: () => 30_000,
    read,
    fallback: (_lane, question, silence) => `failure ${silence} ${question}`,
    isLasting: (answer) => answer.startsWith('answer'),
    crashed: (thrown) => {
      throw thrown;
    },
    clock: { nowMs: () => Date.now() },
    closed,
  });
  const ask: Bench['ask'] = (question, maxAgeMs = 0, lane = LANE) => {
    const got: string[] = [];
    const { answer, release } = batcher.ask(lane, { key: question, value: question }, maxAgeMs);
    void answer.then((each) => got.push(each));
    return { got, release };
  };
  return { batcher, departed, ask };
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
/** Two ask the same, and their flight departs. */
async function askTogether(bench: Bench): Promise<void> {
  bench.ask('a');
  bench.ask('a');
  await pass(5);
}

const questionsOf = ({ departed }: Bench): readonly (readonly string[])[] => departed.map(({ questions }) => questions);

/** Has somebody ask on the lane every few milliseconds, so that it is busy, and lets all of that land. */
async function makeBusy(bench: Bench): Promise<void> {
  for (let at = 0; at < 10; at += 1) {
    bench.ask(`busy ${at}`);
    await pass(6);
  }
  await pass(200);
  for (const each of bench.departed.splice(0)) each.land();
  await pass(0);
  // Still warm: the last of them were asked a moment ago.
  for (let at = 0; at < 10; at += 1) {
    bench.ask(`warm ${at % 3}`);
    await pass(2);
  }
  await pass(200);
  for (const each of bench.departed.splice(0)) each.land();
  await pass(0);
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a flight', () => {
  it('leaves after some milliseconds where few ask, with all who came meanwhile', async () => {
    const bench = createBench();
    bench.ask('a');
    await pass(3);
    bench.ask('b');
    bench.ask('a');
    expect(bench.departed).toEqual([]);
    await pass(5);
    expect(questionsOf(bench)).toEqual([['a', 'b']]);
  });

  it('waits for the next some milliseconds after each who comes: of many who begin to ask, the first do not leave alone', async () => {
    const bench = createBench();
    for (const question of ['a', 'b', 'c']) {
      bench.ask(question);
      await pass(4);
    }
    expect(bench.departed).toEqual([]);
    bench.ask('d');
    expect(questionsOf(bench)).toEqual([['a', 'b', 'c', 'd']]);
  });

  it('does not count the time in which the process stood still: who could not come in it comes right after', async () => {
    vi.useRealTimers();
    // Right after this the event loop looks at its timers, and only then at what was to come in its next turn.
    await new Promise((resolve) => setImmediate(resolve));
    const bench = createBench();
    bench.ask('a');
    setImmediate(() => bench.ask('b'));
    const startMs = performance.now();
    while (performance.now() - startMs < 10);
    await vi.waitFor(() => expect(questionsOf(bench)).toEqual([['a', 'b']]));
  });

  it('waits as long as all who came can wait', async () => {
    const bench = createBench();
    bench.ask('a', 0, PATIENT);
    await pass(3_000);
    bench.ask('b', 0, PATIENT);
    await pass(1_999);
    expect(bench.departed).toEqual([]);
    await pass(1);
    expect(questionsOf(bench)).toEqual([['a', 'b']]);
  });

  it('takes the patient along as soon as somebody comes who cannot wait', async () => {
    const bench = createBench();
    bench.ask('a', 0, PATIENT);
    await pass(1_000);
    bench.ask('b');
    await pass(5);
    expect(questionsOf(bench)).toEqual([['a', 'b']]);
    bench.ask('c');
    bench.ask('d', 0, PATIENT);
    await pass(5);
    expect(questionsOf(bench)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('leaves at once when it is full, and the next one without those', async () => {
    const bench = createBench();
    for (const question of ['a', 'b', 'c', 'd', 'e']) bench.ask(question);
    expect(questionsOf(bench)).toEqual([['a', 'b', 'c', 'd']]);
    await pass(5);
    expect(questionsOf(bench)).toEqual([['a', 'b', 'c', 'd'], ['e']]);
  });

  it('waits longer for others where many ask, and is still in no hurry to leave half empty', async () => {
    const bench = createBench();
    await makeBusy(bench);
    for (const question of ['x', 'y', 'z']) {
      for (let at = 0; at < 3; at += 1) {
        bench.ask(question);
        await pass(1);
      }
    }
    await pass(150);
    expect(bench.departed).toEqual([]);
    await pass(50);
    expect(questionsOf(bench)).toEqual([['x', 'y', 'z']]);
  });

  it('waits for the next after each who comes, where many ask, but for no more than a second', async () => {
    const bench = createBench();
    await makeBusy(bench);
    for (let at = 0; at < 5; at += 1) bench.ask('x');
    for (let at = 0; at < 6; at += 1) {
      await pass(150);
      bench.ask(at % 2 === 0 ? 'y' : 'x');
    }
    await pass(99);
    expect(bench.departed).toEqual([]);
    await pass(1);
    expect(questionsOf(bench)).toEqual([['x', 'y']]);
  });

  it('waits for the next where one was full a moment ago, though nobody has asked since', async () => {
    const bench = createBench();
    await makeBusy(bench);
    for (const question of ['w', 'x', 'y', 'z']) {
      await pass(1);
      bench.ask(question);
    }
    expect(bench.departed).toHaveLength(1);
    // As long as a busy API server may hold everybody up.
    await pass(600);
    bench.ask('a');
    await pass(100);
    bench.ask('b');
    await pass(199);
    expect(bench.departed).toHaveLength(1);
    await pass(1);
    expect(questionsOf(bench).at(-1)).toEqual(['a', 'b']);
    await pass(1_000);
    bench.ask('c');
    await pass(5);
    expect(questionsOf(bench).at(-1)).toEqual(['c']);
  });

  it('leaves at once when it is full, where many ask too', async () => {
    const bench = createBench();
    await makeBusy(bench);
    for (const question of ['w', 'x', 'y']) {
      for (let at = 0; at < 3; at += 1) {
        bench.ask(question);
        await pass(1);
      }
    }
    bench.ask('z');
    expect(questionsOf(bench)).toEqual([['w', 'x', 'y', 'z']]);
    await pass(1_000);
    expect(bench.departed).toHaveLength(1);
  });

  it('is soon quiet again: one who asks later does not wait for nobody', async () => {
    const bench = createBench();
    await makeBusy(bench);
    await pass(1_000);
    bench.ask('x');
    await pass(5);
    expect(questionsOf(bench)).toEqual([['x']]);
  });

  it('takes many who ask at one moment for one, so that a handful of objects applied together waits for no more', async () => {
    const bench = createBench();
    for (let at = 0; at < 50; at += 1) bench.ask('a');
    await pass(5);
    expect(questionsOf(bench)).toEqual([['a']]);
  });

  it('of the urgent does not wait with the others', async () => {
    const bench = createBench();
    await makeBusy(bench);
    for (let at = 0; at < 6; at += 1) {
      bench.ask('x');
      await pass(1);
    }
    bench.ask('new', 0, URGENT);
    await pass(5);
    expect(questionsOf(bench)).toEqual([['new']]);
  });

  it('of another lane has nothing to do with it', async () => {
    const bench = createBench();
    bench.ask('a');
    bench.ask('a', 0, { ...LANE, key: 'second' });
    await pass(5);
    bench.ask('a', 20_000, { ...LANE, key: 'third' });
    await pass(5);
    expect(questionsOf(bench)).toEqual([['a'], ['a'], ['a']]);
  });

  it('that everybody has left does not depart, and takes nobody any more', async () => {
    const bench = createBench();
    bench.ask('a').release();
    const late = bench.ask('a');
    await pass(5);
    expect(bench.departed).toHaveLength(1);
    bench.departed[0]?.land();
    await pass(0);
    expect(late.got).toEqual(['answer a of 0']);
  });

  it('is not aborted by those who have their answers', async () => {
    const bench = createBench();
    const asked = [bench.ask('a'), bench.ask('b')];
    await pass(5);
    bench.departed[0]?.land();
    await pass(0);
    for (const each of asked) each.release();
    expect(bench.departed[0]?.signal.aborted).toBe(false);
  });

  it('is aborted when the last who waits for it gives up, and not before', async () => {
    const bench = createBench();
    const [one, other] = [bench.ask('a'), bench.ask('b')];
    await pass(5);
    one.release();
    expect(bench.departed[0]?.signal.aborted).toBe(false);
    other.release();
    expect(bench.departed[0]?.signal.aborted).toBe(true);
  });
});

describe('an answer', () => {
  it('serves one whose wish is older than the call, though the call is under way already', async () => {
    const bench = createBench();
    bench.ask('a');
    await pass(5 + 100);
    const late = bench.ask('a', 101);
    bench.departed[0]?.land();
    await pass(300);
    expect(late.got).toEqual(['answer a of 0']);
    expect(bench.departed).toHaveLength(1);
  });

  it('does not serve one whose wish is younger than the call, nor one of the very same moment', async () => {
    for (const maxAgeMs of [0, 99, 100]) {
      const bench = createBench();
      const early = [bench.ask('a'), bench.ask('a')];
      await pass(5);
      bench.departed[0]?.land();
      await pass(100);
      const late = bench.ask('a', maxAgeMs);
      await pass(300);
      bench.departed[1]?.land();
      await pass(0);
      expect(early.map(({ got }) => got)).toEqual([['answer a of 0'], ['answer a of 0']]);
      expect(late.got).toEqual(['answer a of 1']);
    }
  });

  it('that several asked for serves those whose wish is as old, when all the others are gone', async () => {
    const bench = createBench();
    const early = [bench.ask('a'), bench.ask('a')];
    await pass(5);
    bench.departed[0]?.land();
    await pass(0);
    for (const each of early) each.release();
    await pass(10_000);
    const late = bench.ask('a', 20_000);
    await pass(0);
    expect(late.got).toEqual(['answer a of 0']);
    late.release();
    const later = bench.ask('a', 20_000, URGENT);
    await pass(300);
    expect(later.got).toEqual(['answer a of 0']);
    expect(bench.departed).toHaveLength(1);
  });

  it('that one alone asked for is forgotten', async () => {
    const bench = createBench();
    bench.ask('a');
    await pass(5);
    bench.departed[0]?.land();
    await pass(0);
    bench.ask('a', 20_000);
    await pass(5);
    expect(bench.departed).toHaveLength(2);
  });

  it('is forgotten after half a minute, however old a wish may be', async () => {
    const bench = createBench();
    await askTogether(bench);
    bench.departed[0]?.land();
    await pass(31_000);
    bench.ask('a', 3_600_000);
    await pass(5);
    expect(bench.departed).toHaveLength(2);
  });

  it('that is a failure serves nobody who did not wait for it', async () => {
    const bench = createBench();
    const early = [bench.ask('a'), bench.ask('a')];
    await pass(5);
    bench.departed[0]?.crashLand();
    await pass(0);
    expect(early.map(({ got }) => got)).toEqual([['failure a of 0'], ['failure a of 0']]);
    const late = bench.ask('a', 20_000);
    await pass(5);
    bench.departed[1]?.land();
    await pass(0);
    expect(late.got).toEqual(['answer a of 1']);
  });

  it('that is a failure serves nobody who comes later, while others of its flight are still to be answered', async () => {
    const bench = createBench();
    bench.ask('a');
    bench.ask('b');
    await pass(5);
    bench.departed[0]?.fail('a');
    bench.ask('a', 20_000);
    await pass(5);
    expect(questionsOf(bench)).toEqual([['a', 'b'], ['a']]);
  });

  it('that is a failure does not push out those that are kept', async () => {
    const bench = createBench();
    await askTogether(bench);
    bench.departed.splice(0)[0]?.land();
    for (let at = 0; at < 400; at += 1) bench.ask(`q${at >> 1}`);
    await pass(300);
    for (const each of bench.departed.splice(0)) each.crashLand();
    await pass(0);
    bench.ask('a', 20_000);
    await pass(300);
    expect(bench.departed).toEqual([]);
  });

  it('of a flight that was aborted is not waited for', async () => {
    const bench = createBench();
    bench.ask('a').release();
    const gone = bench.ask('b');
    await pass(5);
    gone.release();
    const late = bench.ask('b', 20_000);
    await pass(5);
    bench.departed[1]?.land();
    await pass(0);
    expect(late.got).toEqual(['answer b of 1']);
  });

  it('of the younger of two calls counts, in whichever order they come', async () => {
    const bench = createBench();
    for (let round = 0; round < 2; round += 1) {
      await askTogether(bench);
    }
    bench.departed[1]?.land();
    await pass(0);
    bench.departed[0]?.land();
    await pass(0);
    const late = bench.ask('a', 20_000);
    await pass(300);
    expect(late.got).toEqual(['answer a of 1']);
  });

  it('of the older of two calls that comes first leaves the younger its own', async () => {
    const bench = createBench();
    await askTogether(bench);
    bench.ask('a');
    await pass(5);
    bench.departed[0]?.land();
    await pass(2);
    const late = bench.ask('a', 4);
    bench.departed[1]?.land();
    await pass(10);
    expect(late.got).toEqual(['answer a of 1']);
    expect(bench.departed).toHaveLength(2);
  });

  it('that several got serves on where a younger one has come to nobody else', async () => {
    const bench = createBench();
    await askTogether(bench);
    bench.ask('a');
    await pass(5);
    for (const flight of bench.departed) flight.land();
    await pass(0);
    const late = bench.ask('a', 20_000);
    await pass(0);
    expect(late.got).toEqual(['answer a of 0']);
  });

  it('of flights under way is given up at the end of the process', async () => {
    const end = new AbortController();
    const bench = createBench(end.signal);
    bench.ask('a');
    await pass(5);
    end.abort();
    expect(bench.departed[0]?.signal.aborted).toBe(true);
    bench.ask('b');
    await pass(5);
    expect(bench.departed[1]?.signal.aborted).toBe(true);
  });

  it('is kept among no more than a hundred', async () => {
    const bench = createBench();
    const questions = Array.from({ length: 120 }, (_, at) => `q${at}`);
    for (const question of [...questions, ...questions]) bench.ask(question, 0, { ...LANE, key: question });
    await pass(300);
    for (const each of bench.departed) each.land();
    await pass(0);
    const before = bench.departed.length;
    for (const question of questions) bench.ask(question, 20_000, { ...LANE, key: question });
    await pass(300);
    expect(bench.departed.length - before).toBe(20);
  });
});

it('reads once what five thousand want at one moment, a few hundred of whom can ask at a time', async () => {
  const bench = createBench();
  const wishedMs = Date.now();
  let answered = 0;
  const askOneAfterTheOther = async (): Promise<void> => {
    for (let at = 0; at < 50; at += 1) {
      // Getting there takes time, and so does what follows.
      await new Promise((resolve) => setTimeout(resolve, 10));
      const { answer, release } = bench.batcher.ask(LANE, { key: 'a', value: 'a' }, Date.now() - wishedMs);
      expect(await answer).toBe('answer a of 0');
      release();
      answered += 1;
    }
  };
  const asking = Array.from({ length: 100 }, askOneAfterTheOther);
  for (let at = 0; at < 30; at += 1) {
    await pass(100);
    for (const each of bench.departed) each.land();
  }
  await Promise.all(asking);
  expect(answered).toBe(5_000);
  expect(bench.departed).toHaveLength(1);
});
