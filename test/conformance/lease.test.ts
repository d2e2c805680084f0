import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, createClient } from '../../src/kube/client.ts';
import { openConnection } from '../../src/kube/connection.ts';
import { createLeaseStorage } from '../../src/kube/lease.ts';
import { attachEnvironment } from '../support/environment.ts';
import { MemoryLease } from '../support/memory-lease.ts';
import { createNamespace, deleteNamespace } from '../support/namespace.ts';
import { describeLease } from './lease.suite.ts';

const { cluster, kubeconfigPath } = attachEnvironment();
const ambient = { nowMs: () => Date.now(), random: () => Math.random() };
const signal = new AbortController().signal;
let client: ApiClient | undefined;
let namespace = '';
let count = 0;

beforeAll(async () => {
  const connection = await openConnection({ file: kubeconfigPath });
  if (!connection.ok) throw new Error(connection.faults[0].detail);
  client = createClient(connection.value, ambient);
  namespace = await createNamespace(cluster, 'lease');
});
afterAll(async () => {
  client?.close();
  await deleteNamespace(cluster, namespace);
  cluster.close();
});

const storageOf = (name: string) => {
  if (client === undefined) throw new Error('no client');
  return createLeaseStorage(client, { namespace, name });
};

describeLease('the memory', async () => {
  const memory = new MemoryLease();
  return { storage: memory.storage(), label: async () => memory.label(), delete: async () => memory.delete() };
});

describeLease('the API server', async () => {
  const name = `lease-${count++}`;
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`;
  return {
    storage: storageOf(name),
    label: async () => void (await cluster.mergePatch(path, { metadata: { labels: { by: 'others' } } })),
    delete: async () => void (await cluster.delete(path)),
  };
});

describe('a Lease that somebody else made', () => {
  it('without a spec has no holder', async () => {
    await cluster.create(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`, { metadata: { name: 'bare' } });
    expect(await storageOf('bare').read(10_000, signal)).toMatchObject({
      ok: true,
      value: { holder: '', durationMs: 0, transitions: 0 },
    });
  });
});
