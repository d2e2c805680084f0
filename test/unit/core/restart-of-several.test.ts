import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRestart, type RestartSubject, SETTLING_S, type WatchedSecret } from '../../../src/core/restart.ts';
import { at, NOW_S, OTHER_KEY, R1, R2, subject, watched } from '../../support/restart-state.ts';

describe('a workload with two Secrets', () => {
  const plan = (secrets: readonly WatchedSecret[], more: Partial<RestartSubject>) =>
    planRestart(secrets, subject({ podsCreatedS: [50], ...more }));
  const seen = { db: R1, tls: R1 };

  it('rolls once for the changes of both, and names both', () => {
    const both = [watched('db', R2, { changedAtS: 100 }), watched('tls', R2, { changedAtS: 101 })];
    const restart = { kind: 'roll', seen: { db: `${R2}@${at(100)}`, tls: `${R2}@${at(101)}` }, causes: ['db', 'tls'] };
    expect(plan(both, { seen })).toEqual(restart);
  });

  it('waits with the older change for the younger', () => {
    const both = [watched('db', R2, { changedAtS: 100 }), watched('tls', R2, { changedAtS: NOW_S - 2 })];
    expect(plan(both, { seen })).toEqual({ kind: 'wait', ms: 3_000 });
  });

  it('does not wait for a young change that it owes nothing for', () => {
    const both = [watched('db', R2, { changedAtS: 100 }), watched('tls', R2, { changedAtS: NOW_S - 2 })];
    expect(plan(both, { seen: { db: R1, tls: `${R2}@${at(NOW_S - 2)}` } })).toMatchObject({
      kind: 'roll',
      causes: ['db'],
    });
  });

  it('names the one that changed, and records the other beside it', () => {
    const both = [watched('db', R2, { changedAtS: 100 }), watched('tls', R1)];
    expect(plan(both, { seen: { db: R1 } })).toEqual({
      kind: 'roll',
      seen: { db: `${R2}@${at(100)}`, tls: R1 },
      causes: ['db'],
    });
  });

  it('records the one, and leaves the other to the rollout under way', () => {
    const both = [watched('db', R2, { changedAtS: 100 }), watched('tls', R1)];
    const ages = { podsCreatedS: [150], outdatedPodsCreatedS: [50] };
    expect(plan(both, { seen: { db: R1 }, ...ages })).toEqual({
      kind: 'record',
      seen: { db: R1, tls: R1 },
      undone: [],
    });
  });

  it('keeps the entry of one that is not there, so that it is known when it comes back with other data', () => {
    const restart = plan([watched('tls', R2, { changedAtS: 100 })], { seen });
    expect(restart).toMatchObject({ kind: 'roll', seen: { db: R1, tls: `${R2}@${at(100)}` } });
    const back = watched('db', R2, { createdS: 200 });
    const later = { podsCreatedS: [150], seen: restart.kind === 'roll' ? restart.seen : {} };
    expect(plan([back, watched('tls', R2, { changedAtS: 100 })], later)).toMatchObject({
      kind: 'roll',
      causes: ['db'],
    });
  });

  it('drops the entries of Secrets that it no longer asks for', () => {
    const restart = plan([watched('tls', R2, { changedAtS: 100 })], { seen: { ...seen, old: R1 }, asked: ['tls'] });
    expect(restart).toMatchObject({ seen: { tls: `${R2}@${at(100)}` } });
    expect(restart).not.toHaveProperty('seen.old');
  });

  it('rests without any Secret, and without one that keyferry has published', () => {
    expect(plan([], { seen: {}, asked: [] })).toEqual({ kind: 'rest' });
    expect(plan([], { seen })).toEqual({ kind: 'rest' });
  });
});

describe('whatever the state is', () => {
  const second = fc.integer({ min: 1, max: NOW_S - SETTLING_S - 1 });
  const revision = fc.constantFrom(R1, R2, OTHER_KEY);
  const anySecret = (name: string) =>
    fc
      .record({ revision, changedAtS: fc.option(second, { nil: undefined }), createdS: second })
      .map(({ changedAtS, createdS, revision: of }) =>
        watched(name, of, { createdS, ...(changedAtS === undefined ? {} : { changedAtS }) }),
      );
  const entry = fc.oneof(
    revision,
    fc.tuple(revision, second).map(([of, moment]) => `${of}@${at(moment)}`),
  );
  const state = fc.record({
    secrets: fc.tuple(anySecret('db'), anySecret('tls')),
    seen: fc.dictionary(fc.constantFrom('db', 'tls', 'old'), entry, { noNullPrototype: true }),
    podsCreatedS: fc.array(second, { maxLength: 3 }),
    outdatedPodsCreatedS: fc.array(second, { maxLength: 2 }),
  });

  it('what a decision has recorded, it has settled: it never follows itself', () => {
    fc.assert(
      fc.property(state, ({ secrets, ...more }) => {
        const first = planRestart(secrets, subject(more));
        if (first.kind !== 'roll' && first.kind !== 'record') return;
        const rolled = first.kind === 'roll';
        // The roll makes all pods outdated, and the first new one comes after.
        const after = rolled
          ? { podsCreatedS: [NOW_S], outdatedPodsCreatedS: [...more.podsCreatedS, ...more.outdatedPodsCreatedS] }
          : more;
        expect(planRestart(secrets, subject({ ...more, ...after, seen: first.seen }))).toEqual({ kind: 'rest' });
      }),
      { numRuns: 2_000 },
    );
  });

  it('nothing rolls whose pods are all younger than the last change', () => {
    fc.assert(
      fc.property(state, ({ secrets, seen }) => {
        const young = Math.max(...secrets.map(({ sinceS }) => sinceS)) + 1;
        expect(planRestart(secrets, subject({ seen, podsCreatedS: [young] })).kind).not.toBe('roll');
      }),
    );
  });

  it('data that has changed after all that was seen rolls each workload with a pod that is older', () => {
    const changedAtS = NOW_S - SETTLING_S;
    fc.assert(
      fc.property(state, second, ({ secrets: [, tls], seen, podsCreatedS }, oldPodS) => {
        const db = watched('db', 'aaaaaaaa.new', { changedAtS });
        const plan = planRestart([db, tls], subject({ seen, podsCreatedS: [...podsCreatedS, oldPodS] }));
        expect(plan).toMatchObject({ kind: 'roll', causes: expect.arrayContaining(['db']) });
      }),
    );
  });
});
