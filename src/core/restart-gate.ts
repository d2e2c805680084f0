import type { Rollout } from './workload-storage.ts';

/** Why a restart that is owed is not made now. */
export type Gate = 'InvalidInterval' | 'Paused' | 'WaitingForRollout' | 'WaitingForInterval';

/** A gate that is closed, and in how many milliseconds it is to be looked at again; without that, the next change of the workload tells. */
export interface ClosedGate {
  readonly gate: Gate;
  readonly ms?: number;
}

/** A workload that is owed a restart. Times are Unix seconds by the API server's clock. */
export interface GateSubject {
  readonly rollout: Rollout;
  /** When its live pods of the present template were created. */
  readonly podsCreatedS: readonly number[];
  /** Since when its present spec has been known: the begin of a rollout that has made no pod yet. */
  readonly knownSinceS: number;
  /** When keyferry last restarted it. */
  readonly lastRestartS: number | undefined;
  /** The least time between two restarts; undefined where what the workload says of it cannot be read. */
  readonly minIntervalS: number | undefined;
  readonly isRetry: boolean;
  readonly nowS: number;
}

/**
 * What stands between a workload and the restart that it is owed, the first that does:
 *
 * | workload                                     | then |
 * |----------------------------------------------|------|
 * | an interval that cannot be read              | wait until it is mended |
 * | paused                                       | wait until it is resumed: pods that then come are new anyway |
 * | pods are replaced only by hand               | nothing: who deletes them decides when |
 * | a rollout under way                          | wait for its end, or for its deadline |
 * | restarted less than the interval ago         | wait for the rest of it, unless a retry is wished for |
 */
export function closedGate(subject: GateSubject): ClosedGate | undefined {
  const { rollout, lastRestartS, minIntervalS, isRetry, nowS } = subject;
  if (minIntervalS === undefined) return { gate: 'InvalidInterval' };
  if (rollout.isPaused) return { gate: 'Paused' };
  if (rolloutPhase(subject) === 'underWay' && !rollout.isOnDelete) {
    const leftS = deadlineOf(subject) - nowS;
    return { gate: 'WaitingForRollout', ...(Number.isFinite(leftS) ? { ms: leftS * 1_000 } : {}) };
  }
  const restS = lastRestartS === undefined || isRetry ? 0 : lastRestartS + minIntervalS - nowS;
  // A clock that was set back makes nobody wait for longer than the interval.
  return restS > 0 ? { gate: 'WaitingForInterval', ms: Math.min(restS, minIntervalS) * 1_000 } : undefined;
}

/** The phase of the rollout, with the deadline of kinds whose controllers know none. */
export const rolloutPhase = (
  subject: Pick<GateSubject, 'rollout' | 'podsCreatedS' | 'knownSinceS' | 'nowS'>,
): Rollout['phase'] =>
  subject.rollout.phase === 'underWay' && deadlineOf(subject) <= subject.nowS ? 'failed' : subject.rollout.phase;

/** When it is taken for failed, unless a pod is made before. */
function deadlineOf({
  rollout,
  podsCreatedS,
  knownSinceS,
}: Pick<GateSubject, 'rollout' | 'podsCreatedS' | 'knownSinceS'>): number {
  const progressS = podsCreatedS.length > 0 ? Math.max(...podsCreatedS) : knownSinceS;
  return progressS + (rollout.deadlineS ?? Number.POSITIVE_INFINITY);
}
