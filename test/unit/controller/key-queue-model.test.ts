import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeyQueue, type Lease, type Priority, priorities } from '../../../src/controller/key-queue.ts';
import { FakeTime } from './fake-time.ts';

const GROUP_WIDTH = 2;
const groupOf = (key: string): string => key.slice(0, 1);

type Step =
  | { readonly do: 'add'; readonly key: string; readonly priority: Priority }
  | { readonly do: 'addAfter'; readonly key: string; readonly priority: Priority; readonly ms: number }
  | { readonly do: 'take' }
  | { readonly do: 'done'; readonly which: number; readonly dueInMs: number | undefined; readonly failed: boolean }
  | { readonly do: 'forget'; readonly key: string }
  | { readonly do: 'pass'; readonly ms: number };

const key = fc.constantFrom('a1', 'a2', 'a3', 'b1', 'b2', 'c1');
const priority = fc.constantFrom(...priorities);
const ms = fc.integer({ min: 0, max: 40 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), key, priority }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('addAfter' as const), key, priority, ms }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('done' as const),
      which: fc.nat(5),
      dueInMs: fc.option(ms, { nil: undefined }),
      failed: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms }) },
);

interface Work {
  again: Priority | undefined;
  forgotten: boolean;
}

/** The queue as its contract tells it, without any care for speed. */
class Model {
  nowMs = 0;
  taken = 0;
  readonly waiting = new Map<string, Priority>();
  readonly working = new Map<string, Work>();
  readonly scheduled = new Map<string, { readonly dueMs: number; readonly priority: Priority }>();
  readonly failures = new Map<string, number>();
  /** When each key was last asked for, by whomever. */
  readonly askedAtMs = new Map<string, number>();

  want(name: string, asked: Priority): void {
    const work = this.working.get(name);
    const best = (before: Priority | undefined): Priority =>
      priorities.find((each) => each === before || each === asked) ?? asked;
    if (work === undefined) this.waiting.set(name, best(this.waiting.get(name)));
    else Object.assign(work, { again: best(work.again), forgotten: false });
  }

  add(name: string, asked: Priority): void {
    this.askedAtMs.set(name, this.nowMs);
    this.scheduled.delete(name);
    this.want(name, asked);
  }

  addAfter(name: string, asked: Priority, delayMs: number): void {
    if (delayMs === 0) return void this.add(name, asked);
    const work = this.working.get(name);
    if (work !== undefined) work.forgotten = false;
    if (this.waiting.has(name) || work?.again !== undefined) return;
    const dueMs = this.nowMs + delayMs;
    if ((this.scheduled.get(name)?.dueMs ?? Number.POSITIVE_INFINITY) > dueMs) {
      this.scheduled.set(name, { dueMs, priority: asked });
    }
  }

  pass(delayMs: number): void {
    this.nowMs += delayMs;
    for (const [name, { dueMs, priority: asked }] of [...this.scheduled]) {
      if (dueMs > this.nowMs) continue;
      this.scheduled.delete(name);
      this.want(name, asked);
    }
  }

  forget(name: string): void {
    for (const place of [this.waiting, this.scheduled, this.failures]) place.delete(name);
    const work = this.working.get(name);
    if (work !== undefined) Object.assign(work, { again: undefined, forgotten: true });
  }

  done(name: string, dueInMs: number | undefined, failed: boolean): void {
    const work = this.working.get(name);
    this.working.delete(name);
    if (work === undefined || work.forgotten) return;
    if (failed) this.failures.set(name, (this.failures.get(name) ?? 0) + 1);
    else this.failures.delete(name);
    if (work.again !== undefined) this.want(name, work.again);
    else if (dueInMs !== undefined) this.addAfter(name, 'due', dueInMs);
  }

  /** The keys any of which may be handed out now. */
  candidates(): readonly string[] {
    const busy = (group: string): number => [...this.working.keys()].filter((name) => groupOf(name) === group).length;
    const free = [...this.waiting].filter(([name]) => busy(groupOf(name)) < GROUP_WIDTH);
    const turn = this.taken % 8;
    const order = [...(turn === 3 ? (['changed'] as const) : turn === 7 ? (['due'] as const) : []), ...priorities];
    const chosen = order.find((each) => free.some(([, has]) => has === each));
    return free.filter(([, has]) => has === chosen).map(([name]) => name);
  }
}

function takeNow(queue: KeyQueue): Promise<Lease | undefined> {
  const stop = new AbortController();
  const lease = queue.take(stop.signal);
  stop.abort();
  return lease;
}

async function takeBoth(queue: KeyQueue, model: Model): Promise<Lease | undefined> {
  const candidates = model.candidates();
  const lease = await takeNow(queue);
  if (lease === undefined) {
    expect(candidates).toEqual([]);
    return undefined;
  }
  expect(candidates).toContain(lease.key);
  expect(model.working.has(lease.key)).toBe(false);
  expect(lease.askedMs()).toBeLessThanOrEqual(model.nowMs - (model.askedAtMs.get(lease.key) ?? 0));
  expect(lease.failures).toBe(model.failures.get(lease.key) ?? 0);
  model.waiting.delete(lease.key);
  model.working.set(lease.key, { again: undefined, forgotten: false });
  model.taken += 1;
  return lease;
}

async function run(now: Step, queue: KeyQueue, model: Model, time: FakeTime): Promise<void> {
  if (now.do === 'take') await takeBoth(queue, model);
  if (now.do === 'add') {
    queue.add(now.key, now.priority);
    model.add(now.key, now.priority);
  }
  if (now.do === 'addAfter') {
    queue.addAfter(now.key, now.priority, now.ms);
    model.addAfter(now.key, now.priority, now.ms);
  }
  if (now.do === 'forget') {
    queue.forget(now.key);
    model.forget(now.key);
  }
  if (now.do === 'pass') {
    time.advance(now.ms);
    model.pass(now.ms);
  }
  const name = now.do === 'done' ? [...model.working.keys()][now.which] : undefined;
  if (now.do !== 'done' || name === undefined) return;
  const dueInMs = now.failed ? (now.dueInMs ?? 1) : now.dueInMs;
  queue.done(name, now.failed ? { kind: 'failed', dueInMs: dueInMs ?? 1 } : endingAfter(dueInMs));
  model.done(name, dueInMs, now.failed);
}

const endingAfter = (dueInMs: number | undefined) =>
  dueInMs === undefined ? ({ kind: 'settled' } as const) : ({ kind: 'settled', dueInMs } as const);

function expectSame(queue: KeyQueue, model: Model, time: FakeTime): void {
  const { depth, working, scheduled } = queue.measure();
  const waiting = [...model.waiting.values()];
  for (const each of priorities) expect(depth[each]).toBe(waiting.filter((has) => has === each).length);
  expect(working).toBe(model.working.size);
  expect(scheduled).toBe(model.scheduled.size);
  expect(time.pending).toBe(model.scheduled.size === 0 ? 0 : 1);
}

/** Ends all work and takes what is left, so that a key that was lost would be missed. */
async function settle(queue: KeyQueue, model: Model, time: FakeTime): Promise<void> {
  time.advance(1_000);
  model.pass(1_000);
  for (;;) {
    for (const name of [...model.working.keys()]) await run(doneWith(model, name), queue, model, time);
    if ((await takeBoth(queue, model)) === undefined) break;
  }
  expect(model.waiting.size + model.working.size + model.scheduled.size).toBe(0);
  expectSame(queue, model, time);
}

const doneWith = (model: Model, name: string): Step => ({
  do: 'done',
  which: [...model.working.keys()].indexOf(name),
  dueInMs: undefined,
  failed: false,
});

it('never hands out a key twice at once, never loses one, and keeps priorities and widths, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 100, size: 'max' }), async (steps) => {
      const time = new FakeTime();
      const queue = new KeyQueue({ clock: time, timers: time, groupOf, groupWidth: GROUP_WIDTH });
      const model = new Model();
      for (const each of steps) {
        await run(each, queue, model, time);
        expectSame(queue, model, time);
      }
      await settle(queue, model, time);
    }),
    { numRuns: 300 },
  );
});
