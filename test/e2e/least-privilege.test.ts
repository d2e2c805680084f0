import { CreateSecretCommand, PutResourcePolicyCommand } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultKeyPolicy } from '../support/aws/key-management.ts';
import type { StandIn } from '../support/aws/stand-in.ts';
import { openAws, TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { entry } from '../support/entry.ts';
import { forceSync, refresh } from '../support/force-sync.ts';
import { type PrintedPolicy, printedGrants, printedPolicy, type Site } from '../support/policy-documents.ts';
import { type Stage, setStandInStage, type Team } from '../support/stage.ts';

// The whole operator under the policies that docs/reference.md prints, and none besides.

const OTHER_ACCOUNT = '210987654321';
const KEY = `arn:aws:kms:${TEST_REGION}:${TEST_ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
const OTHER_KEY = `arn:aws:kms:${TEST_REGION}:${OTHER_ACCOUNT}:key/66666666-7777-8888-9999-000000000000`;
const BRIDGE = '/aws/reference/secretsmanager/';
const PUBLIC = '/aws/service/example/version';
const parameter = { service: 'ParameterStore' };

let stage: Stage<StandIn>;
let team: Team;
let sharedArn = '';
let policies: readonly PrintedPolicy[];
let trust: PrintedPolicy;

beforeAll(async () => {
  stage = await setStandInStage();
  team = await stage.team();
  const site: Site = {
    account: TEST_ACCOUNT,
    otherAccount: OTHER_ACCOUNT,
    region: TEST_REGION,
    issuerHost: stage.issuer.replace('https://', ''),
    namespace: team.namespace,
  };
  const grants = printedGrants(site);
  const kinds = [
    'Secrets Manager',
    'Parameter Store',
    'secrets read through Parameter Store',
    'a customer managed key',
  ];
  policies = [...kinds.map((kind) => printedPolicy(`Policy for ${kind}`, site)), grants.role];
  trust = printedPolicy('Trust policy', site);
  stage.front.putRole(team.roleArn, { trust, policies });
  stage.front.putKey(KEY, { policy: defaultKeyPolicy(TEST_ACCOUNT) });
  // What is printed names the role of its own example.
  const named = (policy: PrintedPolicy): PrintedPolicy =>
    JSON.parse(JSON.stringify(policy).replaceAll(`arn:aws:iam::${TEST_ACCOUNT}:role/shop-reader`, team.roleArn));
  stage.front.putKey(OTHER_KEY, { policy: named(grants.key) });
  await arrange(named(grants.secret));
});
afterAll(() => stage?.end());

async function arrange(sharing: PrintedPolicy): Promise<void> {
  const { aws, front } = stage;
  await aws.createSecret('shop/db', '{"user":"ada"}');
  await aws.createSecret('shop/api', 'key');
  await aws.secrets.send(new CreateSecretCommand({ Name: 'shop/sealed', SecretString: 'sealed', KmsKeyId: KEY }));
  await aws.putParameter('/shop/level', 'debug');
  const sealed = { Name: '/shop/sealed', Value: 'sealed too', Type: 'SecureString', KeyId: KEY } as const;
  await aws.parameters.send(new PutParameterCommand(sealed));
  front.publishParameter(PUBLIC, 'v1');
  const away = openAws(front.seedEndpoint, TEST_REGION, front.seedKeys(OTHER_ACCOUNT));
  const shared = { Name: 'shared/db', SecretString: 'shared', KmsKeyId: OTHER_KEY };
  sharedArn = (await away.secrets.send(new CreateSecretCommand(shared))).ARN ?? '';
  const ResourcePolicy = JSON.stringify(sharing);
  await away.secrets.send(new PutResourcePolicyCommand({ SecretId: 'shared/db', ResourcePolicy }));
}

const everything = (): object[] => [
  entry('user', 'shop/db', { property: 'user' }),
  entry('api', 'shop/api'),
  entry('sealed', 'shop/sealed', { versionStage: 'AWSCURRENT' }),
  entry('level', '/shop/level', parameter),
  entry('sealed-parameter', '/shop/sealed', parameter),
  entry('bridged', `${BRIDGE}shop/api`, parameter),
  entry('public', PUBLIC, parameter),
  entry('shared', sharedArn),
];

const VALUES = {
  user: 'ada',
  api: 'key',
  sealed: 'sealed',
  level: 'debug',
  'sealed-parameter': 'sealed too',
  bridged: 'key',
  public: 'v1',
  shared: 'shared',
};

/** Leaves out the statements of the action. */
const without = (action: string): readonly PrintedPolicy[] =>
  policies.map((policy) => ({ ...policy, Statement: policy.Statement.filter(({ Action }) => Action !== action) }));

describe('under the policies that the reference prints', () => {
  it('reads everything, and nothing is refused', async () => {
    await team.externalSecret('everything', { data: everything() });
    await team.holds('everything', VALUES);
    await team.ready('everything', 'True', 'Synced');
    const refused = stage.front.journal.filter(({ status, denied }) => status !== 200 || denied?.length !== 0);
    expect(refused).toEqual([]);
    const asked = stage.front.journal.map(({ operation }) => operation);
    expect(new Set(asked)).toEqual(
      new Set(['AssumeRoleWithWebIdentity', 'BatchGetSecretValue', 'GetSecretValue', 'GetParameters']),
    );
  });

  const losses: readonly { action: string; reason?: string; resources: () => readonly string[] }[] = [
    {
      action: 'ssm:GetParameters',
      reason: 'AccessDenied',
      resources: () => [`arn:aws:ssm:${TEST_REGION}:${TEST_ACCOUNT}:parameter/shop/level`],
    },
    {
      // The secret that is read through Parameter Store may give the reason: AWS does not say there what was denied.
      action: 'secretsmanager:GetSecretValue',
      resources: () => [`arn:aws:secretsmanager:${TEST_REGION}:${TEST_ACCOUNT}:secret:shop/db-??????`, sharedArn],
    },
    { action: 'kms:Decrypt', reason: 'DecryptionFailed', resources: () => ['shop/sealed', '/shop/sealed', sharedArn] },
  ];
  for (const { action, reason, resources } of losses) {
    it(`names ${action} and what it lacks on, keeps the Secret, and goes on when it is granted`, async () => {
      stage.front.putRole(team.roleArn, { trust, policies: without(action) });
      await forceSync(team, 'everything');
      const { message } = await team.ready('everything', 'False', reason);
      for (const named of [team.roleArn, action, ...resources()]) expect(message).toContain(named);
      expect(await team.secretData('everything')).toEqual(VALUES);
      stage.front.putRole(team.roleArn, { trust, policies });
      await refresh(team, 'everything');
      await team.ready('everything', 'True', 'Synced');
    });
  }
});
