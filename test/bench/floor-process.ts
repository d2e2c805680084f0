import { readFileSync } from 'node:fs';
import { type ClusterAccess, openCluster } from '../support/cluster.ts';
import type { ExternalSecretObject } from '../support/stage.ts';
import { API } from './api.ts';
import { atOnce } from './at-once.ts';

// A bare client in the operator's place: for each ExternalSecret of a namespace it creates a Secret and writes a status, of the size of those that
// an operator writes, and does nothing else. What it is to know, it reads from standard input.

export interface FloorInput {
  readonly cluster: ClusterAccess;
  readonly namespace: string;
}

const WIDTH = 32;

const input: FloorInput = JSON.parse(readFileSync(process.stdin.fd, 'utf8'));
const cluster = openCluster(input.cluster);
const resources = `${API}/namespaces/${input.namespace}/externalsecrets`;
const secrets = `/api/v1/namespaces/${input.namespace}/secrets`;
const owners = await cluster.list<ExternalSecretObject>(resources);
await atOnce(WIDTH, owners.length, async (at) => {
  const owner = owners[at];
  if (owner === undefined) return;
  const secret = await cluster.create(secrets, secretOf(owner));
  const { resourceVersion = '' } = owner.metadata;
  const status = statusOf(owner, secret.metadata.resourceVersion ?? '');
  await cluster.mergePatch(`${resources}/${owner.metadata.name}/status`, { metadata: { resourceVersion }, status });
});
cluster.close();

function secretOf({ metadata: { name, uid = '' } }: ExternalSecretObject): object {
  return {
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
  };
}

function statusOf({ metadata: { name, uid } }: ExternalSecretObject, targetResourceVersion: string): object {
  return {
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
  };
}
