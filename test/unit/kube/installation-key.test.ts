import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadInstallationKey } from '../../../src/kube/installation-key.ts';
import { answer, type StubServer, startStub, statusOf } from './stub-server.ts';

const signal = new AbortController().signal;
const bytes = (count: number): Uint8Array => new Uint8Array(count).fill(0xab);
const base64 = (of: string | Uint8Array): string => Buffer.from(of).toString('base64');
const secret = (data: object): object => ({ metadata: { name: 'k', uid: 'u', resourceVersion: '1' }, data });
const stored = secret({ id: base64('01234567'), key: base64(bytes(32)) });

describe('the installation key', () => {
  let stub: StubServer;
  beforeEach(async () => {
    stub = await startStub(() => {});
  });
  afterEach(() => stub.stop());
  const load = () => loadInstallationKey(stub.client(), 'keyferry', bytes, signal);

  it('is made when it is not there: random, immutable, labelled', async () => {
    stub.handle = ({ method }, response) =>
      method === 'GET' ? answer(response, 404, statusOf(404, 'NotFound')) : answer(response, 201, stored);
    expect(await load()).toEqual({ ok: true, value: { id: 'abababab', key: bytes(32) } });
    expect(stub.heard[1]).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/keyferry/secrets',
      body: {
        metadata: { name: 'keyferry-installation-key', labels: { 'app.kubernetes.io/managed-by': 'keyferry' } },
        immutable: true,
        data: { id: base64('abababab'), key: base64(bytes(32)) },
      },
    });
  });

  it('is another replica’s when that was quicker', async () => {
    stub.handle = ({ method }, response) => {
      if (method === 'POST') return answer(response, 409, statusOf(409, 'AlreadyExists'));
      return stub.heard.length === 1 ? answer(response, 404, statusOf(404, 'NotFound')) : answer(response, 200, stored);
    };
    expect(await load()).toMatchObject({ ok: true, value: { id: '01234567' } });
  });

  const failures: readonly { it: string; get: [number, object]; post?: [number, object]; want: object }[] = [
    {
      it: 'damaged',
      get: [200, secret({ id: base64('x') })],
      want: { kind: 'Internal', detail: expect.stringContaining('kubectl -n keyferry delete secret') },
    },
    { it: 'not to be read', get: [503, statusOf(503, 'ServiceUnavailable')], want: { kind: 'ClusterUnavailable' } },
    {
      it: 'without a namespace',
      get: [404, statusOf(404, 'NotFound')],
      post: [404, statusOf(404, 'NotFound')],
      want: { kind: 'ClusterUnavailable', detail: expect.stringContaining('--operator-namespace') },
    },
    {
      it: 'not to be written',
      get: [404, statusOf(404, 'NotFound')],
      post: [403, statusOf(403, 'Forbidden', 'cannot create resource "secrets"')],
      want: { kind: 'ClusterUnavailable', detail: expect.stringContaining('cannot create resource') },
    },
  ];
  for (const { it: name, get, post = get, want } of failures) {
    it(`is a fault with a cure when it is ${name}`, async () => {
      stub.handle = ({ method }, response) => answer(response, ...(method === 'GET' ? get : post));
      expect(await load()).toMatchObject({ ok: false, faults: [want] });
    });
  }
});
