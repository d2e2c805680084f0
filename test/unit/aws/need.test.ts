import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Access, Need } from '../../../src/core/ports.ts';
import { refId } from '../../../src/core/ref-id.ts';
import { access, awsError, createBench, everything, parameter, secret, secretEntry, tell } from './fake-transport.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const CALM: Need = { isUrgent: false, maxAgeMs: 0 };
const storeOf = (name: string, more: Partial<Access> = {}): Access => ({
  ...access,
  store: `SecretStore/${name}`,
  storeId: `SecretStore/shop/${name}`,
  ...more,
});

/** An AWS whose secret has another value whenever it is read. */
function createChanging() {
  let reads = 0;
  const bench = createBench((call) => {
    if (call.api !== 'GetSecretValue') return everything(call);
    reads += 1;
    return secretEntry('a', `value ${reads}`, `v${reads}`);
  });
  const fetch = async (maxAgeMs: number, where = access): Promise<string> => {
    const ref = secret('a');
    const plan = { access: where, refs: [ref], need: { isUrgent: false, maxAgeMs } };
    const fetching = bench.source.fetch(plan, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(1_000);
    return tell((await fetching).get(refId(ref)));
  };
  return { fetch };
}

describe('a value that was read of late', () => {
  it('is what one gets who wanted it before it was read, and nobody else', async () => {
    const { fetch } = createChanging();
    expect(await Promise.all([fetch(0), fetch(0)])).toEqual(['value 1', 'value 1']);
    expect(await fetch(10_000)).toBe('value 1');
    expect(await fetch(500)).toBe('value 2');
  });

  it('is not shared with another store, though it reads as the same', async () => {
    const { fetch } = createChanging();
    await Promise.all([fetch(0), fetch(0)]);
    expect(await fetch(10_000, storeOf('other'))).toBe('value 2');
  });
});

/** A value source that may make few calls a second, and the parameters in the order in which AWS was asked for them. */
function createSlow() {
  const bench = createBench(everything, {}, { rates: { 'parameter-store': 2 } });
  const asked = (): readonly string[] => bench.of('GetParameters').flatMap(({ Names }) => Names);
  const fetch = (name: string, where: Access, need = CALM): void => {
    void bench.source
      .fetch({ access: where, refs: [parameter(name)], need }, new AbortController().signal)
      .catch(() => undefined);
  };
  return { bench, asked, fetch };
}

describe('calls that wait for their turn', () => {
  it('go first where nothing was ever synced', async () => {
    const { asked, fetch } = createSlow();
    for (let at = 0; at < 8; at += 1) {
      fetch(`calm${at}`, access);
      await vi.advanceTimersByTimeAsync(10);
    }
    fetch('new', access, { isUrgent: true, maxAgeMs: 0 });
    await vi.advanceTimersByTimeAsync(20_000);
    const order = asked();
    expect(order).toHaveLength(9);
    expect(order.indexOf('new')).toBeLessThan(4);
  });

  it('are shared between the stores of one identity: one that asks for hundreds does not hold up the other', async () => {
    const { asked, fetch } = createSlow();
    for (let at = 0; at < 200; at += 1) fetch(`/greedy/${at}`, storeOf('greedy'));
    await vi.advanceTimersByTimeAsync(10);
    fetch('/modest', storeOf('modest'));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(asked()).toContain('/modest');
    expect(asked().length).toBeLessThan(100);
    await vi.advanceTimersByTimeAsync(30_000);
  });

  it('are not held up by another Region that throttles everything', async () => {
    const bench = createBench((call, _keys, _signal, region) => {
      if (region === 'eu-west-1' && call.api === 'GetParameters')
        throw awsError('ThrottlingException', 'Rate exceeded');
      return everything(call);
    });
    const { signal } = new AbortController();
    const throttled = Array.from({ length: 300 }, (_, at) => parameter(`p${at}`));
    void bench.source.fetch({ access, refs: throttled }, signal);
    await vi.advanceTimersByTimeAsync(2_000);
    const ref = parameter('well');
    const fetching = bench.source.fetch({ access: { ...access, region: 'us-west-2' }, refs: [ref] }, signal);
    await vi.advanceTimersByTimeAsync(100);
    expect(tell((await fetching).get(refId(ref)))).toBe('value of well');
    await vi.advanceTimersByTimeAsync(60_000);
  });
});
