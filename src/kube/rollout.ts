import type { WorkloadKind } from '../core/ports.ts';
import type { Rollout } from '../core/workload-storage.ts';
import { fieldsOf, itemsOf, textOf } from './object-meta.ts';

/** What a rollout is told by. */
interface Sent {
  readonly kind: WorkloadKind;
  readonly metadata: { readonly generation: number };
  readonly spec: unknown;
  readonly status: unknown;
}

/** As a Deployment's, where nobody has said otherwise. */
const DEADLINE_S = 600;
/** The value by which a Deployment says that it has none. */
const NO_DEADLINE_S = 2 ** 31 - 1;

/** How far the rollout of the workload's present template has come, by its own controller's account. */
export function readRollout({ kind, metadata, spec, status }: Sent): Rollout {
  const [wanted, told] = [fieldsOf(spec), fieldsOf(status)];
  const rollout = readers[kind](wanted, told);
  const deadlineS = rollout.deadlineS === undefined ? undefined : rollout.deadlineS + count(wanted.minReadySeconds);
  return { ...rollout, deadlineS, phase: isObserved(metadata.generation, status) ? rollout.phase : 'underWay' };
}

/** Whether the workload's controller has taken note of the generation. Argo writes it as text; of what is no number nothing is known. */
export const isObserved = (generation: number, status: unknown): boolean =>
  !(Number(fieldsOf(status).observedGeneration ?? 0) < generation);

type Fields = Readonly<Record<string, unknown>>;

const readers: Readonly<Record<WorkloadKind, (spec: Fields, status: Fields) => Rollout>> = {
  Deployment: readDeployment,
  StatefulSet: readStatefulSet,
  DaemonSet: readDaemonSet,
  Rollout: readArgoRollout,
};

function readDeployment(spec: Fields, status: Fields): Rollout {
  const desiredPods = count(spec.replicas, 1);
  const [replicas, updated, available] = [status.replicas, status.updatedReplicas, status.availableReplicas].map((of) =>
    count(of),
  ) as [number, number, number];
  const progress = itemsOf(status.conditions)
    .map(fieldsOf)
    .find(({ type }) => type === 'Progressing');
  // Once it is through, it stays so: pods that fall ill later are no rollout.
  const wasThrough = textOf(progress?.reason) === 'NewReplicaSetAvailable';
  const isMade = updated >= replicas && (updated > 0 || desiredPods === 0);
  const isThrough = isMade && (wasThrough || (updated >= desiredPods && available >= updated));
  const hasFailed = textOf(progress?.reason) === 'ProgressDeadlineExceeded';
  const deadlineS = count(spec.progressDeadlineSeconds, NO_DEADLINE_S);
  return {
    phase: isThrough ? 'done' : hasFailed ? 'failed' : 'underWay',
    isPaused: spec.paused === true,
    isOnDelete: false,
    desiredPods,
    deadlineS: deadlineS >= NO_DEADLINE_S ? DEADLINE_S : undefined,
  };
}

function readStatefulSet(spec: Fields, status: Fields): Rollout {
  const { type, rollingUpdate } = fieldsOf(spec.updateStrategy);
  const isOnDelete = type === 'OnDelete';
  const desiredPods = count(spec.replicas, 1);
  const ofTemplate = Math.max(0, desiredPods - count(fieldsOf(rollingUpdate).partition));
  const [updated, ready] = [count(status.updatedReplicas), count(status.readyReplicas)];
  // The controller makes the two equal when every pod has been ready. With a partition, or by hand, it never does.
  const wasThrough = textOf(status.currentRevision) === textOf(status.updateRevision);
  const isThrough = wasThrough || (updated >= (isOnDelete ? desiredPods : ofTemplate) && ready >= desiredPods);
  return { phase: isThrough ? 'done' : 'underWay', isPaused: false, isOnDelete, desiredPods, deadlineS: DEADLINE_S };
}

function readDaemonSet(spec: Fields, status: Fields): Rollout {
  const desiredPods = count(status.desiredNumberScheduled);
  const isThrough = count(status.updatedNumberScheduled) >= desiredPods && count(status.numberAvailable) >= desiredPods;
  const isOnDelete = fieldsOf(spec.updateStrategy).type === 'OnDelete';
  return { phase: isThrough ? 'done' : 'underWay', isPaused: false, isOnDelete, desiredPods, deadlineS: DEADLINE_S };
}

const ARGO_PHASES: ReadonlyMap<string, Rollout['phase']> = new Map([
  ['Healthy', 'done'],
  ['Paused', 'done'],
  ['Degraded', 'failed'],
]);

/** Argo counts as through when it has restarted every pod that is older than restartAt; a step of a canary that waits is no rollout on the way. */
function readArgoRollout(spec: Fields, status: Fields): Rollout {
  const restartAtMs = Date.parse(textOf(spec.restartAt));
  const isRestarting = !Number.isNaN(restartAtMs) && !(Date.parse(textOf(status.restartedAt)) >= restartAtMs);
  const phase = ARGO_PHASES.get(textOf(status.phase)) ?? 'underWay';
  return {
    phase: phase === 'done' && isRestarting ? 'underWay' : phase,
    isPaused: spec.paused === true,
    isOnDelete: false,
    desiredPods: count(spec.replicas, 1),
    deadlineS: DEADLINE_S,
  };
}

const count = (value: unknown, otherwise = 0): number => (typeof value === 'number' ? value : otherwise);
