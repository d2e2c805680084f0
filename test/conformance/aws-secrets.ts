import {
  BatchGetSecretValueCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  TagResourceCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { TEST_REGION } from '../support/aws.ts';
import { type AwsCase, type AwsWorld, expectRefusal } from './aws-case.ts';

const get = (world: AwsWorld, SecretId: string, more: { VersionId?: string; VersionStage?: string } = {}) =>
  world.openAws().secrets.send(new GetSecretValueCommand({ SecretId, ...more }));

const stagesOf = async (world: AwsWorld, SecretId: string): Promise<Record<string, string[]>> => {
  const { VersionIdsToStages = {} } = await world.openAws().secrets.send(new DescribeSecretCommand({ SecretId }));
  return Object.fromEntries(Object.entries(VersionIdsToStages).map(([id, stages]) => [id, stages.toSorted()]));
};

const NOT_THERE = "Secrets Manager can't find the specified secret.";
const MARKED = "You can't perform this operation on the secret because it was marked for deletion.";

const reads: readonly AwsCase[] = [
  {
    it: 'answers a secret with its ARN, name, version and stages',
    show: async (world) => {
      const name = `${world.prefix}db`;
      const { arn, versionId } = await world.openAws().createSecret(name, 'one');
      expect(arn).toMatch(
        new RegExp(`^arn:aws:secretsmanager:${TEST_REGION}:${world.account}:secret:${name}-[A-Za-z0-9]{6}$`),
      );
      const answer = await get(world, name);
      expect(answer).toMatchObject({ ARN: arn, Name: name, VersionId: versionId, SecretString: 'one' });
      expect(answer.VersionStages).toEqual(['AWSCURRENT']);
      expect(answer.CreatedDate).toBeInstanceOf(Date);
    },
  },
  {
    it: 'finds a secret by its ARN, whole and without the suffix',
    show: async (world) => {
      const { arn } = await world.openAws().createSecret(`${world.prefix}db`, 'one');
      expect((await get(world, arn)).SecretString).toBe('one');
      expect((await get(world, arn.slice(0, -7))).SecretString).toBe('one');
    },
  },
  {
    it: 'names the partition of the Region in ARNs',
    show: async (world) => {
      const { arn } = await world.openAws('cn-north-1').createSecret(`${world.prefix}db`, 'one');
      expect(arn).toMatch(new RegExp(`^arn:aws-cn:secretsmanager:cn-north-1:${world.account}:secret:`));
    },
  },
  {
    it: 'knows no secret of another Region',
    show: async (world) => {
      await world.openAws('us-east-1').createSecret(`${world.prefix}db`, 'one');
      await expectRefusal(get(world, `${world.prefix}db`), 'ResourceNotFoundException', NOT_THERE);
    },
  },
  {
    it: 'says which stage a secret lacks',
    motoDiffers: 'answers as if the secret were not there',
    show: async (world) => {
      await world.openAws().createSecret(`${world.prefix}db`, 'one');
      const message = "Secrets Manager can't find the specified secret value for staging label: GREEN";
      await expectRefusal(
        get(world, `${world.prefix}db`, { VersionStage: 'GREEN' }),
        'ResourceNotFoundException',
        message,
      );
    },
  },
  {
    it: 'says which version a secret lacks',
    show: async (world) => {
      await world.openAws().createSecret(`${world.prefix}db`, 'one');
      const VersionId = '11111111-2222-4333-8444-555555555555';
      const message = `Secrets Manager can't find the specified secret value for VersionId: ${VersionId}`;
      await expectRefusal(get(world, `${world.prefix}db`, { VersionId }), 'ResourceNotFoundException', message);
    },
  },
  {
    it: 'takes no stage and version that do not belong together',
    show: async (world) => {
      const { versionId } = await world.openAws().createSecret(`${world.prefix}db`, 'one');
      await world.openAws().putSecret(`${world.prefix}db`, 'two');
      const asked = get(world, `${world.prefix}db`, { VersionId: versionId, VersionStage: 'AWSCURRENT' });
      const message = 'You provided a VersionStage that is not associated to the provided VersionId.';
      await expectRefusal(asked, 'InvalidRequestException', message);
    },
  },
  {
    it: 'reads a batch, and tells of each member that it cannot read',
    show: async (world) => {
      const { arn } = await world.openAws().createSecret(`${world.prefix}a`, 'a');
      await world.openAws().createSecret(`${world.prefix}b`, new Uint8Array([1, 2]));
      const ids = [arn, `${world.prefix}b`, `${world.prefix}absent`];
      const { SecretValues = [], Errors } = await world
        .openAws()
        .secrets.send(new BatchGetSecretValueCommand({ SecretIdList: ids }));
      expect(SecretValues.map(({ Name }) => Name).sort()).toEqual([`${world.prefix}a`, `${world.prefix}b`]);
      expect(SecretValues.find(({ Name }) => Name?.endsWith('b'))?.SecretBinary).toEqual(Uint8Array.from([1, 2]));
      expect(Errors).toEqual([
        { SecretId: `${world.prefix}absent`, ErrorCode: 'ResourceNotFoundException', Message: NOT_THERE },
      ]);
    },
  },
  {
    it: 'reads a batch by filters, in pages',
    show: async (world) => {
      const { secrets } = world.openAws();
      for (const name of ['a', 'b', 'c']) await world.openAws().createSecret(`${world.prefix}${name}`, name);
      const ask = (NextToken?: string) =>
        secrets.send(
          new BatchGetSecretValueCommand({
            Filters: [{ Key: 'name', Values: [world.prefix] }],
            MaxResults: 2,
            ...(NextToken === undefined ? {} : { NextToken }),
          }),
        );
      const first = await ask();
      const second = await ask(first.NextToken);
      const values = [...(first.SecretValues ?? []), ...(second.SecretValues ?? [])];
      expect(first.SecretValues).toHaveLength(2);
      expect(values.map(({ SecretString }) => SecretString).sort()).toEqual(['a', 'b', 'c']);
      expect(second.NextToken).toBeUndefined();
    },
  },
  {
    it: 'takes a list of ids or filters, but not both',
    show: async (world) => {
      const Filters = [{ Key: 'name' as const, Values: ['a'] }];
      const both = new BatchGetSecretValueCommand({ SecretIdList: ['a'], Filters });
      await expectRefusal(world.openAws().secrets.send(both), 'InvalidParameterException');
    },
  },
  {
    it: 'takes no batch of more than twenty',
    motoDiffers: 'takes any number',
    show: async (world) => {
      const SecretIdList = Array.from({ length: 21 }, (_, at) => `${world.prefix}${at}`);
      const call = world.openAws().secrets.send(new BatchGetSecretValueCommand({ SecretIdList }));
      await expectRefusal(call, 'ValidationException');
    },
  },
];

const writes: readonly AwsCase[] = [
  {
    it: 'makes no secret twice',
    show: async (world) => {
      await world.openAws().createSecret(`${world.prefix}db`, 'one');
      await expectRefusal(world.openAws().createSecret(`${world.prefix}db`, 'two'), 'ResourceExistsException');
    },
  },
  {
    it: 'lets the version before the current one be the previous one',
    show: async (world) => {
      const name = `${world.prefix}db`;
      const { versionId: one } = await world.openAws().createSecret(name, 'one');
      const two = await world.openAws().putSecret(name, 'two');
      expect(await stagesOf(world, name)).toMatchObject({ [one]: ['AWSPREVIOUS'], [two]: ['AWSCURRENT'] });
    },
  },
  {
    it: 'keeps the current version while another is pending, and moves the label when it is told to',
    motoDiffers: 'goes on answering the version that was current',
    show: async (world) => {
      const name = `${world.prefix}db`;
      const { versionId: one } = await world.openAws().createSecret(name, 'one');
      const two = await world.openAws().putSecret(name, 'two', ['AWSPENDING']);
      expect((await get(world, name)).SecretString).toBe('one');
      const move = { VersionStage: 'AWSCURRENT', MoveToVersionId: two, RemoveFromVersionId: one };
      await world.openAws().secrets.send(new UpdateSecretVersionStageCommand({ SecretId: name, ...move }));
      expect((await get(world, name)).SecretString).toBe('two');
      expect((await get(world, name, { VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('one');
    },
  },
  {
    it: 'moves no label that it is not told to take away',
    show: async (world) => {
      const name = `${world.prefix}db`;
      await world.openAws().createSecret(name, 'one');
      const two = await world.openAws().putSecret(name, 'two', ['AWSPENDING']);
      const input = { SecretId: name, VersionStage: 'AWSCURRENT', MoveToVersionId: two };
      const call = world.openAws().secrets.send(new UpdateSecretVersionStageCommand(input));
      await expectRefusal(call, 'InvalidParameterException');
    },
  },
  {
    it: 'refuses what is marked for deletion, says since when, and restores it',
    motoDiffers: 'has other words for it',
    show: async (world) => {
      const name = `${world.prefix}db`;
      await world.openAws().createSecret(name, 'one');
      await world.openAws().deleteSecret(name, 'marked');
      await expectRefusal(get(world, name), 'InvalidRequestException', MARKED);
      const { DeletedDate } = await world.openAws().secrets.send(new DescribeSecretCommand({ SecretId: name }));
      expect(DeletedDate).toBeInstanceOf(Date);
      await world.openAws().secrets.send(new RestoreSecretCommand({ SecretId: name }));
      expect((await get(world, name)).SecretString).toBe('one');
    },
  },
  {
    it: 'forgets what is deleted at once',
    show: async (world) => {
      await world.openAws().createSecret(`${world.prefix}db`, 'one');
      await world.openAws().deleteSecret(`${world.prefix}db`);
      await expectRefusal(get(world, `${world.prefix}db`), 'ResourceNotFoundException', NOT_THERE);
    },
  },
  {
    it: 'tags, describes, and takes a policy',
    show: async (world) => {
      const SecretId = `${world.prefix}db`;
      const { secrets } = world.openAws();
      await world.openAws().createSecret(SecretId, 'one');
      await secrets.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'env', Value: 'prod' }] }));
      const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
      await secrets.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }));
      const described = await secrets.send(new DescribeSecretCommand({ SecretId }));
      expect(described).toMatchObject({ Name: SecretId, Tags: [{ Key: 'env', Value: 'prod' }] });
    },
  },
  {
    it: 'reads a replica under the same name, and an ARN that differs in the Region only',
    show: async (world) => {
      const SecretId = `${world.prefix}db`;
      const { arn } = await world.openAws().createSecret(SecretId, 'one');
      await world
        .openAws()
        .secrets.send(new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: [{ Region: 'us-west-2' }] }));
      const answer = await world.openAws('us-west-2').secrets.send(new GetSecretValueCommand({ SecretId }));
      expect(answer).toMatchObject({ ARN: arn.replace(TEST_REGION, 'us-west-2'), SecretString: 'one' });
    },
  },
];

export const secretCases: readonly AwsCase[] = [...reads, ...writes];
