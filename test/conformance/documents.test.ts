import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError } from '../support/cluster.ts';
import { readDocumentedObjects } from '../support/documents.ts';
import { attachEnvironment } from '../support/environment.ts';
import { createNamespace, deleteNamespace } from '../support/namespace.ts';
import { API, installKinds } from '../support/stage.ts';

// Whatever README.md and docs/ show is taken by a real API server that refuses unknown fields, as kubectl asks it to.

const environment = attachEnvironment();
const { cluster } = environment;
let namespace: string;

beforeAll(async () => {
  await installKinds(environment);
  namespace = await createNamespace(cluster, 'documents');
});
afterAll(async () => {
  await deleteNamespace(cluster, namespace);
  cluster.close();
});

/** Where objects of the kind are created; a kind that a page shows for the first time belongs here. */
const collections: Readonly<Record<string, () => string>> = {
  'keyferry.dev/v1alpha1 ExternalSecret': () => `${API}/namespaces/${namespace}/externalsecrets`,
  'keyferry.dev/v1alpha1 SecretStore': () => `${API}/namespaces/${namespace}/secretstores`,
  'keyferry.dev/v1alpha1 ClusterSecretStore': () => `${API}/clustersecretstores`,
  'v1 Namespace': () => '/api/v1/namespaces',
  'v1 Secret': () => `/api/v1/namespaces/${namespace}/secrets`,
  'v1 ServiceAccount': () => `/api/v1/namespaces/${namespace}/serviceaccounts`,
  'apps/v1 Deployment': () => `/apis/apps/v1/namespaces/${namespace}/deployments`,
  'rbac.authorization.k8s.io/v1 ClusterRole': () => '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': () => '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
};

describe('the API server takes', () => {
  for (const { place, manifest } of readDocumentedObjects()) {
    const { apiVersion, kind, metadata } = manifest;
    it.concurrent(`${kind} ${metadata.name} of ${place}`, async () => {
      const collection = collections[`${apiVersion} ${kind}`];
      expect(collection, `no collection is known for ${apiVersion} ${kind}`).toBeDefined();
      const { namespace: _theirs, ...rest } = metadata;
      const answer = await cluster
        .create(`${collection?.()}?dryRun=All&fieldValidation=Strict`, { ...manifest, metadata: rest })
        .then(({ metadata: { name } }) => name)
        .catch((error: unknown) => (error instanceof ApiError ? refusal(error, metadata.name) : String(error)));
      expect(answer).toBe(metadata.name);
    });
  }
});

/** What another run left on a cluster that many use says nothing against the page. */
const refusal = (error: ApiError, name: string): string => (error.status === 409 ? name : error.message);
