import {
  LAST_RESTART_ANNOTATION,
  RESTARTED_AT_ANNOTATION,
  RETRY_RESTART_ANNOTATION,
  SEEN_REVISIONS_ANNOTATION,
} from '../api/names.ts';
import type { ObjectMeta, WorkloadKind } from '../core/ports.ts';
import { lastRestart } from '../core/restart-note.ts';
import type { RestartState } from '../core/restart-status.ts';
import type { SaidInterval } from '../core/restart-wish.ts';

/** A workload whose restart has come to a new state. */
export interface Turn {
  readonly kind: WorkloadKind;
  readonly metadata: ObjectMeta;
  readonly secrets: readonly string[];
  /** What the workload says of its least interval. */
  readonly interval: SaidInterval | undefined;
  /** What the cluster says, where it refuses. */
  readonly cause: string | undefined;
}

export interface RestartEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What the Event on the workload says; undefined where there is nothing to say. */
export function restartEvent(state: RestartState, turn: Turn): RestartEvent | undefined {
  const [type, message] = tellings[state](turn) ?? [];
  if (type === undefined || message === undefined) return undefined;
  return { type, reason: state === 'Restarting' ? 'Restarted' : `Restart${state}`, message };
}

type Telling = (turn: Turn) => readonly ['Normal' | 'Warning', string] | undefined;

const tellings: Readonly<Record<RestartState, Telling>> = {
  WaitingForRollout: ({ secrets }) => [
    'Normal',
    `The data of ${named(secrets)} changed while a rollout is under way; it is restarted when that has ended`,
  ],
  WaitingForInterval: ({ secrets, interval }) => [
    'Normal',
    `The data of ${named(secrets)} changed; it is restarted when its ${interval?.annotation} of ${textOf(interval)} is over`,
  ],
  WaitingForTurn: ({ secrets }) => [
    'Normal',
    `The data of ${named(secrets)} changed; as many workloads as may restart at once are restarting, and it waits for its turn`,
  ],
  Paused: ({ secrets, kind, metadata }) => [
    'Normal',
    `The data of ${named(secrets)} changed; it is paused, and is restarted when it is resumed: ${resumeOf(kind, metadata)}`,
  ],
  InvalidInterval: ({ secrets, interval }) => [
    'Warning',
    `The data of ${named(secrets)} changed, and it is not restarted, as ${interval?.annotation} is "${textOf(interval)}": want a duration with a unit up to 8760h, such as "30s", "10m" or "1h30m"`,
  ],
  Conflict: ({ secrets }) => [
    'Normal',
    `Somebody changed it at the moment of its restart for ${named(secrets)}; keyferry looks at it again`,
  ],
  Refused: ({ cause = '' }) => ['Warning', `The cluster refuses the restart: ${cause}`],
  Restarting: ({ secrets }) => ['Normal', `Rolled, since the data of ${named(secrets)} changed`],
  OnDelete: ({ secrets }) => [
    'Normal',
    `Rolled, since the data of ${named(secrets)} changed; by its update strategy, OnDelete, each pod keeps the old data until somebody deletes it`,
  ],
  Failed: ({ secrets, kind, metadata }) => [
    'Warning',
    `The rollout for ${named(secrets)} does not come through. It is not restarted again before the data or its spec changes, or you ask for it: ${retryOf(kind, metadata)}`,
  ],
  Restarted: () => undefined,
  NoPods: ({ secrets }) => [
    'Normal',
    `The data of ${named(secrets)} changed; it has no pods to restart, and those to come read the new data`,
  ],
  Undone: ({ secrets, kind, metadata }) => [
    'Warning',
    `Somebody has undone its restart for ${named(secrets)}, so it is not made again, and pods hold the old data. To try again: ${retryOf(kind, metadata)}`,
  ],
  Stripped: ({ kind, metadata }) => ['Warning', lastRestart(metadata).atS === undefined ? BARE : strippedOf(kind)],
};

const BARE = `Somebody has taken away what keyferry notes on it (${SEEN_REVISIONS_ANNOTATION}, ${LAST_RESTART_ANNOTATION}), as a tool does that replaces the whole object; keyferry does not put it back, and restarts it when the data changes again`;
const strippedOf = (kind: string): string =>
  `Somebody has taken ${kind === 'Rollout' ? 'its spec.restartAt away' : `${RESTARTED_AT_ANNOTATION} out of its pod template`}, as a rollback does, or a tool that takes the whole template for its own; keyferry does not put it back`;
const named = (secrets: readonly string[]): string => `Secret ${secrets.join(', ')}`;
const placeOf = (kind: string, { namespace, name }: ObjectMeta): string =>
  `${kind.toLowerCase()}/${name} -n ${namespace}`;
const resumeOf = (kind: string, metadata: ObjectMeta): string =>
  kind === 'Rollout'
    ? `kubectl argo rollouts promote ${metadata.name} -n ${metadata.namespace}`
    : `kubectl rollout resume ${placeOf(kind, metadata)}`;
const retryOf = (kind: string, metadata: ObjectMeta): string =>
  `kubectl annotate ${placeOf(kind, metadata)} --overwrite ${RETRY_RESTART_ANNOTATION}="$(date)"`;
const textOf = (interval: SaidInterval | undefined): string => interval?.text.slice(0, 40) ?? '';
