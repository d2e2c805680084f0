import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparable, revisionOf } from '../../../src/core/revision.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';

const installation = { id: '0a1b2c3d', key: new Uint8Array(32).fill(7) };
const db = { namespace: 'team', name: 'db' };
type Entries = readonly (readonly [string, Uint8Array])[];

const dataOf = (entries: Entries) => new Map(entries.map(([key, bytes]) => [key, new SecretValue(bytes)]));
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const revise = (entries: Entries, { place = db, by = installation } = {}) => revisionOf(by, place, dataOf(entries));
const texts = (data: Record<string, string>): Entries =>
  Object.entries(data).map(([key, text]) => [key, bytesOf(text)] as const);

describe('a revision', () => {
  it('is the id of its key and 128 bits', () => {
    expect(revise(texts({ password: 'one' }))).toMatch(/^0a1b2c3d\.[0-9a-f]{32}$/);
  });

  it('is the same from one release to the next, since a new one would look like a change of everything', () => {
    expect(revise(texts({ user: 'ada', password: 'one' }))).toBe('0a1b2c3d.befa291124f1ad77235257b18f3f6276');
    expect(revise([])).toBe('0a1b2c3d.f8ea956d2b2db72dfe570bf4e1718acf');
  });

  it('does not hang on the order of the keys', () => {
    expect(revise(texts({ a: '1', b: '2' }))).toBe(revise(texts({ b: '2', a: '1' })));
  });

  const differences: readonly { it: string; one: string; other: string }[] = [
    { it: 'a value', one: revise(texts({ a: '1' })), other: revise(texts({ a: '2' })) },
    { it: 'a key', one: revise(texts({ a: '1' })), other: revise(texts({ b: '1' })) },
    { it: 'an empty value and none', one: revise(texts({ a: '' })), other: revise([]) },
    { it: 'where key and value meet', one: revise(texts({ ab: 'c' })), other: revise(texts({ a: 'bc' })) },
    { it: 'where entries meet', one: revise(texts({ a: 'bc' })), other: revise(texts({ a: 'b', c: '' })) },
    {
      it: 'where namespace and name meet',
      one: revise([], { place: { namespace: 'ab', name: 'c' } }),
      other: revise([], { place: { namespace: 'a', name: 'bc' } }),
    },
    {
      it: 'where name and key meet',
      one: revise(texts({ c: '' }), { place: { namespace: 'a', name: 'b' } }),
      other: revise(texts({ '': '' }), { place: { namespace: 'a', name: 'bc' } }),
    },
    {
      it: 'the namespace, so that nobody learns that two have one password',
      one: revise(texts({ a: '1' }), { place: { namespace: 'one', name: 'db' } }),
      other: revise(texts({ a: '1' }), { place: { namespace: 'two', name: 'db' } }),
    },
    {
      it: 'the name',
      one: revise(texts({ a: '1' }), { place: { namespace: 'team', name: 'one' } }),
      other: revise(texts({ a: '1' }), { place: { namespace: 'team', name: 'two' } }),
    },
    {
      it: 'the key of the installation',
      one: revise(texts({ a: '1' })),
      other: revise(texts({ a: '1' }), { by: { ...installation, key: new Uint8Array(32).fill(8) } }),
    },
    { it: 'trailing zero bytes', one: revise([['a', new Uint8Array(1)]]), other: revise([['a', new Uint8Array(2)]]) },
  ];
  for (const { it: name, one, other } of differences) {
    it(`tells apart ${name}`, () => {
      expect(one).not.toBe(other);
    });
  }

  it('is of two data the same only if all of both is the same', () => {
    // Few letters, so that boundaries that move are met often.
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\u0000'), maxLength: 3 });
    const content = fc.record({
      namespace: letters,
      name: letters,
      data: fc.dictionary(letters, fc.uint8Array({ max: 2, maxLength: 3 }), { maxKeys: 3, noNullPrototype: true }),
    });
    const spell = ({ namespace, name, data }: { namespace: string; name: string; data: Record<string, Uint8Array> }) =>
      JSON.stringify([
        namespace,
        name,
        Object.entries(data)
          .map(([key, bytes]) => [key, [...bytes]])
          .toSorted(),
      ]);
    fc.assert(
      fc.property(content, content, (one, other) => {
        const same =
          revise(Object.entries(one.data), { place: one }) === revise(Object.entries(other.data), { place: other });
        expect(same).toBe(spell(one) === spell(other));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('two revisions', () => {
  it('can be compared only when they are of one installation key', () => {
    const other = { ...installation, id: 'ffffffff' };
    expect(comparable(revise([]), revise(texts({ a: '1' })))).toBe(true);
    expect(comparable(revise([]), revise([], { by: other }))).toBe(false);
    expect(comparable('', revise([]))).toBe(false);
  });
});
