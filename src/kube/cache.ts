import type { Ambient, ClusterView, ObjectKey, ObjectMeta, RawResource, WatchedKind } from '../core/ports.ts';
import type { ApiClient } from './client.ts';
import { readStored } from './custom-resource.ts';
import { kinds, type ResourceKind } from './kinds.ts';
import { ListWatch, type WatchHealth } from './list-watch.ts';
import { readObjectMeta, readWorkloadMeta } from './object-meta.ts';
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
  /** Keeps to these namespaces: nothing cluster-scoped is watched, and they are taken to be there. Default: everything. */
  readonly namespaces?: readonly string[];
  readonly timings?: Partial<WatchTimings>;
  /** Whether annotations of pod templates are read, too, at the price of whole workloads over the wire; what is kept is as little. */
  readonly templates?: boolean;
}

const ALL = Object.keys(kinds) as readonly WatchedKind[];

type Loop = Pick<ListWatch<unknown>, 'run' | 'health'>;

interface Watched {
  readonly loops: readonly Loop[];
  resource(key: ObjectKey): RawResource | undefined;
  meta(key: ObjectKey): ObjectMeta | undefined;
  list(namespace: string | undefined): Iterable<ObjectMeta>;
}

/** The operator's picture of the cluster, from one list and watch for each kind. */
export function createClusterCache(client: ApiClient, ambient: Ambient, options: CacheOptions = {}): ClusterCache {
  const handlers: ChangeHandler[] = [];
  const watched = new Map<WatchedKind, Watched>();
  const namespaces = options.namespaces ?? [];
  const isWatched = (kind: WatchedKind): boolean => namespaces.length === 0 || kinds[kind].namespaced;
  for (const kind of (options.kinds ?? ALL).filter(isWatched)) {
    const changed: ChangeHandler = (...change) => {
      for (const handler of handlers) handler(...change);
    };
    const parts = {
      client,
      ambient,
      templates: options.templates === true,
      ...(options.timings && { timings: options.timings }),
    };
    watched.set(
      kind,
      watchPlaces(namespaces, (namespace) => watchKind(kind, { ...parts, namespace }, changed)),
    );
  }
  if (namespaces.length > 0) watched.set('Namespace', takenToBeThere(namespaces));
  const loops = [...watched].flatMap(([kind, each]) => (each.loops.length === 0 ? [] : [[kind, each.loops] as const]));
  const health = new Map(loops.map(([kind, each]) => [kind, () => joinHealth(each)]));
  return {
    resource: (kind, key) => watched.get(kind)?.resource(key),
    meta: (kind, key) => watched.get(kind)?.meta(key),
    list: (kind, namespace) => watched.get(kind)?.list(namespace) ?? [],
    sees: (kind) => loops.some(([each]) => each === kind),
    run: (signal) =>
      runAll(
        loops.flatMap(([, each]) => each),
        signal,
      ),
    onChange: (handler) => void handlers.push(handler),
    synced: (ofKinds = [...health.keys()]) => ofKinds.every((kind) => health.get(kind)?.().synced === true),
    health: () => new Map([...health].map(([kind, read]) => [kind, read()])),
  };
}

/** One kind in every namespace, or in each of those that are named. */
function watchPlaces(namespaces: readonly string[], watch: (namespace: string | undefined) => Watched): Watched {
  if (namespaces.length === 0) return watch(undefined);
  const places = new Map(namespaces.map((namespace) => [namespace, watch(namespace)]));
  return {
    loops: [...places.values()].flatMap(({ loops }) => loops),
    resource: (key) => places.get(key.namespace)?.resource(key),
    meta: (key) => places.get(key.namespace)?.meta(key),
    list: (namespace) =>
      namespace === undefined
        ? [...places.values()].flatMap((place) => [...place.list(undefined)])
        : (places.get(namespace)?.list(namespace) ?? []),
  };
}

/** Namespaces that may not be watched. Of one that goes after all, writes tell. */
function takenToBeThere(namespaces: readonly string[]): Watched {
  const none = { labels: {}, annotations: {}, ownerReferences: [] };
  const unknown = { uid: '', resourceVersion: '', generation: 0, creationTimestamp: '' };
  const metas = new Map(namespaces.map((name) => [name, { name, namespace: '', ...unknown, ...none }]));
  return {
    loops: [],
    resource: () => undefined,
    meta: ({ name }) => metas.get(name),
    list: () => metas.values(),
  };
}

/** Of several watches of one kind: as well as the worst of them. */
function joinHealth(loops: readonly Loop[]): WatchHealth {
  const all = loops.map(({ health }) => health);
  const trouble = all.find((each) => each.trouble !== undefined)?.trouble;
  return {
    synced: all.every(({ synced }) => synced),
    lastActivityMs: Math.min(...all.map(({ lastActivityMs }) => lastActivityMs)),
    lastContactMs: Math.min(...all.map(({ lastContactMs }) => lastContactMs)),
    relists: all.reduce((sum, { relists }) => sum + relists, 0),
    restarts: all.reduce((sum, { restarts }) => sum + restarts, 0),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

interface WatchParts {
  readonly client: ApiClient;
  readonly ambient: Ambient;
  readonly timings?: Partial<WatchTimings>;
  /** Default: all. */
  readonly namespace: string | undefined;
  readonly templates: boolean;
}

function watchKind(kind: WatchedKind, parts: WatchParts, changed: ChangeHandler): Watched {
  const entry = kinds[kind];
  const tell = (before: ObjectMeta | undefined, after: ObjectMeta | undefined): void => changed(kind, before, after);
  if (entry.form === 'whole') {
    const metaOf = (item: RawResource): ObjectMeta => item.metadata;
    const store = new ObjectStore<RawResource>(metaOf, tell);
    const read = (object: unknown): RawResource | undefined => readStored(kind as ResourceKind, object);
    return {
      loops: [new ListWatch({ ...parts, entry, store, read, metaOf })],
      resource: (key) => store.get(key),
      meta: (key) => store.get(key)?.metadata,
      list: (namespace) => store.items(namespace).map(metaOf),
    };
  }
  const metaOf = (item: ObjectMeta): ObjectMeta => item;
  const store = new ObjectStore<ObjectMeta>(metaOf, tell);
  const isTemplate = parts.templates && entry.hasTemplate === true;
  const read = (object: unknown): ObjectMeta | undefined =>
    isTemplate ? readWorkloadMeta(object, entry.keep) : readObjectMeta(object, entry.keep);
  const asked = isTemplate ? ({ ...entry, form: 'whole' } as const) : entry;
  return {
    loops: [new ListWatch({ ...parts, entry: asked, store, read, metaOf })],
    resource: () => undefined,
    meta: (key) => store.get(key),
    list: (namespace) => store.items(namespace),
  };
}

/** Runs the loops side by side; the first that rejects stops the others, and its reason is the one that counts. */
async function runAll(loops: readonly Loop[], signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const run = async (loop: Loop): Promise<void> => {
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
