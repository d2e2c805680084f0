import { describe, expect, it } from 'vitest';
import { planRestart, seenRevisions } from '../../../src/core/restart.ts';
import { at, R1, R2, subject, watched } from '../../support/restart-state.ts';

/** What another version may have written beside, or in place of, what this one knows. */
const records: readonly { it: string; record: unknown }[] = [
  { it: 'members that are no Secrets', record: { db: `${R2}@${at(100)}`, $version: 2, 'pods/db': ['a'] } },
  { it: 'an entry that says more', record: { db: `${R2}@${at(100)}@by=2.0.0` } },
  { it: 'an entry of another form', record: { db: { revision: R2, changedAt: at(100), pods: 3 } } },
  { it: 'a list in place of the map', record: [{ name: 'db', revision: R2 }] },
  { it: 'a number in place of the map', record: 7 },
  { it: 'another key for everything', record: { v2: { db: { revision: R2 } } } },
  { it: 'a time of another form', record: { db: `${R2}@1767225600` } },
  { it: 'names that every object has', record: { ['__proto__']: R1, constructor: R1, db: `${R2}@${at(100)}` } },
];

describe('a record of another version', () => {
  for (const { it: name, record } of records) {
    const seen = seenRevisions({ annotations: { 'keyferry.dev/seen-revisions': JSON.stringify(record) } });
    const plan = (changedAtS: number | undefined, podsCreatedS: readonly number[]) =>
      planRestart([watched('db', R2, changedAtS === undefined ? {} : { changedAtS })], subject({ seen, podsCreatedS }));

    it(`restarts nothing where the pods are as young as the restart: ${name}`, () => {
      expect(plan(100, [106]).kind).not.toBe('roll');
    });

    it(`restarts nothing where the Secret never changed: ${name}`, () => {
      expect(plan(undefined, [5]).kind).not.toBe('roll');
    });

    it(`loses no restart for a change that comes later: ${name}`, () => {
      expect(plan(200, [106]).kind).toBe('roll');
    });
  }
});

describe('a state that another version knows alone', () => {
  it('is put right by a record that this one can read', () => {
    const seen = seenRevisions({ annotations: { 'keyferry.dev/seen-revisions': '{"db":{"revision":"r"},"x":1}' } });
    const plan = planRestart([watched('db', R2, { changedAtS: 100 })], subject({ seen, podsCreatedS: [106] }));
    expect(plan).toEqual({ kind: 'record', seen: { db: `${R2}@${at(100)}` }, undone: [] });
  });
});
