import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ageInSteps, type Condition, describeFaults, rfc3339, transition } from '../../../src/core/conditions.ts';
import { type Fault, type FaultKind, faults } from '../../../src/model/fault.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const ready = (status: 'True' | 'False', message = 'm') => ({ type: 'Ready', status, reason: 'R', message }) as const;

describe('a condition', () => {
  const before: Condition[] = [{ ...ready('True'), lastTransitionTime: '2025-01-01T00:00:00Z', observedGeneration: 1 }];

  it('keeps the time of its transition while its status stays, whatever it says', () => {
    expect(transition(before, [{ ...ready('True', 'other'), reason: 'Other' }], 2, T0)).toEqual([
      { ...ready('True', 'other'), reason: 'Other', lastTransitionTime: '2025-01-01T00:00:00Z', observedGeneration: 2 },
    ]);
  });

  it('has the time of now when its status changes', () => {
    expect(transition(before, [ready('False')], 1, T0)[0]?.lastTransitionTime).toBe('2026-01-01T00:00:00Z');
  });

  it('goes away when it is no longer found', () => {
    const stalled = { ...ready('True'), type: 'Stalled', lastTransitionTime: rfc3339(T0), observedGeneration: 1 };
    expect(transition([...before, stalled], [ready('True')], 1, T0).map(({ type }) => type)).toEqual(['Ready']);
  });
});

describe('the message of faults', () => {
  const fault = fc.record({
    kind: fc.constantFrom(...(Object.keys(faults) as FaultKind[])),
    subject: fc.nat(30).map((at) => `spec.data[${at}]`),
    detail: fc.constantFrom('is missing', 'is denied'),
  });

  it('is the same in whatever order they were found', () => {
    fc.assert(
      fc.property(
        fc
          .array(fault, { minLength: 1, maxLength: 40 })
          .chain((found) => fc.tuple(fc.constant(found), fc.shuffledSubarray(found, { minLength: found.length }))),
        ([found, shuffled]) => {
          expect(describeFaults(shuffled)).toBe(describeFaults(found));
        },
      ),
    );
  });

  it('counts like people: 2 before 10', () => {
    const at = (place: number): Fault => ({
      kind: 'SecretNotFound',
      subject: `spec.data[${place}]`,
      detail: `d${place}`,
    });
    expect(describeFaults([at(10), at(2)])).toBe('spec.data[2]: d2; spec.data[10]: d10');
  });

  it('says a thing once', () => {
    const same: Fault = { kind: 'AccessDenied', subject: 'SecretStore/aws', detail: 'd' };
    expect(describeFaults([same, { ...same }])).toBe('SecretStore/aws: d');
  });

  const many = (count: number, detail: (at: number) => string): Fault[] =>
    Array.from({ length: count }, (_, at) => ({
      kind: 'AccessDenied',
      subject: `spec.data[${at}]`,
      detail: detail(at),
    }));

  it('says once what is wrong with many fields in the same way', () => {
    const other: Fault = { kind: 'SecretNotFound', subject: 'spec.data[1]', detail: 'is not there' };
    expect(describeFaults([...many(3, () => 'is denied'), other])).toBe(
      'spec.data[1]: is not there; spec.data[0], spec.data[1], spec.data[2]: is denied',
    );
    expect(describeFaults(many(500, () => 'is denied'))).toMatch(/spec\.data\[9\] and 490 more: is denied$/);
  });

  it('names twenty and counts the rest', () => {
    const told = describeFaults(many(25, (at) => `d${at}`));
    expect(told.split('; ')).toHaveLength(21);
    expect(told).toMatch(/spec\.data\[19\]: d19; and 5 more$/);
  });

  it('fits into a condition in whole lines, however long the details', () => {
    const told = describeFaults(many(500, (at) => `${at} ${'d'.repeat(2_000)} end`));
    expect(told.length).toBeLessThanOrEqual(16_384);
    const lines = told.split('; ');
    expect(lines.pop()).toBe(`and ${500 - lines.length} more`);
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) expect(line).toMatch(/^spec\.data\[\d+\]: \d+ d+ end$/);
  });

  it('cuts a line that has no end, and no character in two', () => {
    const told = describeFaults(many(2, (at) => `${at}${'🔑'.repeat(10_000)}`));
    expect(told.length).toBeLessThanOrEqual(16_384);
    expect(told.split('; ').map((line) => line.at(-1))).toEqual(['…', '…']);
    expect(told.isWellFormed()).toBe(true);
  });
});

describe('an age', () => {
  const MINUTE = 60_000;
  const cases: readonly { minutes: number; want: string }[] = [
    { minutes: 0, want: 'less than 15 minutes' },
    { minutes: 15, want: 'less than an hour' },
    { minutes: 60, want: 'less than 6 hours' },
    { minutes: 6 * 60, want: 'less than a day' },
    { minutes: 24 * 60, want: 'less than a week' },
    { minutes: 7 * 24 * 60, want: 'more than a week' },
  ];
  for (const { minutes, want } of cases) {
    it(`of ${minutes} minutes is ${want}`, () => expect(ageInSteps(minutes * MINUTE)).toBe(want));
  }

  it('changes its words five times in a year', () => {
    const words = new Set(Array.from({ length: 365 * 24 }, (_, hour) => ageInSteps(hour * 60 * MINUTE)));
    expect(words.size).toBeLessThanOrEqual(6);
  });
});

it('writes times as the API server does, whole seconds in UTC', () => {
  expect(rfc3339(T0 + 999)).toBe('2026-01-01T00:00:00Z');
});
