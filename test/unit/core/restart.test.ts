import { describe, expect, it } from 'vitest';
import { hasSeen, planRestart, SETTLING_S } from '../../../src/core/restart.ts';
import { at, NOW_S, OTHER_KEY, R1, R2, subject, watched } from '../../support/restart-state.ts';

describe('a workload with one Secret', () => {
  interface Case {
    readonly it: string;
    /** The entry for the Secret. */
    readonly entry?: string;
    readonly revision?: string;
    readonly changedAtS?: number;
    readonly createdS?: number;
    readonly pods?: readonly number[];
    readonly outdatedPods?: readonly number[];
    /** The entry in the record of a former template. */
    readonly former?: string;
    readonly isRetry?: boolean;
    /** It was restarted for this change, and a tool has taken away what said so. */
    readonly isTaken?: true;
    readonly want: 'rest' | 'record' | 'roll';
    readonly undone?: true;
  }
  const cases: readonly Case[] = [
    { it: 'rests when it has seen the revision', entry: R1, revision: R1, pods: [5], want: 'rest' },
    {
      it: 'rests when it has seen the revision and its change, however old its pods are',
      entry: `${R2}@${at(100)}`,
      changedAtS: 100,
      pods: [5],
      want: 'rest',
    },
    {
      it: 'only records at first sight, though its pods waited for the Secret',
      revision: R1,
      pods: [5],
      want: 'record',
    },
    {
      it: 'only records at first sight of a Secret older than its pods',
      revision: R1,
      createdS: 10,
      pods: [20],
      want: 'record',
    },
    { it: 'rolls at first sight of a Secret that changed after its pods', changedAtS: 100, pods: [50], want: 'roll' },
    {
      it: 'only records when it opts in with pods younger than the change',
      changedAtS: 100,
      pods: [150],
      want: 'record',
    },
    { it: 'rolls when its pods are older than the change', entry: R1, changedAtS: 100, pods: [50], want: 'roll' },
    { it: 'rolls for one old pod among new ones', entry: R1, changedAtS: 100, pods: [150, 50, 160], want: 'roll' },
    { it: 'rolls for a pod of the very second of the change', entry: R1, changedAtS: 100, pods: [100], want: 'roll' },
    { it: 'only records for a pod of the second after', entry: R1, changedAtS: 100, pods: [101], want: 'record' },
    { it: 'only records without pods', entry: R1, changedAtS: 100, pods: [], want: 'record' },
    {
      it: 'only records after a rollback, which brings old entries back beside new pods',
      entry: R1,
      changedAtS: 100,
      pods: [150, 151],
      want: 'record',
    },
    {
      it: 'rolls after a rollback to pods that are older than the change',
      entry: R1,
      changedAtS: 100,
      pods: [50],
      outdatedPods: [120],
      want: 'roll',
    },
    {
      it: 'rests when the Secret was made again with equal bytes',
      entry: R1,
      revision: R1,
      createdS: 100,
      pods: [50],
      want: 'rest',
    },
    {
      it: 'rests when a Secret that had changed was made again with equal bytes',
      entry: `${R2}@${at(40)}`,
      createdS: 100,
      pods: [50],
      want: 'rest',
    },
    { it: 'rolls when the Secret was made again with other bytes', entry: R1, createdS: 100, pods: [50], want: 'roll' },
    {
      it: 'only records a Secret that was made again before its pods',
      entry: R1,
      createdS: 100,
      pods: [150],
      want: 'record',
    },
    {
      it: 'only records the revision of a new installation key, though its pods are as old as the Secret',
      entry: R1,
      revision: OTHER_KEY,
      createdS: 10,
      pods: [5],
      want: 'record',
    },
    {
      it: 'only records the revision of a new installation key when the last change is the one it saw',
      entry: `${R1}@${at(100)}`,
      revision: OTHER_KEY,
      changedAtS: 100,
      pods: [50],
      want: 'record',
    },
    {
      it: 'rolls for a change that came with a new installation key',
      entry: R1,
      revision: OTHER_KEY,
      changedAtS: 100,
      pods: [50],
      want: 'roll',
    },
    {
      it: 'only records when data went to another value and back before its pods',
      entry: R1,
      revision: R1,
      changedAtS: 100,
      pods: [150],
      want: 'record',
    },
    {
      it: 'rolls when data went to another value and back, as pods of the time between have the other value',
      entry: R1,
      revision: R1,
      changedAtS: 100,
      pods: [99],
      want: 'roll',
    },
    {
      it: 'leaves old pods to a rollout that is under way, and records nothing before its end',
      entry: R1,
      changedAtS: 100,
      pods: [150],
      outdatedPods: [50],
      want: 'rest',
    },
    {
      it: 'leaves old pods to a rollout that has not made a pod yet',
      changedAtS: 100,
      pods: [],
      outdatedPods: [50, 60],
      want: 'rest',
    },
    {
      it: 'only records beside a rollout whose outdated pods are younger than the change',
      entry: R1,
      changedAtS: 100,
      pods: [150],
      outdatedPods: [120],
      want: 'record',
    },
    { it: 'is not led astray by a change far in the future', entry: R1, changedAtS: 9e9, pods: [50], want: 'roll' },
    {
      it: 'takes an entry that is no revision for none of ours',
      entry: 'nonsense',
      revision: R1,
      pods: [5],
      want: 'record',
    },
    { it: 'takes an empty entry for none of ours', entry: '', revision: R1, pods: [5], want: 'record' },
    {
      it: 'only records where people have undone the restart',
      entry: R1,
      changedAtS: 100,
      pods: [50],
      former: `${R2}@${at(100)}`,
      want: 'record',
      undone: true,
    },
    {
      it: 'rolls for a change that came after the restart that people have undone',
      entry: R1,
      changedAtS: 100,
      pods: [50],
      former: `${R2}@${at(70)}`,
      want: 'roll',
    },
    {
      it: 'rolls for a Secret that was made again, whatever a former template had seen',
      entry: R1,
      createdS: 100,
      pods: [50],
      former: R2,
      want: 'roll',
    },
    {
      it: 'rolls once more on request where the restart was undone',
      entry: `${R2}@${at(100)}`,
      changedAtS: 100,
      pods: [50],
      former: `${R2}@${at(100)}`,
      isRetry: true,
      want: 'roll',
    },
    {
      it: 'rolls once more on request where a rollout does not get rid of old pods',
      entry: `${R2}@${at(100)}`,
      changedAtS: 100,
      pods: [150],
      outdatedPods: [50],
      isRetry: true,
      want: 'roll',
    },
    {
      it: 'only notes the request where every pod is new',
      entry: `${R2}@${at(100)}`,
      changedAtS: 100,
      pods: [150],
      isRetry: true,
      want: 'record',
    },
    {
      it: 'only notes the request where the Secret never changed',
      entry: R2,
      pods: [5],
      isRetry: true,
      want: 'record',
    },
    {
      it: 'rests where a tool has taken its restart away, though pods are older than the change',
      changedAtS: 100,
      pods: [50],
      isTaken: true,
      want: 'rest',
    },
    {
      it: 'rolls once more on request where a tool has taken its restart away',
      changedAtS: 100,
      pods: [50],
      isTaken: true,
      isRetry: true,
      want: 'roll',
    },
    {
      it: 'rests when the entry of another version says more than this one can read',
      entry: `${R2}@${at(100)}@more`,
      changedAtS: 100,
      pods: [50],
      want: 'rest',
    },
    {
      it: 'asks the pods where the time in the entry is nonsense',
      entry: `${R2}@yesterday`,
      changedAtS: 100,
      pods: [50],
      want: 'roll',
    },
  ];
  for (const { it: name, entry, revision = R2, pods = [], outdatedPods = [], want, ...more } of cases) {
    const { former, isRetry = false, isTaken, undone, ...times } = more;
    it(name, () => {
      const seen: Record<string, string> = entry === undefined ? {} : { db: entry };
      const secret = watched('db', revision, times);
      const formerSeen = former === undefined ? [] : [{}, { db: former }];
      const ages = { podsCreatedS: pods, outdatedPodsCreatedS: outdatedPods };
      const plan = planRestart(
        [secret],
        subject({ seen, ...ages, formerSeen, isRetry, taken: isTaken === true ? ['db'] : [] }),
      );
      expect(plan.kind).toBe(want);
      if (plan.kind === 'record') expect(plan.undone).toEqual(undone === true ? ['db'] : []);
      if (plan.kind === 'roll') expect(plan.causes).toEqual(['db']);
      if (plan.kind === 'roll' || (plan.kind === 'record' && !isRetry)) expect(hasSeen(plan.seen, secret)).toBe(true);
    });
  }

  it('may have a name that every object in JavaScript has', () => {
    const secret = watched('constructor', R1);
    const plan = planRestart([secret], subject({ asked: ['constructor'], podsCreatedS: [5] }));
    expect(plan).toEqual({ kind: 'record', seen: { constructor: R1 }, undone: [] });
    expect(hasSeen({}, secret)).toBe(false);
  });
});

describe('a change that has just come', () => {
  const wait = (changedAtS: number, podsCreatedS = [50]) =>
    planRestart([watched('db', R2, { changedAtS })], subject({ seen: { db: R1 }, podsCreatedS }));

  it('waits for the settling time', () => {
    expect(wait(NOW_S + 1)).toEqual({ kind: 'wait', ms: (SETTLING_S + 1) * 1_000 });
    expect(wait(NOW_S)).toEqual({ kind: 'wait', ms: SETTLING_S * 1_000 });
    expect(wait(NOW_S - SETTLING_S + 1)).toEqual({ kind: 'wait', ms: 1_000 });
  });

  it('rolls as soon as that is over', () => {
    expect(wait(NOW_S - SETTLING_S).kind).toBe('roll');
  });

  it('is recorded at once where no pod is old', () => {
    expect(wait(NOW_S, [NOW_S + 1]).kind).toBe('record');
  });

  it('is not waited for where its time is no time that keyferry can have written', () => {
    expect(wait(NOW_S + 86_400).kind).toBe('roll');
  });

  it('waits when the Secret was made again with other bytes', () => {
    const recreated = [watched('db', R2, { createdS: NOW_S })];
    expect(planRestart(recreated, subject({ seen: { db: R1 }, podsCreatedS: [50] })).kind).toBe('wait');
  });
});
