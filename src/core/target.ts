import type { ExternalSecret } from '../api/generated/types.ts';
import {
  ACCEPT_ANNOTATION,
  API_VERSION,
  MANAGED_LABEL,
  OWNER_LABEL,
  REVISION_ANNOTATION,
  revisionAnnotationOf,
} from '../api/names.ts';
import type { ObjectKey, ObjectMeta, OwnerReference } from './ports.ts';

type Spec = ExternalSecret['spec'];

/** An ExternalSecret as far as its Secret is concerned. */
export interface Owner {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The Secret that the spec is about. */
export const targetOf = (spec: Spec, { namespace, name }: ObjectKey): ObjectKey => ({
  namespace,
  name: spec.target.name ?? name,
});

/** Whether the Secret is this very ExternalSecret's: by the uid of its ownerReference, or by its owner label. */
export const isOwned = (meta: Pick<ObjectMeta, 'labels' | 'ownerReferences'>, uid: string): boolean =>
  meta.ownerReferences.some((reference) => reference.uid === uid) || meta.labels[OWNER_LABEL] === uid;

/** The uid of the ExternalSecret that a Secret says it belongs to, if it does. */
export const ownerUidOf = ({ labels, ownerReferences }: Pick<ObjectMeta, 'labels' | 'ownerReferences'>) =>
  labels[OWNER_LABEL] ??
  ownerReferences.find(({ apiVersion, kind }) => apiVersion === API_VERSION && kind === 'ExternalSecret')?.uid;

const MERGED = `${REVISION_ANNOTATION}.`;

/** The uids of all ExternalSecrets that a Secret says it has data of: its owner's, and of those that merge into it. */
export function contributorsOf(meta: Pick<ObjectMeta, 'labels' | 'annotations' | 'ownerReferences'>): string[] {
  const owner = ownerUidOf(meta);
  const merging = Object.keys(meta.annotations).filter((name) => name.startsWith(MERGED));
  return [...(owner === undefined ? [] : [owner]), ...merging.map((name) => name.slice(MERGED.length))];
}

/** The revision that the ExternalSecret has published in the Secret. */
export const revisionIn = (
  { annotations }: Pick<ObjectMeta, 'annotations'>,
  { creationPolicy }: Pick<Spec['target'], 'creationPolicy'>,
  { uid }: Pick<Owner, 'uid'>,
): string | undefined => annotations[creationPolicy === 'Merge' ? revisionAnnotationOf(uid) : REVISION_ANNOTATION];

/** The ExternalSecrets, by name, that the author of the Secret lets in. */
export const acceptedBy = ({ annotations }: Pick<ObjectMeta, 'annotations'>): readonly string[] =>
  (annotations[ACCEPT_ANNOTATION] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** What the author of the Secret annotates it with so that the ExternalSecret, too, is let in. */
export function consentLine({ namespace, name }: ObjectKey, accepted: readonly string[], owner: Owner): string {
  const overwrite = accepted.length === 0 ? '' : ' --overwrite';
  return `kubectl annotate secret -n ${namespace} ${name}${overwrite} ${ACCEPT_ANNOTATION}=${[...accepted, owner.name].join()}`;
}

/** The ownerReference by which the garbage collector removes the Secret with its ExternalSecret. */
export const ownerReferenceTo = ({ name, uid }: Owner): OwnerReference => ({
  apiVersion: API_VERSION,
  kind: 'ExternalSecret',
  name,
  uid,
  controller: true,
  blockOwnerDeletion: false,
});

/**
 * The labels and ownerReferences by which a Secret is known as the owner's, put over those that others gave it. The label stands beside
 * the ownerReference too, so that a Secret that is stripped of one is put right and not given up.
 */
export function ownership(
  policy: Spec['target']['creationPolicy'],
  owner: Owner,
  present: Pick<ObjectMeta, 'labels' | 'ownerReferences'>,
): Pick<ObjectMeta, 'labels' | 'ownerReferences'> {
  const labels = { ...present.labels, [MANAGED_LABEL]: 'true', [OWNER_LABEL]: owner.uid };
  const others = present.ownerReferences.filter(({ uid }) => uid !== owner.uid);
  if (policy === 'Orphan') return { labels, ownerReferences: others };
  const ours = ownerReferenceTo(owner);
  const has = others.length < present.ownerReferences.length;
  // In its place, since the order is no difference worth a write.
  const ownerReferences = has
    ? present.ownerReferences.map((reference) => (reference.uid === owner.uid ? ours : reference))
    : [...others, ours];
  return { labels, ownerReferences };
}
