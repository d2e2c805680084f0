import type { ClusterView, ObjectKey, ObjectMeta, RawResource, WatchedKind } from '../../src/core/ports.ts';

const keyOf = ({ namespace, name }: ObjectKey): string => `${namespace}/${name}`;

/** The watch caches as a test fills them. */
export class MemoryView implements ClusterView {
  readonly #metas = new Map<WatchedKind, Map<string, ObjectMeta>>();
  readonly #resources = new Map<string, RawResource>();

  /** What is never looked for. */
  readonly unseen = new Set<WatchedKind>();

  /** Takes the object in; answers what was there before, as the caches tell their listeners. */
  put(kind: WatchedKind, meta: ObjectMeta, resource?: RawResource): ObjectMeta | undefined {
    const metas = this.#metas.get(kind) ?? new Map<string, ObjectMeta>();
    const before = metas.get(keyOf(meta));
    this.#metas.set(kind, metas.set(keyOf(meta), meta));
    if (resource !== undefined) this.#resources.set(`${kind}/${keyOf(meta)}`, resource);
    return before;
  }

  drop(kind: WatchedKind, key: ObjectKey): ObjectMeta | undefined {
    const before = this.meta(kind, key);
    this.#metas.get(kind)?.delete(keyOf(key));
    this.#resources.delete(`${kind}/${keyOf(key)}`);
    return before;
  }

  resource(kind: WatchedKind, key: ObjectKey): RawResource | undefined {
    return this.#resources.get(`${kind}/${keyOf(key)}`);
  }

  meta(kind: WatchedKind, key: ObjectKey): ObjectMeta | undefined {
    return this.#metas.get(kind)?.get(keyOf(key));
  }

  list(kind: WatchedKind, namespace?: string): Iterable<ObjectMeta> {
    const all = [...(this.#metas.get(kind)?.values() ?? [])];
    return all.filter((meta) => namespace === undefined || meta.namespace === namespace);
  }

  sees(kind: WatchedKind): boolean {
    return !this.unseen.has(kind);
  }
}
