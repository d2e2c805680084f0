import { CreateSecretCommand, type FilterNameStringType, ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import type { AwsCase, AwsWorld } from './aws-case.ts';

const listed = async (world: AwsWorld, ...filters: [FilterNameStringType, ...string[]][]): Promise<string[]> => {
  const Filters = filters.map(([Key, ...Values]) => ({ Key, Values }));
  const mine = { Key: 'name' as const, Values: [world.prefix] };
  const { SecretList = [] } = await world
    .openAws()
    .secrets.send(new ListSecretsCommand({ Filters: [...Filters, mine], MaxResults: 100 }));
  return SecretList.map(({ Name = '' }) => Name.slice(world.prefix.length)).sort();
};

const createTagged = async (world: AwsWorld, name: string, tags: Record<string, string>): Promise<void> => {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const Name = `${world.prefix}${name}`;
  await world.openAws().secrets.send(new CreateSecretCommand({ Name, SecretString: name, Tags }));
};

const arrangeTagged = async (world: AwsWorld): Promise<void> => {
  await createTagged(world, 'exact', { env: 'prod' });
  await createTagged(world, 'longer', { environment: 'production' });
  await createTagged(world, 'crossed', { env: 'test', tier: 'prod' });
  await createTagged(world, 'none', {});
};

export const secretListCases: readonly AwsCase[] = [
  {
    it: 'lists by the beginning of names, with tags and without values',
    show: async (world) => {
      await arrangeTagged(world);
      expect(await listed(world, ['name', `${world.prefix}ex`])).toEqual(['exact']);
      const { SecretList = [] } = await world
        .openAws()
        .secrets.send(new ListSecretsCommand({ Filters: [{ Key: 'name', Values: [`${world.prefix}ex`] }] }));
      expect(SecretList[0]).toMatchObject({ Name: `${world.prefix}exact`, Tags: [{ Key: 'env', Value: 'prod' }] });
      expect(SecretList[0]).not.toHaveProperty('SecretString');
    },
  },
  {
    it: 'matches keys and values of tags apart from one another, and by their beginning',
    show: async (world) => {
      await arrangeTagged(world);
      expect(await listed(world, ['tag-key', 'env'], ['tag-value', 'prod'])).toEqual(['crossed', 'exact', 'longer']);
    },
  },
  {
    it: 'takes any of the values of one filter',
    show: async (world) => {
      await arrangeTagged(world);
      expect(await listed(world, ['tag-key', 'tier', 'environment'])).toEqual(['crossed', 'longer']);
    },
  },
  {
    it: 'turns a value with an exclamation mark round',
    motoDiffers: 'leaves secrets without tags out, and takes any tag that does not match',
    show: async (world) => {
      await arrangeTagged(world);
      expect(await listed(world, ['tag-key', '!env'])).toEqual(['none']);
    },
  },
  {
    it: 'looks everywhere for a word',
    show: async (world) => {
      await createTagged(world, 'one', { team: 'Checkout' });
      await createTagged(world, 'two', { team: 'other' });
      const described = { Name: `${world.prefix}three`, SecretString: 'x', Description: 'For the Checkout' };
      await world.openAws().secrets.send(new CreateSecretCommand(described));
      expect(await listed(world, ['all', 'checkout'])).toEqual(['one', 'three']);
    },
  },
  {
    it: 'lists in pages',
    show: async (world) => {
      const { secrets } = world.openAws();
      for (const name of ['a', 'b', 'c']) await world.openAws().createSecret(`${world.prefix}${name}`, name);
      const input = { Filters: [{ Key: 'name' as const, Values: [world.prefix] }], MaxResults: 2 };
      const first = await secrets.send(new ListSecretsCommand(input));
      const second = await secrets.send(new ListSecretsCommand({ ...input, NextToken: first.NextToken }));
      expect([first.SecretList?.length, second.SecretList?.length, second.NextToken]).toEqual([2, 1, undefined]);
    },
  },
  {
    it: 'leaves out what is marked for deletion',
    show: async (world) => {
      await createTagged(world, 'kept', {});
      await createTagged(world, 'gone', {});
      await world.openAws().deleteSecret(`${world.prefix}gone`, 'marked');
      expect(await listed(world)).toEqual(['kept']);
      const marked = { Filters: [{ Key: 'name' as const, Values: [world.prefix] }], IncludePlannedDeletion: true };
      const { SecretList } = await world.openAws().secrets.send(new ListSecretsCommand(marked));
      expect(SecretList).toHaveLength(2);
    },
  },
];
