import { API_VERSION } from '../api/names.ts';
import { describeFaults } from '../core/conditions.ts';
import { patchStatus } from '../core/patch-status.ts';
import type { Ambient, Recorder, ResourceStatus } from '../core/ports.ts';
import { isWorthWriting, type Outcome, readyOf, type Status, type Subject, summarize } from '../core/summarize.ts';
import { type Result, succeed } from '../model/result.ts';
import type { Prepared } from './prepare.ts';
import { faultOfWrite } from './write-fault.ts';

interface Ports {
  readonly ambient: Ambient;
  readonly status: ResourceStatus;
  readonly recorder: Recorder;
}

const ROUNDS = 3;

/**
 * Writes the status that the outcome comes to, unless it says what is already there, and an Event when readiness changes. A write
 * that meets a newer resourceVersion looks again live; a newer generation makes the outcome old, and it is dropped.
 */
export async function report(
  ports: Ports,
  prepared: Prepared,
  outcome: Outcome,
  refreshedMs: number | undefined,
  signal: AbortSignal,
): Promise<Result<undefined>> {
  const nowMs = ports.ambient.nowMs();
  const key = { namespace: prepared.owner.namespace, name: prepared.owner.name };
  let { resourceVersion, status } = prepared;
  for (let round = 0; round < ROUNDS; round++) {
    const subject = subjectOf(prepared, status, refreshedMs);
    const patch = summarize(subject, outcome, nowMs);
    if (!isWorthWriting(subject, patch, nowMs)) return succeed(undefined);
    const precondition = { uid: prepared.owner.uid, resourceVersion };
    const after = patchStatus(status, patch);
    const written = await ports.status.replaceStatus('ExternalSecret', key, precondition, after, signal);
    if (written.kind === 'written') {
      announce(ports.recorder, prepared, status, after, outcome);
      return succeed(undefined);
    }
    const fault = faultOfWrite(written, `ExternalSecret/${key.name}`);
    if (fault !== undefined) return { ok: false, faults: [fault] };
    const live = await ports.status.readResource('ExternalSecret', key, signal);
    if (!live.ok) return live;
    const { metadata, status: liveStatus } = live.value ?? {};
    if (metadata?.uid !== prepared.owner.uid || metadata.generation !== prepared.generation) return succeed(undefined);
    resourceVersion = metadata.resourceVersion;
    status = typeof liveStatus === 'object' && liveStatus !== null ? liveStatus : {};
  }
  return succeed(undefined);
}

const subjectOf = (prepared: Prepared, status: Status, refreshedMs: number | undefined): Subject => ({
  uid: prepared.owner.uid,
  generation: prepared.generation,
  forceSync: prepared.forceSync,
  spec: prepared.spec,
  status,
  refreshedMs,
});

/** One Event for each change of the Ready condition or of the reason for which work goes on, and for a Secret that is removed. */
function announce(recorder: Recorder, { owner }: Prepared, before: Status, after: Status, outcome: Outcome): void {
  if (stateOf(before) === stateOf(after)) return;
  const regarding = { apiVersion: API_VERSION, kind: 'ExternalSecret', ...owner };
  if (outcome.kind === 'gone' && outcome.isRemoved) {
    recorder.event(regarding, 'Warning', readyOf(after)?.reason ?? 'Internal', readyOf(after)?.message ?? '');
    return;
  }
  if (outcome.kind === 'synced' || outcome.kind === 'suspended') {
    recorder.event(regarding, 'Normal', readyOf(after)?.reason ?? 'Synced', readyOf(after)?.message ?? '');
    return;
  }
  const reason = after.conditions?.find(({ type }) => type !== 'Ready')?.reason ?? 'Internal';
  recorder.event(regarding, 'Warning', reason, describeFaults(outcome.faults));
}

const stateOf = ({ conditions = [], goneSince, binding }: Status): string =>
  [
    ...conditions.map(({ type, status: value, reason }) => `${type}=${value}:${reason}`).sort(),
    goneSince != null && binding == null ? 'removed' : '',
  ].join();
