import { type DesiredSecret, diffSecret, type SecretChange } from '../core/diff.ts';
import type { LiveSecret, ObjectKey, SecretStorage, WriteOutcome } from '../core/ports.ts';
import { isOwned, type Owner } from '../core/target.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import { idOf } from './key.ts';
import type { Observer } from './observer.ts';
import { faultOfWrite } from './write-fault.ts';

/** A Secret that is as desired, and whether it took a write. */
export interface Applied {
  readonly resourceVersion: string;
  readonly change: 'none' | 'create' | 'replace';
  readonly newData: boolean;
}

/** The namespace is going away, so nothing can or need be written there. */
export type Terminating = 'terminating';

// Each round begins with a live read, so a second conflict in a row is rare and a fourth means a fight that back-off has to calm.
const ROUNDS = 4;

/** Makes the Secret as desired: compare with a live read, write with its uid and resourceVersion, look again when the world moved. */
export async function applySecret(
  storage: SecretStorage,
  observer: Observer,
  desired: DesiredSecret,
  firstLook: LiveSecret | undefined | 'notRead',
  signal: AbortSignal,
): Promise<Result<Applied | Terminating>> {
  const subject = `Secret/${desired.key.name}`;
  let known = firstLook;
  for (let round = 0; round < ROUNDS; round++) {
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
): Promise<WriteOutcome> =>
  change.kind === 'create'
    ? storage.create(change.manifest, signal)
    : storage.replace(change.manifest, change.precondition, signal);

/**
 * Removes the Secrets that used to be the owner's target, as far as a live read finds that they still are the owner's. People copy
 * Secrets with labels and owners and all, so `isOriginal` has the last word.
 */
export async function removeFormerTargets(
  storage: SecretStorage,
  observer: Observer,
  keys: Iterable<ObjectKey>,
  owner: Owner,
  isOriginal: (secret: LiveSecret) => boolean,
  signal: AbortSignal,
): Promise<Result<undefined>> {
  for (const key of keys) {
    const removed = await removeFormerTarget(storage, observer, key, owner, isOriginal, signal);
    if (!removed.ok) return removed;
  }
  return succeed(undefined);
}

async function removeFormerTarget(
  storage: SecretStorage,
  observer: Observer,
  key: ObjectKey,
  owner: Owner,
  isOriginal: (secret: LiveSecret) => boolean,
  signal: AbortSignal,
): Promise<Result<undefined>> {
  const read = await storage.read(key, signal);
  if (!read.ok) return read;
  if (read.value === undefined || !isOwned(read.value.metadata, owner.uid) || !isOriginal(read.value)) {
    return succeed(undefined);
  }
  const { uid, resourceVersion } = read.value.metadata;
  const outcome = await storage.remove(key, { uid, resourceVersion }, signal);
  if (outcome.kind === 'written') observer.secretWritten(idOf(key), 'delete');
  const fault = faultOfWrite(outcome, `Secret/${key.name}`);
  if (fault !== undefined) return { ok: false, faults: [fault] };
  return outcome.kind === 'conflict'
    ? fail('ClusterUnavailable', `Secret/${key.name}`, 'changed while it was being removed')
    : succeed(undefined);
}
