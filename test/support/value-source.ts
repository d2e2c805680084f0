import type { AwsObserver } from '../../src/aws/observer.ts';
import { type ClosableValueSource, createValueSource } from '../../src/aws/value-source.ts';
import type { Access } from '../../src/core/ports.ts';
import { refId } from '../../src/core/ref-id.ts';
import { succeed } from '../../src/model/result.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { TEST_REGION } from './aws.ts';

const ignore = (): void => undefined;

/** Overlooks everything but what is never to happen. */
const observer: AwsObserver = {
  request: ignore,
  batch: ignore,
  rate: ignore,
  batchDenied: ignore,
  unexpected: (error) => {
    throw error;
  },
};

/** The real value source over the real SDK. Its ServiceAccounts have the token that `token` gives. */
export const openValueSource = (token: () => Promise<string>, deadlineMs = 30_000): ClosableValueSource =>
  createValueSource({
    identities: {
      requestToken: async () => succeed({ token: await token(), expiresAt: new Date(Date.now() + 600_000) }),
      readSecretKey: async ({ name, key }) => succeed(SecretValue.ofText(key === 'id' ? name : 'secret')),
    },
    ambient: { nowMs: () => Date.now(), random: () => Math.random() },
    steady: { nowMs: () => performance.now() },
    rates: { 'parameter-store': 200 },
    rotationHints: false,
    observer,
    refId,
    version: '0.0.0-test',
    endpoints: { fips: false, dualStack: false },
    deadlineMs,
  });

/** Reads with an access key: the id is the name of the Secret that is to hold it. */
export const accessByKey = (accessKeyId: string, region = TEST_REGION): Access => ({
  store: 'SecretStore/aws',
  storeId: 'SecretStore/shop/aws',
  region,
  identity: {
    kind: 'secret',
    namespace: 'shop',
    accessKeyId: { namespace: 'shop', name: accessKeyId, key: 'id' },
    secretAccessKey: { namespace: 'shop', name: accessKeyId, key: 'secret' },
  },
});

/** Reads as a role, by the token of the ServiceAccount `shop/reader`. */
export const accessByRole = (roleArn: string, region = TEST_REGION): Access => ({
  store: 'SecretStore/aws',
  storeId: 'SecretStore/shop/aws',
  region,
  identity: {
    kind: 'serviceAccount',
    namespace: 'shop',
    name: 'reader',
    uid: 'uid-of-the-reader',
    roleArn,
    sessionName: 'keyferry-shop-aws',
  },
});
