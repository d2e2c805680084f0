import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkloadKind } from '../../../src/core/ports.ts';
import { labelSelectorOf } from '../../../src/kube/workload-pods.ts';
import { createWorkloadStorage } from '../../../src/kube/workloads.ts';
import { answer, type StubServer, startStub, statusOf } from './stub-server.ts';

const signal = new AbortController().signal;
const HASH = 'controller-revision-hash';
const REVISION = 'deployment.kubernetes.io/revision';

interface Owned {
  readonly owner?: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly more?: object;
}

const object = (name: string, { owner, more }: Owned = {}): object => ({
  metadata: {
    name,
    namespace: 'team',
    uid: name,
    resourceVersion: '1',
    ...(owner && { ownerReferences: [{ apiVersion: 'apps/v1', controller: true, ...owner }] }),
    ...more,
  },
});

const pod = (name: string, second: number, owner: Owned['owner'], more: object = {}): object =>
  object(name, {
    more: { creationTimestamp: new Date(second * 1000).toISOString(), ...more },
    ...(owner && { owner }),
  });

const web = { kind: 'Deployment', name: 'web', uid: 'w' };
const replicaSet = (name: string, revision: string, owner = web): object =>
  object(name, { owner, more: { annotations: { [REVISION]: revision } } });
const ofReplicaSet = (name: string): Owned['owner'] => ({ kind: 'ReplicaSet', name, uid: name });
const hashed = (hash: string): object => ({ labels: { [HASH]: hash } });

describe('the pods of a workload', () => {
  let stub: StubServer;
  beforeEach(async () => {
    stub = await startStub(() => {});
  });
  afterEach(() => stub.stop());

  /** What the collections hold, page by page. */
  let pages: Record<string, readonly (readonly object[])[]>;
  let status: object;
  const serve = (
    held: Record<string, readonly (readonly object[])[]>,
    itsStatus: object = { observedGeneration: 3 },
  ) => {
    pages = held;
    status = itsStatus;
    stub.handle = ({ path, query }, response) => {
      const plural = path.split('/').at(-1) ?? '';
      if (plural === 'web') {
        const annotations = { [REVISION]: '2' };
        const metadata = { name: 'web', namespace: 'team', uid: 'w', resourceVersion: '1', generation: 3, annotations };
        const spec = { selector: { matchLabels: { app: 'web' } }, template: { spec: { containers: [] } } };
        return answer(response, 200, { metadata, spec, status });
      }
      const all = pages[plural] ?? [[]];
      const at = Number(query.get('continue') ?? 0);
      const token = at + 1 < all.length ? { continue: String(at + 1) } : {};
      answer(response, 200, { metadata: { resourceVersion: '1', ...token }, items: all[at] });
    };
  };
  const read = async (kind: WorkloadKind) => {
    const found = await createWorkloadStorage(stub.client()).read(kind, { namespace: 'team', name: 'web' }, signal);
    if (!found.ok) return found.faults[0].kind;
    const { podsCreatedS, outdatedPodsCreatedS } = found.value ?? {};
    return { podsCreatedS, outdatedPodsCreatedS };
  };

  it('are told from every page, as metadata, without those that are going or have ended', async () => {
    serve({
      replicasets: [[replicaSet('web-5d4f', '2')]],
      pods: [
        [
          pod('a', 100, ofReplicaSet('web-5d4f')),
          pod('going', 1, ofReplicaSet('web-5d4f'), { deletionTimestamp: '2026-01-01T00:00:00Z' }),
        ],
        [pod('b', 200, ofReplicaSet('web-5d4f')), pod('stray', 2, undefined)],
      ],
    });
    expect(await read('Deployment')).toEqual({ podsCreatedS: [100, 200], outdatedPodsCreatedS: [] });
    const lists = stub.heard.filter(({ path }) => path === '/api/v1/namespaces/team/pods');
    expect(lists[0]?.headers.accept).toContain('PartialObjectMetadataList');
    expect(Object.fromEntries(lists[1]?.query ?? [])).toEqual({
      labelSelector: 'app=web',
      fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
      limit: '500',
      continue: '1',
    });
  });

  it('of a Deployment are those of its own ReplicaSets, by the one that has its revision', async () => {
    const canary = { kind: 'Deployment', name: 'web-canary', uid: 'c' };
    serve({
      replicasets: [[replicaSet('web-1', '1'), replicaSet('web-2', '2'), replicaSet('web-canary-1', '2', canary)]],
      pods: [
        [
          pod('old', 100, ofReplicaSet('web-1')),
          pod('new', 200, ofReplicaSet('web-2')),
          pod('other', 50, ofReplicaSet('web-canary-1')),
        ],
      ],
    });
    expect(await read('Deployment')).toEqual({ podsCreatedS: [200], outdatedPodsCreatedS: [100] });
  });

  it('of a Deployment are all of the present template where no ReplicaSet has its revision', async () => {
    serve({ replicasets: [[replicaSet('web-1', '1')]], pods: [[pod('old', 100, ofReplicaSet('web-1'))]] });
    expect(await read('Deployment')).toEqual({ podsCreatedS: [100], outdatedPodsCreatedS: [] });
  });

  it('of a StatefulSet are its own by uid, by its update revision', async () => {
    const itself = { kind: 'StatefulSet', name: 'web', uid: 'w' };
    const pods = [
      pod('web-0', 100, itself, hashed('web-old')),
      pod('web-1', 200, itself, hashed('web-new')),
      pod('former', 50, { ...itself, uid: 'deleted' }, hashed('web-new')),
    ];
    serve({ pods: [pods] }, { observedGeneration: 3, updateRevision: 'web-new' });
    expect(await read('StatefulSet')).toEqual({ podsCreatedS: [200], outdatedPodsCreatedS: [100] });
    serve({ pods: [pods] });
    expect(await read('StatefulSet')).toEqual({ podsCreatedS: [100, 200], outdatedPodsCreatedS: [] });
  });

  it('of a DaemonSet are its own by uid, by its latest ControllerRevision', async () => {
    const itself = { kind: 'DaemonSet', name: 'web', uid: 'w' };
    const revision = (hash: string, number: number, owner = itself): object => ({
      ...object(`web-${hash}`, { owner, more: hashed(hash) }),
      revision: number,
    });
    serve({
      // A rollback makes the revision of an earlier one the latest.
      controllerrevisions: [[revision('one', 11), revision('two', 9)], [revision('no', 12, { ...itself, uid: 'x' })]],
      pods: [[pod('a', 100, itself, hashed('two')), pod('b', 200, itself, hashed('one'))]],
    });
    expect(await read('DaemonSet')).toEqual({ podsCreatedS: [200], outdatedPodsCreatedS: [100] });
  });

  it('are all outdated while the controller has not yet seen the template', async () => {
    const held = { replicasets: [[replicaSet('web-2', '2')]], pods: [[pod('a', 100, ofReplicaSet('web-2'))]] };
    serve(held, { observedGeneration: 2 });
    expect(await read('Deployment')).toEqual({ podsCreatedS: [], outdatedPodsCreatedS: [100] });
    serve(held, {});
    expect(await read('Deployment')).toEqual({ podsCreatedS: [], outdatedPodsCreatedS: [100] });
  });

  const lists: readonly { kind: WorkloadKind; plural: string }[] = [
    { kind: 'Deployment', plural: 'pods' },
    { kind: 'Deployment', plural: 'replicasets' },
    { kind: 'DaemonSet', plural: 'controllerrevisions' },
  ];
  for (const { kind, plural } of lists) {
    it(`of a ${kind} are not guessed when its ${plural} cannot be listed`, async () => {
      serve({});
      const well = stub.handle;
      stub.handle = (heard, response, socket) =>
        heard.path.endsWith(`/${plural}`)
          ? answer(response, 503, statusOf(503, 'ServiceUnavailable'))
          : well(heard, response, socket);
      expect(await read(kind)).toBe('ClusterUnavailable');
    });
  }

  it('are selected with labels and expressions', () => {
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'env', operator: 'NotIn', values: ['dev'] },
      { key: 'new', operator: 'Exists' },
      { key: 'old', operator: 'DoesNotExist' },
    ];
    const selector = { matchLabels: { app: 'web' }, matchExpressions };
    expect(labelSelectorOf(selector)).toBe('app=web,tier in (a,b),env notin (dev),new,!old');
  });
});
