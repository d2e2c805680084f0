import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePattern } from '../../../src/core/pattern.ts';

const cases: readonly [pattern: string, takes: readonly string[], refuses: readonly string[]][] = [
  ['db', ['db'], ['', 'd', 'dbx', 'xdb', 'DB']],
  ['^db$', ['db'], ['^db$', 'dbx']],
  ['db-.*', ['db-', 'db-1', 'db-a.b'], ['db', 'xdb-1']],
  ['db.1', ['db-1', 'db.1'], ['db1']],
  ['db\\.1', ['db.1'], ['db-1']],
  ['a|bc', ['a', 'bc'], ['abc', 'ab', 'ac', '']],
  ['(a|b)c', ['ac', 'bc'], ['a', 'c', 'abc']],
  ['(?:ab)+', ['ab', 'abab'], ['', 'aba']],
  ['[a-c0-9_-]+', ['a1-_', 'cc'], ['d', '']],
  ['[^a]', ['b'], ['a', '', 'bb']],
  ['a?b*?', ['', 'a', 'abb', 'b'], ['aa', 'ba']],
  ['\\w\\d', ['a1', '_2'], ['-1', 'aa']],
  ['(a*)*', ['', 'aaa'], ['b']],
  ['|a', ['', 'a'], ['b']],
];

describe('a pattern', () => {
  for (const [pattern, takes, refuses] of cases) {
    it(`${pattern} takes what it says, as a whole`, () => {
      const match = parsePattern(pattern) ?? expect.fail('it is not read');
      for (const text of takes) expect(match(text), text).toBe(true);
      for (const text of refuses) expect(match(text), text).toBe(false);
    });
  }

  for (const pattern of [
    'a{2}',
    '(?=a)',
    '(?<n>a)',
    '(a',
    'a)',
    '[a',
    '*',
    'a**',
    '\\1',
    '\\b',
    'a\\',
    'a^b',
    '$a',
    '('.repeat(99),
  ])
    it(`is none where it is ${pattern.slice(0, 9)}`, () => expect(parsePattern(pattern)).toBeUndefined());

  it('is none where it is longer than any name', () => expect(parsePattern('a'.repeat(254))).toBeUndefined());

  it('says the same as the expressions of JavaScript', () => {
    const texts = fc.array(fc.constantFrom('a', 'b', '-'), { maxLength: 6 }).map((parts) => parts.join(''));
    const patterns = fc
      .array(fc.constantFrom('a', 'b', '-', '.', '[ab]', '[^a]', '(a|b)', '(?:ab|)', 'a*', 'b+', '.?', '|'), {
        maxLength: 6,
      })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        expect(parsePattern(pattern)?.(text)).toBe(new RegExp(`^(?:${pattern})$`).test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes no longer for the worst of texts than its length allows', () => {
    let asked = 0;
    const text = 'a'.repeat(252);
    const counting = new Proxy(Object(`${text}!`), {
      get: (target, name) => {
        if (name !== Symbol.iterator) return Reflect.get(target, name);
        return function* () {
          for (const character of `${text}!`) {
            asked++;
            yield character;
          }
        };
      },
    });
    // Exponential for whoever tries one way after the other.
    const match = parsePattern('(a+)+(a*)*(a|a)*b') ?? expect.fail('it is not read');
    expect(match(counting)).toBe(false);
    expect(asked).toBe(253);
  });
});
