import type { Fault } from '../model/fault.ts';
import type { Result } from '../model/result.ts';
import type { SecretValue } from '../model/secret-value.ts';
import type { Identity, SecretKeyRef } from './identity.ts';
import type { Found, Search } from './search.ts';
import type { FetchedValue, ValueRef } from './value-ref.ts';

export type { AssumedRole, FirstIdentity, Identity, OperatorIdentityUse, SecretKeyRef } from './identity.ts';
export type { Found, Search } from './search.ts';
export type { FetchedValue, Service, ValueRef } from './value-ref.ts';

// What the pipeline needs of the world, in the pipeline's words. aws/ and kube/ implement these; reconcile/ sees nothing else.

/** An object's place. Cluster-scoped objects have the namespace ''. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

// ---------------------------------------------------------------------------------------------------- reading from AWS

/** Where and as whom to read. */
export interface Access {
  /** What messages call the store: `SecretStore/aws`. */
  readonly store: string;
  /** Which store that is in the whole cluster: `SecretStore/shop/aws`. */
  readonly storeId: string;
  readonly region: string;
  /** Where replicas of the secrets are, asked in this order when the Region itself fails. */
  readonly failoverRegions?: readonly string[];
  /** Calls for values that the store makes at most. */
  readonly requestsPerSecond?: number;
  readonly identity: Identity;
}

/** Everything one ExternalSecret asks of AWS, without duplicates. */
export interface RequestPlan {
  readonly access: Access;
  /** The account of who reads, where that is known. */
  readonly account?: string;
  readonly refs: readonly ValueRef[];
  readonly need?: Need;
}

/** How soon values are wanted, and how young. */
export interface Need {
  /** Whether the calls go before those that can wait, where calls wait for their turn. */
  readonly isUrgent: boolean;
  /** What AWS was asked for less than so long ago will do. */
  readonly maxAgeMs: number;
  /** How long a call may wait for others to share it; 0 unless said. */
  readonly patienceMs?: number;
}

/** An answer for each ref of the plan, by `refId`; the subject of its faults is the ref's key. */
export type FetchedValues = ReadonlyMap<string, Result<FetchedValue>>;

export interface ValueSource {
  /**
   * Answers every ref in the plan, with its value or its own fault. Rejects only when aborted. A rotation may fall between two refs of one
   * secret; the answers then tell so by `origin`.
   */
  fetch(plan: RequestPlan, signal: AbortSignal): Promise<FetchedValues>;
  /**
   * All that the search finds, each once, in any order; or what stands in the way, with the subject `find` where it is not the store.
   * Never a part of what is there. Rejects only when aborted.
   */
  find(access: Access, search: Search, signal: AbortSignal): Promise<Result<readonly Found[]>>;
  /** Gets (or has) credentials for the identity: the ARN that AWS knows it by, where AWS told, or what stands in the way. */
  identify(access: Access, signal: AbortSignal): Promise<Result<{ readonly identityArn?: string }>>;
  /** What reading for the store has shown since the start: about the identity of `access`, or about all where it has none of its own. */
  notes(storeId: string, access: Access | undefined): readonly StoreNote[];
}

/** Something that a store's owner should know, though everything works. */
export type StoreNote =
  /** `identity` is what messages call it. */
  | { readonly kind: 'batchDenied'; readonly identity: string }
  /** The store's own Region failed, and another served. */
  | { readonly kind: 'failover'; readonly region: string; readonly servedBy: string }
  | StalePending;

/** A rotation of the secret did not finish, and stands in the way of the next. `region`: where its labels are moved. */
export interface StalePending {
  readonly kind: 'stalePending';
  readonly secret: string;
  readonly versionId: string;
  readonly region: string;
}

/** What aws/ needs of the cluster to get credentials; kube/ implements it and main wires it. */
export interface IdentitySource {
  /** A token of the ServiceAccount for `sts.amazonaws.com`, by the TokenRequest API. */
  requestToken(
    serviceAccount: ObjectKey,
    signal: AbortSignal,
  ): Promise<Result<{ readonly token: string; readonly expiresAt: Date }>>;
  /** One key of a Secret, read live. */
  readSecretKey(ref: SecretKeyRef, signal: AbortSignal): Promise<Result<SecretValue>>;
}

// ------------------------------------------------------------------------------------------------- the cluster, cached

/** The metadata that is kept of an object. */
export interface ObjectMeta {
  readonly name: string;
  /** '' for cluster-scoped objects. */
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Of a workload: the annotations of its pod template that may ask for restarts; undefined where there is none, or nobody reads them. */
  readonly templateAnnotations?: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** A custom resource as the API server gave it: metadata is trusted, spec and status are not yet parsed. */
export interface RawResource {
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: unknown;
  readonly status: unknown;
}

export type StoreKind = 'SecretStore' | 'ClusterSecretStore';
/** `Rollout` is that of Argo Rollouts, where it is installed. */
export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout';

/** The kinds that the operator watches. Secrets (only those labelled keyferry.dev/managed) and workloads as metadata only. */
export type WatchedKind = 'ExternalSecret' | StoreKind | 'Secret' | 'ServiceAccount' | 'Namespace' | WorkloadKind;

/** The watch caches. Absent means: not there, or the watch has not said so yet; what matters is then read live. */
export interface ClusterView {
  resource(kind: 'ExternalSecret' | StoreKind, key: ObjectKey): RawResource | undefined;
  meta(kind: WatchedKind, key: ObjectKey): ObjectMeta | undefined;
  /** All objects of the kind in a namespace (every namespace when undefined). */
  list(kind: WatchedKind, namespace?: string): Iterable<ObjectMeta>;
  /** False for what is never looked for: who keeps to some namespaces sees nothing that belongs to none. */
  sees(kind: WatchedKind): boolean;
}

// --------------------------------------------------------------------------------------------------- the cluster, live

/** A Secret read live. Its bytes are used for one decision and then forgotten. */
export interface LiveSecret {
  readonly metadata: ObjectMeta;
  readonly type: string;
  readonly immutable: boolean;
  readonly finalizers: readonly string[];
  readonly data: ReadonlyMap<string, SecretValue>;
  /** The field managers of each key of `data`, as `data.KEY`, and of each label and annotation, as `labels.NAME`, `annotations.NAME`. */
  readonly holders: ReadonlyMap<string, readonly string[]>;
  /** The API server's clock at the read, in whole seconds of Unix time, rounded down. */
  readonly serverTimeS: number;
}

/** A Secret as it is to be, in whole. */
export interface SecretManifest {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
  readonly finalizers: readonly string[];
  readonly type: string;
  readonly immutable: boolean;
  readonly data: ReadonlyMap<string, SecretValue>;
}

/** The part of a Secret that one field manager answers for. */
export interface SecretPart {
  readonly namespace: string;
  readonly name: string;
  readonly manager: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: ReadonlyMap<string, SecretValue>;
}

/** How a write ended. `Conflict`, `AlreadyExists` and `NotFound` mean that the world moved: look again. */
export type WriteOutcome =
  | { readonly kind: 'written'; readonly metadata: ObjectMeta; readonly serverTimeS: number }
  | { readonly kind: 'conflict' | 'alreadyExists' | 'notFound' | 'namespaceTerminating' | 'tooLarge' }
  /** The API server says no for good: invalid (422), forbidden (403), by admission. `cause` is its own words, without any value. */
  | { readonly kind: 'refused'; readonly status: number; readonly cause: string }
  /** Nobody knows whether the write took place (time-out, 5xx, 429, connection lost). */
  | { readonly kind: 'unavailable'; readonly fault: Fault };

/** The precondition of a write: the very object that was read. */
export interface Precondition {
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface SecretStorage {
  /** undefined when there is no such Secret. */
  read(key: ObjectKey, signal: AbortSignal): Promise<Result<LiveSecret | undefined>>;
  create(manifest: SecretManifest, signal: AbortSignal): Promise<WriteOutcome>;
  /** PUT with the precondition: the Secret is exactly `manifest` afterwards, or the outcome says why not. */
  replace(manifest: SecretManifest, precondition: Precondition, signal: AbortSignal): Promise<WriteOutcome>;
  /**
   * Server-side apply with the precondition: the manager holds exactly `part` afterwards, and what it held alone before is gone. A field
   * that another manager holds with another value is a conflict, unless `force` takes it.
   */
  apply(part: SecretPart, precondition: Precondition, force: boolean, signal: AbortSignal): Promise<WriteOutcome>;
  remove(key: ObjectKey, precondition: Precondition, signal: AbortSignal): Promise<WriteOutcome>;
}

export interface ResourceStatus {
  /** Reads an ExternalSecret or a store past the cache; undefined when it is gone. */
  readResource(
    kind: 'ExternalSecret' | StoreKind,
    key: ObjectKey,
    signal: AbortSignal,
  ): Promise<Result<RawResource | undefined>>;
  /** Puts `status` in place of the whole one that was read in the version of the precondition. */
  replaceStatus(
    kind: 'ExternalSecret' | StoreKind,
    key: ObjectKey,
    precondition: Precondition,
    status: object,
    signal: AbortSignal,
  ): Promise<WriteOutcome>;
}

// ------------------------------------------------------------------------------------------------------- telling people

export interface EventTarget {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface Recorder {
  /**
   * Queues a Kubernetes Event; never fails and never waits. The same (object, reason, message) within ten minutes is one Event. `occasion`
   * makes it one for as long as the API server keeps it (an hour, by default), whoever says it again, and after a restart, too.
   */
  event(regarding: EventTarget, type: 'Normal' | 'Warning', reason: string, message: string, occasion?: string): void;
}

/** Time and chance, which pure code gets as arguments. */
export interface Ambient {
  nowMs(): number;
  /** In [0, 1). */
  random(): number;
}
