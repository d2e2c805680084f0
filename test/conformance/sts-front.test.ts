import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStandIn } from '../support/aws/stand-in.ts';
import { openAws, TEST_REGION } from '../support/aws.ts';
import type { AwsFront } from '../support/aws-front.ts';
import { type AttachedEnvironment, attachEnvironment } from '../support/environment.ts';
import { createNamespace, deleteNamespace } from '../support/namespace.ts';
import { createServiceAccount, requestToken, subjectOf } from '../support/service-account.ts';

const ROLE = 'arn:aws:iam::123456789012:role/sts-front';

/** What tests talk to. */
const fronts: Readonly<Record<string, (environment: AttachedEnvironment) => Promise<AwsFront>>> = {
  'the front before moto': ({ startAwsFront }) => startAwsFront({ accessKeyIds: [] }),
  'the stand-in': ({ tokenIssuer }) => startStandIn({ issuer: tokenIssuer }),
};

describe.each(Object.entries(fronts))('the STS of %s', (_, start) => {
  const environment = attachEnvironment();
  const { cluster, serviceAccountKey } = environment;
  let namespace: string;
  let front: AwsFront;

  beforeAll(async () => {
    front = await start(environment);
    namespace = await createNamespace(cluster, 'sts');
    await createServiceAccount(cluster, namespace, 'reader');
    await createServiceAccount(cluster, namespace, 'other');
    front.trust(ROLE, { subject: subjectOf(namespace, 'reader') });
  });

  afterAll(async () => {
    await deleteNamespace(cluster, namespace);
    await front.stop();
    cluster.close();
  });

  const assume = async (token: string, roleArn = ROLE) => {
    const sts = new STSClient({ endpoint: front.endpoint, region: TEST_REGION });
    const input = { RoleArn: roleArn, RoleSessionName: 'test', WebIdentityToken: token, DurationSeconds: 3600 };
    return (await sts.send(new AssumeRoleWithWebIdentityCommand(input))).Credentials;
  };

  /** A token like the API server's, with other claims or by another signer. */
  const resign = async (token: string, key: KeyObject, claims: Record<string, unknown> = {}): Promise<string> => {
    const { alg = 'RS256', kid = '' } = decodeProtectedHeader(token);
    return new SignJWT({ ...decodeJwt(token), ...claims }).setProtectedHeader({ alg, kid }).sign(key);
  };

  it('hands credentials to the ServiceAccount that the role trusts, and AWS takes them', async () => {
    await openAws(front.seedEndpoint).createSecret(`${namespace}/db`, 'value');
    const handedOut = await assume(await requestToken(cluster, namespace, 'reader'));
    const credentials = {
      accessKeyId: handedOut?.AccessKeyId ?? '',
      secretAccessKey: handedOut?.SecretAccessKey ?? '',
      sessionToken: handedOut?.SessionToken ?? '',
    };
    const secrets = new SecretsManagerClient({ endpoint: front.endpoint, region: TEST_REGION, credentials });
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: `${namespace}/db` }));
    expect(SecretString).toBe('value');
    expect(front.calls('GetSecretValue')).toMatchObject([
      { service: 'secretsmanager', region: TEST_REGION, roleArn: ROLE, ids: [`${namespace}/db`], status: 200 },
    ]);
  });

  it('turns away a token for another audience', async () => {
    const token = await requestToken(cluster, namespace, 'reader', 'https://example.com');
    await expect(assume(token)).rejects.toMatchObject({
      name: expect.stringContaining('InvalidIdentityToken'),
      message: 'Incorrect token audience',
    });
  });

  it('turns away another ServiceAccount', async () => {
    const token = await requestToken(cluster, namespace, 'other');
    await expect(assume(token)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('turns away the right ServiceAccount for a role that does not trust it', async () => {
    const token = await requestToken(cluster, namespace, 'reader');
    await expect(assume(token, `${ROLE}-of-others`)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('turns away an expired token', async () => {
    const token = await requestToken(cluster, namespace, 'reader');
    const expired = await resign(token, createPrivateKey(serviceAccountKey()), { exp: 1_700_000_000 });
    await expect(assume(expired)).rejects.toMatchObject({ name: expect.stringContaining('ExpiredToken') });
  });

  it('turns away a token that somebody else signed', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const forged = await resign(await requestToken(cluster, namespace, 'reader'), privateKey);
    await expect(assume(forged)).rejects.toMatchObject({ name: expect.stringContaining('InvalidIdentityToken') });
  });

  it('turns away a token of another issuer', async () => {
    const token = await requestToken(cluster, namespace, 'reader');
    const foreign = await resign(token, createPrivateKey(serviceAccountKey()), { iss: 'https://example.com' });
    await expect(assume(foreign)).rejects.toMatchObject({ name: expect.stringContaining('InvalidIdentityToken') });
  });

  it('turns away keys that nobody handed out', async () => {
    const credentials = { accessKeyId: 'AKIANOBODYNOBODYNOBO', secretAccessKey: 'x' };
    const secrets = new SecretsManagerClient({ endpoint: front.endpoint, region: TEST_REGION, credentials });
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'any' }))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
  });
});
