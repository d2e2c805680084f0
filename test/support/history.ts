import type { Cluster, KubeObject } from './cluster.ts';

/** One thing that happened to an object. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

/** The point that a collection has come to, as a starting point for `changesSince`. */
export async function presentOf(cluster: Cluster, path: string): Promise<string> {
  const { metadata } = await cluster.get(path);
  return metadata.resourceVersion ?? '';
}

/** All that happened to the objects of a collection since then, in its order, as the API server remembers it. */
export async function changesSince(cluster: Cluster, path: string, resourceVersion: string): Promise<Change[]> {
  const text = await cluster.text(`${path}?watch=true&timeoutSeconds=1&resourceVersion=${resourceVersion}`);
  const lines = text.split('\n').filter((line) => line !== '');
  const changes: (Change | { readonly type: 'ERROR' })[] = lines.map((line) => JSON.parse(line));
  return changes.map((change) => {
    if (change.type === 'ERROR') throw new Error(`${path} has forgotten what came after ${resourceVersion}: ${text}`);
    return change;
  });
}

/** What happened, in a word each: `ADDED db`. */
export const told = (changes: readonly Change[]): string[] =>
  changes.map(({ type, object }) => `${type} ${object.metadata.name}`);
