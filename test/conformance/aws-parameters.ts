import {
  AddTagsToResourceCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  type ParameterStringFilter,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { expect } from 'vitest';
import { TEST_REGION } from '../support/aws.ts';
import { type AwsCase, type AwsWorld, expectRefusal } from './aws-case.ts';

const get = (world: AwsWorld, Name: string, WithDecryption = true) =>
  world.openAws().parameters.send(new GetParameterCommand({ Name, WithDecryption }));

const getMany = async (world: AwsWorld, Names: string[], WithDecryption = true) => {
  const { Parameters = [], InvalidParameters = [] } = await world
    .openAws()
    .parameters.send(new GetParametersCommand({ Names, WithDecryption }));
  return { values: Parameters.map(({ Value }) => Value).sort(), invalid: InvalidParameters.toSorted() };
};

const namesBelow = async (world: AwsWorld, Path: string, Recursive: boolean): Promise<string[]> => {
  const { Parameters = [] } = await world
    .openAws()
    .parameters.send(new GetParametersByPathCommand({ Path, Recursive, WithDecryption: true }));
  return Parameters.map(({ Name = '' }) => Name).sort();
};

const described = async (world: AwsWorld, ...ParameterFilters: ParameterStringFilter[]): Promise<string[]> => {
  const { Parameters = [] } = await world
    .openAws()
    .parameters.send(new DescribeParametersCommand({ ParameterFilters, MaxResults: 50 }));
  return Parameters.map(({ Name = '' }) => Name).sort();
};

const pathOf = (world: AwsWorld, name: string): string => `/${world.prefix}/${name}`;
const BRIDGE = '/aws/reference/secretsmanager/';

const reads: readonly AwsCase[] = [
  {
    it: 'answers a parameter with its ARN, type and version',
    show: async (world) => {
      const name = pathOf(world, 'level');
      await world.openAws().putParameter(name, 'a,b', 'StringList');
      const { Parameter } = await get(world, name);
      const ARN = `arn:aws:ssm:${TEST_REGION}:${world.account}:parameter${name}`;
      expect(Parameter).toMatchObject({
        ARN,
        Name: name,
        Type: 'StringList',
        Value: 'a,b',
        Version: 1,
        DataType: 'text',
      });
      expect(Parameter?.LastModifiedDate).toBeInstanceOf(Date);
    },
  },
  {
    it: 'decrypts only when it is told to',
    show: async (world) => {
      await world.openAws().putParameter(pathOf(world, 'secure'), 'hush', 'SecureString');
      expect((await get(world, pathOf(world, 'secure'))).Parameter?.Value).toBe('hush');
      expect((await get(world, pathOf(world, 'secure'), false)).Parameter?.Value).not.toContain('hush:');
      expect((await get(world, pathOf(world, 'secure'), false)).Parameter?.Value).not.toBe('hush');
    },
  },
  {
    it: 'says no word about a parameter that is not there',
    motoDiffers: 'says which one',
    show: (world) => expectRefusal(get(world, pathOf(world, 'absent')), 'ParameterNotFound', 'UnknownError'),
  },
  {
    it: 'selects by version and label, and repeats the selector',
    show: async (world) => {
      const name = pathOf(world, 'level');
      for (const value of ['one', 'two', 'three']) await world.openAws().putParameter(name, value);
      const labelled = new LabelParameterVersionCommand({ Name: name, ParameterVersion: 2, Labels: ['gold'] });
      await world.openAws().parameters.send(labelled);
      expect((await get(world, name)).Parameter).toMatchObject({ Value: 'three', Version: 3 });
      expect((await get(world, `${name}:1`)).Parameter).toMatchObject({ Value: 'one', Version: 1 });
      expect((await get(world, `${name}:gold`)).Parameter).toMatchObject({ Value: 'two', Version: 2 });
    },
  },
  {
    it: 'repeats the selector that was asked for',
    motoDiffers: 'repeats no selector',
    show: async (world) => {
      await world.openAws().putParameter(pathOf(world, 'level'), 'one');
      expect((await get(world, `${pathOf(world, 'level')}:1`)).Parameter?.Selector).toBe(':1');
    },
  },
  {
    it: 'says which version a parameter lacks',
    show: async (world) => {
      const name = pathOf(world, 'level');
      await world.openAws().putParameter(name, 'one');
      const message = `Systems Manager could not find version 9 of ${name}. Verify the version and try again.`;
      await expectRefusal(get(world, `${name}:9`), 'ParameterVersionNotFound', message);
    },
  },
  {
    it: 'reads many, and lists the names that it does not find',
    show: async (world) => {
      await world.openAws().putParameter(pathOf(world, 'a'), 'one');
      await world.openAws().putParameter(pathOf(world, 'b'), 'two');
      const arn = `arn:aws:ssm:${TEST_REGION}:${world.account}:parameter${pathOf(world, 'b')}`;
      const absent = [pathOf(world, 'absent'), `${pathOf(world, 'a')}:9`];
      expect(await getMany(world, [pathOf(world, 'a'), arn, ...absent])).toEqual({
        values: ['one', 'two'],
        invalid: absent.toSorted(),
      });
    },
  },
  {
    it: 'reads no more than ten',
    show: async (world) => {
      const names = Array.from({ length: 11 }, (_, at) => pathOf(world, String(at)));
      await expectRefusal(getMany(world, names), 'ValidationException');
    },
  },
  {
    it: 'reads by path, one level or all',
    show: async (world) => {
      for (const name of ['a', 'b/c', 'b/d/e']) await world.openAws().putParameter(pathOf(world, name), name);
      await world.openAws().putParameter(`/${world.prefix}-beside/a`, 'beside');
      const all = ['a', 'b/c', 'b/d/e'].map((name) => pathOf(world, name));
      expect(await namesBelow(world, `/${world.prefix}`, false)).toEqual(all.slice(0, 1));
      expect(await namesBelow(world, `/${world.prefix}/`, true)).toEqual(all);
    },
  },
  {
    it: 'reads by path in pages of ten at most',
    show: async (world) => {
      for (let at = 0; at < 12; at++) await world.openAws().putParameter(pathOf(world, String(at)), 'x');
      const ask = (NextToken?: string) =>
        world
          .openAws()
          .parameters.send(
            new GetParametersByPathCommand({ Path: `/${world.prefix}`, ...(NextToken ? { NextToken } : {}) }),
          );
      const first = await ask();
      const second = await ask(first.NextToken);
      expect([first.Parameters?.length, second.Parameters?.length, second.NextToken]).toEqual([10, 2, undefined]);
    },
  },
  {
    it: 'describes by name, path and tag, without values',
    show: async (world) => {
      for (const name of ['a', 'ab', 'b/c']) await world.openAws().putParameter(pathOf(world, name), name);
      const tag = { ResourceType: 'Parameter', Tags: [{ Key: `${world.prefix}env`, Value: 'prod' }] } as const;
      await world
        .openAws()
        .parameters.send(
          new AddTagsToResourceCommand({ ...tag, Tags: [...tag.Tags], ResourceId: pathOf(world, 'ab') }),
        );
      const Values = [pathOf(world, 'a')];
      expect(await described(world, { Key: 'Name', Values })).toEqual([pathOf(world, 'a')]);
      expect(await described(world, { Key: 'Name', Option: 'BeginsWith', Values })).toEqual(
        ['a', 'ab'].map((name) => pathOf(world, name)),
      );
      expect(await described(world, { Key: 'Path', Option: 'Recursive', Values: [`/${world.prefix}`] })).toEqual(
        ['a', 'ab', 'b/c'].map((name) => pathOf(world, name)),
      );
      expect(await described(world, { Key: `tag:${world.prefix}env`, Values: ['prod'] })).toEqual([
        pathOf(world, 'ab'),
      ]);
      expect(await described(world, { Key: `tag:${world.prefix}env`, Values: ['pro'] })).toEqual([]);
      const mine = { Key: 'Name', Option: 'Contains', Values: [world.prefix] };
      expect(await described(world, mine, { Key: 'Type', Values: ['SecureString'] })).toEqual([]);
      expect(await described(world, mine, { Key: 'Type', Values: ['String'] })).toHaveLength(3);
    },
  },
  {
    it: 'lists the tags of a parameter',
    show: async (world) => {
      const of = { ResourceType: 'Parameter', ResourceId: pathOf(world, 'a') } as const;
      await world.openAws().putParameter(of.ResourceId, 'a');
      const Tags = [{ Key: 'env', Value: 'prod' }];
      await world.openAws().parameters.send(new AddTagsToResourceCommand({ ...of, Tags }));
      const { TagList } = await world.openAws().parameters.send(new ListTagsForResourceCommand(of));
      expect(TagList).toEqual(Tags);
    },
  },
];

const writes: readonly AwsCase[] = [
  {
    it: 'overwrites only when it is told to',
    show: async (world) => {
      const put = { Name: pathOf(world, 'a'), Value: 'one', Type: 'String' } as const;
      await world.openAws().parameters.send(new PutParameterCommand(put));
      await expectRefusal(world.openAws().parameters.send(new PutParameterCommand(put)), 'ParameterAlreadyExists');
    },
  },
  {
    it: "takes no name of AWS's own",
    show: (world) => expectRefusal(world.openAws().putParameter('/aws/service/mine', 'x'), 'AccessDeniedException'),
  },
  {
    it: 'begins again at version 1 after a deletion',
    show: async (world) => {
      const name = pathOf(world, 'a');
      for (const value of ['one', 'two']) await world.openAws().putParameter(name, value);
      await world.openAws().deleteParameter(name);
      expect((await getMany(world, [name])).invalid).toEqual([name]);
      expect(await world.openAws().putParameter(name, 'three')).toBe(1);
    },
  },
];

const bridge: readonly AwsCase[] = [
  {
    it: 'reads a secret as a parameter of version 0',
    show: async (world) => {
      await world.openAws().createSecret(`${world.prefix}db`, 'one');
      const { Parameter } = await get(world, `${BRIDGE}${world.prefix}db`);
      expect(Parameter).toMatchObject({ Type: 'SecureString', Value: 'one', Version: 0 });
      expect(Parameter?.SourceResult).toContain(world.prefix);
    },
  },
  {
    it: 'reads a secret by stage and by version id, under the name that was asked for',
    motoDiffers: "answers with the secret's own name, and a source in other letters",
    show: async (world) => {
      const name = `${BRIDGE}${world.prefix}db`;
      const { arn, versionId } = await world.openAws().createSecret(`${world.prefix}db`, 'one');
      await world.openAws().putSecret(`${world.prefix}db`, 'two');
      const previous = { Name: name, ARN: arn, Value: 'one' };
      expect((await get(world, `${name}:AWSPREVIOUS`)).Parameter).toMatchObject({
        ...previous,
        Selector: ':AWSPREVIOUS',
      });
      expect((await get(world, `${name}:${versionId}`)).Parameter).toMatchObject(previous);
      const { SourceResult = '' } = (await get(world, name)).Parameter ?? {};
      expect(JSON.parse(SourceResult)).toMatchObject({ ARN: arn, name: `${world.prefix}db`, secretString: 'two' });
      expect(await getMany(world, [name, `${name}:AWSPREVIOUS`, `${name}:GREEN`])).toEqual({
        values: ['one', 'two'],
        invalid: [`${name}:GREEN`],
      });
    },
  },
  {
    it: 'reads a secret only with decryption',
    show: (world) =>
      expectRefusal(
        get(world, `${BRIDGE}${world.prefix}db`, false),
        'ValidationException',
        'WithDecryption flag must be True for retrieving a Secret Manager secret.',
      ),
  },
  {
    it: 'lists a secret that is not there, or marked for deletion, as invalid',
    motoDiffers: 'refuses the whole call',
    show: async (world) => {
      await world.openAws().createSecret(`${world.prefix}doomed`, 'one');
      await world.openAws().deleteSecret(`${world.prefix}doomed`, 'marked');
      const names = ['absent', 'doomed'].map((name) => `${BRIDGE}${world.prefix}${name}`);
      expect(await getMany(world, names)).toEqual({ values: [], invalid: names });
    },
  },
  {
    it: 'reads no secret by path',
    show: async (world) => {
      await world.openAws().createSecret(`${world.prefix}db`, 'one');
      expect(await namesBelow(world, BRIDGE, true)).toEqual([]);
    },
  },
];

export const parameterCases: readonly AwsCase[] = [...reads, ...writes, ...bridge];
