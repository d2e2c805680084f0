import { diffSecret } from '../core/diff.ts';
import type { LiveSecret, SecretStorage, WriteOutcome } from '../core/ports.ts';
import type { DesiredSecret, SecretChange } from '../core/secret-change.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import { idOf } from './key.ts';
import type { Observer } from './observer.ts';
import { faultOfWrite } from './write-fault.ts';

/** A Secret that is as desired, and whether it took a write. */
export interface Applied {
  readonly resourceVersion: string;
  readonly change: 'none' | 'create' | 'replace' | 'apply';
  readonly newData: boolean;
}

/** The namespace is going away, so nothing can or need be written there. */
export type Terminating = 'terminating';

// Each round begins with a live read, so a second conflict in a row is rare and a fourth means a fight that back-off has to calm.
const ROUNDS = 4;
// Who shares a Secret with many meets them all when they are made together; each conflict means that one of them is done.
const ROUNDS_OF_MERGE = 16;

/** Makes the Secret as desired: compare with a live read, write with its uid and resourceVersion, look again when the world moved. */
export async function applySecret(
  storage: SecretStorage,
  observer: Observer,
  desired: DesiredSecret,
  firstLook: LiveSecret | undefined | 'notRead',
  signal: AbortSignal,
): Promise<Result<Applied | Terminating>> {
  const subject = `Secret/${desired.key.name}`;
  const rounds = desired.target.creationPolicy === 'Merge' ? ROUNDS_OF_MERGE : ROUNDS;
  let known = firstLook;
  for (let round = 0; round < rounds; round++) {
    const read = known === 'notRead' ? await storage.read(desired.key, signal) : succeed(known);
    if (!read.ok) return read;
    known = 'notRead';
    const change = diffSecret(desired, read.value);
    if (change.kind === 'refused') return { ok: false, faults: [change.fault] };
    if (change.kind === 'none') {
      return succeed({ resourceVersion: read.value?.metadata.resourceVersion ?? '', change: 'none', newData: false });
    }
    const outcome = await write(storage, change, signal);
    if (outcome.kind === 'namespaceTerminating') return succeed('terminating');
    if (outcome.kind === 'written') {
      observer.secretWritten(idOf(desired.key), change.kind);
      const newData = change.kind === 'create' || change.newData;
      return succeed({ resourceVersion: outcome.metadata.resourceVersion, change: change.kind, newData });
    }
    const fault = faultOfWrite(outcome, subject);
    if (fault !== undefined) return { ok: false, faults: [fault] };
  }
  return fail(
    'ClusterUnavailable',
    subject,
    'is being changed by others all the time, so that no write of ours takes place',
  );
}

const write = (
  storage: SecretStorage,
  change: Exclude<SecretChange, { kind: 'none' | 'refused' }>,
  signal: AbortSignal,
): Promise<WriteOutcome> => {
  switch (change.kind) {
    case 'create':
      return storage.create(change.manifest, signal);
    case 'replace':
      return storage.replace(change.manifest, change.precondition, signal);
    case 'apply':
      return storage.apply(change.part, change.precondition, change.force, signal);
  }
};

/** Removes the very Secret that was read. */
export async function removeSecret(
  storage: SecretStorage,
  observer: Observer,
  { metadata }: LiveSecret,
  signal: AbortSignal,
): Promise<Result<undefined>> {
  const { uid, resourceVersion, name } = metadata;
  const outcome = await storage.remove(metadata, { uid, resourceVersion }, signal);
  if (outcome.kind === 'written') observer.secretWritten(idOf(metadata), 'delete');
  const fault = faultOfWrite(outcome, `Secret/${name}`);
  if (fault !== undefined) return { ok: false, faults: [fault] };
  return outcome.kind === 'conflict'
    ? fail('ClusterUnavailable', `Secret/${name}`, 'changed while it was being removed')
    : succeed(undefined);
}
