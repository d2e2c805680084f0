import type { ObjectKey, ObjectMeta } from '../core/ports.ts';

/** Told after each change of the store. A delete and a new object of the same name are two calls, never one. */
export type Changed = (before: ObjectMeta | undefined, after: ObjectMeta | undefined) => void;

/** The objects of one kind, by namespace and name. */
export class ObjectStore<T> {
  readonly #byNamespace = new Map<string, Map<string, T>>();
  readonly #metaOf: (item: T) => ObjectMeta;
  readonly #changed: Changed;

  constructor(metaOf: (item: T) => ObjectMeta, changed: Changed) {
    this.#metaOf = metaOf;
    this.#changed = changed;
  }

  get({ namespace, name }: ObjectKey): T | undefined {
    return this.#byNamespace.get(namespace)?.get(name);
  }

  /** All objects, or those of one namespace. */
  *items(namespace?: string): Generator<T> {
    if (namespace !== undefined) {
      yield* this.#byNamespace.get(namespace)?.values() ?? [];
      return;
    }
    for (const objects of this.#byNamespace.values()) yield* objects.values();
  }

  /** Takes an object in. The very version that is here already changes nothing and tells nobody. */
  put(item: T): void {
    const after = this.#metaOf(item);
    const present = this.get(after);
    const before = present === undefined ? undefined : this.#metaOf(present);
    if (before?.uid === after.uid && before.resourceVersion === after.resourceVersion) return;
    // Another uid is another object: nothing that was known of the old one may pass to the new.
    const same = before?.uid === after.uid;
    if (!same) this.drop(after);
    this.#namespace(after.namespace).set(after.name, item);
    this.#changed(same ? before : undefined, after);
  }

  drop(key: ObjectKey): void {
    const objects = this.#byNamespace.get(key.namespace);
    const item = objects?.get(key.name);
    if (objects === undefined || item === undefined) return;
    objects.delete(key.name);
    if (objects.size === 0) this.#byNamespace.delete(key.namespace);
    this.#changed(this.#metaOf(item), undefined);
  }

  /** Drops every object whose uid a complete list did not hold. */
  dropAllBut(uids: ReadonlySet<string>): void {
    const gone = [...this.items()].map(this.#metaOf).filter(({ uid }) => !uids.has(uid));
    for (const { namespace, name } of gone) this.drop({ namespace, name });
  }

  #namespace(namespace: string): Map<string, T> {
    const present = this.#byNamespace.get(namespace);
    if (present !== undefined) return present;
    const made = new Map<string, T>();
    this.#byNamespace.set(namespace, made);
    return made;
  }
}
