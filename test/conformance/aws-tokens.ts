import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect } from 'vitest';
import { SEED_KEYS, TEST_REGION } from '../support/aws.ts';
import type { AwsCase, AwsWorld } from './aws-case.ts';

const sts = (world: AwsWorld, credentials: object = SEED_KEYS): STSClient =>
  new STSClient({ endpoint: world.endpoint, region: TEST_REGION, credentials: { ...SEED_KEYS, ...credentials } });

/** The role is there where the world has roles. */
export const SUITE_ROLE = 'arn:aws:iam::123456789012:role/suite';

export const tokenCases: readonly AwsCase[] = [
  {
    it: 'hands out the keys of a session that knows who it is',
    show: async (world) => {
      const startedMs = Date.now();
      const assume = new AssumeRoleCommand({ RoleArn: SUITE_ROLE, RoleSessionName: 'me', DurationSeconds: 900 });
      const { Credentials, AssumedRoleUser } = await sts(world).send(assume);
      const arn = `arn:aws:sts::${world.account}:assumed-role/suite/me`;
      expect(AssumedRoleUser?.Arn).toBe(arn);
      const lifeMs = (Credentials?.Expiration?.getTime() ?? 0) - startedMs;
      expect(Math.abs(lifeMs - 900_000)).toBeLessThan(120_000);
      const {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
      } = Credentials ?? {};
      const keys = { accessKeyId, secretAccessKey, sessionToken };
      const { Arn, Account } = await sts(world, keys).send(new GetCallerIdentityCommand({}));
      expect({ Arn, Account }).toEqual({ Arn: arn, Account: world.account });
    },
  },
];
