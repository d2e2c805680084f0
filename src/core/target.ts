import type { ExternalSecret } from '../api/generated/types.ts';
import { API_VERSION, MANAGED_LABEL, OWNER_LABEL } from '../api/names.ts';
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
