import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Access } from '../../../src/core/ports.ts';
import { access, createBench, everything, secret, tell } from './fake-transport.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const limited: Access = { ...access, requestsPerSecond: 2 };
const neighbour: Access = { ...access, store: 'SecretStore/b', storeId: 'SecretStore/shop/b' };
// Staged secrets go alone: a call each.
const refs = (count: number) => Array.from({ length: count }, (_, at) => secret(`s${at}`, { versionStage: 'X' }));
const callsOf = (bench: ReturnType<typeof createBench>): number => bench.of('GetSecretValue').length;

it('lets a store make so many calls a second, and no more', async () => {
  const bench = createBench(everything);
  const fetching = bench.fetch(refs(20), limited);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(callsOf(bench)).toBeGreaterThan(6);
  expect(callsOf(bench)).toBeLessThan(11);
  await vi.advanceTimersByTimeAsync(8_000);
  expect(new Set((await fetching).map(tell)).size).toBe(20);
  expect(callsOf(bench)).toBe(20);
});

it('holds nobody else back', async () => {
  const bench = createBench(everything);
  const slow = bench.fetch(refs(20), limited);
  const fast = bench.fetch(refs(20), neighbour);
  await vi.advanceTimersByTimeAsync(200);
  expect((await fast).map(tell)).not.toContain('Throttled');
  await vi.advanceTimersByTimeAsync(12_000);
  await slow;
});

it('raises nothing above what the account allows', async () => {
  const bench = createBench(everything, {}, { rates: { 'secrets-manager-get': 1 } });
  const fetching = bench.fetch(refs(5), { ...limited, requestsPerSecond: 1_000 });
  await vi.advanceTimersByTimeAsync(1_500);
  expect(callsOf(bench)).toBeLessThan(4);
  await vi.advanceTimersByTimeAsync(30_000);
  await fetching;
});

it('says whose limit it is when it has no turn in time', async () => {
  const bench = createBench(everything);
  const fetching = bench.fetch(refs(100), { ...limited, requestsPerSecond: 1 });
  await vi.advanceTimersByTimeAsync(31_000);
  const late = (await fetching).find((answer) => answer?.ok === false);
  expect(late).toMatchObject({ faults: [{ kind: 'Throttled' }] });
  expect(JSON.stringify(late)).toContain('spec.limits.requestsPerSecond of 1');
});

it('gives back the turns of those who did not wait for them', async () => {
  const bench = createBench(everything);
  const impatient = new AbortController();
  const given = bench.source.fetch({ access: limited, refs: refs(50) }, impatient.signal);
  await vi.advanceTimersByTimeAsync(1_000);
  impatient.abort(new Error('enough'));
  await expect(given).rejects.toThrow('enough');
  const next = bench.fetch([secret('a', { versionStage: 'Y' })], limited);
  await vi.advanceTimersByTimeAsync(2_000);
  expect((await next).map(tell)).toEqual(['value of a']);
});
