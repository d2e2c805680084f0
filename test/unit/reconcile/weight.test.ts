import { expect, it } from 'vitest';
import { weightOf } from '../../../src/reconcile/weight.ts';
import { rawOf } from '../../support/builders.ts';

const times = (count: number): readonly object[] => Array.from({ length: count }, () => ({}));

const cases: readonly { it: string; spec: unknown; want: number }[] = [
  { it: 'as much as it has items', spec: { data: times(3) }, want: 3 },
  {
    it: 'as much with what it extracts',
    spec: { data: times(3), dataFrom: [{ extract: {} }, { extract: {} }] },
    want: 5,
  },
  {
    it: 'more for a find, of which nobody knows what it finds',
    spec: { dataFrom: [{ find: {} }, { extract: {} }] },
    want: 17,
  },
  {
    it: 'at most what the schema admits, and nothing breaks',
    spec: { data: times(500), dataFrom: times(50) },
    want: 550,
  },
  { it: 'one, where it asks for nothing', spec: {}, want: 1 },
  { it: 'one, where it is none', spec: undefined, want: 1 },
  { it: 'one, where it is no object', spec: 'data', want: 1 },
  { it: 'what can be counted of an invalid one', spec: { data: 'x', dataFrom: [null, 'find', { find: 1 }] }, want: 18 },
];
for (const { it: name, spec, want } of cases) {
  it(`a spec weighs ${name}`, () => {
    expect(weightOf(rawOf('ExternalSecret', spec))).toBe(want);
  });
}

it('what is not there weighs one', () => {
  expect(weightOf(undefined)).toBe(1);
});
