import type { Kind } from '../../src/api/parse.ts';
import { ApiError, type Cluster, type KubeObject } from './cluster.ts';
import type { Manifest } from './manifests.ts';
import { API } from './stage.ts';

/** What the API server says of an object: what it would store, or why it refuses. */
export type Verdict =
  | { readonly valid: true; readonly stored: KubeObject }
  | { readonly valid: false; readonly message: string };

const PLURALS: Readonly<Record<Kind, string>> = {
  ExternalSecret: 'externalsecrets',
  SecretStore: 'secretstores',
  ClusterSecretStore: 'clustersecretstores',
};

const DRY_RUN = 'dryRun=All&fieldValidation=Strict';

/** The collection that objects of the kind are in. */
export const collectionOf = (kind: Kind, namespace: string): string =>
  kind === 'ClusterSecretStore' ? `${API}/${PLURALS[kind]}` : `${API}/namespaces/${namespace}/${PLURALS[kind]}`;

/** The API server's verdict on the spec, by a creation of which nothing is kept. */
export const judgeSpec = (cluster: Cluster, namespace: string, manifest: Manifest): Promise<Verdict> =>
  verdictOf(cluster.create(`${collectionOf(manifest.kind, namespace)}?${DRY_RUN}`, manifest));

/** Its verdict on the status of an object that is there: a creation drops the status unread. */
export async function judgeStatus(
  cluster: Cluster,
  namespace: string,
  there: KubeObject,
  manifest: Manifest,
): Promise<Verdict> {
  const { name, resourceVersion } = there.metadata;
  const path = `${collectionOf(manifest.kind, namespace)}/${name}/status?${DRY_RUN}`;
  return verdictOf(cluster.replace(path, { ...manifest, metadata: { name, resourceVersion } }));
}

async function verdictOf(answer: Promise<KubeObject>): Promise<Verdict> {
  try {
    return { valid: true, stored: await answer };
  } catch (error) {
    if (error instanceof ApiError && [400, 422].includes(error.status)) return { valid: false, message: error.message };
    throw error;
  }
}
