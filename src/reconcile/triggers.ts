import { CHANGED_AT_ANNOTATION, FORCE_SYNC_ANNOTATION, REVISION_ANNOTATION } from '../api/names.ts';
import type { ClusterView, ObjectKey, ObjectMeta, RawResource, StoreKind, WatchedKind } from '../core/ports.ts';
import type { ReadWish } from '../core/restart-wish.ts';
import { toldAccount } from '../core/store.ts';
import { contributorsOf } from '../core/target.ts';
import { idOf, keyOf, kindedId, WORKLOADS } from './key.ts';

/** How urgent a look is: what has never been synced goes before what has changed. */
export type Urgency = 'neverSynced' | 'changed';

export interface Queues {
  externalSecret(id: string, urgency: Urgency): void;
  store(id: string): void;
  workload(id: string): void;
  /** What the status of the ExternalSecret says of restarts. */
  restarts(id: string): void;
  /** CronJobs and Jobs of the namespace, which are told of changes. */
  runs(namespace: string): void;
}

/** Whether the ExternalSecret `namespace/name` knows the Secret as it is now, so that nobody has to look. */
type IsEcho = (externalSecret: string, secret: ObjectMeta) => boolean;

const STORES: readonly StoreKind[] = ['SecretStore', 'ClusterSecretStore'];

/**
 * Which keys a change of the cluster makes worth a look. What happened is forgotten here: a key that comes out is looked at as if it had
 * never been seen, so a key too many costs a look, and only a key too few would be wrong.
 */
export class Triggers {
  readonly #view: ClusterView;
  readonly #queues: Queues;
  readonly #readWish: ReadWish;
  readonly #isEcho: IsEcho;
  readonly #byStore = new Index();
  readonly #byTarget = new Index();
  readonly #byUid = new Index();
  /** Those that merge into their target. */
  readonly #merging = new Set<string>();
  /** Of ClusterSecretStores, where their status tells. */
  readonly #accounts = new Map<string, string>();
  /** Secrets, by the uids of the ExternalSecrets that they say they have data of. */
  readonly #byOwner = new Index();

  constructor(view: ClusterView, queues: Queues, readWish: ReadWish, isEcho: IsEcho) {
    this.#view = view;
    this.#queues = queues;
    this.#readWish = readWish;
    this.#isEcho = isEcho;
  }

  /** The ExternalSecrets that would make the Secret, their target; who merges makes none. */
  *claimants(secret: ObjectKey): Iterable<ObjectMeta> {
    for (const id of this.#byTarget.ids(idOf(secret))) {
      const meta = this.#merging.has(id) ? undefined : this.#view.meta('ExternalSecret', keyOf(id));
      if (meta !== undefined) yield meta;
    }
  }

  /** Every ExternalSecret whose target is the Secret, those that merge into it among them. */
  *writers(secret: ObjectKey): Iterable<ObjectMeta> {
    for (const id of this.#byTarget.ids(idOf(secret))) {
      const meta = this.#view.meta('ExternalSecret', keyOf(id));
      if (meta !== undefined) yield meta;
    }
  }

  /** The Secrets that say they have data of the ExternalSecret of this uid, its target among them. */
  possessions(uid: string): readonly ObjectKey[] {
    return this.#byOwner.ids(uid).map(keyOf);
  }

  /** To be called for each change that the caches have taken in; `before` and `after` are undefined for an add and a delete. */
  onChange(kind: WatchedKind, before: ObjectMeta | undefined, after: ObjectMeta | undefined): void {
    const meta = after ?? before;
    if (meta === undefined) return;
    if (kind === 'ExternalSecret') this.#externalSecretChanged(before, after, meta);
    else if (kind === 'SecretStore' || kind === 'ClusterSecretStore') this.#storeChanged(kind, before, after, meta);
    else if (kind === 'Secret') this.#secretChanged(before, after, meta);
    else if (kind === 'ServiceAccount') this.#serviceAccountChanged(before, after, meta);
    else if (kind === 'Namespace') this.#namespaceChanged(before, after, meta);
    else this.#workloadChanged(kind, before, after, meta);
  }

  #workloadChanged(kind: WatchedKind, before: ObjectMeta | undefined, after: ObjectMeta | undefined, meta: ObjectMeta) {
    const [former, present] = [before, after].map((of) => of && this.#readWish(of)?.text);
    if (former === undefined && present === undefined) return;
    this.#queues.workload(kindedId(kind, meta));
    // Nothing is said any more of restarts of a workload that does not ask for them.
    if (former === undefined || former === present) return;
    for (const { namespace, name } of this.#view.list('ExternalSecret', meta.namespace))
      this.#queues.restarts(idOf({ namespace, name }));
  }

  // Our own status writes change none of these, so a pass never wakes itself.
  #externalSecretChanged(before: ObjectMeta | undefined, after: ObjectMeta | undefined, meta: ObjectMeta): void {
    const id = idOf(meta);
    if (isSameAsk(before, after)) return;
    const raw = after === undefined ? undefined : this.#view.resource('ExternalSecret', meta);
    // The cache makes a copy for each who asks.
    const [spec, status] = [raw?.spec, raw?.status];
    this.#byStore.set(id, raw === undefined ? [] : storeIdsOf(spec, meta.namespace));
    this.#byUid.set(id, raw === undefined ? [] : [raw.metadata.uid]);
    if (field(spec, 'target', 'creationPolicy') === 'Merge') this.#merging.add(id);
    else this.#merging.delete(id);
    const formerTargets = this.#byTarget.set(id, raw === undefined ? [] : [targetIdOf(spec, meta)]);
    this.#queues.externalSecret(id, field(status, 'refreshTime') === undefined ? 'neverSynced' : 'changed');
    // Where no Secret has been made yet, there is nothing to say of restarts.
    if (before === undefined && field(status, 'binding', 'name') !== undefined) this.#queues.restarts(id);
    // Whoever lost the target to this one may have it now.
    for (const target of formerTargets)
      for (const rival of this.#byTarget.ids(target)) this.#queues.externalSecret(rival, 'changed');
  }

  #storeChanged(
    kind: StoreKind,
    before: ObjectMeta | undefined,
    after: ObjectMeta | undefined,
    meta: ObjectMeta,
  ): void {
    const id = kindedId(kind, meta);
    const isNewlyKnown = this.#learnsAccount(id, kind, meta);
    const isSame = before?.uid === after?.uid && before?.generation === after?.generation;
    if (!isSame) this.#queues.store(id);
    if (!isSame || isNewlyKnown) this.#usersOf(id);
  }

  /** Whether the store's status tells of another account than before. ARNs are held against allowedKeys by it. */
  #learnsAccount(id: string, kind: StoreKind, meta: ObjectMeta): boolean {
    const raw = kind === 'ClusterSecretStore' ? this.#view.resource(kind, meta) : undefined;
    const account = raw === undefined ? undefined : toldAccount(raw);
    const isNew = account !== undefined && this.#accounts.get(id) !== account;
    if (account === undefined) this.#accounts.delete(id);
    else this.#accounts.set(id, account);
    return isNew;
  }

  #usersOf(storeId: string, namespace?: string): void {
    for (const id of this.#byStore.ids(storeId)) {
      if (namespace === undefined || id.startsWith(`${namespace}/`)) this.#queues.externalSecret(id, 'changed');
    }
  }

  #secretChanged(before: ObjectMeta | undefined, after: ObjectMeta | undefined, meta: ObjectMeta): void {
    const owners = after === undefined ? [] : contributorsOf(after);
    this.#byOwner.set(idOf(meta), owners);
    // A target of the past may come to light only after its owner was looked at.
    const concerned = new Set([...this.#byTarget.ids(idOf(meta)), ...owners.flatMap((uid) => this.#byUid.ids(uid))]);
    for (const id of concerned)
      if (after === undefined || !this.#isEcho(id, after)) this.#queues.externalSecret(id, 'changed');
    const isNews = before?.uid !== after?.uid || published(before) !== published(after);
    if (after === undefined || !isNews) return;
    if (hasChanged(after)) this.#queues.runs(meta.namespace);
    for (const kind of WORKLOADS) {
      for (const workload of this.#view.list(kind, meta.namespace)) {
        // Who goes by the template may refer to it.
        if (this.#readWish(workload)?.asksFor(meta, true) === true) this.#queues.workload(kindedId(kind, workload));
      }
    }
  }

  #serviceAccountChanged(before: ObjectMeta | undefined, after: ObjectMeta | undefined, meta: ObjectMeta): void {
    if (before?.uid === after?.uid && JSON.stringify(before?.annotations) === JSON.stringify(after?.annotations))
      return;
    for (const kind of STORES) {
      for (const store of this.#view.list(kind, kind === 'SecretStore' ? meta.namespace : undefined)) {
        const raw = this.#view.resource(kind, store);
        if (raw === undefined || serviceAccountNameOf(raw) !== meta.name) continue;
        this.#queues.store(kindedId(kind, store));
        this.#usersOf(kindedId(kind, store));
      }
    }
  }

  #namespaceChanged(before: ObjectMeta | undefined, after: ObjectMeta | undefined, meta: ObjectMeta): void {
    if (before === undefined) this.#namespaceAppeared(meta.name);
    if (JSON.stringify(before?.labels) === JSON.stringify(after?.labels)) return;
    for (const store of this.#view.list('ClusterSecretStore'))
      this.#usersOf(kindedId('ClusterSecretStore', store), meta.name);
  }

  // Watches run side by side, so what was made in the namespace may be known before the namespace is.
  #namespaceAppeared(namespace: string): void {
    for (const store of this.#view.list('SecretStore', namespace)) this.#queues.store(kindedId('SecretStore', store));
    for (const { name } of this.#view.list('ExternalSecret', namespace)) {
      this.#queues.externalSecret(idOf({ namespace, name }), 'changed');
    }
  }
}

/** Whether both are one ExternalSecret that asks for the same. */
const isSameAsk = (a: ObjectMeta | undefined, b: ObjectMeta | undefined): boolean =>
  a?.uid === b?.uid &&
  a?.generation === b?.generation &&
  a?.annotations[FORCE_SYNC_ANNOTATION] === b?.annotations[FORCE_SYNC_ANNOTATION] &&
  a?.deletionTimestamp === b?.deletionTimestamp;

// Data that went to another value and back has its old revision, and another time of change.
const PUBLISHED = [REVISION_ANNOTATION, CHANGED_AT_ANNOTATION].flatMap((name) => [name, `${name}.`] as const);

/** What the Secret tells of its data. */
const published = (meta: ObjectMeta | undefined): string =>
  JSON.stringify(
    Object.entries(meta?.annotations ?? {})
      .filter(([name]) => PUBLISHED.some((known) => name === known || (known.endsWith('.') && name.startsWith(known))))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** Whether its data has replaced other data: of a Secret that is new, no run has to be told. */
const hasChanged = ({ annotations }: ObjectMeta): boolean =>
  Object.keys(annotations).some(
    (name) => name === CHANGED_AT_ANNOTATION || name.startsWith(`${CHANGED_AT_ANNOTATION}.`),
  );

/** Objects by the things that they name. */
class Index {
  readonly #ids = new Map<string, Set<string>>();
  readonly #entries = new Map<string, ReadonlySet<string>>();

  ids(entry: string): readonly string[] {
    return [...(this.#ids.get(entry) ?? [])];
  }

  /** Puts the id under these entries and no others; those that it has left. */
  set(id: string, entries: readonly string[]): readonly string[] {
    const now = new Set(entries);
    const left = [...(this.#entries.get(id) ?? [])].filter((entry) => !now.has(entry));
    for (const entry of left) this.#remove(id, entry);
    for (const entry of now) this.#ids.set(entry, (this.#ids.get(entry) ?? new Set()).add(id));
    if (now.size === 0) this.#entries.delete(id);
    else this.#entries.set(id, now);
    return left;
  }

  #remove(id: string, entry: string): void {
    const ids = this.#ids.get(entry);
    ids?.delete(id);
    if (ids?.size === 0) this.#ids.delete(entry);
  }
}

// The spec has not been parsed yet, and may be anything; what cannot be read points nowhere.
function field(value: unknown, ...path: readonly string[]): string | undefined {
  const found = path.reduce<unknown>(
    (at, name) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? Reflect.get(at, name) : undefined,
    value,
  );
  return typeof found === 'string' ? found : undefined;
}

function list(value: unknown, name: string): readonly unknown[] {
  const found = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return Array.isArray(found) ? found : [];
}

/** The ExternalSecret's store, and those of its items. */
function storeIdsOf(spec: unknown, home: string): readonly string[] {
  return [spec, ...list(spec, 'data'), ...list(spec, 'dataFrom')].flatMap((part) => {
    const name = field(part, 'secretStoreRef', 'name');
    const kind = field(part, 'secretStoreRef', 'kind') ?? 'SecretStore';
    const namespace = kind === 'SecretStore' ? home : '';
    return name === undefined ? [] : [kindedId(kind, { namespace, name })];
  });
}

const targetIdOf = (spec: unknown, { namespace, name }: ObjectKey): string =>
  idOf({ namespace, name: field(spec, 'target', 'name') ?? name });

const serviceAccountNameOf = ({ spec }: RawResource): string | undefined =>
  field(spec, 'auth', 'serviceAccountRef', 'name');
