import type { ObjectMeta, RawResource } from '../core/ports.ts';
import type { ResourceKind } from './kinds.ts';
import { fieldsOf, KEEP_CACHED, readObjectMeta } from './object-meta.ts';

/** A custom resource as the API server sent it; undefined when it is none. */
export function readResource(kind: ResourceKind, object: unknown): RawResource | undefined {
  const metadata = readObjectMeta(object, KEEP_CACHED);
  if (metadata === undefined) return undefined;
  const { spec, status } = fieldsOf(object);
  return { kind, metadata, spec, status };
}

/** The same for keeping: as JSON text it takes a third of the memory, and ten thousand of them are kept. */
export function readStored(kind: ResourceKind, object: unknown): RawResource | undefined {
  const resource = readResource(kind, object);
  return resource && new StoredResource(resource);
}

/** Gives a new copy of spec and status at each look, so nobody can change what is cached. */
class StoredResource implements RawResource {
  readonly kind: string;
  readonly metadata: ObjectMeta;
  // Two texts, since whoever looks at one seldom needs the other.
  readonly #spec: string;
  readonly #status: string;

  constructor({ kind, metadata, spec, status }: RawResource) {
    this.kind = kind;
    this.metadata = metadata;
    this.#spec = JSON.stringify(spec ?? null);
    this.#status = JSON.stringify(status ?? null);
  }

  get spec(): unknown {
    return JSON.parse(this.#spec) ?? undefined;
  }

  get status(): unknown {
    return JSON.parse(this.#status) ?? undefined;
  }
}
