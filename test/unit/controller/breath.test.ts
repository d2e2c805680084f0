import { describe, expect, it } from 'vitest';
import { Breath } from '../../../src/controller/breath.ts';
import { KeyQueue } from '../../../src/controller/key-queue.ts';
import { createWorkers } from '../../../src/controller/workers.ts';
import { FakeTime } from './fake-time.ts';

/** An event loop that turns when it is told to. */
function stage() {
  const time = new FakeTime();
  const due: (() => void)[] = [];
  const turn = async (): Promise<void> => {
    for (const fn of due.splice(0)) {
      fn();
      await settle();
    }
  };
  return { time, breath: new Breath(time, (fn) => void due.push(fn)), turn };
}

/** Lets every promise that can go on go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a breath', () => {
  it('is one turn of the event loop for all who take it, and then none for some milliseconds', async () => {
    const { time, breath, turn } = stage();
    const taken: string[] = [];
    const take = (name: string) => void breath.take().then(() => taken.push(name));
    take('a');
    take('b');
    await settle();
    expect(taken).toEqual([]);
    await turn();
    expect(taken).toEqual(['a', 'b']);
    time.advance(4);
    take('c');
    await settle();
    expect(taken).toEqual(['a', 'b', 'c']);
    time.advance(1);
    take('d');
    await settle();
    expect(taken).toEqual(['a', 'b', 'c']);
    await turn();
    expect(taken).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets others in between pieces of work that take long, however many wait to be begun', async () => {
    const { time, breath, turn } = stage();
    const queue = new KeyQueue({ clock: time, timers: time, groupOf: () => 'one' });
    const worked: string[] = [];
    const workers = createWorkers({
      queue,
      width: 4,
      breath,
      ambient: time,
      observer: { unexpected: () => undefined },
      reconcile: async (key) => {
        worked.push(key);
        time.advance(3);
        return { after: 'change' };
      },
    });
    const keys = Array.from({ length: 9 }, (_, at) => `key-${at}`);
    for (const key of keys) queue.add(key, 'due');
    const stop = new AbortController();
    const run = workers.run(stop.signal);
    const counts: number[] = [];
    for (let turns = 0; turns < 6; turns += 1) {
      await turn();
      counts.push(worked.length);
    }
    expect(worked).toEqual(keys);
    // Two pieces of three milliseconds are more than one breath lasts.
    expect(counts).toEqual([2, 4, 6, 8, 9, 9]);
    stop.abort();
    await turn();
    await run;
  });
});
