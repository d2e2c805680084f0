import { sameJson } from '../core/canonical.ts';
import type { ClusterView, ObjectKey, ObjectMeta } from '../core/ports.ts';
import { nextRefreshMs } from '../core/schedule.ts';
import type { Sources } from '../core/source-entry.ts';
import { type Outcome, readyOf } from '../core/summarize.ts';
import { isOwned, revisionIn } from '../core/target.ts';
import type { Prepared, Ready } from './prepare.ts';

/** What the last pass left behind: as long as nothing of it has changed and the time has not come, there is nothing to do. */
export interface Memo {
  readonly inputs: string;
  readonly secret: ObjectKey;
  readonly targetResourceVersion: string;
  readonly revision: string;
  /** Unix milliseconds, or undefined for never. */
  readonly dueMs: number | undefined;
  /** Which versions it was that were read. */
  readonly sources: Sources;
  /** What was read, by the id of its content, and how many keys it came to; undefined where no id names it. */
  readonly content?: { readonly id: string; readonly keyCount: number } | undefined;
}

/** A good pass. `contentId`: of what was read, where that names it. */
export type Synced = Outcome & { readonly kind: 'synced'; readonly contentId?: string | undefined };

/** What a good pass leaves behind. What is kept for hours is not replaced by its like: old garbage is the costly kind. */
export function memoOfSync(prepared: Prepared, former: Memo | undefined, outcome: Synced): Memo {
  const { spec, owner, inputs, target } = prepared;
  const { contentId: id, keyCount } = outcome;
  const isSame = former?.content !== undefined && former.content.id === id && former.content.keyCount === keyCount;
  return {
    inputs,
    secret: target,
    targetResourceVersion: outcome.targetResourceVersion,
    revision: outcome.targetRevision,
    dueMs: spec === undefined ? undefined : nextRefreshMs(spec, owner.uid, outcome.refreshedMs),
    sources: former !== undefined && sameJson(former.sources, outcome.sources) ? former.sources : outcome.sources,
    content: isSame ? former.content : id === undefined ? undefined : { id, keyCount },
  };
}

/** A memo of content that has a name. */
type Known = Memo & { readonly content: NonNullable<Memo['content']> };

/** Whether the memo is of the very content, read for the very same: what came of it then would come of it now. */
export const isOfContent = (memo: Memo, { inputs }: Prepared, contentId: string | undefined): memo is Known =>
  memo.content !== undefined && memo.content.id === contentId && memo.inputs === inputs;

/** The pass of the memo, as one of now, which finds the Secret at that resourceVersion. */
export const syncOfMemo = (
  { content, revision, sources }: Known,
  { target, store }: Ready,
  targetResourceVersion: string,
): Omit<Synced, 'refreshedMs' | 'reading'> => ({
  kind: 'synced',
  secretName: target.name,
  keyCount: content.keyCount,
  targetResourceVersion,
  targetRevision: revision,
  store: { uid: store.uid, generation: store.generation },
  sources,
  contentId: content.id,
});

/**
 * What the status of an earlier process tells, as far as the caches bear it out; undefined when they do not. A status can be forged by
 * whoever may write it: a forged time holds a refresh back for one interval at most, since a time to come counts for nothing.
 */
export function memoOfStatus(view: ClusterView, prepared: Prepared, nowMs: number): Memo | undefined {
  const { status, spec, owner, target, inputs } = prepared;
  // Of stores other than the main one the status does not tell which generation was read.
  if (prepared.hasOtherStores) return undefined;
  const cached = view.meta('Secret', target);
  const refreshedMs = Date.parse(status.refreshTime ?? '');
  if (spec === undefined || cached === undefined || !(refreshedMs <= nowMs)) return undefined;
  const { targetResourceVersion = '', sources = [] } = status;
  const revision = revisionIn(cached, spec.target, owner);
  if (!isOfThisSpec(prepared) || revision === undefined) return undefined;
  // Others, too, write to a Secret that is merged into: who settles it sees that it is of another resourceVersion, and reads it.
  const isUnchanged =
    spec.target.creationPolicy === 'Merge'
      ? revision === status.targetRevision
      : cached.resourceVersion === targetResourceVersion && isOwned(cached, owner.uid);
  if (!isUnchanged) return undefined;
  const dueMs = nextRefreshMs(spec, owner.uid, refreshedMs);
  return { inputs, secret: target, targetResourceVersion, revision, dueMs, sources };
}

/** Whether the status was written after a good pass over the very spec, store, wish and target of now, with nothing owed. */
function isOfThisSpec({ status, generation, forceSync, store, target }: Prepared): boolean {
  const ready = readyOf(status);
  return (
    ready?.status === 'True' &&
    status.conditions?.length === 1 &&
    ready.observedGeneration === generation &&
    status.lastForceSync === forceSync &&
    status.store?.uid === store?.uid &&
    status.store?.generation === store?.generation &&
    status.binding?.name === target.name
  );
}

/** Whether nobody has written to the Secret since it was left so. */
export const isAsLeft = (
  { secret, targetResourceVersion }: Memo,
  { namespace, name, resourceVersion }: ObjectMeta,
): boolean =>
  secret.namespace === namespace && secret.name === name && !isNewer(resourceVersion, targetResourceVersion);

/** Whether resourceVersion `a` is later than `b`; since Kubernetes 1.35 they are numbers to compare. What is no number counts as later. */
export function isNewer(a: string, b: string): boolean {
  return /^\d+$/.test(a) && /^\d+$/.test(b) ? BigInt(a) > BigInt(b) : a !== b;
}
