import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, sameJson } from '../../../src/core/canonical.ts';

describe('two values of plain JSON', () => {
  it('are the same whatever the order of keys, and whether a member is undefined or not there', () => {
    expect(sameJson({ a: 1, b: [{ c: null, d: 'x' }] }, { b: [{ d: 'x', c: null, e: undefined }], a: 1 })).toBe(true);
  });

  it.for([
    [{ a: 1 }, { a: 1, b: null }],
    [{ a: 1 }, { a: '1' }],
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
    [['a'], ['a', 'b']],
    [[], {}],
    [JSON.parse('{"__proto__": {}}'), {}],
    [null, {}],
    [undefined, {}],
    ['a', ['a']],
  ] as const)('are told apart: %j and %j', ([a, b]) => {
    expect([sameJson(a, b), sameJson(b, a)]).toEqual([false, false]);
  });

  it('are the same exactly when their canonical texts are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        // JSON has no zero below zero.
        const [left, right]: unknown[] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))];
        expect(sameJson(left, right)).toBe(canonical(left) === canonical(right));
        expect(sameJson(left, JSON.parse(JSON.stringify(left)))).toBe(true);
      }),
    );
  });
});
