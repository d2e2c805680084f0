import { describe, expect, it } from 'vitest';
import { secretsOf } from '../../../src/core/references.ts';

const container = (more: object): object => ({ name: 'app', image: 'app', ...more });

describe('the Secrets of a pod template', () => {
  const cases: readonly { it: string; podSpec: object; want: readonly string[] }[] = [
    { it: 'a volume', podSpec: { volumes: [{ name: 'v', secret: { secretName: 'db' } }] }, want: ['db'] },
    {
      it: 'a projected volume, among other sources',
      podSpec: {
        volumes: [
          {
            name: 'v',
            projected: {
              sources: [
                { configMap: { name: 'settings' } },
                { secret: { name: 'db' } },
                { serviceAccountToken: { path: 'token' } },
                { secret: { name: 'tls', items: [{ key: 'tls.crt', path: 'crt' }] } },
              ],
            },
          },
        ],
      },
      want: ['db', 'tls'],
    },
    {
      it: 'volumes that take their credentials from a Secret',
      podSpec: {
        volumes: [
          { name: 'a', csi: { driver: 'd', nodePublishSecretRef: { name: 'csi' } } },
          { name: 'b', azureFile: { secretName: 'azure', shareName: 's' } },
          { name: 'c', iscsi: { secretRef: { name: 'iscsi' } } },
          { name: 'd', flexVolume: { driver: 'f', secretRef: { name: 'flex' } } },
          { name: 'e', cephfs: { monitors: ['m'], secretRef: { name: 'ceph' } } },
        ],
      },
      want: ['csi', 'azure', 'iscsi', 'flex', 'ceph'],
    },
    {
      it: 'env',
      podSpec: {
        containers: [
          container({
            env: [
              { name: 'A', valueFrom: { secretKeyRef: { name: 'db', key: 'a' } } },
              { name: 'B', value: 'plain' },
              { name: 'C', valueFrom: { configMapKeyRef: { name: 'settings', key: 'c' } } },
              { name: 'D', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            ],
          }),
        ],
      },
      want: ['db'],
    },
    {
      it: 'envFrom, also where the Secret is optional',
      podSpec: {
        containers: [
          container({
            envFrom: [
              { secretRef: { name: 'db', optional: true } },
              { configMapRef: { name: 'settings' } },
              { prefix: 'P_', secretRef: { name: 'tls' } },
            ],
          }),
        ],
      },
      want: ['db', 'tls'],
    },
    {
      it: 'every container, init containers too',
      podSpec: {
        initContainers: [container({ envFrom: [{ secretRef: { name: 'init' } }] })],
        containers: [
          container({ envFrom: [{ secretRef: { name: 'first' } }] }),
          container({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'second', key: 'a' } } }] }),
        ],
      },
      want: ['first', 'second', 'init'],
    },
    { it: 'imagePullSecrets', podSpec: { imagePullSecrets: [{ name: 'registry' }, {}] }, want: ['registry'] },
    {
      it: 'a Secret once that is referred to twice',
      podSpec: {
        volumes: [{ name: 'v', secret: { secretName: 'db' } }],
        containers: [container({ envFrom: [{ secretRef: { name: 'db' } }] })],
      },
      want: ['db'],
    },
    {
      it: 'nothing, where other kinds of objects are named',
      podSpec: {
        serviceAccountName: 'reader',
        volumes: [
          { name: 'secret', configMap: { name: 'settings' } },
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'empty', emptyDir: {} },
          { name: 'info', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        ],
      },
      want: [],
    },
  ];
  for (const { it: name, podSpec, want } of cases) {
    it(`are those of ${name}`, () => {
      expect([...secretsOf(podSpec)].toSorted()).toEqual(want.toSorted());
    });
  }

  const nonsense: readonly unknown[] = [
    undefined,
    null,
    'text',
    7,
    [],
    {},
    { volumes: 'none', containers: null, imagePullSecrets: {} },
    { volumes: [null, 7, { secret: null }, { secret: { secretName: 7 } }, { projected: { sources: 'none' } }] },
    { containers: [null, { env: {}, envFrom: [null, { secretRef: 'db' }, { secretRef: { name: ['db'] } }] }] },
    { containers: [{ env: [null, { valueFrom: null }, { valueFrom: { secretKeyRef: {} } }] }] },
  ];
  for (const podSpec of nonsense) {
    it(`are none in ${JSON.stringify(podSpec)}`, () => {
      expect([...secretsOf(podSpec)]).toEqual([]);
    });
  }
});
