import { GROUP, MANAGED_LABEL, RELOADER, ROLE_ARN_ANNOTATION, VERSION } from '../api/names.ts';
import type { ObjectKey, Precondition, StoreKind, WatchedKind } from '../core/ports.ts';
import { KEEP_CACHED, type Keep } from './object-meta.ts';

/** How one kind is reached and what is kept of its objects. */
export interface KindEntry {
  /** /api/v1 or /apis/GROUP/VERSION */
  readonly root: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Whole objects, or their metadata alone: then the rest never leaves the API server. */
  readonly form: 'whole' | 'metadata';
  readonly labelSelector?: string;
  /** It has a pod template, which is watched only where somebody reads its annotations: then objects are sent whole. */
  readonly hasTemplate?: true;
  /** The kind may not be served, or not yet: then there is none, and nobody waits for it. */
  readonly isOptional?: true;
  readonly keep: Keep;
}

const none = (): boolean => false;
const ofRestarts = (name: string): boolean => name.startsWith(`${GROUP}/`) || name.includes(`${RELOADER}/`);
/** What is kept of those that may ask for restarts. */
export const KEEP_RESTARTS: Keep = { label: none, annotation: ofRestarts };

const custom = { root: `/apis/${GROUP}/${VERSION}`, form: 'whole', keep: KEEP_CACHED } as const;
const core = { root: '/api/v1', form: 'metadata' } as const;
const workload = {
  root: '/apis/apps/v1',
  form: 'metadata',
  namespaced: true,
  hasTemplate: true,
  keep: KEEP_RESTARTS,
} as const;

/** Every kind that is watched. Memory is decided here: what nobody reads is dropped before it is stored. */
export const kinds: Readonly<Record<WatchedKind, KindEntry>> = {
  ExternalSecret: { ...custom, plural: 'externalsecrets', namespaced: true },
  SecretStore: { ...custom, plural: 'secretstores', namespaced: true },
  ClusterSecretStore: { ...custom, plural: 'clustersecretstores', namespaced: false },
  // Labels and annotations whole: those that we manage are compared with what they are to be.
  Secret: { ...core, plural: 'secrets', namespaced: true, labelSelector: `${MANAGED_LABEL}=true`, keep: KEEP_CACHED },
  ServiceAccount: {
    ...core,
    plural: 'serviceaccounts',
    namespaced: true,
    keep: { label: none, annotation: (name) => name === ROLE_ARN_ANNOTATION },
  },
  Namespace: { ...core, plural: 'namespaces', namespaced: false, keep: { label: () => true, annotation: none } },
  Deployment: { ...workload, plural: 'deployments' },
  StatefulSet: { ...workload, plural: 'statefulsets' },
  DaemonSet: { ...workload, plural: 'daemonsets' },
  Rollout: { ...workload, root: '/apis/argoproj.io/v1alpha1', plural: 'rollouts', isOptional: true },
};

/** The kinds that are cached whole. */
export type ResourceKind = 'ExternalSecret' | StoreKind;

/** Path of all objects of the kind, in a namespace or in every one. */
export function collectionPath(
  { root, plural, namespaced }: Pick<KindEntry, 'root' | 'plural' | 'namespaced'>,
  namespace = '',
): string {
  return namespaced && namespace !== ''
    ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
    : `${root}/${plural}`;
}

/** Path of one object. */
export const objectPath = (kind: WatchedKind, key: ObjectKey): string =>
  `${collectionPath(kinds[kind], key.namespace)}/${encodeURIComponent(key.name)}`;

/** What messages call an object: `Secret/db`. */
export const subjectOf = (kind: string, key: ObjectKey): string => `${kind}/${key.name}`;

/** The field manager of every write, as managedFields and `kubectl get --show-managed-fields` tell. */
export const FIELD_MANAGER = { fieldManager: 'keyferry' } as const;

/** Accept headers that make the API server send metadata alone (kubernetes.io: "Metadata-only fetches"). */
export const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
export const METADATA_OBJECT = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** The precondition and nothing else: callers pass whole metadata, of which a body may not hold more. */
export const only = ({ uid, resourceVersion }: Precondition): Precondition => ({ uid, resourceVersion });
