import { RESTARTED_AT_ANNOTATION } from '../api/names.ts';
import type { WorkloadKind } from '../core/ports.ts';
import { rolloutPhase } from '../core/restart-gate.ts';
import { lastRestart } from '../core/restart-note.ts';
import type { RestartState } from '../core/restart-status.ts';
import type { LiveTemplate, Rollout, WorkloadStorage } from '../core/workload-storage.ts';
import { type Result, succeed } from '../model/result.ts';
import type { Finding } from './restart-journal.ts';

/** How far the last restart of a workload has come, for which Secrets, and when to look again (undefined: at its next change). */
export interface Followed {
  readonly finding: Finding;
  readonly secrets: readonly string[];
  readonly ms?: number;
}

/** What there may be to tell of a workload that is owed no restart. */
export interface Silence {
  /** The Secrets whose ExternalSecrets have not been told how the last restart has ended. */
  readonly untold: readonly string[];
  /** Those for which it was restarted, as it says no longer. */
  readonly taken: readonly string[];
}

/** How far the last restart of a workload has come that is owed none; undefined when there is nothing to tell. */
export async function followRestart(
  workloads: WorkloadStorage,
  kind: WorkloadKind,
  live: LiveTemplate,
  { untold, taken }: Silence,
  signal: AbortSignal,
): Promise<Result<Followed | undefined>> {
  const { metadata, templateAnnotations, rollout, serverTimeS: nowS } = live;
  const last = lastRestart(metadata);
  const isUndone = untold.some((name) => last.undone.includes(name));
  const isOut = !isUndone && last.atS !== undefined && templateAnnotations[RESTARTED_AT_ANNOTATION] === undefined;
  const isStripped = isOut || taken.length > 0;
  const secrets = isOut ? last.secrets : isStripped ? taken : untold;
  if (secrets.length === 0) return succeed(undefined);
  const phase = isStripped ? succeed(rollout.phase) : await phaseOf(workloads, kind, live, signal);
  if (!phase.ok) return phase;
  const state = isStripped ? 'Stripped' : isUndone ? 'Undone' : stateOf(rollout, phase.value);
  const sinceS = state === 'Restarting' ? (last.atS ?? nowS) : nowS;
  const finding = { state, sinceS, restartedAtS: last.atS, owedSinceS: undefined } as const;
  const isTimed = state === 'Restarting' && rollout.deadlineS !== undefined;
  return succeed({ finding, secrets, ...(isTimed ? { ms: rollout.deadlineS * 1_000 } : {}) });
}

function stateOf({ isOnDelete, isPaused, desiredPods }: Rollout, phase: Rollout['phase']): RestartState {
  if (phase === 'done') return desiredPods === 0 ? 'NoPods' : 'Restarted';
  if (isOnDelete) return 'OnDelete';
  if (phase === 'failed') return 'Failed';
  return isPaused ? 'Paused' : 'Restarting';
}

/** The phase of the rollout; where only pods can tell that it has failed, they are asked once it might have. */
async function phaseOf(
  workloads: WorkloadStorage,
  kind: WorkloadKind,
  { metadata, rollout, serverTimeS: nowS }: LiveTemplate,
  signal: AbortSignal,
): Promise<Result<Rollout['phase']>> {
  const at = { rollout, podsCreatedS: [], knownSinceS: lastRestart(metadata).atS ?? nowS, nowS };
  const phase = rolloutPhase(at);
  if (phase === rollout.phase || rollout.isOnDelete) return succeed(phase);
  const read = await workloads.read(kind, metadata, signal);
  if (!read.ok) return read;
  return succeed(rolloutPhase({ ...at, podsCreatedS: read.value?.podsCreatedS ?? [] }));
}
