import { withProgress } from '../support/parts/progress.ts';
import type { ExternalSecretObject } from '../support/stage.ts';
import { API } from './api.ts';
import { atOnce } from './at-once.ts';
import type { World } from './world.ts';

const WIDTH = 32;

/**
 * Seconds that a bare client takes to create so many Secrets and to write as many statuses, 32 at once: what the API server on this machine, as busy
 * as it is now, takes for it at least. The objects are of the size of those that an operator writes. Nothing of it stays.
 */
export async function measureFloor({ cluster }: World, count: number): Promise<number> {
  const namespace = `floor-${Date.now()}`;
  await cluster.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const resources = `${API}/namespaces/${namespace}/externalsecrets`;
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const owners: ExternalSecretObject[] = [];
  return withProgress(`measuring the floor of ${count.toLocaleString('en')}`, async () => {
    await atOnce(WIDTH, count, async (at) => {
      owners[at] = await cluster.create(resources, externalSecretOf(at));
    });
    const startedMs = performance.now();
    await atOnce(WIDTH, count, async (at) => {
      const owner = owners[at];
      if (owner === undefined) throw new Error('an ExternalSecret of the floor is missing');
      const secret = await cluster.create(secrets, secretOf(owner));
      const { resourceVersion = '' } = owner.metadata;
      const status = statusOf(owner, secret.metadata.resourceVersion ?? '');
      await cluster.mergePatch(`${resources}/${owner.metadata.name}/status`, { metadata: { resourceVersion }, status });
    });
    const tookS = (performance.now() - startedMs) / 1_000;
    for (const path of [secrets, resources, `/api/v1/namespaces/${namespace}`]) await cluster.delete(path);
    return tookS;
  });
}

const externalSecretOf = (at: number): object => ({
  apiVersion: 'keyferry.dev/v1alpha1',
  kind: 'ExternalSecret',
  metadata: { name: `db-${at}` },
  spec: { secretStoreRef: { name: 'aws' }, data: [{ secretKey: 'value', remoteRef: { key: `/floor/db-${at}` } }] },
});

const secretOf = ({ metadata: { name, uid = '' } }: ExternalSecretObject): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name,
    labels: { 'keyferry.dev/managed': 'true' },
    annotations: { 'keyferry.dev/revision': `00000001.${'0'.repeat(32)}` },
    ownerReferences: [
      {
        apiVersion: 'keyferry.dev/v1alpha1',
        kind: 'ExternalSecret',
        name,
        uid,
        controller: true,
        blockOwnerDeletion: false,
      },
    ],
  },
  type: 'Opaque',
  data: { value: Buffer.from('a value of the floor'.padEnd(100, '.')).toString('base64') },
});

const statusOf = ({ metadata: { name, uid } }: ExternalSecretObject, targetResourceVersion: string): object => ({
  observedGeneration: 1,
  refreshTime: '2026-01-01T00:00:00Z',
  nextRefreshTime: '2026-01-01T01:00:00Z',
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'Synced',
      message: `Secret ${name} holds 1 key as AWS has them`,
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
  binding: { name },
  targetResourceVersion,
  targetRevision: `00000001.${'0'.repeat(32)}`,
  store: { uid, generation: 1 },
  sources: [{ key: `/floor/${name}`, service: 'SecretsManager', region: 'eu-west-1', versionId: uid }],
});
