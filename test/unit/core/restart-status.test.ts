import { describe, expect, it } from 'vitest';
import {
  isTold,
  planRestartStatus,
  type RestartReport,
  restartStates,
  tellsOfRestart,
} from '../../../src/core/restart-status.ts';
import type { Status } from '../../../src/core/summarize.ts';
import { at } from '../../support/restart-state.ts';

type Entry = NonNullable<Status['restarts']>[number];

const entry = (name: string, state: string, sinceS: number): Entry => ({
  kind: 'Deployment',
  name,
  state,
  since: at(sinceS),
});
const report = (name: string, state: RestartReport['state'], sinceS: number, more: Partial<RestartReport> = {}) => ({
  kind: 'Deployment',
  namespace: 'shop',
  name,
  secrets: ['db'],
  state,
  sinceS,
  restartedAtS: undefined,
  owedSinceS: undefined,
  ...more,
});
const statusOf = (...restarts: readonly Entry[]): Status => ({ restarts: [...restarts] });
const everybody = () => true;

describe('the restarts in a status', () => {
  it('are in the order of their names, whatever the order of the reports', () => {
    const [a, b] = [report('a', 'Restarting', 5), report('b', 'Paused', 4)];
    const want = { restarts: [entry('a', 'Restarting', 5), entry('b', 'Paused', 4)] };
    expect(planRestartStatus({}, [a, b], everybody)).toEqual(want);
    expect(planRestartStatus({}, [b, a], everybody)).toEqual(want);
  });

  it('are not written again where they say so already', () => {
    const status = { ...statusOf(entry('a', 'Restarting', 5)), lastRestartTime: at(5) };
    expect(planRestartStatus(status, [report('a', 'Restarting', 9, { restartedAtS: 5 })], everybody)).toBeUndefined();
    expect(planRestartStatus({}, [], everybody)).toBeUndefined();
  });

  it('keep the time of a state that lasts, and not that of one that a later restart has come to', () => {
    const status = statusOf(entry('a', 'Restarted', 50));
    const again = (restartedAtS: number) =>
      planRestartStatus(status, [report('a', 'Restarted', 90, { restartedAtS })], everybody);
    expect(again(40)?.restarts).toEqual([entry('a', 'Restarted', 50)]);
    expect(again(60)?.restarts).toEqual([entry('a', 'Restarted', 90)]);
  });

  it('keep what nothing new is known of, and drop those that ask no longer', () => {
    const status = statusOf(entry('a', 'Failed', 1), entry('b', 'Restarted', 2));
    const isAsking = ({ name }: { readonly name: string }) => name !== 'b';
    const plan = planRestartStatus(status, [report('b', 'Restarting', 9, { restartedAtS: 9 })], isAsking);
    expect(plan).toEqual({ restarts: [entry('a', 'Failed', 1)] });
  });

  it('tell apart workloads of one name', () => {
    const status = statusOf({ ...entry('a', 'Failed', 1), kind: 'StatefulSet' });
    expect(planRestartStatus(status, [report('a', 'Paused', 2)], everybody)?.restarts).toEqual([
      entry('a', 'Paused', 2),
      { ...entry('a', 'Failed', 1), kind: 'StatefulSet' },
    ]);
  });

  it('are a hundred at most: what goes on first, then the latest ends', () => {
    const many = Array.from({ length: 120 }, (_, at) => report(`w${at}`, at === 0 ? 'Failed' : 'Restarted', at));
    const names = planRestartStatus({}, many, everybody)?.restarts?.map(({ name }) => name);
    expect(names).toHaveLength(100);
    expect(names).toContain('w0');
    expect(names).toContain('w119');
    expect(names).not.toContain('w1');
  });

  it('give the time of the last restart, which never goes back', () => {
    const reports = [report('a', 'Restarting', 9, { restartedAtS: 9 }), report('b', 'Failed', 8, { restartedAtS: 3 })];
    expect(planRestartStatus({}, reports, everybody)?.lastRestartTime).toBe(at(9));
    expect(planRestartStatus({ lastRestartTime: at(20) }, reports, everybody)?.lastRestartTime).toBe(at(20));
  });
});

describe('a restart is told', () => {
  const web = { kind: 'Deployment', name: 'a' };
  const last = { atS: 50, secrets: ['db'], undone: [], retry: undefined };
  const never = { atS: undefined, secrets: [], undone: [], retry: undefined };

  const cases: readonly [string, Status, Parameters<typeof isTold>[3], boolean][] = [
    ['where there was none', {}, never, true],
    ['where the status has its end', statusOf(entry('a', 'Restarted', 51)), last, true],
    ['where it was for another Secret', {}, { ...last, secrets: ['tls'] }, true],
    ['not where the status has nothing of it', {}, last, false],
    ['not where the status has the end of an earlier one', statusOf(entry('a', 'Restarted', 49)), last, false],
    ['not where the status has a state that is no end', statusOf(entry('a', 'Restarting', 51)), last, false],
    [
      'not where it never came to a restart, and the status has it waiting',
      statusOf(entry('a', 'Paused', 51)),
      never,
      false,
    ],
    [
      'not where the status has a state of another version of keyferry',
      statusOf(entry('a', 'Pondering', 51)),
      last,
      false,
    ],
    ['not where it was undone since', statusOf(entry('a', 'Restarted', 51)), { ...last, undone: ['db'] }, false],
    ['where the status says that it was undone', statusOf(entry('a', 'Undone', 51)), { ...last, undone: ['db'] }, true],
    [
      'where the status has no room for it',
      statusOf(...Array.from({ length: 100 }, (_, at) => entry(`w${at}`, 'Failed', 9))),
      last,
      true,
    ],
  ];
  for (const [name, status, note, want] of cases) it(name, () => expect(isTold(status, web, 'db', note)).toBe(want));

  it('takes no name that every object has for a state', () => {
    expect(isTold(statusOf(entry('a', 'constructor', 51)), web, 'db', last)).toBe(false);
    expect(Object.keys(restartStates)).not.toContain('constructor');
  });
});

describe('a state that was told', () => {
  const cases: readonly { it: string; state: string; sinceS: number; want: boolean }[] = [
    ...['Restarting', 'OnDelete', 'Failed', 'Restarted', 'Undone', 'Stripped'].map((state) => ({
      it: `says of a restart that it was made: ${state}`,
      state,
      sinceS: 105,
      want: true,
    })),
    ...['WaitingForRollout', 'WaitingForTurn', 'Paused', 'Refused', 'Conflict', 'NoPods', 'OfAnotherVersion'].map(
      (state) => ({
        it: `says nothing of a restart that was made: ${state}`,
        state,
        sinceS: 105,
        want: false,
      }),
    ),
    { it: 'says nothing of a change that came later', state: 'Restarted', sinceS: 99, want: false },
    { it: 'says nothing of a change that had not settled then', state: 'Restarted', sinceS: 104, want: false },
  ];
  for (const { it: name, state, sinceS, want } of cases)
    it(name, () => expect(tellsOfRestart(state, sinceS, 100)).toBe(want));
});
