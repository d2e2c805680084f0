import { describe, expect, it } from 'vitest';
import { KeyQueue } from '../../../src/controller/key-queue.ts';
import { createWorkers, type Workers, type WorkersOptions } from '../../../src/controller/workers.ts';
import type { Next } from '../../../src/core/schedule.ts';
import { FakeTime } from './fake-time.ts';

const CHANGE: Next = { after: 'change' };
const BACKOFF: Next = { after: 'backoff', capMs: 600_000 };

interface Stage {
  readonly time: FakeTime;
  readonly queue: KeyQueue;
  readonly workers: Workers;
  readonly unexpected: [string, unknown][];
  readonly waited: number[];
  readonly stop: AbortController;
}

function stage(reconcile: WorkersOptions['reconcile'], width = 2): Stage {
  const time = new FakeTime();
  const queue = new KeyQueue({ clock: time, timers: time, groupOf: (key) => key });
  const unexpected: [string, unknown][] = [];
  const waited: number[] = [];
  const observer = {
    started: (_key: string, waitedMs: number) => void waited.push(waitedMs),
    unexpected: (key: string, error: unknown) => void unexpected.push([key, error]),
  };
  const workers = createWorkers({ queue, width, reconcile, ambient: time, observer });
  return { time, queue, workers, unexpected, waited, stop: new AbortController() };
}

/** Lets every promise that can go on go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('createWorkers', () => {
  it('works on as many keys at once as there are lanes', async () => {
    const running: (() => void)[] = [];
    const reconcile = () => new Promise<Next>((resolve) => running.push(() => resolve(CHANGE)));
    const { queue, workers, stop } = stage(reconcile, 2);
    const run = workers.run(stop.signal);
    for (const key of ['a', 'b', 'c']) queue.add(key, 'due');
    await settle();
    expect(running.length).toBe(2);
    running[0]?.();
    await settle();
    expect(running.length).toBe(3);
    for (const end of running) end();
    stop.abort();
    await run;
  });

  it('looks at a key again when its work asks for it', async () => {
    let looks = 0;
    const { queue, workers, stop, time } = stage(async () => {
      looks += 1;
      return { after: 'delay', ms: 60_000 };
    });
    const run = workers.run(stop.signal);
    queue.add('a', 'changed');
    await settle();
    time.advance(59_999);
    await settle();
    expect(looks).toBe(1);
    time.advance(1);
    await settle();
    expect(looks).toBe(2);
    stop.abort();
    await run;
  });

  it('backs off further with each failure in a row, and starts anew after a success', async () => {
    const answers: Next[] = [BACKOFF, BACKOFF, BACKOFF, { after: 'delay', ms: 7 }, BACKOFF];
    const { queue, workers, stop, time } = stage(async () => answers.shift() ?? CHANGE);
    const run = workers.run(stop.signal);
    queue.add('a', 'changed');
    for (const waitMs of [1_500, 2_500, 4_500, 7, 1_500]) {
      await settle();
      const left = answers.length;
      time.advance(waitMs - 1);
      await settle();
      expect(answers.length).toBe(left);
      time.advance(1);
    }
    await settle();
    expect(queue.measure().scheduled).toBe(0);
    stop.abort();
    await run;
  });

  it('tells of a throw, and tries the key again after back-off', async () => {
    const bug = new TypeError('a bug');
    let looks = 0;
    const { queue, workers, stop, time, unexpected } = stage(() => {
      looks += 1;
      // Thrown, not rejected: both are the same to a worker.
      if (looks === 1) throw bug;
      return Promise.resolve(CHANGE);
    });
    const run = workers.run(stop.signal);
    queue.add('a', 'changed');
    await settle();
    expect(unexpected).toEqual([['a', bug]]);
    time.advance(1_500);
    await settle();
    expect(looks).toBe(2);
    stop.abort();
    await run;
  });

  it('tells how long a key has waited for a worker', async () => {
    const { queue, workers, stop, time, waited } = stage(async () => CHANGE);
    queue.add('a', 'changed');
    time.advance(300);
    const run = workers.run(stop.signal);
    await settle();
    expect(waited).toEqual([300]);
    stop.abort();
    await run;
  });
});

describe('createWorkers on abort', () => {
  it('takes no new key, aborts the work under way, and ends when that has ended', async () => {
    let end: (() => void) | undefined;
    let aborted = false;
    let ended = false;
    const { queue, workers, stop } = stage((_key, signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise<Next>((resolve) => {
        end = () => resolve(CHANGE);
      });
    }, 1);
    const run = workers.run(stop.signal).then(() => {
      ended = true;
    });
    queue.add('a', 'due');
    queue.add('b', 'due');
    await settle();
    stop.abort();
    await settle();
    expect({ aborted, ended }).toEqual({ aborted: true, ended: false });
    end?.();
    await run;
    expect(queue.measure()).toMatchObject({ working: 0, depth: { due: 1 } });
  });

  it('gives back a key that was handed out in the moment of the abort', async () => {
    let looks = 0;
    const { queue, workers, stop } = stage(async () => {
      looks += 1;
      return CHANGE;
    });
    const run = workers.run(stop.signal);
    queue.add('a', 'due');
    stop.abort();
    await run;
    expect(looks).toBe(0);
    expect(queue.measure()).toMatchObject({ working: 0, depth: { changed: 1 } });
  });

  it('takes a throw of work that was told to stop for no bug, and any other throw for one', async () => {
    const bug = new TypeError('a bug');
    const { queue, workers, stop, unexpected } = stage(
      (key, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(key === 'well' ? signal.reason : bug));
        }),
    );
    const run = workers.run(stop.signal);
    queue.add('well', 'due');
    queue.add('ill', 'due');
    await settle();
    stop.abort();
    await run;
    expect(unexpected).toEqual([['ill', bug]]);
  });
});

describe('the signal that work gets', () => {
  it('aborts in every lane, with the reason of the stop', async () => {
    const reasons: unknown[] = [];
    const { queue, workers, stop } = stage(
      (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            resolve(CHANGE);
          });
        }),
      50,
    );
    const run = workers.run(stop.signal);
    for (let at = 0; at < 50; at += 1) queue.add(`${at}`, 'due');
    await settle();
    const lost = new Error('the lease is lost');
    stop.abort(lost);
    await run;
    expect(reasons).toEqual(Array.from({ length: 50 }, () => lost));
  });

  it('is not shared between lanes, so that hundreds of listeners do not hang on one', async () => {
    const seen = new Set<AbortSignal>();
    const { queue, workers, stop } = stage((_, signal) => {
      seen.add(signal);
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(CHANGE)));
    }, 3);
    const run = workers.run(stop.signal);
    for (const key of ['a', 'b', 'c']) queue.add(key, 'due');
    await settle();
    expect(seen.size).toBe(3);
    stop.abort();
    await run;
  });

  it('is aborted already when the run was told to stop before it began', async () => {
    const { queue, workers } = stage(async () => CHANGE);
    queue.add('a', 'due');
    await workers.run(AbortSignal.abort());
    expect(queue.measure().depth.due).toBe(1);
  });
});

it('hands the lease to the work, with how urgent the key is and since when it is wanted', async () => {
  const seen: unknown[] = [];
  const { queue, workers, stop, time } = stage(async (_key, _signal, { priority, askedMs }) => {
    seen.push([priority, askedMs()]);
    return CHANGE;
  });
  queue.add('a', 'neverSynced');
  time.advance(300);
  const run = workers.run(stop.signal);
  await settle();
  expect(seen).toEqual([['neverSynced', 300]]);
  stop.abort();
  await run;
});

describe('Workers.health', () => {
  const hang = () => new Promise<Next>(() => undefined);

  it('is well before and after the run, however long keys wait', async () => {
    const { queue, workers, stop, time } = stage(async () => CHANGE);
    queue.add('a', 'due');
    time.advance(3_600_000);
    expect(workers.health()).toEqual([]);
    stop.abort();
    await workers.run(stop.signal);
    expect(workers.health()).toEqual([]);
  });

  it('is well while nothing is due', async () => {
    const { queue, workers, stop, time } = stage(async () => CHANGE);
    const run = workers.run(stop.signal);
    queue.addAfter('a', 'due', 7_200_000);
    time.advance(3_600_000);
    expect(workers.health()).toEqual([]);
    stop.abort();
    await run;
  });

  it('is ill when keys wait and no work ends', async () => {
    const { queue, workers, stop, time } = stage(hang, 1);
    void workers.run(stop.signal);
    queue.add('a', 'due');
    queue.add('b', 'due');
    time.advance(60_000);
    expect(workers.health()).toEqual([]);
    time.advance(1_000);
    expect(workers.health()).toEqual(['a key has waited 61 s and no work has ended for 61 s']);
  });

  it('is well while keys wait long but work goes on', async () => {
    const { queue, workers, stop, time } = stage((key) => (key === 'hangs' ? hang() : Promise.resolve(CHANGE)), 2);
    void workers.run(stop.signal);
    queue.add('hangs', 'due');
    await settle();
    for (let at = 0; at < 10; at += 1) {
      time.advance(10_000);
      queue.add(`a${at}`, 'due');
      await settle();
    }
    expect(workers.health()).toEqual([]);
  });

  it('is ill when the work on one key never ends, though others go on', async () => {
    const { queue, workers, stop, time } = stage(hang, 2);
    void workers.run(stop.signal);
    queue.add('a', 'due');
    time.advance(301_000);
    expect(workers.health()).toEqual(['a key has been worked on for 301 s']);
  });
});
