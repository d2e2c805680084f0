import type { Cluster, KubeObject } from './cluster.ts';
import { eventually } from './eventually.ts';

/** One thing that happened to an object. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

/** What happens to the objects of a collection, from the moment it was opened. */
export interface History {
  /** All of it up to now, in its order. */
  changes(): Promise<readonly Change[]>;
}

/**
 * Begins to record. The watch is open all the time: an API server remembers only so many changes of a kind, so one that is asked
 * afterwards may have forgotten them.
 */
export async function openHistory(cluster: Cluster, path: string): Promise<History> {
  const { metadata, items } = await cluster.get<KubeObject & { readonly items: readonly KubeObject[] }>(path);
  const present = new Map(items.map((item) => [item.metadata.uid, item.metadata.resourceVersion]));
  const changes: Change[] = [];
  let broken: string | undefined;
  const take = (line: string): void => {
    const { type, object }: Change | { readonly type: 'ERROR'; readonly object: KubeObject } = JSON.parse(line);
    if (type === 'ERROR') {
      broken = line;
      return;
    }
    changes.push({ type, object });
    if (type === 'DELETED') present.delete(object.metadata.uid);
    else present.set(object.metadata.uid, object.metadata.resourceVersion);
  };
  cluster.watch(`${path}?watch=true&resourceVersion=${metadata.resourceVersion}`, take, (reason) => {
    broken ??= reason;
  });
  const asOf = (now: readonly KubeObject[]): boolean =>
    now.length === present.size &&
    now.every(({ metadata: { uid, resourceVersion } }) => present.get(uid) === resourceVersion);
  return {
    async changes() {
      await eventually(`the history of ${path} to be up to date`, async () => {
        if (broken !== undefined) throw new Error(`the watch has ended: ${broken}`);
        return asOf(await cluster.list(path));
      });
      return [...changes];
    },
  };
}

/** What happened, in a word each: `ADDED db`. */
export const told = (changes: readonly Change[]): string[] =>
  changes.map(({ type, object }) => `${type} ${object.metadata.name}`);
