import type { Ambient, ClusterView, ObjectKey, ObjectMeta, RawResource, WatchedKind } from '../core/ports.ts';
import type { ApiClient } from './client.ts';
import { readStored } from './custom-resource.ts';
import { kinds, type ResourceKind } from './kinds.ts';
import { ListWatch, type WatchHealth } from './list-watch.ts';
import { readObjectMeta } from './object-meta.ts';
import { ObjectStore } from './object-store.ts';
import type { WatchTimings } from './watch-pace.ts';

/** Hears of every change. It may not wait; what it throws ends the cache's run. */
export type ChangeHandler = (kind: WatchedKind, before: ObjectMeta | undefined, after: ObjectMeta | undefined) => void;

/** The watch caches of all kinds, and the loops that keep them. */
export interface ClusterCache extends ClusterView {
  /** Lists and watches until the signal aborts. Rejects with what a change handler throws, after all loops have ended. */
  run(signal: AbortSignal): Promise<void>;
  /** Adds a handler, which hears of what changes from then on. A delete and a new object of the same name are two calls. */
  onChange(handler: ChangeHandler): void;
  /** True when every one of the kinds (by default all that are watched) has been listed whole since the start. */
  synced(ofKinds?: readonly WatchedKind[]): boolean;
  health(): ReadonlyMap<WatchedKind, WatchHealth>;
}

export interface CacheOptions {
  /** Default: every WatchedKind. */
  readonly kinds?: readonly WatchedKind[];
  readonly timings?: Partial<WatchTimings>;
}

const ALL = Object.keys(kinds) as readonly WatchedKind[];

interface Watched {
  readonly loop: Pick<ListWatch<unknown>, 'run' | 'health'>;
  resource(key: ObjectKey): RawResource | undefined;
  meta(key: ObjectKey): ObjectMeta | undefined;
  list(namespace: string | undefined): Iterable<ObjectMeta>;
}

/** The operator's picture of the cluster, from one list and watch for each kind. */
export function createClusterCache(client: ApiClient, ambient: Ambient, options: CacheOptions = {}): ClusterCache {
  const handlers: ChangeHandler[] = [];
  const watched = new Map<WatchedKind, Watched>();
  for (const kind of options.kinds ?? ALL) {
    const changed: ChangeHandler = (...change) => {
      for (const handler of handlers) handler(...change);
    };
    watched.set(
      kind,
      watchKind(kind, { client, ambient, ...(options.timings && { timings: options.timings }) }, changed),
    );
  }
  return {
    resource: (kind, key) => watched.get(kind)?.resource(key),
    meta: (kind, key) => watched.get(kind)?.meta(key),
    list: (kind, namespace) => watched.get(kind)?.list(namespace) ?? [],
    run: (signal) =>
      runAll(
        [...watched.values()].map(({ loop }) => loop),
        signal,
      ),
    onChange: (handler) => void handlers.push(handler),
    synced: (ofKinds = [...watched.keys()]) => ofKinds.every((kind) => watched.get(kind)?.loop.health.synced === true),
    health: () => new Map([...watched].map(([kind, { loop }]) => [kind, loop.health])),
  };
}

interface WatchParts {
  readonly client: ApiClient;
  readonly ambient: Ambient;
  readonly timings?: Partial<WatchTimings>;
}

function watchKind(kind: WatchedKind, parts: WatchParts, changed: ChangeHandler): Watched {
  const entry = kinds[kind];
  const tell = (before: ObjectMeta | undefined, after: ObjectMeta | undefined): void => changed(kind, before, after);
  if (entry.form === 'whole') {
    const metaOf = (item: RawResource): ObjectMeta => item.metadata;
    const store = new ObjectStore<RawResource>(metaOf, tell);
    const read = (object: unknown): RawResource | undefined => readStored(kind as ResourceKind, object);
    return {
      loop: new ListWatch({ ...parts, entry, store, read, metaOf }),
      resource: (key) => store.get(key),
      meta: (key) => store.get(key)?.metadata,
      list: (namespace) => store.items(namespace).map(metaOf),
    };
  }
  const metaOf = (item: ObjectMeta): ObjectMeta => item;
  const store = new ObjectStore<ObjectMeta>(metaOf, tell);
  const read = (object: unknown): ObjectMeta | undefined => readObjectMeta(object, entry.keep);
  return {
    loop: new ListWatch({ ...parts, entry, store, read, metaOf }),
    resource: () => undefined,
    meta: (key) => store.get(key),
    list: (namespace) => store.items(namespace),
  };
}

/** Runs the loops side by side; the first that rejects stops the others, and its reason is the one that counts. */
async function runAll(loops: readonly Watched['loop'][], signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const run = async (loop: Watched['loop']): Promise<void> => {
    try {
      await loop.run(either);
    } catch (thrown) {
      stop.abort();
      throw thrown;
    }
  };
  const ends = await Promise.allSettled(loops.map(run));
  const bad = ends.find((end) => end.status === 'rejected');
  if (bad !== undefined) throw bad.reason;
}
