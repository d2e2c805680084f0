import { describe, expect, it } from 'vitest';
import { KeyQueue, type Lease, type Priority } from '../../../src/controller/key-queue.ts';
import { FakeTime } from './fake-time.ts';

const groupOf = (key: string): string => key.split('/')[0] ?? '';

function makeQueue(groupWidth?: number): { readonly queue: KeyQueue; readonly time: FakeTime } {
  const time = new FakeTime();
  const options = { clock: time, timers: time, groupOf };
  return { queue: new KeyQueue(groupWidth === undefined ? options : { ...options, groupWidth }), time };
}

/** What a taker gets at once, if anything. */
function takeNow(queue: KeyQueue): Promise<Lease | undefined> {
  const stop = new AbortController();
  const lease = queue.take(stop.signal);
  stop.abort();
  return lease;
}

async function takeAll(queue: KeyQueue): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let lease = await takeNow(queue); lease !== undefined; lease = await takeNow(queue)) keys.push(lease.key);
  return keys;
}

describe('KeyQueue.add', () => {
  it('hands out a key once, however often it was added', async () => {
    const { queue } = makeQueue();
    for (const priority of ['due', 'changed', 'due'] as const) queue.add('a/x', priority);
    expect(await takeAll(queue)).toEqual(['a/x']);
  });

  it('hands out what was never synced first, then what changed, then what is due', async () => {
    const { queue } = makeQueue();
    queue.add('a/due', 'due');
    queue.add('a/changed', 'changed');
    queue.add('a/new', 'neverSynced');
    expect(await takeAll(queue)).toEqual(['a/new', 'a/changed', 'a/due']);
  });

  it('raises the priority of a waiting key and never lowers it', async () => {
    const { queue } = makeQueue();
    queue.add('a/first', 'changed');
    queue.add('a/raised', 'due');
    queue.add('a/raised', 'neverSynced');
    queue.add('a/raised', 'due');
    expect(queue.measure().depth).toEqual({ neverSynced: 1, changed: 1, due: 0 });
    expect(await takeAll(queue)).toEqual(['a/raised', 'a/first']);
  });

  it('wakes a taker that waits', async () => {
    const { queue } = makeQueue();
    const lease = queue.take(new AbortController().signal);
    queue.add('a/x', 'due');
    expect((await lease)?.key).toBe('a/x');
  });

  it('leaves every eighth turn to each lower priority, so that a flood of changes delays refreshes but never stops them', async () => {
    const { queue } = makeQueue();
    const of = (priority: Priority): void => {
      for (let at = 0; at < 40; at += 1) queue.add(`a/${priority}${at}`, priority);
    };
    of('neverSynced');
    of('changed');
    of('due');
    const first = (await takeAll(queue)).slice(0, 16).map((key) => key.replace(/^a\/|\d+$/g, ''));
    const count = (priority: Priority): number => first.filter((each) => each === priority).length;
    expect([count('neverSynced'), count('changed'), count('due')]).toEqual([12, 2, 2]);
  });
});

describe('KeyQueue.done', () => {
  it('hands out a key again that was added while it was worked on, and not before', async () => {
    const { queue } = makeQueue();
    queue.add('a/x', 'due');
    await takeNow(queue);
    for (const priority of ['due', 'changed', 'due'] as const) queue.add('a/x', priority);
    expect(await takeNow(queue)).toBeUndefined();
    queue.done('a/x');
    expect(queue.measure().depth.changed).toBe(1);
    expect(await takeAll(queue)).toEqual(['a/x']);
  });

  it('schedules the next look', async () => {
    const { queue, time } = makeQueue();
    queue.add('a/x', 'changed');
    await takeNow(queue);
    queue.done('a/x', { kind: 'settled', dueInMs: 5_000 });
    time.advance(4_999);
    expect(await takeNow(queue)).toBeUndefined();
    time.advance(1);
    expect((await takeNow(queue))?.key).toBe('a/x');
  });

  it('looks at once at a key that was added meanwhile, whatever the ending asks for', async () => {
    const { queue } = makeQueue();
    queue.add('a/x', 'changed');
    await takeNow(queue);
    queue.add('a/x', 'changed');
    queue.done('a/x', { kind: 'failed', dueInMs: 60_000 });
    expect((await takeNow(queue))?.key).toBe('a/x');
    expect(queue.measure().scheduled).toBe(0);
  });

  it('counts failures in a row, until the work settles', async () => {
    const { queue, time } = makeQueue();
    queue.add('a/x', 'changed');
    const seen: (number | undefined)[] = [];
    for (const kind of ['failed', 'failed', 'settled', 'settled'] as const) {
      seen.push((await takeNow(queue))?.failures);
      queue.done('a/x', { kind, dueInMs: 10 });
      time.advance(10);
    }
    expect(seen).toEqual([0, 1, 2, 0]);
  });

  it('refuses a key that nobody took', () => {
    expect(() => makeQueue().queue.done('a/x')).toThrow('not being worked on');
  });
});

describe('KeyQueue.addAfter', () => {
  it('keeps the earliest time', async () => {
    const { queue, time } = makeQueue();
    queue.addAfter('a/x', 'due', 100);
    queue.addAfter('a/x', 'due', 50);
    queue.addAfter('a/x', 'due', 200);
    time.advance(50);
    expect(await takeAll(queue)).toEqual(['a/x']);
    queue.done('a/x');
    time.advance(1_000);
    expect(await takeNow(queue)).toBeUndefined();
  });

  it('is superseded by a plain add', async () => {
    const { queue, time } = makeQueue();
    queue.addAfter('a/x', 'due', 100);
    queue.add('a/x', 'changed');
    expect(await takeAll(queue)).toEqual(['a/x']);
    queue.done('a/x');
    expect(queue.measure().scheduled).toBe(0);
    expect(time.pending).toBe(0);
  });

  it('brings up together, a quarter of a second late at most and never early, what is due after five seconds or more', async () => {
    const { queue, time } = makeQueue();
    time.advance(1_033);
    for (const ms of [8_000, 8_050, 8_217, 8_218]) queue.addAfter(`a/${ms}`, 'due', ms);
    const rings = time.asked.length;
    time.advance(8_216);
    expect(await takeAll(queue)).toEqual([]);
    time.advance(1);
    expect(await takeAll(queue)).toEqual(['a/8000', 'a/8050', 'a/8217']);
    time.advance(250);
    expect(await takeAll(queue)).toEqual(['a/8218']);
    expect(time.asked.length).toBe(rings + 1);
  });

  it('brings up so many of a round at once, and the rest after a pause in which what is new comes first', async () => {
    const { queue, time } = makeQueue();
    for (let at = 0; at < 40; at += 1) queue.addAfter(`a/${at}`, 'due', 10_000);
    time.advance(10_000);
    expect(await takeAll(queue)).toHaveLength(32);
    queue.add('a/new', 'neverSynced');
    time.advance(19);
    expect(await takeAll(queue)).toEqual(['a/new']);
    time.advance(1);
    expect(await takeAll(queue)).toHaveLength(8);
  });

  it('is punctual with what is due sooner', async () => {
    const { queue, time } = makeQueue();
    time.advance(1_033);
    queue.addAfter('a/x', 'due', 4_999);
    time.advance(4_999);
    expect(await takeAll(queue)).toEqual(['a/x']);
  });

  it('adds at once when there is no delay', async () => {
    const { queue } = makeQueue();
    queue.addAfter('a/x', 'due', 0);
    expect(await takeAll(queue)).toEqual(['a/x']);
  });

  it('waits out a delay that is longer than a timer can be', async () => {
    const { queue, time } = makeQueue();
    const yearMs = 365 * 24 * 3_600_000;
    queue.addAfter('a/x', 'due', yearMs);
    time.advance(yearMs - 1);
    expect(await takeNow(queue)).toBeUndefined();
    time.advance(1);
    expect((await takeNow(queue))?.key).toBe('a/x');
    expect(Math.max(...time.asked)).toBe(2 ** 31 - 1);
  });

  it('needs one timer for ten thousand keys', () => {
    const { queue, time } = makeQueue();
    for (let at = 0; at < 10_000; at += 1) queue.addAfter(`a/${at}`, 'due', 60_000 + ((at * 7_919) % 10_000));
    expect(time.pending).toBe(1);
    expect(queue.measure().scheduled).toBe(10_000);
    time.advance(70_500);
    expect(queue.measure().depth.due).toBe(10_000);
    expect(time.pending).toBe(0);
  });

  it('rings again when a timer rings early', async () => {
    let nowMs = 0;
    const rings: (() => void)[] = [];
    const set = (_ms: number, fn: () => void) => {
      rings.push(fn);
      return () => undefined;
    };
    const queue = new KeyQueue({ clock: { nowMs: () => nowMs }, timers: { set }, groupOf });
    queue.addAfter('a/x', 'due', 100);
    nowMs = 99.5;
    rings[0]?.();
    expect(await takeNow(queue)).toBeUndefined();
    nowMs = 100.5;
    rings[1]?.();
    expect((await takeNow(queue))?.key).toBe('a/x');
  });
});

describe('KeyQueue and groups', () => {
  it('serves a small namespace at once beside one with five thousand keys', async () => {
    const { queue } = makeQueue();
    for (let at = 0; at < 5_000; at += 1) queue.add(`big/${at}`, 'due');
    queue.add('small/x', 'due');
    const first = [(await takeNow(queue))?.key, (await takeNow(queue))?.key];
    expect(first).toContain('small/x');
  });

  it('gives one group no more workers than its width', async () => {
    const { queue } = makeQueue(2);
    for (const key of ['hangs/1', 'hangs/2', 'hangs/3', 'well/1']) queue.add(key, 'due');
    expect(await takeAll(queue)).toEqual(['hangs/1', 'well/1', 'hangs/2']);
    queue.done('hangs/1');
    expect(await takeAll(queue)).toEqual(['hangs/3']);
  });
});

describe('KeyQueue.forget', () => {
  it('drops a key that waits, or is scheduled', async () => {
    const { queue, time } = makeQueue();
    queue.add('a/waits', 'due');
    queue.addAfter('a/later', 'due', 10);
    queue.forget('a/waits');
    queue.forget('a/later');
    time.advance(10);
    expect(await takeNow(queue)).toBeUndefined();
    expect(time.pending).toBe(0);
  });

  it('drops what the work on the key asks for when it ends', async () => {
    const { queue } = makeQueue();
    queue.add('a/x', 'due');
    await takeNow(queue);
    queue.add('a/x', 'changed');
    queue.forget('a/x');
    expect(await takeNow(queue)).toBeUndefined();
    queue.done('a/x', { kind: 'failed', dueInMs: 10 });
    const { depth, working, scheduled } = queue.measure();
    expect({ depth, working, scheduled }).toEqual({
      depth: { neverSynced: 0, changed: 0, due: 0 },
      working: 0,
      scheduled: 0,
    });
  });

  it('still never hands out a key twice at once when it comes back while it is worked on', async () => {
    const { queue } = makeQueue();
    queue.add('a/x', 'due');
    await takeNow(queue);
    queue.forget('a/x');
    queue.add('a/x', 'neverSynced');
    expect(await takeNow(queue)).toBeUndefined();
    queue.done('a/x');
    expect((await takeNow(queue))?.failures).toBe(0);
  });
});

describe('KeyQueue.take', () => {
  it('answers undefined when the signal aborts, and loses no key by it', async () => {
    const { queue } = makeQueue();
    const stop = new AbortController();
    const lease = queue.take(stop.signal);
    stop.abort();
    queue.add('a/x', 'due');
    expect(await lease).toBeUndefined();
    expect(await queue.take(stop.signal)).toBeUndefined();
    expect(await takeAll(queue)).toEqual(['a/x']);
  });

  it('serves who came last first, and who gave up not at all', async () => {
    const { queue } = makeQueue();
    const stops = [0, 1, 2].map(() => new AbortController());
    const got: (string | undefined)[] = [];
    const takers = stops.map(async ({ signal }, at) => {
      got[at] = (await queue.take(signal))?.key;
    });
    stops[1]?.abort();
    queue.add('a/x', 'due');
    queue.add('a/y', 'due');
    await Promise.all(takers);
    expect(got).toEqual(['a/y', undefined, 'a/x']);
  });

  it('tells how long the key has waited, from when it first could have been taken', async () => {
    const { queue, time } = makeQueue();
    queue.addAfter('a/x', 'due', 100);
    time.advance(200);
    queue.add('a/x', 'changed');
    time.advance(150);
    expect((await takeNow(queue))?.waitedMs).toBe(250);
  });
});

describe('KeyQueue.measure', () => {
  it('tells the oldest of each priority, and the longest work', async () => {
    const { queue, time } = makeQueue();
    queue.add('a/works', 'neverSynced');
    await takeNow(queue);
    time.advance(10);
    queue.add('a/waits', 'changed');
    time.advance(30);
    queue.add('a/waits too', 'changed');
    expect(queue.measure()).toEqual({
      depth: { neverSynced: 0, changed: 2, due: 0 },
      oldestMs: { neverSynced: 0, changed: 30, due: 0 },
      working: 1,
      longestWorkMs: 40,
      scheduled: 0,
    });
  });

  it('counts a key as due whose timer never rang', () => {
    let nowMs = 0;
    const timers = { set: () => () => undefined };
    const queue = new KeyQueue({ clock: { nowMs: () => nowMs }, timers, groupOf });
    queue.addAfter('a/x', 'due', 100);
    nowMs = 700;
    expect(queue.measure().oldestMs.due).toBe(600);
  });
});

describe('Lease.askedMs', () => {
  const askedMsOf = async (queue: KeyQueue): Promise<number | undefined> => (await takeNow(queue))?.askedMs();

  it('tells since when the key has been wanted', async () => {
    const { queue, time } = makeQueue();
    queue.add('a/x', 'due');
    time.advance(700);
    expect(await askedMsOf(queue)).toBe(700);
  });

  it('tells of the last ask, though the key has waited since the first: what was read before a forced refresh does not answer it', async () => {
    for (const priority of ['due', 'changed', 'neverSynced'] as const) {
      const { queue, time } = makeQueue();
      queue.add('a/x', 'changed');
      time.advance(700);
      queue.add('a/x', priority);
      time.advance(20);
      const lease = await takeNow(queue);
      expect([lease?.askedMs(), lease?.waitedMs]).toEqual([20, 720]);
    }
  });

  it('tells of an ask for later too', async () => {
    const { queue, time } = makeQueue();
    queue.add('a/x', 'changed');
    time.advance(700);
    queue.addAfter('a/x', 'changed', 5_000);
    time.advance(20);
    expect(await askedMsOf(queue)).toBe(20);
  });

  it('counts from when a scheduled key became due', async () => {
    const { queue, time } = makeQueue();
    queue.addAfter('a/x', 'due', 5_000);
    time.advance(5_300);
    expect(await askedMsOf(queue)).toBe(300);
  });

  it('hears of an ask that comes after the key was handed out', async () => {
    const { queue, time } = makeQueue();
    queue.add('a/x', 'due');
    const lease = await takeNow(queue);
    time.advance(700);
    expect(lease?.askedMs()).toBe(700);
    queue.add('a/x', 'changed');
    time.advance(20);
    expect(lease?.askedMs()).toBe(20);
  });

  it('is never longer than since the ask that made the key come out again', async () => {
    const { queue, time } = makeQueue();
    queue.add('a/x', 'due');
    await takeNow(queue);
    time.advance(700);
    queue.add('a/x', 'changed');
    time.advance(20);
    queue.done('a/x');
    time.advance(3);
    expect(await askedMsOf(queue)).toBeLessThanOrEqual(23);
  });
});
