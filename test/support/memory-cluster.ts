import { MANAGED_LABEL } from '../../src/api/names.ts';
import type {
  LiveSecret,
  ObjectKey,
  ObjectMeta,
  Precondition,
  RawResource,
  ResourceStatus,
  SecretManifest,
  SecretPart,
  SecretStorage,
  WatchedKind,
  WriteOutcome,
} from '../../src/core/ports.ts';
import type { WorkloadStorage } from '../../src/core/workload-storage.ts';
import { succeed } from '../../src/model/result.ts';
import { metaOf } from './builders.ts';
import { MemoryDeployment } from './memory-deployment.ts';
import { applyFields, type Fields, heldAfterUpdate, sameFields } from './memory-fields.ts';
import { MemoryView } from './memory-view.ts';

type Change = (kind: WatchedKind, before: ObjectMeta | undefined, after: ObjectMeta | undefined) => void;

interface StoredSecret extends Omit<LiveSecret, 'serverTimeS'> {
  /** When keyferry last wrote it. */
  readonly writtenS: number | undefined;
}

const BY_HAND = 'kubectl-edit';

const fieldsOf = ({
  metadata: { labels, annotations },
  data,
  holders = new Map(),
}: Pick<LiveSecret, 'metadata' | 'data'> & Partial<Fields>): Fields => ({ labels, annotations, data, holders });

const keyOf = ({ namespace, name }: ObjectKey): string => `${namespace}/${name}`;
const refused = (cause: string): WriteOutcome => ({ kind: 'refused', status: 422, cause });

/**
 * A little API server: one version counter, uids, preconditions, a clock of whole seconds, and a watch that tells at once. What the
 * operator relies on is held against the real one by test/conformance/cluster.suite.ts.
 */
export class MemoryCluster {
  readonly view = new MemoryView();
  /** Every call takes a moment. */
  nowMs = Date.parse('2026-01-01T00:00:00Z');
  /** Called before each step of the Deployments' controller. */
  onStep: () => void = () => {};
  #version = 100;
  #tell: Change = () => {};
  readonly #secrets = new Map<string, StoredSecret>();
  readonly #resources = new Map<string, RawResource>();
  readonly #deployments = new Map<string, MemoryDeployment>();

  /** The only listener from now on: an operator that has crashed hears no more. */
  listen(tell: Change): void {
    this.#tell = tell;
  }

  /** What a list and watch tells of first. */
  replay(): void {
    for (const kind of [
      'Namespace',
      'SecretStore',
      'ServiceAccount',
      'ExternalSecret',
      'Secret',
      'Deployment',
    ] as const)
      for (const meta of this.view.list(kind)) this.#tell(kind, undefined, meta);
  }

  get nowS(): number {
    return Math.floor(this.nowMs / 1_000);
  }

  /** Metadata of a new object. */
  stamp(key: ObjectKey, more: Partial<ObjectMeta> = {}): ObjectMeta {
    const version = String(++this.#version);
    const creationTimestamp = new Date(this.nowS * 1_000).toISOString().replace('.000Z', 'Z');
    return metaOf({ ...key, uid: `uid-${version}`, resourceVersion: version, creationTimestamp, ...more });
  }

  /** Puts an object that only has metadata, as far as anybody here is concerned. */
  put(kind: WatchedKind, meta: ObjectMeta): void {
    this.#tell(kind, this.view.put(kind, meta), meta);
  }

  /** Creates a custom resource, or changes its spec and annotations as people do. */
  apply(
    kind: 'ExternalSecret' | 'SecretStore',
    key: ObjectKey,
    spec: object,
    annotations: Record<string, string> = {},
  ) {
    const before = this.#resources.get(`${kind}/${keyOf(key)}`);
    const isSame = JSON.stringify(before?.spec) === JSON.stringify(spec);
    const generation = (before?.metadata.generation ?? 0) + (isSame ? 0 : 1);
    const metadata = before === undefined ? this.stamp(key) : this.#next(before.metadata);
    const status = before?.status ?? { observedGeneration: -1 };
    this.#putResource({ kind, metadata: { ...metadata, generation, annotations }, spec, status });
  }

  /** As somebody with kubectl deletes it. */
  deleteExternalSecret(key: ObjectKey): void {
    this.#resources.delete(`ExternalSecret/${keyOf(key)}`);
    const before = this.view.drop('ExternalSecret', key);
    this.#tell('ExternalSecret', before, undefined);
  }

  resource(kind: 'ExternalSecret' | 'SecretStore', key: ObjectKey): RawResource | undefined {
    return this.#resources.get(`${kind}/${keyOf(key)}`);
  }

  secret(key: ObjectKey): LiveSecret | undefined {
    const stored = this.#secrets.get(keyOf(key));
    return stored && { ...stored, serverTimeS: this.nowS };
  }

  secretNames(): string[] {
    return [...this.#secrets.keys()].toSorted();
  }

  /** As somebody with kubectl makes it. */
  createSecret(key: ObjectKey, data: LiveSecret['data'], annotations: Record<string, string> = {}): void {
    const metadata = { ...this.stamp(key), annotations };
    const holders = heldAfterUpdate(undefined, fieldsOf({ metadata, data }), BY_HAND);
    const plain = { type: 'Opaque', immutable: false, finalizers: [], writtenS: undefined };
    this.#putSecret({ ...plain, metadata, data, holders });
  }

  /** As somebody with kubectl edits it. */
  editSecret(
    key: ObjectKey,
    edit: Partial<Pick<LiveSecret, 'data'>> & { readonly metadata?: Partial<ObjectMeta> },
  ): void {
    const stored = this.#secrets.get(keyOf(key));
    if (stored === undefined) throw new Error(`there is no Secret ${keyOf(key)}`);
    const edited = { ...stored, ...edit, metadata: { ...this.#next(stored.metadata), ...edit.metadata } };
    this.#putSecret({ ...edited, holders: heldAfterUpdate(fieldsOf(stored), fieldsOf(edited), BY_HAND) });
  }

  /** As somebody with kubectl deletes it. */
  deleteSecret(key: ObjectKey): void {
    this.#secrets.delete(keyOf(key));
    const before = this.view.drop('Secret', key);
    if (before !== undefined) this.#tell('Secret', before, undefined);
  }

  /** A Deployment whose pods are all there and ready. */
  createDeployment(
    key: ObjectKey,
    podSpec: object,
    annotations: Record<string, string>,
    replicas = 2,
  ): MemoryDeployment {
    const deployment = new MemoryDeployment(this.stamp(key, { annotations }), podSpec, replicas);
    this.#deployments.set(keyOf(key), deployment);
    this.put('Deployment', deployment.metadata);
    while (this.stepControllers()) this.nowMs += 100;
    return deployment;
  }

  undoRollout(deployment: MemoryDeployment): void {
    deployment.undo(this.#next(deployment.metadata));
    this.put('Deployment', deployment.metadata);
  }

  /** As somebody with kubectl annotates it, pauses it or resumes it. */
  touchDeployment(deployment: MemoryDeployment, annotations: Record<string, string> = {}): void {
    deployment.patch(this.#next(deployment.metadata), annotations, {});
    this.put('Deployment', deployment.metadata);
  }

  /** As a tool does that takes the whole pod template for its own, or the whole object. */
  stripDeployment(deployment: MemoryDeployment, isWhole = false): void {
    deployment.strip(this.#next(deployment.metadata), isWhole);
    this.put('Deployment', deployment.metadata);
  }

  /** One step of the Deployments' controller; false when there was nothing to do. */
  stepControllers(): boolean {
    this.onStep();
    for (const deployment of this.#deployments.values()) {
      if (!deployment.step(this.nowS)) continue;
      deployment.metadata = this.#next(deployment.metadata);
      this.put('Deployment', deployment.metadata);
      return true;
    }
    return false;
  }

  readonly secrets: SecretStorage = {
    read: async (key) => succeed(this.secret(key)),
    create: async (manifest) => {
      if (this.#secrets.has(keyOf(manifest))) return { kind: 'alreadyExists' };
      return this.#writeSecret(manifest, this.stamp(manifest));
    },
    replace: async (manifest, precondition) => {
      const stored = this.#secrets.get(keyOf(manifest));
      if (stored === undefined) return { kind: 'notFound' };
      if (!isOf(stored.metadata, precondition)) return { kind: 'conflict' };
      if (stored.type !== manifest.type) return refused('type: Invalid value: field is immutable');
      const isSame = sameData(stored, manifest);
      if (stored.immutable && !(manifest.immutable && isSame))
        return refused('data: Forbidden: field is immutable when `immutable` is set');
      return this.#writeSecret(manifest, this.#next(stored.metadata));
    },
    apply: async (part, precondition, force) => this.#applyPart(part, precondition, force),
    remove: async (key, precondition) => {
      const stored = this.#secrets.get(keyOf(key));
      if (stored === undefined) return { kind: 'notFound' };
      if (!isOf(stored.metadata, precondition)) return { kind: 'conflict' };
      this.deleteSecret(key);
      return { kind: 'written', metadata: stored.metadata, serverTimeS: this.nowS };
    },
  };

  readonly status: ResourceStatus = {
    readResource: async (kind, key) => succeed(this.#resources.get(`${kind}/${keyOf(key)}`)),
    replaceStatus: async (kind, key, precondition, whole) => {
      const resource = this.#resources.get(`${kind}/${keyOf(key)}`);
      if (resource === undefined) return { kind: 'notFound' };
      if (!isOf(resource.metadata, precondition)) return { kind: 'conflict' };
      const status = JSON.parse(JSON.stringify(whole));
      const isNew = JSON.stringify(status) !== JSON.stringify(resource.status);
      const metadata = isNew ? this.#next(resource.metadata) : resource.metadata;
      this.#putResource({ ...resource, metadata, status });
      return { kind: 'written', metadata, serverTimeS: this.nowS };
    },
  };

  readonly workloads: WorkloadStorage = {
    read: async (_kind, key) => succeed(this.#deployments.get(keyOf(key))?.read(this.nowS)),
    readTemplate: async (_kind, key) => succeed(this.#deployments.get(keyOf(key))?.read(this.nowS)),
    readSecretMeta: async (key) => {
      const stored = this.#secrets.get(keyOf(key));
      return succeed(stored && { metadata: stored.metadata, writtenS: stored.writtenS });
    },
    patch: async (_kind, key, precondition, annotations, templateAnnotations) => {
      const deployment = this.#deployments.get(keyOf(key));
      if (deployment === undefined) return { kind: 'notFound' };
      if (!isOf(deployment.metadata, precondition)) return { kind: 'conflict' };
      deployment.patch(this.#next(deployment.metadata), annotations, templateAnnotations);
      this.put('Deployment', deployment.metadata);
      return { kind: 'written', metadata: deployment.metadata, serverTimeS: this.nowS };
    },
  };

  #next(metadata: ObjectMeta): ObjectMeta {
    return { ...metadata, resourceVersion: String(++this.#version) };
  }

  #putResource(resource: RawResource): void {
    const { kind, metadata } = resource;
    this.#resources.set(`${kind}/${keyOf(metadata)}`, resource);
    this.#tell(kind as WatchedKind, this.view.put(kind as WatchedKind, metadata, resource), metadata);
  }

  #writeSecret(manifest: SecretManifest, stamped: ObjectMeta): WriteOutcome {
    const { labels, annotations, ownerReferences, type, immutable, finalizers, data } = manifest;
    const metadata = { ...stamped, generation: 0, labels, annotations, ownerReferences };
    const stored = this.#secrets.get(keyOf(manifest));
    const holders = heldAfterUpdate(stored && fieldsOf(stored), fieldsOf({ metadata, data }), 'keyferry');
    this.#putSecret({ metadata, type, immutable, finalizers, data, holders, writtenS: this.nowS });
    return { kind: 'written', metadata, serverTimeS: this.nowS };
  }

  #applyPart(part: SecretPart, precondition: Precondition, force: boolean): WriteOutcome {
    const stored = this.#secrets.get(keyOf(part));
    // Where there is none, the uid in the body is a conflict too.
    if (stored === undefined || !isOf(stored.metadata, precondition)) return { kind: 'conflict' };
    const applied = applyFields(fieldsOf(stored), part, part.manager, force);
    if (applied === 'conflict') return { kind: 'conflict' };
    if (stored.immutable && !sameData(stored, applied))
      return refused('data: Forbidden: field is immutable when `immutable` is set');
    if (sameFields(fieldsOf(stored), applied))
      return { kind: 'written', metadata: stored.metadata, serverTimeS: this.nowS };
    const { data, labels, annotations, holders } = applied;
    const metadata = { ...this.#next(stored.metadata), labels, annotations };
    this.#putSecret({ ...stored, metadata, data, holders, writtenS: this.nowS });
    return { kind: 'written', metadata, serverTimeS: this.nowS };
  }

  /** The watch is by label: a Secret without ours looks deleted. */
  #putSecret(secret: StoredSecret): void {
    const { metadata } = secret;
    this.#secrets.set(keyOf(metadata), secret);
    if (metadata.labels[MANAGED_LABEL] === 'true') {
      this.put('Secret', metadata);
      return;
    }
    const before = this.view.drop('Secret', metadata);
    if (before !== undefined) this.#tell('Secret', before, undefined);
  }
}

const isOf = (metadata: ObjectMeta, { uid, resourceVersion }: Precondition): boolean =>
  metadata.uid === uid && metadata.resourceVersion === resourceVersion;

const sameData = (one: Pick<LiveSecret, 'data'>, other: Pick<LiveSecret, 'data'>): boolean =>
  one.data.size === other.data.size &&
  [...one.data].every(([name, value]) => other.data.get(name)?.equals(value) === true);
