import fc from 'fast-check';
import { expect, it } from 'vitest';
import { durationMs } from '../../../src/api/duration.ts';

const cases: readonly { it: string; text: string; ms: number }[] = [
  { it: 'reads seconds', text: '10s', ms: 10_000 },
  { it: 'reads minutes', text: '5m', ms: 300_000 },
  { it: 'tells ms from m', text: '10000ms', ms: 10_000 },
  { it: 'adds the parts up', text: '1h30m10s5ms', ms: 5_410_005 },
  { it: 'takes the parts in any order', text: '30m1h', ms: 5_400_000 },
  { it: 'takes one unit twice', text: '1h1h', ms: 7_200_000 },
  { it: 'reads fractions', text: '1.5h', ms: 5_400_000 },
  { it: 'gives whole milliseconds', text: '10.001s', ms: 10_001 },
  { it: 'reads zero', text: '0s', ms: 0 },
  { it: 'reads the longest interval', text: '8760h', ms: 31_536_000_000 },
];
for (const { it: name, text, ms } of cases) it(name, () => expect(durationMs(text)).toBe(ms));

it('is the sum of its parts, whatever they are', () => {
  const part = fc.tuple(fc.nat(9_999_999), fc.constantFrom(['ms', 1], ['s', 1_000], ['m', 60_000], ['h', 3_600_000]));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      const text = parts.map(([amount, [unit]]) => `${amount}${unit}`).join('');
      const sum = parts.reduce((total, [amount, [, ms]]) => total + amount * Number(ms), 0);
      expect(durationMs(text)).toBe(sum);
    }),
  );
});
