import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkloadStorage } from '../../../src/kube/workloads.ts';
import { answer, type StubServer, startStub, statusOf } from './stub-server.ts';

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
const signal = new AbortController().signal;
const key = { namespace: 'team', name: 'web' };
const metadata = { name: 'web', namespace: 'team', uid: 'w', resourceVersion: '1' };

let stub: StubServer;
beforeEach(async () => {
  stub = await startStub(() => {});
});
afterEach(() => stub.stop());
const storage = () => createWorkloadStorage(stub.client());

describe('a live workload', () => {
  it('is read with its template', async () => {
    stub.handle = ({ path }, response) => {
      const template = { metadata: { annotations: { a: 'b' } }, spec: { containers: [{ name: 'c' }] } };
      return path.endsWith('/web')
        ? answer(response, 200, { metadata, spec: { selector: {}, template } })
        : answer(response, 200, { metadata: {}, items: [] });
    };
    expect(await storage().read('Deployment', key, signal)).toMatchObject({
      ok: true,
      value: { metadata: { uid: 'w' }, podSpec: { containers: [{ name: 'c' }] }, templateAnnotations: { a: 'b' } },
    });
  });

  it('has, if it is a Rollout of Argo, the time of its restart beside the template', async () => {
    stub.handle = ({ path }, response) => {
      const template = { metadata: { annotations: { a: 'b', [RESTARTED_AT]: 'by hand' } }, spec: { containers: [] } };
      const spec = { selector: {}, template, ...(restartAt === undefined ? {} : { restartAt }) };
      return path.endsWith('/web')
        ? answer(response, 200, { metadata, spec })
        : answer(response, 200, { metadata: {}, items: [] });
    };
    const marks = async () => {
      const read = await storage().readTemplate('Rollout', key, signal);
      return read.ok ? read.value?.templateAnnotations : undefined;
    };
    let restartAt: string | undefined;
    expect(await marks()).toEqual({ a: 'b' });
    restartAt = '2026-01-01T00:00:00Z';
    expect(await marks()).toEqual({ a: 'b', [RESTARTED_AT]: restartAt });
    expect(stub.heard[0]?.path).toBe('/apis/argoproj.io/v1alpha1/namespaces/team/rollouts/web');
    stub.handle = (_, response) => answer(response, 200, { metadata });
    const version = { uid: 'w', resourceVersion: '1' };
    await storage().patch('Rollout', key, version, { a: 'b' }, { [RESTARTED_AT]: restartAt }, signal);
    const body = { metadata: { ...version, annotations: { a: 'b' } }, spec: { restartAt } };
    expect(stub.heard.at(-1)).toMatchObject({ method: 'PATCH', body });
    expect(JSON.stringify(stub.heard.at(-1)?.body)).not.toContain('template');
  });

  it('may be a Rollout that has its template elsewhere', async () => {
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    stub.handle = ({ path }, response) =>
      answer(response, 200, path.endsWith('/web') ? { metadata, spec: { workloadRef } } : { metadata: {}, items: [] });
    const read = await storage().read('Rollout', key, signal);
    expect(read).toMatchObject({ ok: true, value: { metadata: { uid: 'w' }, templateAnnotations: {} } });
    expect(read.ok ? read.value?.podSpec : read).toBeUndefined();
  });

  it('is not rolled by a patch that only records', async () => {
    stub.handle = (_, response) => answer(response, 200, { metadata: { name: 'web', uid: 'w', resourceVersion: '2' } });
    const version = { uid: 'w', resourceVersion: '1' };
    await storage().patch('Deployment', key, version, { a: 'b' }, {}, signal);
    expect(stub.heard[0]).toMatchObject({
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/team/deployments/web',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { metadata: { ...version, annotations: { a: 'b' } } },
    });
    expect(stub.heard[0]?.body).not.toHaveProperty('spec');
    expect(stub.heard[0]?.query.get('fieldManager')).toBe('keyferry');
  });
});

describe('the metadata of a Secret', () => {
  const read = (managedFields: unknown) => {
    stub.handle = (_, response) => answer(response, 200, { metadata: { ...metadata, managedFields } });
    return storage().readSecretMeta(key, signal);
  };

  it('comes without the data, and with the time of our last write', async () => {
    const found = await read([
      { manager: 'kubectl', operation: 'Update', time: '2026-01-01T00:00:50Z' },
      { manager: 'keyferry', operation: 'Update', time: '2026-01-01T00:00:10Z' },
      { manager: 'keyferry', operation: 'Update', time: '2026-01-01T00:00:20Z', subresource: 'status' },
    ]);
    expect(found).toMatchObject({ ok: true, value: { metadata: { uid: 'w' }, writtenS: 1_767_225_620 } });
    expect(stub.heard[0]?.headers.accept).toBe('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
  });

  const untold: readonly unknown[] = [
    undefined,
    'none',
    [],
    [{ manager: 'kubectl', time: '2026-01-01T00:00:50Z' }],
    [{ manager: 'keyferry' }],
    [{ manager: 'keyferry', time: 'yesterday' }],
  ];
  for (const managedFields of untold) {
    it(`tells no time of writing out of ${JSON.stringify(managedFields)}`, async () => {
      expect(await read(managedFields)).toMatchObject({ ok: true, value: { writtenS: undefined } });
    });
  }

  it('is undefined when the Secret is gone, and a failure when nobody can tell', async () => {
    stub.handle = (_, response) => answer(response, 404, statusOf(404, 'NotFound'));
    expect(await storage().readSecretMeta(key, signal)).toEqual({ ok: true, value: undefined });
    stub.handle = (_, response) => answer(response, 503, statusOf(503, 'ServiceUnavailable'));
    expect(await storage().readSecretMeta(key, signal)).toMatchObject({ faults: [{ kind: 'ClusterUnavailable' }] });
  });
});
