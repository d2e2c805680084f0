import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createQuota, type QuotaPlace } from '../../../src/aws/quota.ts';

const place: QuotaPlace = { account: '123456789012', region: 'eu-west-1', group: 'parameter-store' };
const never = new AbortController().signal;
const caller = (identity: string, store = 'SecretStore/shop/aws', isUrgent = false) => ({ identity, store, isUrgent });
const create = (rate: number) =>
  createQuota({ 'parameter-store': rate }, { nowMs: () => Date.now() }, { rate: () => undefined });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('serves identities in turn, so that one with a thousand calls does not starve one with a single call', async () => {
  const quota = create(10);
  const served: string[] = [];
  const ask = (identity: string): void => {
    void quota.acquire(place, caller(identity), never).then(() => served.push(identity));
  };
  for (let at = 0; at < 1_000; at += 1) ask('greedy');
  ask('modest');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(served).toContain('modest');
  expect(served.length).toBeGreaterThan(10);
  expect(served.length).toBeLessThan(20);
});

it('gives one account and Region one bucket, whatever the identity', async () => {
  const quota = create(2);
  let served = 0;
  for (const identity of ['a', 'b', 'c', 'd', 'e', 'f'])
    void quota.acquire(place, caller(identity), never).then(() => served++);
  void quota.acquire({ ...place, account: '999999999999' }, caller('a'), never).then(() => (served += 100));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(served).toBe(103);
});

it('lets a caller give up, and gives its turn to the next', async () => {
  const quota = create(1);
  await quota.acquire(place, caller('a'), never);
  const impatient = new AbortController();
  const first = quota.acquire(place, caller('a'), impatient.signal);
  const second = quota.acquire(place, caller('b'), never);
  impatient.abort();
  expect(await first).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await second).toBe(true);
});
