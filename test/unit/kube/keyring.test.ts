import { describe, expect, it } from 'vitest';
import type { Credentials } from '../../../src/kube/credentials.ts';
import { type Key, Keyring, type NoKey } from '../../../src/kube/keyring.ts';
import { fail, type Result, succeed } from '../../../src/model/result.ts';

const bearer = (token: string, more: Partial<Credentials> = {}): Result<Credentials> =>
  succeed({ ca: 'CA', headers: { authorization: token }, ...more });

/** A keyring that reads the given credentials one after another; its clock stands at 0 until it is moved. */
function setUp(...reads: Result<Credentials>[]) {
  const clock = { nowMs: 0 };
  let count = 0;
  const credentials = async (): Promise<Result<Credentials>> => {
    count++;
    return reads.shift() ?? fail('InvalidSpec', 'cluster', 'nothing more');
  };
  const connection = { server: 'https://api.example', credentials };
  const keyring = new Keyring(connection, { nowMs: () => clock.nowMs, random: () => 0 }, 60_000);
  return { keyring, clock, count: () => count };
}

const keyOf = (key: Key | NoKey): Key => {
  if ('missing' in key) throw new Error(key.missing);
  return key;
};

describe('the keyring', () => {
  it('keeps its connections when only the token changes', async () => {
    const { keyring, clock } = setUp(bearer('1'), bearer('2'));
    const first = keyOf(await keyring.get());
    clock.nowMs = 60_000;
    const second = keyOf(await keyring.get());
    expect(second.headers).toEqual(['authorization', '2']);
    expect(second.agent).toBe(first.agent);
  });

  const changes: readonly Partial<Credentials>[] = [{ ca: 'CA2' }, { cert: 'C', key: 'K' }, { serverName: 'other' }];
  for (const change of changes) {
    it(`makes new connections when ${Object.keys(change).join(' and ')} changes, and lets the old ones end`, async () => {
      const { keyring, clock } = setUp(bearer('1'), bearer('1', change));
      const first = keyOf(await keyring.get());
      clock.nowMs = 60_000;
      const second = keyOf(await keyring.get());
      expect(second.agent).not.toBe(first.agent);
    });
  }

  it('reads once for all who ask at once, and once for all whose key was refused', async () => {
    const { keyring, count } = setUp(bearer('1'), bearer('2'));
    const [one, two] = await Promise.all([keyring.get(), keyring.get()]);
    expect(one).toBe(two);
    const renewed = await Promise.all([keyring.renew(keyOf(one)), keyring.renew(keyOf(one))]);
    expect(keyOf(renewed[0]).headers).toEqual(['authorization', '2']);
    expect(await keyring.renew(keyOf(one))).toBe(renewed[0]);
    expect(count()).toBe(2);
  });

  it('says what is missing when there are no credentials yet, and finds them later', async () => {
    const { keyring } = setUp(fail('InvalidSpec', 'cluster', 'no token'), bearer('1'));
    expect(await keyring.get()).toEqual({ missing: 'cluster: no token' });
    expect(keyOf(await keyring.get()).headers).toEqual(['authorization', '1']);
  });
});
