import { describe, expect, it } from 'vitest';
import { type ClosedGate, closedGate, type GateSubject, rolloutPhase } from '../../../src/core/restart-gate.ts';
import type { Rollout } from '../../../src/core/workload-storage.ts';

const NOW_S = 10_000;

const done: Rollout = {
  phase: 'done',
  isPaused: false,
  isOnDelete: false,
  desiredPods: 2,
  deadlineS: undefined,
};

const subject = (more: Partial<GateSubject>): GateSubject => ({
  rollout: done,
  podsCreatedS: [5_000],
  knownSinceS: 9_000,
  lastRestartS: undefined,
  minIntervalS: 0,
  isRetry: false,
  nowS: NOW_S,
  ...more,
});

const underWay: Rollout = { ...done, phase: 'underWay' };
const timed: Rollout = { ...underWay, deadlineS: 600 };

const cases: readonly { it: string; given: Partial<GateSubject>; want?: ClosedGate }[] = [
  { it: 'is restarted at once when nothing is in the way', given: {} },
  {
    it: 'waits for an interval that cannot be read to be mended',
    given: { minIntervalS: undefined },
    want: { gate: 'InvalidInterval' },
  },
  {
    it: 'waits for that even where somebody asks for a retry',
    given: { minIntervalS: undefined, isRetry: true },
    want: { gate: 'InvalidInterval' },
  },
  { it: 'waits while it is paused', given: { rollout: { ...done, isPaused: true } }, want: { gate: 'Paused' } },
  {
    it: 'waits while it is paused in the middle of a rollout',
    given: { rollout: { ...underWay, isPaused: true } },
    want: { gate: 'Paused' },
  },
  {
    it: 'waits for a rollout whose controller knows a deadline, as long as that says nothing',
    given: { rollout: underWay, podsCreatedS: [1] },
    want: { gate: 'WaitingForRollout' },
  },
  {
    it: 'waits no longer when its controller says that the rollout fails',
    given: { rollout: { ...done, phase: 'failed' } },
  },
  {
    it: 'waits for a rollout without such a controller until it has made no pod for a while',
    given: { rollout: timed, podsCreatedS: [1, NOW_S - 500] },
    want: { gate: 'WaitingForRollout', ms: 100_000 },
  },
  { it: 'waits no longer when that while is over', given: { rollout: timed, podsCreatedS: [1, NOW_S - 600] } },
  {
    it: 'counts from when the spec was first seen where no pod has been made',
    given: { rollout: timed, podsCreatedS: [], knownSinceS: NOW_S - 1 },
    want: { gate: 'WaitingForRollout', ms: 599_000 },
  },
  {
    it: 'does not wait for that where no pod has been made for a while',
    given: { rollout: timed, podsCreatedS: [], knownSinceS: NOW_S - 600 },
  },
  { it: 'does not wait for people to delete pods', given: { rollout: { ...timed, isOnDelete: true, deadlineS: 600 } } },
  {
    it: 'waits for the rest of its interval',
    given: { lastRestartS: NOW_S - 200, minIntervalS: 600 },
    want: { gate: 'WaitingForInterval', ms: 400_000 },
  },
  { it: 'waits no longer when the interval is over', given: { lastRestartS: NOW_S - 600, minIntervalS: 600 } },
  { it: 'does not wait before its first restart', given: { minIntervalS: 600 } },
  {
    it: 'does not wait where somebody asks for a retry',
    given: { lastRestartS: NOW_S, minIntervalS: 600, isRetry: true },
  },
  {
    it: 'never waits for longer than the interval, whatever the clock was set to',
    given: { lastRestartS: NOW_S + 86_400, minIntervalS: 600 },
    want: { gate: 'WaitingForInterval', ms: 600_000 },
  },
  {
    it: 'waits for the rollout before it waits for the interval',
    given: { rollout: underWay, lastRestartS: NOW_S, minIntervalS: 600 },
    want: { gate: 'WaitingForRollout' },
  },
];

describe('a workload that is owed a restart', () => {
  for (const { it: name, given, want } of cases) it(name, () => expect(closedGate(subject(given))).toEqual(want));
});

describe('a rollout', () => {
  it('has failed when it has made no pod for as long as its deadline', () => {
    expect(rolloutPhase(subject({ rollout: timed, podsCreatedS: [NOW_S - 600] }))).toBe('failed');
    expect(rolloutPhase(subject({ rollout: timed, podsCreatedS: [NOW_S - 599] }))).toBe('underWay');
  });

  it('that is through does not fail any more', () => {
    expect(rolloutPhase(subject({ rollout: { ...timed, phase: 'done' }, podsCreatedS: [1] }))).toBe('done');
  });
});
