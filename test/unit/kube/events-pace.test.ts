import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EventTarget } from '../../../src/core/ports.ts';
import type { ApiAnswer } from '../../../src/kube/answer.ts';
import type { ApiClient } from '../../../src/kube/client.ts';
import { createRecorder } from '../../../src/kube/events.ts';

const said = (status: number): ApiAnswer => ({ kind: 'said', status, body: {}, serverTimeS: 0 });
const target = (uid: string): EventTarget => ({
  apiVersion: 'keyferry.dev/v1alpha1',
  kind: 'ExternalSecret',
  namespace: 'team',
  name: 'db',
  uid,
});

/** A recorder that runs, and the types of the Events that have arrived. */
function setUp() {
  const sent: unknown[] = [];
  const client: ApiClient = {
    request: async ({ body }) => {
      sent.push(typeof body === 'object' && body !== null && 'type' in body ? body.type : undefined);
      return said(201);
    },
    watch: async () => said(500),
    close: () => {},
  };
  const recorder = createRecorder(client, { nowMs: () => Date.now(), random: () => 0.25 }, { instance: 'pod' });
  const stop = new AbortController();
  const running = recorder.run(stop.signal);
  let told = 0;
  const tell = (count: number, type: 'Normal' | 'Warning'): void => {
    for (let at = 0; at < count; at += 1) {
      told += 1;
      recorder.event(target(`${told}`), type, 'Synced', 'x');
    }
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { sent, tell, end };
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const paces = [
  { type: 'Warning', says: 'trouble, 25 at once, and of many more ten a second', atOnce: 25, perSecond: 10 },
  { type: 'Normal', says: 'what is well, ten at once, and of many more four a second', atOnce: 10, perSecond: 4 },
] as const;
for (const { type, says, atOnce, perSecond } of paces) {
  it(`tells of ${says}`, async () => {
    const { sent, tell, end } = setUp();
    tell(90, type);
    await vi.advanceTimersByTimeAsync(0);
    expect(sent.length).toBeGreaterThanOrEqual(atOnce);
    expect(sent.length).toBeLessThanOrEqual(atOnce + 1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(sent.length).toBeGreaterThanOrEqual(atOnce + 3 * perSecond - 1);
    expect(sent.length).toBeLessThanOrEqual(atOnce + 3 * perSecond + 2);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(sent).toHaveLength(90);
    await end();
  });

  it(`tells of as much ${type} at once again after a while, and no more than that however long it was`, async () => {
    const { sent, tell, end } = setUp();
    tell(60, type);
    await vi.advanceTimersByTimeAsync(3_600_000);
    sent.length = 0;
    tell(60, type);
    await vi.advanceTimersByTimeAsync(0);
    expect(sent.length).toBeGreaterThanOrEqual(atOnce);
    expect(sent.length).toBeLessThanOrEqual(atOnce + 1);
    await end();
  });
}

it('tells of trouble first', async () => {
  const { sent, tell, end } = setUp();
  tell(60, 'Normal');
  await vi.advanceTimersByTimeAsync(0);
  sent.length = 0;
  tell(5, 'Warning');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'Warning'));
  expect(sent.slice(5)).toContain('Normal');
  await end();
});

it('lets a hundred normal ones wait at most, and trouble is told all the same', async () => {
  const { sent, tell, end } = setUp();
  tell(5_000, 'Normal');
  tell(300, 'Warning');
  await vi.advanceTimersByTimeAsync(120_000);
  expect(sent.filter((type) => type === 'Normal')).toHaveLength(100);
  expect(sent.filter((type) => type === 'Warning')).toHaveLength(300);
  await end();
});

it('tells all that waits when it is told to stop, trouble first', async () => {
  const { sent, tell, end } = setUp();
  tell(80, 'Normal');
  await vi.advanceTimersByTimeAsync(0);
  tell(40, 'Warning');
  const before = sent.length;
  await end();
  expect(sent).toHaveLength(120);
  // The one that was on its way when the stop came may be the first.
  expect(sent.slice(before + 1, before + 40)).toEqual(Array.from({ length: 39 }, () => 'Warning'));
});
