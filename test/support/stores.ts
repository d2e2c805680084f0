import { TEST_REGION } from './aws.ts';
import type { Cluster, KubeObject } from './cluster.ts';
import { eventually } from './eventually.ts';
import { API, type Condition } from './stage.ts';

/** A store of either kind. */
export interface StoreObject extends KubeObject {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly identityArn?: string;
    readonly hints?: readonly string[];
    readonly conditions?: readonly Condition[];
  };
}

export const storePath = (namespace: string, name: string): string =>
  `${API}/namespaces/${namespace}/secretstores/${name}`;

export const clusterStorePath = (name: string): string => `${API}/clustersecretstores/${name}`;

const store = (kind: string, name: string, spec: object): object => ({
  apiVersion: 'keyferry.dev/v1alpha1',
  kind,
  metadata: { name },
  spec: { region: TEST_REGION, ...spec },
});

/** Creates a SecretStore in the tests' region, unless the spec says otherwise. */
export async function createStore(cluster: Cluster, namespace: string, name: string, spec: object): Promise<void> {
  await cluster.create(`${API}/namespaces/${namespace}/secretstores`, store('SecretStore', name, spec));
}

/** Creates a ClusterSecretStore in the tests' region, unless the spec says otherwise. */
export async function createClusterStore(cluster: Cluster, name: string, spec: object): Promise<void> {
  await cluster.create(`${API}/clustersecretstores`, store('ClusterSecretStore', name, spec));
}

/** Waits until the store's Ready condition has the status (and the reason), as of its present generation. */
export async function storeReady(
  cluster: Cluster,
  path: string,
  status: 'True' | 'False',
  reason?: string,
): Promise<StoreObject> {
  return eventually(`${path} to be Ready=${status} ${reason ?? ''}`, async () => {
    const object = await cluster.get<StoreObject>(path);
    const ready = object.status?.conditions?.find(({ type }) => type === 'Ready');
    const isCurrent = object.status?.observedGeneration === object.metadata.generation;
    if (isCurrent && ready?.status === status && (reason === undefined || ready.reason === reason)) return object;
    throw new Error(JSON.stringify(object.status));
  });
}
