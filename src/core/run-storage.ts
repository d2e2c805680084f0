import type { Result } from '../model/result.ts';
import type { ObjectKey, ObjectMeta } from './ports.ts';

// What keyferry needs of the world to tell CronJobs and Jobs of a change; kube/ implements it.

/** The kinds whose pods come and go by themselves: they are told of a change, and never restarted. */
export type RunKind = 'CronJob' | 'Job';

/** A CronJob or a Job, read live. */
export interface LiveRun {
  /** The spec of the pods that it makes, not yet parsed. */
  readonly podSpec: unknown;
  /** It has come to its end, and makes no pod any more. */
  readonly isOver: boolean;
}

export interface RunStorage {
  /** The metadata of all in the namespace; none where keyferry may not list them. */
  list(kind: RunKind, namespace: string, signal: AbortSignal): Promise<Result<readonly ObjectMeta[]>>;
  /** undefined when it is gone, or keyferry may not read it. */
  read(kind: RunKind, key: ObjectKey, signal: AbortSignal): Promise<Result<LiveRun | undefined>>;
}
