import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeFault, type Fault, type FaultKind, faults, handlingOf, sortFaults } from '../../../src/model/fault.ts';

const kinds = Object.keys(faults) as FaultKind[];

describe('the table of faults', () => {
  it('names each in one PascalCase word, as conditions, events and metrics want', () => {
    expect(kinds.filter((kind) => !/^([A-Z][a-z]*|JSON)+$/.test(kind))).toEqual([]);
  });

  it('lets only troubles of AWS that pass keep a Secret ready, and tries them again soon', () => {
    const passing = kinds.filter((kind) => handlingOf(kind).passes === true);
    expect(passing).toEqual(['Throttled', 'SourceUnavailable', 'CredentialsUnavailable']);
    expect(passing.map((kind) => handlingOf(kind).retry)).toEqual(['withBackoff', 'withBackoff', 'withBackoff']);
  });

  it('has what only a change can cure', () => {
    expect(kinds.filter((kind) => handlingOf(kind).retry === 'onChange')).toEqual(['InvalidSpec', 'InvalidTemplate']);
  });
});

describe('several faults', () => {
  const fault: fc.Arbitrary<Fault> = fc.record({
    kind: fc.constantFrom(...kinds),
    subject: fc.nat(12).map((at) => `spec.data[${at}]`),
    detail: fc.constantFrom('a', 'b'),
  });

  it('come in the order of the table, then of their subjects, whatever order they were found in', () => {
    fc.assert(
      fc.property(fc.array(fault, { maxLength: 20 }), (found) => {
        const sorted = sortFaults(found);
        expect(sortFaults(found.toReversed())).toEqual(sorted);
        const places = sorted.map(({ kind }) => kinds.indexOf(kind));
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        expect(sorted).toHaveLength(found.length);
      }),
    );
  });

  it('leaves the list that it was given alone', () => {
    const found: readonly Fault[] = Object.freeze([
      { kind: 'Internal', subject: 'b', detail: 'd' },
      { kind: 'InvalidSpec', subject: 'a', detail: 'd' },
    ] as const);
    expect(sortFaults(found).map(({ subject }) => subject)).toEqual(['a', 'b']);
    expect(found.map(({ subject }) => subject)).toEqual(['b', 'a']);
  });
});

it('describes a fault by its subject and its detail', () => {
  expect(describeFault({ kind: 'SecretNotFound', subject: 'spec.data[2]', detail: 'there is no secret a' })).toBe(
    'spec.data[2]: there is no secret a',
  );
});
