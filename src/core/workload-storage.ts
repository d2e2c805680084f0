import type { Result } from '../model/result.ts';
import type { ObjectKey, ObjectMeta, Precondition, WorkloadKind, WriteOutcome } from './ports.ts';

// What restarts need of the world; kube/ implements it.

/** How far the rollout of a workload's present template has come, by its own controller's account. */
export interface Rollout {
  /** `done`: the pods are of the present template, and have been ready. `failed`: the controller says that it makes no progress. */
  readonly phase: 'done' | 'underWay' | 'failed';
  readonly isPaused: boolean;
  /** Pods are replaced when somebody deletes them, and not before. */
  readonly isOnDelete: boolean;
  readonly desiredPods: number;
  /** How long without a new pod (seconds) means that it has failed; undefined where the controller says so itself. */
  readonly deadlineS: number | undefined;
}

/** A workload read live, without what other objects tell of it. */
export interface LiveTemplate {
  readonly metadata: ObjectMeta;
  /** spec.template.spec, not yet parsed. */
  readonly podSpec: unknown;
  /** spec.template.metadata.annotations; of a Rollout, spec.restartAt stands for kubectl.kubernetes.io/restartedAt. */
  readonly templateAnnotations: Readonly<Record<string, string>>;
  readonly rollout: Rollout;
  readonly serverTimeS: number;
}

/** A workload read live, as much of it as a restart is decided on. */
export interface LiveWorkload extends LiveTemplate {
  /** The creation times (Unix seconds) of its pods of the present template that are neither finished nor being deleted. */
  readonly podsCreatedS: readonly number[];
  /** The same of pods that its controller is to replace: those of former templates, or all while it has not yet seen the present one. */
  readonly outdatedPodsCreatedS: readonly number[];
  /** The annotations of its former ReplicaSets: its own of that time, which a rollback brings back. */
  readonly formerAnnotations: readonly Readonly<Record<string, string>>[];
}

/** The metadata of a Secret, read past the cache. */
export interface LiveSecretMeta {
  readonly metadata: ObjectMeta;
  /** When the API server took keyferry's last write (Unix seconds); undefined when it does not tell. */
  readonly writtenS: number | undefined;
}

export interface WorkloadStorage {
  /** undefined when there is no such workload. */
  read(kind: WorkloadKind, key: ObjectKey, signal: AbortSignal): Promise<Result<LiveWorkload | undefined>>;
  /** The same by one call instead of three. */
  readTemplate(kind: WorkloadKind, key: ObjectKey, signal: AbortSignal): Promise<Result<LiveTemplate | undefined>>;
  /** undefined when there is no such Secret. */
  readSecretMeta(key: ObjectKey, signal: AbortSignal): Promise<Result<LiveSecretMeta | undefined>>;
  /** One merge patch, field manager `keyferry`: entries of metadata.annotations and of the template's annotations (null removes). */
  patch(
    kind: WorkloadKind,
    key: ObjectKey,
    precondition: Precondition,
    annotations: Readonly<Record<string, string | null>>,
    templateAnnotations: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<WriteOutcome>;
}
