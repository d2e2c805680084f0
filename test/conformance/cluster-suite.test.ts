import { afterAll, beforeAll } from 'vitest';
import { createClient } from '../../src/kube/client.ts';
import { openConnection } from '../../src/kube/connection.ts';
import { createResourceStatus } from '../../src/kube/resource-status.ts';
import { createSecretStorage } from '../../src/kube/secrets.ts';
import { createWorkloadStorage } from '../../src/kube/workloads.ts';
import { attachEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { createNamespace, deleteNamespace } from '../support/namespace.ts';
import { installKinds } from '../support/stage.ts';
import { type ClusterWorld, describeCluster } from './cluster.suite.ts';

const environment = attachEnvironment();
const { cluster, kubeconfigPath } = environment;
const ambient = { nowMs: () => Date.now(), random: () => Math.random() };
const signal = new AbortController().signal;
let world: ClusterWorld | undefined;
let close: () => void = () => {};

beforeAll(async () => {
  const connection = await openConnection({ file: kubeconfigPath });
  if (!connection.ok) throw new Error(connection.faults[0].detail);
  await installKinds(environment);
  const client = createClient(connection.value, ambient);
  close = () => client.close();
  const namespace = await createNamespace(cluster, 'suite');
  const workloads = createWorkloadStorage(client);
  const rolledOut = (name: string): Promise<void> =>
    eventually(`the pods of ${name} to be new`, async () => {
      const read = await workloads.read('Deployment', { namespace, name }, signal);
      const { podsCreatedS = [], outdatedPodsCreatedS = [] } = (read.ok ? read.value : undefined) ?? {};
      return podsCreatedS.length === 2 && outdatedPodsCreatedS.length === 0;
    }).then(() => undefined);
  world = {
    namespace,
    secrets: createSecretStorage(client),
    status: createResourceStatus(client),
    workloads,
    rolledOut,
    async createExternalSecret(name) {
      await cluster.create(`/apis/keyferry.dev/v1alpha1/namespaces/${namespace}/externalsecrets`, {
        apiVersion: 'keyferry.dev/v1alpha1',
        kind: 'ExternalSecret',
        metadata: { name },
        spec: { secretStoreRef: { name: 'aws' }, data: [{ secretKey: 'a', remoteRef: { key: 'b' } }] },
      });
    },
    async createDeployment(name) {
      const labels = { app: name };
      const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
      await cluster.create(path, {
        metadata: { name },
        spec: { replicas: 2, selector: { matchLabels: labels }, template },
      });
      await rolledOut(name);
      // Its controller goes on writing the status until every pod is ready; the suite patches versions.
      await eventually(`${name} to be at rest`, async () => {
        const { status } = await cluster.get<{ metadata: { name: string }; status?: { availableReplicas?: number } }>(
          `${path}/${name}`,
        );
        return status?.availableReplicas === 2;
      });
    },
  };
});
afterAll(async () => {
  close();
  if (world !== undefined) await deleteNamespace(cluster, world.namespace);
  cluster.close();
});

describeCluster('the real API server', () => {
  if (world === undefined) throw new Error('the world is not open yet');
  return world;
});
