import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIdentitySource } from '../../../src/kube/identity.ts';
import { answer, type StubServer, startStub, statusOf } from './stub-server.ts';

const signal = new AbortController().signal;
const account = { namespace: 'team', name: 'reader' };
const ref = { namespace: 'team', name: 'keys', key: 'id' };

describe('the source of identities', () => {
  let stub: StubServer;
  beforeEach(async () => {
    stub = await startStub(() => {});
  });
  afterEach(() => stub.stop());
  const source = () => createIdentitySource(stub.client({ timeoutMs: 1_000 }));

  it('asks for a token of one audience and one hour', async () => {
    const expirationTimestamp = '2026-11-21T11:00:00Z';
    stub.handle = (_, response) => answer(response, 201, { status: { token: 't', expirationTimestamp } });
    const token = await source().requestToken(account, signal);
    expect(token).toEqual({ ok: true, value: { token: 't', expiresAt: new Date(expirationTimestamp) } });
    expect(stub.heard[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/team/serviceaccounts/reader/token',
      body: { spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: 3600 } },
    });
  });

  const answers: readonly { status: number | 'hang'; token: string; key: string }[] = [
    { status: 404, token: 'CredentialsInvalid', key: 'CredentialsInvalid' },
    { status: 403, token: 'CredentialsInvalid', key: 'CredentialsInvalid' },
    { status: 422, token: 'CredentialsInvalid', key: 'CredentialsUnavailable' },
    { status: 401, token: 'CredentialsUnavailable', key: 'CredentialsUnavailable' },
    { status: 429, token: 'CredentialsUnavailable', key: 'CredentialsUnavailable' },
    { status: 500, token: 'CredentialsUnavailable', key: 'CredentialsUnavailable' },
    { status: 'hang', token: 'CredentialsUnavailable', key: 'CredentialsUnavailable' },
  ];
  for (const { status, token, key } of answers) {
    it(`tells ${status} as what it is`, async () => {
      stub.handle = (_, response) => {
        if (status !== 'hang') answer(response, status, statusOf(status, 'Reason'));
      };
      expect(await source().requestToken(account, signal)).toMatchObject({
        faults: [{ kind: token, subject: 'ServiceAccount/reader' }],
      });
      expect(await source().readSecretKey(ref, signal)).toMatchObject({
        faults: [{ kind: key, subject: 'Secret/keys' }],
      });
    });
  }

  it('does not take an answer without a token for one', async () => {
    stub.handle = (_, response) => answer(response, 201, { status: {} });
    expect(await source().requestToken(account, signal)).toMatchObject({
      faults: [{ kind: 'CredentialsUnavailable' }],
    });
  });
});
