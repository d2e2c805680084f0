import type { Cluster } from '../support/cluster.ts';
import type { ExternalSecretObject } from '../support/stage.ts';
import { API } from './api.ts';

interface Sight {
  readonly name: string;
  readonly object: ExternalSecretObject;
  /** By a clock that never jumps, in milliseconds. */
  readonly atMs: number;
}

interface WatchLine {
  readonly type: string;
  readonly object: ExternalSecretObject;
}

/**
 * All ExternalSecrets of a namespace that have changed since it was opened, seen through one watch: asking for each of them would slow down what is
 * measured.
 */
export class StatusWatch {
  readonly #listeners = new Set<(sight: Sight) => void>();
  /** As they were seen last. */
  readonly #objects = new Map<string, ExternalSecretObject>();
  readonly #broken = Promise.withResolvers<never>();

  private constructor() {
    this.#broken.promise.catch(() => {});
  }

  static async open(cluster: Cluster, namespace: string): Promise<StatusWatch> {
    const path = `${API}/namespaces/${namespace}/externalsecrets`;
    const { metadata }: { metadata: { resourceVersion: string } } = JSON.parse(await cluster.text(`${path}?limit=1`));
    const watch = new StatusWatch();
    watch.#follow(cluster, path, metadata.resourceVersion);
    return watch;
  }

  /** The API server ends a watch whose reader does not keep up with it; what came since then is asked for. */
  #follow(cluster: Cluster, path: string, resourceVersion: string): void {
    let seen = resourceVersion;
    cluster.watch(
      `${path}?watch=1&timeoutSeconds=3600&resourceVersion=${resourceVersion}`,
      (line) => {
        const event: WatchLine = JSON.parse(line);
        seen = event.object.metadata.resourceVersion ?? seen;
        this.#see(event);
      },
      (reason) => {
        if (reason === '200') this.#follow(cluster, path, seen);
        else this.#broken.reject(new Error(`the watch on ExternalSecrets ended: ${reason}`));
      },
    );
  }

  /** The ExternalSecret as it was seen last. */
  last(name: string): ExternalSecretObject | undefined {
    return this.#objects.get(name);
  }

  #see({ type, object }: WatchLine): void {
    if (type === 'ERROR') this.#broken.reject(new Error(`the watch on ExternalSecrets said ${JSON.stringify(object)}`));
    const { name } = object.metadata;
    // The larger half of an object, and nobody asks for it.
    delete object.metadata.managedFields;
    if (type === 'DELETED') this.#objects.delete(name);
    else this.#objects.set(name, object);
    const atMs = performance.now();
    for (const listener of this.#listeners) listener({ name, object, atMs });
  }

  /**
   * When each of so many ExternalSecrets was first seen to be as it should, by now or from now on: milliseconds by name, in the order of the sights.
   * Rejects when `gone` does, or the time is up.
   */
  async until(
    count: number,
    isSo: (object: ExternalSecretObject) => boolean,
    { timeoutMs, gone }: { readonly timeoutMs: number; readonly gone?: Promise<never> },
  ): Promise<ReadonlyMap<string, number>> {
    const seen = new Map<string, number>();
    const all = Promise.withResolvers<void>();
    const listener = ({ name, object, atMs }: Sight): void => {
      if (!isSo(object) || seen.has(name)) return;
      seen.set(name, atMs);
      if (seen.size >= count) all.resolve();
    };
    this.#listeners.add(listener);
    for (const [name, object] of this.#objects) listener({ name, object, atMs: performance.now() });
    const late = (): void => all.reject(new Error(`after ${timeoutMs / 1_000} s, ${seen.size} of ${count} were seen`));
    const timer = setTimeout(late, timeoutMs);
    try {
      await Promise.race([all.promise, this.#broken.promise, ...(gone === undefined ? [] : [gone])]);
      return seen;
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(listener);
    }
  }
}

/** True when the spec as it is now is in sync. */
export function isReady({ metadata, status }: ExternalSecretObject): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return status?.observedGeneration === metadata.generation && ready?.status === 'True';
}

/** True when the spec as it is now was looked at and failed. */
export function hasFailed({ metadata, status }: ExternalSecretObject): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return status?.observedGeneration === metadata.generation && ready?.status === 'False';
}

/** Tells whether the values were read after that time (Unix milliseconds). */
export const isRefreshedSince =
  (ms: number) =>
  ({ status }: ExternalSecretObject): boolean =>
    Date.parse(status?.refreshTime ?? '1970-01-01T00:00:00Z') >= ms;
