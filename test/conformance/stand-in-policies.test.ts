import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultKeyPolicy, type KmsKey } from '../support/aws/key-management.ts';
import type { PolicyDocument, Statement } from '../support/aws/policy.ts';
import { ALLOW_ALL, type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import { type Aws, openAws, TEST_REGION } from '../support/aws.ts';

// What policies come to on the wire, in AWS's own words. Who may do what is decided in authorize.ts, which has tests of its own.

const HOME = '111111111111';
const AWAY = '222222222222';
const USER = `arn:aws:iam::${HOME}:user/reader`;
const READ = 'secretsmanager:GetSecretValue';
const parameterArn = (name: string): string => `arn:aws:ssm:${TEST_REGION}:${HOME}:parameter/${name}`;
const keyOf = (account: string): string => `arn:aws:kms:${TEST_REGION}:${account}:key/own`;

let standIn: StandIn;
let secrets: SecretsManagerClient;
let parameters: SSMClient;
const aws: Record<string, Aws> = {};
const arns: Record<string, string> = {};

beforeAll(async () => {
  standIn = await startStandIn();
  for (const account of [HOME, AWAY]) {
    const seed = openAws(standIn.endpoint, TEST_REGION, standIn.seedKeys(account));
    aws[account] = seed;
    const create = async (Name: string, KmsKeyId?: string): Promise<void> => {
      const input = {
        Name,
        SecretString: Name,
        Tags: [{ Key: 'team', Value: 'shop' }],
        ...(KmsKeyId ? { KmsKeyId } : {}),
      };
      arns[`${account} ${Name}`] = (await seed.secrets.send(new CreateSecretCommand(input))).ARN ?? '';
    };
    await create('plain');
    await create('sealed', keyOf(account));
    await seed.parameters.send(
      new PutParameterCommand({ Name: '/sealed', Value: 'x', Type: 'SecureString', KeyId: keyOf(account) }),
    );
    await seed.putParameter('/plain', 'x');
  }
});

beforeEach(async () => {
  rights();
  standIn.setEndpointPolicy(undefined);
  standIn.setServiceControl(HOME, undefined);
  standIn.setResourceControl(HOME, undefined);
  for (const account of [HOME, AWAY]) standIn.putKey(keyOf(account), { policy: defaultKeyPolicy(account) });
  await policyOf(AWAY, 'sealed', { Statement: allow(READ, { Principal: { AWS: `arn:aws:iam::${HOME}:root` } }) });
});

afterAll(async () => {
  for (const each of [{ secrets, parameters }, ...Object.values(aws)]) {
    each.secrets?.destroy();
    each.parameters?.destroy();
  }
  await standIn?.stop();
});

/** What the user may do from now on: everything, unless it is told. */
function rights(policies: readonly PolicyDocument[] = [ALLOW_ALL], boundary?: PolicyDocument): void {
  const credentials = standIn.putUser(USER, { policies, ...(boundary ? { boundary } : {}) });
  ({ secrets, parameters } = openAws(standIn.endpoint, TEST_REGION, credentials));
}

const allow = (Action: string, more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action,
  Resource: '*',
  ...more,
});
const may = (...statements: Statement[]): void => rights([{ Version: '2012-10-17', Statement: statements }]);
const DENY_READS: PolicyDocument = {
  Statement: [allow('*'), { Effect: 'Deny', Action: READ, Resource: '*' }],
};

const policyOf = async (account: string, SecretId: string, policy: PolicyDocument): Promise<void> => {
  const input = { SecretId, ResourcePolicy: JSON.stringify(policy) };
  await aws[account]?.secrets.send(new PutResourcePolicyCommand(input));
};

const get = async (SecretId: string, more: { VersionStage?: string } = {}): Promise<string> =>
  (await secrets.send(new GetSecretValueCommand({ SecretId, ...more }))).SecretString ?? '';
const getParameters = (...Names: string[]) =>
  parameters.send(new GetParametersCommand({ Names, WithDecryption: true }));
const away = (name: string): string => arns[`${AWAY} ${name}`] ?? '';

const notAuthorized = (action: string, resource: string, why: string): string =>
  `User: ${USER} is not authorized to perform: ${action}${resource === '' ? '' : ` on resource: ${resource}`} ${why}`;
const implicit = (kind: string, action = READ): string => `because no ${kind} allows the ${action} action`;

interface Case {
  readonly it: string;
  readonly arrange: () => void | Promise<void>;
  readonly ask: () => Promise<unknown>;
  /** The message of an AccessDeniedException, unless another name is given. */
  readonly message: () => string;
  readonly name?: string;
}

const denials: readonly Case[] = [
  {
    it: 'an identity that may nothing, with the name that it asked for',
    arrange: () => may(),
    ask: () => get('plain'),
    message: () => notAuthorized(READ, 'plain', implicit('identity-based policy')),
  },
  {
    it: 'a secret that is not there, when the policy names resources',
    arrange: () => may(allow(READ, { Resource: `arn:aws:secretsmanager:${TEST_REGION}:${HOME}:secret:absent-??????` })),
    ask: () => get('absent'),
    message: () => notAuthorized(READ, 'absent', implicit('identity-based policy')),
  },
  {
    it: 'an explicit deny of the identity',
    arrange: () => rights([DENY_READS]),
    ask: () => get('plain'),
    message: () => notAuthorized(READ, 'plain', 'with an explicit deny in an identity-based policy'),
  },
  {
    it: 'a boundary',
    arrange: () => rights([ALLOW_ALL], { Statement: allow('ssm:*') }),
    ask: () => get('plain'),
    message: () => notAuthorized(READ, 'plain', implicit('permissions boundary')),
  },
  {
    it: 'the policy of the VPC endpoint',
    arrange: () => standIn.setEndpointPolicy({ Statement: allow('ssm:*') }),
    ask: () => get('plain'),
    message: () => notAuthorized(READ, 'plain', implicit('VPC endpoint policy')),
  },
  {
    it: 'a service control policy',
    arrange: () => standIn.setServiceControl(HOME, DENY_READS),
    ask: () => get('plain'),
    message: () => notAuthorized(READ, 'plain', 'with an explicit deny in a service control policy'),
  },
  {
    it: 'a resource control policy',
    arrange: () => standIn.setResourceControl(HOME, DENY_READS),
    ask: () => get('plain'),
    message: () => notAuthorized(READ, 'plain', 'with an explicit deny in a resource control policy'),
  },
  {
    it: "the secret's own policy",
    arrange: () => policyOf(AWAY, 'sealed', { Statement: { ...allow(READ, { Principal: '*' }), Effect: 'Deny' } }),
    ask: () => get(away('sealed')),
    message: () => notAuthorized(READ, away('sealed'), 'with an explicit deny in a resource-based policy'),
  },
  {
    it: 'another account that has not granted it',
    arrange: () => policyOf(AWAY, 'sealed', { Statement: [] }),
    ask: () => get(away('sealed')),
    message: () => notAuthorized(READ, away('sealed'), implicit('resource-based policy')),
  },
  {
    it: 'an own account that has not granted what another has',
    arrange: () => may(allow('kms:Decrypt')),
    ask: () => get(away('sealed')),
    message: () => notAuthorized(READ, away('sealed'), implicit('identity-based policy')),
  },
  {
    it: 'the batch as a whole',
    arrange: () => may(allow(READ)),
    ask: () => secrets.send(new BatchGetSecretValueCommand({ SecretIdList: ['plain'] })),
    message: () =>
      notAuthorized(
        'secretsmanager:BatchGetSecretValue',
        '',
        implicit('identity-based policy', 'secretsmanager:BatchGetSecretValue'),
      ),
  },
  {
    it: 'the list',
    arrange: () => may(allow(READ)),
    ask: () => secrets.send(new ListSecretsCommand({})),
    message: () =>
      notAuthorized('secretsmanager:ListSecrets', '', implicit('identity-based policy', 'secretsmanager:ListSecrets')),
  },
  {
    it: 'one parameter among many, and so the whole call',
    arrange: () => may(allow('ssm:GetParameters', { Resource: parameterArn('plain') })),
    ask: () => getParameters('/plain', '/sealed'),
    message: () => {
      return notAuthorized(
        'ssm:GetParameters',
        parameterArn('sealed'),
        implicit('identity-based policy', 'ssm:GetParameters'),
      );
    },
  },
  {
    it: 'a path, to whom only GetParameters is allowed',
    arrange: () => may(allow('ssm:GetParameters')),
    ask: () => parameters.send(new GetParametersByPathCommand({ Path: '/shop' })),
    message: () => {
      const action = 'ssm:GetParametersByPath';
      return notAuthorized(action, parameterArn('shop'), implicit('identity-based policy', action));
    },
  },
];

const CIPHERTEXT =
  'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.';
const key = (more: Partial<KmsKey>) => () => standIn.putKey(keyOf(HOME), { policy: defaultKeyPolicy(HOME), ...more });
const viaOther = { StringEquals: { 'kms:ViaService': 'other.amazonaws.com' } };

const decryptions: readonly Case[] = [
  {
    it: "a secret's key that the identity may not use",
    arrange: () => may(allow(READ)),
    ask: () => get('sealed'),
    message: () => 'Access to KMS is not allowed',
  },
  {
    it: "a secret's key that it may use by way of another service only",
    arrange: () => may(allow(READ), allow('kms:Decrypt', { Condition: viaOther })),
    ask: () => get('sealed'),
    message: () => 'Access to KMS is not allowed',
  },
  {
    it: "a secret's key whose policy does not leave it to the account",
    arrange: key({ policy: { Statement: [] } }),
    ask: () => get('sealed'),
    message: () => 'Access to KMS is not allowed',
  },
  {
    it: 'a key of another account whose policy does not grant it',
    arrange: () => undefined,
    ask: () => get(away('sealed')),
    message: () => 'Access to KMS is not allowed',
  },
  {
    it: 'the default key of another account',
    arrange: () => policyOf(AWAY, 'plain', { Statement: allow(READ, { Principal: '*' }) }),
    ask: () => get(away('plain')),
    name: 'InvalidRequestException',
    message: () =>
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
  },
  {
    it: "a secret's key that is disabled",
    arrange: key({ state: 'Disabled' }),
    ask: () => get('sealed'),
    name: 'DecryptionFailure',
    message: () => "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  },
  {
    it: "a parameter's key that the identity may not use",
    arrange: () => may(allow('ssm:GetParameters')),
    ask: () => getParameters('/plain', '/sealed'),
    message: () => CIPHERTEXT,
  },
  {
    it: "a parameter's key that is disabled",
    arrange: key({ state: 'Disabled' }),
    ask: () => getParameters('/sealed'),
    name: 'InvalidKeyId',
    message: () => `${keyOf(HOME)} is disabled.`,
  },
  {
    it: "a parameter's key that is pending deletion",
    arrange: key({ state: 'PendingDeletion' }),
    ask: () => getParameters('/sealed'),
    name: 'InvalidKeyId',
    message: () => `${keyOf(HOME)} is pending deletion.`,
  },
];

describe('the stand-in refuses in the words of AWS', () => {
  for (const { it: what, arrange, ask, message, name = 'AccessDeniedException' } of [...denials, ...decryptions]) {
    it(what, async () => {
      await arrange();
      await expect(ask()).rejects.toMatchObject({ name, message: expect.stringContaining(message()) });
    });
  }

  it('members of a batch, beside those that it reads', async () => {
    may(allow('secretsmanager:BatchGetSecretValue'), allow(READ, { Resource: arns[`${HOME} plain`] ?? '' }));
    standIn.journal.length = 0;
    const { SecretValues, Errors } = await secrets.send(
      new BatchGetSecretValueCommand({ SecretIdList: ['plain', 'sealed'] }),
    );
    expect(SecretValues).toMatchObject([{ Name: 'plain', SecretString: 'plain' }]);
    const Message = notAuthorized(READ, 'sealed', implicit('identity-based policy'));
    expect(Errors).toEqual([{ SecretId: 'sealed', ErrorCode: 'AccessDeniedException', Message }]);
    expect(standIn.journal).toMatchObject([{ status: 200, denied: [READ], callerArn: USER, region: TEST_REGION }]);
  });
});

describe('the stand-in grants', () => {
  const conditions: readonly { it: string; condition: Statement['Condition']; ask: () => Promise<string> }[] = [
    {
      it: 'a call that states its stage, where the policy asks for one',
      condition: { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } },
      ask: () => get('plain', { VersionStage: 'AWSCURRENT' }),
    },
    {
      it: 'a secret with the tag that the policy asks for',
      condition: { StringEquals: { 'secretsmanager:ResourceTag/team': 'shop' } },
      ask: () => get('plain'),
    },
    {
      it: 'the id that the policy asks for',
      condition: { StringEquals: { 'secretsmanager:SecretId': 'plain' } },
      ask: () => get('plain'),
    },
  ];
  for (const { it: what, condition = {}, ask } of conditions) {
    it(what, async () => {
      may(allow(READ, { Condition: condition }));
      expect(await ask()).toBe('plain');
    });
  }

  it('no call without a stage, where the policy asks for one', async () => {
    may(allow(READ, { Condition: { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } } }));
    await expect(get('plain')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('what is not there is not found, where the policy names no resource', async () => {
    may(allow(READ));
    await expect(get('absent')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('across accounts, what all three allow', async () => {
    const Condition = { StringEquals: { 'kms:EncryptionContext:SecretARN': away('sealed') } };
    const direct = allow('kms:Decrypt', { Principal: { AWS: USER }, Condition });
    standIn.putKey(keyOf(AWAY), { policy: { Statement: direct } });
    may(allow(READ), allow('kms:Decrypt'));
    expect(await get(away('sealed'))).toBe('sealed');
  });
});
