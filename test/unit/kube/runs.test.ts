import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunStorage } from '../../../src/kube/runs.ts';
import { answer, type StubServer, startStub, statusOf } from './stub-server.ts';

const signal = new AbortController().signal;
const key = { namespace: 'team', name: 'report' };
const metadata = { name: 'report', namespace: 'team', uid: 'u', resourceVersion: '1' };
const template = { spec: { containers: [{ name: 'app' }] } };

describe('CronJobs and Jobs', () => {
  let stub: StubServer;
  beforeEach(async () => {
    stub = await startStub(() => {});
  });
  afterEach(() => stub.stop());
  const runs = () => createRunStorage(stub.client());

  it('are listed as metadata, of which what asks for restarts is kept', async () => {
    const annotations = { 'keyferry.dev/restart-on': 'db', 'example.com/big': 'x' };
    stub.handle = (_heard, response) =>
      answer(response, 200, { items: [{ metadata: { ...metadata, annotations } }], metadata: {} });
    const listed = await runs().list('CronJob', 'team', signal);
    expect(listed.ok && listed.value.map((meta) => meta.annotations)).toEqual([{ 'keyferry.dev/restart-on': 'db' }]);
    expect(stub.heard).toMatchObject([{ path: '/apis/batch/v1/namespaces/team/cronjobs' }]);
    expect(stub.heard[0]?.headers.accept).toContain('as=PartialObjectMetadataList');
  });

  it('are none where keyferry may not see them', async () => {
    stub.handle = (_heard, response) => answer(response, 403, statusOf(403, 'Forbidden'));
    expect(await runs().list('Job', 'team', signal)).toEqual({ ok: true, value: [] });
    expect(await runs().read('Job', key, signal)).toEqual({ ok: true, value: undefined });
  });

  it('are not none where the API server is ill', async () => {
    stub.handle = (_heard, response) => answer(response, 500, statusOf(500, 'InternalError'));
    expect(await runs().list('Job', 'team', signal)).toMatchObject({ ok: false });
    expect(await runs().read('Job', key, signal)).toMatchObject({ ok: false });
  });

  const running = {
    conditions: [
      { type: 'Suspended', status: 'True' },
      { type: 'Complete', status: 'False' },
    ],
  };
  const cases = [
    { it: 'a CronJob', kind: 'CronJob', spec: { jobTemplate: { spec: { template } } }, status: {}, isOver: false },
    { it: 'a Job that has not begun', kind: 'Job', spec: { template }, status: {}, isOver: false },
    { it: 'a Job that is suspended', kind: 'Job', spec: { template }, status: running, isOver: false },
    {
      it: 'a Job that is complete',
      kind: 'Job',
      spec: { template },
      status: { conditions: [{ type: 'Complete', status: 'True' }] },
      isOver: true,
    },
    {
      it: 'a Job that has failed',
      kind: 'Job',
      spec: { template },
      status: { conditions: [{ type: 'Failed', status: 'True' }] },
      isOver: true,
    },
  ] as const;
  for (const { it: name, kind, spec, status, isOver } of cases) {
    it(`are read with the pods that they make, and whether they make more: ${name}`, async () => {
      stub.handle = (_heard, response) => answer(response, 200, { metadata, spec, status });
      expect(await runs().read(kind, key, signal)).toEqual({ ok: true, value: { podSpec: template.spec, isOver } });
    });
  }
});
