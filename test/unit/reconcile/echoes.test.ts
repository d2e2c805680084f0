import { describe, expect, it } from 'vitest';
import type { ObjectMeta } from '../../../src/core/ports.ts';
import { Echoes } from '../../../src/reconcile/echoes.ts';
import type { Memo } from '../../../src/reconcile/memo.ts';
import { metaOf } from '../../support/builders.ts';

const DB = { namespace: 'shop', name: 'db' };
const secret = (resourceVersion: string, name = 'db'): ObjectMeta =>
  metaOf({ namespace: 'shop', name, uid: `uid-${name}`, resourceVersion });
const memo = (targetResourceVersion: string): Memo => ({
  inputs: '',
  secret: DB,
  targetResourceVersion,
  revision: 'r1',
  dueMs: undefined,
  sources: [],
});

function setUp() {
  const memos = new Map<string, Memo>();
  const woken: string[] = [];
  const echoes = new Echoes(memos, (id) => void woken.push(id));
  return { memos, woken, echoes };
}

describe('after a pass', () => {
  const cases: readonly { it: string; told: ObjectMeta; isEcho: boolean }[] = [
    { it: 'the version that it left is an echo', told: secret('9'), isEcho: true },
    { it: 'a version before it is, since the watch lags', told: secret('8'), isEcho: true },
    { it: 'a later version is news', told: secret('10'), isEcho: false },
    { it: 'another Secret is news', told: secret('9', 'past'), isEcho: false },
  ];
  for (const { it: name, told, isEcho } of cases) {
    it(name, () => {
      const { memos, echoes, woken } = setUp();
      memos.set('shop/db', memo('9'));
      expect(echoes.isEcho('shop/db', told)).toBe(isEcho);
      expect(woken).toEqual([]);
    });
  }

  it('that left nothing behind, everything is news', () => {
    expect(setUp().echoes.isEcho('shop/db', secret('9'))).toBe(false);
  });
});

describe('while a pass writes', () => {
  const cases: readonly { it: string; told: readonly ObjectMeta[]; left: string | undefined; wakes: boolean }[] = [
    { it: 'the echo that comes before the answer wakes nobody', told: [secret('9')], left: '9', wakes: false },
    { it: 'who wrote before wakes nobody', told: [secret('7'), secret('9')], left: '9', wakes: false },
    { it: 'who writes right after it is not missed', told: [secret('9'), secret('10')], left: '9', wakes: true },
    { it: 'another Secret of the same owner is not missed', told: [secret('5', 'past')], left: '9', wakes: true },
    { it: 'whatever came is not missed where the write failed', told: [secret('9')], left: undefined, wakes: true },
    { it: 'silence wakes nobody, even where the write failed', told: [], left: undefined, wakes: false },
  ];
  for (const { it: name, told, left, wakes } of cases) {
    it(name, () => {
      const { memos, echoes, woken } = setUp();
      echoes.begin('shop/db');
      for (const each of told) expect(echoes.isEcho('shop/db', each)).toBe(true);
      expect(woken).toEqual([]);
      if (left !== undefined) memos.set('shop/db', memo(left));
      echoes.end('shop/db');
      expect(woken).toEqual(wakes ? ['shop/db'] : []);
    });
  }

  it('others hear their own news', () => {
    const { echoes } = setUp();
    echoes.begin('shop/db');
    expect(echoes.isEcho('shop/rival', secret('9'))).toBe(false);
  });

  it('nothing is kept once it has ended', () => {
    const { echoes, woken } = setUp();
    echoes.begin('shop/db');
    echoes.end('shop/db');
    expect(echoes.isEcho('shop/db', secret('9'))).toBe(false);
    echoes.end('shop/db');
    expect(woken).toEqual([]);
  });
});
