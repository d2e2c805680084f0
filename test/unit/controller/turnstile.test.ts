import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Turnstile } from '../../../src/controller/turnstile.ts';

const never = new AbortController().signal;
/** Lets every promise that can go on go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A turnstile and what is under way in it, by name, in the order in which it began. */
function stage(width: number, groupWidth: number) {
  const turnstile = new Turnstile({ width, groupWidth });
  const begun: string[] = [];
  const underWay = new Map<string, () => void>();
  const pass = (group: string, name: string, { weight = 1, signal = never } = {}): Promise<unknown> => {
    const work = (): Promise<void> => {
      begun.push(name);
      return new Promise((resolve) => underWay.set(name, resolve));
    };
    return turnstile.pass(group, work, signal, weight).then(
      () => 'done',
      (reason: unknown) => reason,
    );
  };
  const end = async (name: string): Promise<void> => {
    underWay.get(name)?.();
    underWay.delete(name);
    await settle();
  };
  return { turnstile, begun, pass, end };
}

it('lets so much be under way at once, and the next when one ends', async () => {
  const { begun, pass, end } = stage(2, 2);
  for (const name of ['a', 'b', 'c', 'd']) void pass('team', name);
  await settle();
  expect(begun).toEqual(['a', 'b']);
  await end('b');
  expect(begun).toEqual(['a', 'b', 'c']);
});

it('lets a group have no more than its share, however much room there is', async () => {
  const { begun, pass, end } = stage(4, 2);
  for (const name of ['a', 'b', 'c']) void pass('team', name);
  void pass('other', 'x');
  await settle();
  expect(begun).toEqual(['a', 'b', 'x']);
  await end('x');
  expect(begun).toEqual(['a', 'b', 'x']);
  await end('a');
  expect(begun).toEqual(['a', 'b', 'x', 'c']);
});

it('gives groups turns, so that a thousand of one do not come before one of another', async () => {
  const { begun, pass, end } = stage(1, 1);
  void pass('greedy', 'first');
  for (let at = 0; at < 1_000; at += 1) void pass('greedy', `greedy${at}`);
  void pass('modest', 'modest');
  await settle();
  await end('first');
  await end('greedy0');
  expect(begun).toEqual(['first', 'greedy0', 'modest']);
});

it('serves first who came first, within a group', async () => {
  const { begun, pass, end } = stage(1, 1);
  for (const name of ['a', 'b', 'c']) void pass('team', name);
  await settle();
  for (const name of ['a', 'b']) await end(name);
  expect(begun).toEqual(['a', 'b', 'c']);
});

it('lets what is heavy take up as much as it weighs', async () => {
  const { begun, pass, end } = stage(10, 10);
  void pass('team', 'heavy', { weight: 8 });
  for (const name of ['a', 'b', 'c']) void pass('team', name);
  await settle();
  expect(begun).toEqual(['heavy', 'a', 'b']);
  await end('heavy');
  expect(begun).toEqual(['heavy', 'a', 'b', 'c']);
});

it('passes by nobody who waits for room, though others would fit', async () => {
  const { begun, pass, end } = stage(10, 8);
  void pass('one', 'a', { weight: 6 });
  void pass('two', 'heavy', { weight: 8 });
  for (let at = 0; at < 5; at += 1) void pass('three', `light${at}`);
  await settle();
  expect(begun).toEqual(['a']);
  await end('a');
  expect(begun).toEqual(['a', 'heavy', 'light0', 'light1']);
});

it('takes what weighs more than a group may have for as much as that', async () => {
  const { begun, pass } = stage(10, 5);
  void pass('team', 'huge', { weight: 1_000 });
  void pass('other', 'huge too', { weight: 1_000 });
  await settle();
  expect(begun).toEqual(['huge', 'huge too']);
});

it('lets one in line give up, with the reason, and those behind it go on', async () => {
  const { begun, pass, end } = stage(10, 8);
  void pass('one', 'a', { weight: 6 });
  const stop = new AbortController();
  const heavy = pass('two', 'heavy', { weight: 8, signal: stop.signal });
  void pass('three', 'light');
  const why = new Error('stopped');
  stop.abort(why);
  expect(await heavy).toBe(why);
  await settle();
  expect(begun).toEqual(['a', 'light']);
  await end('a');
  expect(begun).toEqual(['a', 'light']);
});

it('lets in nobody whose signal is aborted already', async () => {
  const { begun, pass } = stage(1, 1);
  expect(await pass('team', 'a', { signal: AbortSignal.abort('stopped') })).toBe('stopped');
  expect(begun).toEqual([]);
});

it('leaves work that is under way to hear the abort itself', async () => {
  const { begun, pass, end } = stage(1, 1);
  const stop = new AbortController();
  const first = pass('team', 'a', { signal: stop.signal });
  void pass('team', 'b');
  await settle();
  stop.abort();
  await settle();
  expect(begun).toEqual(['a']);
  await end('a');
  expect(await first).toBe('done');
  expect(begun).toEqual(['a', 'b']);
});

it('gives the answer of the work, and makes room when it throws', async () => {
  const { turnstile, begun, pass } = stage(1, 1);
  expect(await turnstile.pass('team', async () => 42, never)).toBe(42);
  const bug = new TypeError('a bug');
  await expect(turnstile.pass('team', () => Promise.reject(bug), never)).rejects.toBe(bug);
  const thrown = turnstile.pass(
    'team',
    () => {
      throw bug;
    },
    never,
  );
  await expect(thrown).rejects.toBe(bug);
  void pass('team', 'a');
  await settle();
  expect(begun).toEqual(['a']);
});

it('lets everybody in once, and never too much at once, whatever the weights, the groups and those who give up', async () => {
  const visit = fc.record({
    group: fc.constantFrom('a', 'b', 'c'),
    weight: fc.integer({ min: 1, max: 7 }),
    givesUp: fc.boolean(),
    throws: fc.boolean(),
  });
  const [width, groupWidth] = [6, 4];
  await fc.assert(
    fc.asyncProperty(fc.array(visit, { maxLength: 40 }), async (visits) => {
      const turnstile = new Turnstile({ width, groupWidth });
      const inside = new Map<string, number>();
      let entered = 0;
      let gaveUp = 0;
      const passing = visits.map(({ group, weight, givesUp, throws }) => {
        const weighs = Math.min(weight, groupWidth);
        const count = (change: number): number => (inside.get(group) ?? 0) + change;
        const stop = new AbortController();
        const work = async (): Promise<void> => {
          entered += 1;
          inside.set(group, count(weighs));
          expect(count(0)).toBeLessThanOrEqual(groupWidth);
          expect([...inside.values()].reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(width);
          await settle();
          inside.set(group, count(-weighs));
          if (throws) throw new Error('thrown');
        };
        const passed = turnstile.pass(group, work, stop.signal, weight).catch((reason: unknown) => {
          if (reason === 'gave up') gaveUp += 1;
        });
        if (givesUp) stop.abort('gave up');
        return passed;
      });
      await Promise.all(passing);
      expect(entered + gaveUp).toBe(visits.length);
    }),
    { numRuns: 50 },
  );
});
