import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchesGlob } from '../../../src/core/glob.ts';

const cases: readonly { it: string; pattern: string; text: string; single?: boolean; want: boolean }[] = [
  { it: 'takes plain text as it is', pattern: 'a.b', text: 'a.b', want: true },
  { it: 'reads no regular expression', pattern: 'a.b', text: 'axb', want: false },
  { it: 'is anchored at the front', pattern: 'b', text: 'ab', want: false },
  { it: 'is anchored at the end', pattern: 'a', text: 'ab', want: false },
  { it: 'lets * stand for nothing', pattern: 'a*', text: 'a', want: true },
  { it: 'lets * cross slashes', pattern: 'shared/*', text: 'shared/a/b', want: true },
  { it: 'wants the slash that the pattern has', pattern: 'shared/*', text: 'shared', want: false },
  { it: 'tells a name from one that begins like it', pattern: 'team-a', text: 'team-ab', want: false },
  { it: 'finds the middle between two stars', pattern: '*db*', text: 'prod/db/x', want: true },
  { it: 'comes back to the last star only', pattern: '*a*b', text: 'xaabab', want: true },
  { it: 'takes everything with a star alone', pattern: '*', text: 'anything/at all\n', want: true },
  { it: 'takes the empty text with a star', pattern: '*', text: '', want: true },
  { it: 'takes nothing with an empty pattern', pattern: '', text: 'a', want: false },
  { it: 'reads ? as itself', pattern: 'a?', text: 'ab', want: false },
  { it: 'reads ? as one character where it may', pattern: 'qa-?', text: 'qa-1', single: true, want: true },
  { it: 'wants one character for ?', pattern: 'qa-?', text: 'qa-', single: true, want: false },
  { it: 'tells upper from lower case', pattern: 'A', text: 'a', want: false },
];
for (const { it: name, pattern, text, single, want } of cases) {
  it(name, () => expect(matchesGlob(pattern, text, single)).toBe(want));
}

/** Plainly: by cutting the first character off either. */
function reference(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('*'))
    return reference(pattern.slice(1), text) || (text !== '' && reference(pattern, text.slice(1)));
  const fits = text !== '' && (pattern[0] === '?' || pattern[0] === text[0]);
  return fits && reference(pattern.slice(1), text.slice(1));
}

it('says what a plain recursive definition says', () => {
  const letters = (alphabet: string, maxLength: number) =>
    fc.array(fc.constantFrom(...alphabet), { maxLength }).map((found) => found.join(''));
  fc.assert(
    fc.property(letters('ab*?', 8), letters('ab', 12), (pattern, text) => {
      expect(matchesGlob(pattern, text, true)).toBe(reference(pattern, text));
    }),
    { numRuns: 3_000 },
  );
});

for (const pattern of [`${'*a'.repeat(400)}b`, `*${'a'.repeat(200)}b`, '*a'.repeat(900), `${'*'.repeat(500)}b`]) {
  it(`needs no more steps than pattern times text for ${pattern.slice(0, 6)}…${pattern.slice(-2)}`, () => {
    // A text that counts how often it is looked at.
    let looks = 0;
    const text = new Proxy(Object('a'.repeat(800)), {
      get: (target, name) => {
        looks++;
        return Reflect.get(target, name, target);
      },
    }) as string;
    expect(matchesGlob(pattern, text)).toBe(false);
    expect(looks).toBeGreaterThan(0);
    expect(looks).toBeLessThan(4 * pattern.length * 800);
  });
}
