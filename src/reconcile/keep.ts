import type { LiveSecret, ObjectKey } from '../core/ports.ts';
import type { SecretData } from '../core/render.ts';
import type { Outcome } from '../core/summarize.ts';
import type { Ready } from './prepare.ts';

/** CreatedOnce: a Secret that is there is as asked, whatever people made of it since. `data` is what it holds of ours. */
export function keep(
  revise: (secret: ObjectKey, data: SecretData) => string,
  { target, status, store }: Ready,
  { metadata }: LiveSecret,
  data: SecretData,
): Outcome & { readonly kind: 'synced' } {
  const targetRevision = revise(target, data);
  return {
    kind: 'synced',
    refreshedMs: Date.parse(status.refreshTime ?? metadata.creationTimestamp),
    secretName: target.name,
    keyCount: data.size,
    targetResourceVersion: metadata.resourceVersion,
    targetRevision,
    store: { uid: store.uid, generation: store.generation },
    // Of other data than the status was written for, nobody knows any more what it was made from.
    sources: status.targetRevision === targetRevision ? (status.sources ?? []) : [],
    reading: undefined,
  };
}
