import { randomBytes } from 'node:crypto';
import type { Cluster } from './cluster.ts';
import { eventually } from './eventually.ts';

/** A namespace of a test's own, with its ServiceAccount `default` made. */
export async function createNamespace(cluster: Cluster, prefix = 'test'): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  await cluster.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await eventually(`the ServiceAccount default in ${name}`, () =>
    cluster.exists(`/api/v1/namespaces/${name}/serviceaccounts/default`),
  );
  return name;
}

/** Asks for the removal of a namespace, and does not wait for it. */
export async function deleteNamespace(cluster: Cluster, name: string): Promise<void> {
  await cluster.delete(`/api/v1/namespaces/${name}`);
}
