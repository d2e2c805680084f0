import {
  CreateSecretCommand,
  PutResourcePolicyCommand,
  ReplicateSecretToRegionsCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandIn } from '../support/aws/stand-in.ts';
import { type Aws, openAws, TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { internalError } from '../support/aws-errors.ts';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { refresh } from '../support/force-sync.ts';
import { lateClock, putClockForward } from '../support/late-clock.ts';
import { type Stage, setStandInStage, type Team } from '../support/stage.ts';
import { createStore, type StoreObject, storePath } from '../support/stores.ts';

// Other accounts, other Regions and rotations, of which moto knows too little.

const OTHER_ACCOUNT = '210987654321';
const OTHER_REGION = 'us-west-2';
const OTHER_KEY = `arn:aws:kms:${TEST_REGION}:${OTHER_ACCOUNT}:key/66666666-7777-8888-9999-000000000000`;
const auth = { serviceAccountRef: { name: 'reader' } };

let stage: Stage<StandIn>;
let team: Team;
let away: Aws;

beforeAll(async () => {
  stage = await setStandInStage(['--rotation-hints'], lateClock);
  team = await stage.team();
  away = openAws(stage.front.seedEndpoint, TEST_REGION, stage.front.seedKeys(OTHER_ACCOUNT));
  const Principal = { AWS: `arn:aws:iam::${TEST_ACCOUNT}:root` };
  const Statement = { Effect: 'Allow', Principal, Action: 'kms:Decrypt', Resource: '*' } as const;
  stage.front.putKey(OTHER_KEY, { policy: { Statement } });
});
afterAll(async () => {
  away?.secrets.destroy();
  away?.parameters.destroy();
  await stage?.end();
});

const hintsOf = async (store: string): Promise<readonly string[]> =>
  (await stage.cluster.get<StoreObject>(storePath(team.namespace, store))).status?.hints ?? [];

describe('another account', () => {
  /** A secret there under a key of its own. Returns the ARN. */
  const createSecret = async (Name: string): Promise<string> => {
    const create = new CreateSecretCommand({ Name, SecretString: `value of ${Name}`, KmsKeyId: OTHER_KEY });
    return (await away.secrets.send(create)).ARN ?? '';
  };
  const shareSecret = async (SecretId: string): Promise<void> => {
    const Principal = { AWS: `arn:aws:iam::${TEST_ACCOUNT}:root` };
    const Statement = { Effect: 'Allow', Principal, Action: 'secretsmanager:GetSecretValue', Resource: '*' };
    const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement });
    await away.secrets.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }));
  };
  const createParameter = async (Name: string): Promise<string> => {
    const put = new PutParameterCommand({ Name, Value: `value of ${Name}`, Type: 'String', Tier: 'Advanced' });
    await away.parameters.send(put);
    return `arn:aws:ssm:${TEST_REGION}:${OTHER_ACCOUNT}:parameter${Name}`;
  };
  const parameter = { service: 'ParameterStore' };

  it('gives a secret and a parameter that it shares, by their full ARNs', async () => {
    const [secretArn, parameterArn] = [await createSecret('shared/db'), await createParameter('/shared/level')];
    await shareSecret('shared/db');
    stage.front.shareParameter(parameterArn, TEST_ACCOUNT);
    await team.externalSecret('shared', {
      data: [entry('db', secretArn), entry('level', parameterArn, parameter)],
    });
    await team.holds('shared', { db: 'value of shared/db', level: 'value of /shared/level' });
    await team.ready('shared', 'True', 'Synced');
    const { status } = await team.get('shared');
    expect(status?.sources).toMatchObject([{ key: secretArn }, { key: parameterArn }]);
  });

  it('is named where it shares neither, and the Secret comes when it does', async () => {
    const [secretArn, parameterArn] = [await createSecret('own/db'), await createParameter('/own/level')];
    await team.externalSecret('unshared', {
      data: [entry('db', secretArn), entry('level', parameterArn, parameter)],
    });
    const { message } = await team.ready('unshared', 'False', 'AccessDenied');
    const [first = '', second = ''] = message.split('; spec.data[1]: ');
    for (const named of [secretArn, `account ${OTHER_ACCOUNT} has to act`]) expect(first).toContain(named);
    for (const named of [parameterArn, `account ${OTHER_ACCOUNT} has to act`]) expect(second).toContain(named);
    expect(await team.secret('unshared')).toBeUndefined();
    await shareSecret('own/db');
    stage.front.shareParameter(parameterArn, TEST_ACCOUNT);
    await refresh(team, 'unshared');
    await team.holds('unshared', { db: 'value of own/db', level: 'value of /own/level' });
  });
});

it('a Region that fails is replaced by the next one, and serves again when it has recovered', async () => {
  const key = 'replicated/db';
  await createStore(stage.cluster, team.namespace, 'replicated', { auth, failoverRegions: [OTHER_REGION] });
  await stage.aws.createSecret(key, 'one');
  const replicate = { SecretId: key, AddReplicaRegions: [{ Region: OTHER_REGION }] };
  await stage.aws.secrets.send(new ReplicateSecretToRegionsCommand(replicate));
  const servedBy = async (region: string, hint: RegExp | undefined): Promise<void> => {
    const { status } = await refresh(team, 'replicated');
    expect(status?.sources).toMatchObject([{ key, region }]);
    await eventually(`the store to tell that ${region} serves`, async () => {
      const hints = await hintsOf('replicated');
      const isTold = hint === undefined ? hints.length === 0 : hints.some((each) => hint.test(each));
      if (isTold) return true;
      throw new Error(JSON.stringify(hints));
    });
  };
  const data = [entry('value', key)];
  await team.externalSecret('replicated', { secretStoreRef: { name: 'replicated' }, data });
  await team.ready('replicated', 'True', 'Synced');
  await servedBy(TEST_REGION, undefined);

  const outage = stage.front.inject({
    region: TEST_REGION,
    match: ({ ids }) => ids.includes(key),
    respond: internalError(),
  });
  await servedBy(OTHER_REGION, new RegExp(`^${TEST_REGION} failed .* failover Region ${OTHER_REGION} serves`));

  outage.remove();
  // One that has failed is left alone for half a minute, and longer each time.
  await putClockForward(stage.operator);
  await servedBy(TEST_REGION, undefined);
  await team.holds('replicated', { value: 'one' });
});

it('a rotation that did not finish is told by the store, with the command that helps, and no more when it has', async () => {
  const key = 'rotated/db';
  await createStore(stage.cluster, team.namespace, 'rotated', { auth });
  const { arn, versionId } = await stage.aws.createSecret(key, 'one');
  const pendingId = await stage.aws.putSecret(key, 'two', ['AWSPENDING']);
  await team.externalSecret('rotated', { secretStoreRef: { name: 'rotated' }, data: [entry('value', key)] });
  await team.holds('rotated', { value: 'one' });
  const looks = () => stage.front.calls('DescribeSecret').filter(({ ids }) => ids.includes(arn));
  await eventually('the secret to be looked at', () => looks().length > 0);
  // Once this has come back, the look has ended, too.
  await refresh(team, 'rotated');
  expect(await hintsOf('rotated')).toEqual([]);

  // It takes two looks, six hours apart, to tell a rotation that is stuck from one under way.
  await putClockForward(stage.operator);
  await refresh(team, 'rotated');
  const hint = await eventually('the hint', async () => (await hintsOf('rotated'))[0]);
  expect(hint).toContain(`the rotation of secret "${key}" in ${TEST_REGION} is blocked`);
  expect(hint).toContain(`--version-stage AWSPENDING --remove-from-version-id ${pendingId} --region ${TEST_REGION}`);
  await team.ready('rotated', 'True', 'Synced');

  const move = {
    SecretId: key,
    VersionStage: 'AWSCURRENT',
    MoveToVersionId: pendingId,
    RemoveFromVersionId: versionId,
  };
  await stage.aws.secrets.send(new UpdateSecretVersionStageCommand(move));
  await refresh(team, 'rotated');
  await team.holds('rotated', { value: 'two' });
  await eventually('the hint to go', async () => (await hintsOf('rotated')).length === 0);
});
