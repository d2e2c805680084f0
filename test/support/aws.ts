import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  type ParameterType,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';

/** The region of stores in tests, unless they say otherwise. */
export const TEST_REGION = 'eu-west-1';
/** moto's own account, and so that of every role in tests. */
export const TEST_ACCOUNT = '123456789012';
/** The keys that tests seed with; never handed to an operator. */
export const SEED_KEYS = { accessKeyId: 'AKIATESTSEEDTESTSEED', secretAccessKey: 'seed-secret-access-key' };

/** What tests do to AWS from outside: seed, rotate, delete. */
export interface Aws {
  readonly secrets: SecretsManagerClient;
  readonly parameters: SSMClient;
  /** A string becomes SecretString, bytes become SecretBinary. Returns ARN and version id. */
  createSecret(name: string, value: string | Uint8Array): Promise<{ arn: string; versionId: string }>;
  /** A new version with the label AWSCURRENT, or with those that are given. Returns its id. */
  putSecret(name: string, value: string | Uint8Array, stages?: string[]): Promise<string>;
  /** At once and for good, or marked for deletion as people do. */
  deleteSecret(name: string, how?: 'atOnce' | 'marked'): Promise<void>;
  /** Creates or changes; returns the version number. */
  putParameter(name: string, value: string, type?: ParameterType): Promise<number>;
  deleteParameter(name: string): Promise<void>;
  tagSecret(name: string, tags: Tags): Promise<void>;
  tagParameter(name: string, tags: Tags): Promise<void>;
}

type Tags = Readonly<Record<string, string>>;

const listOf = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

const asValue = (value: string | Uint8Array): { SecretString: string } | { SecretBinary: Uint8Array } =>
  typeof value === 'string' ? { SecretString: value } : { SecretBinary: value };

/** Opens the seeding clients against moto itself, or a stand-in, so that what tests do shows in no journal. */
export function openAws(endpoint: string, region = TEST_REGION, credentials = SEED_KEYS): Aws {
  const config = { endpoint, region, credentials };
  const secrets = new SecretsManagerClient(config);
  const parameters = new SSMClient(config);
  return {
    secrets,
    parameters,
    createSecret: async (Name, value) => {
      const { ARN = '', VersionId = '' } = await secrets.send(new CreateSecretCommand({ Name, ...asValue(value) }));
      return { arn: ARN, versionId: VersionId };
    },
    putSecret: async (SecretId, value, stages) => {
      const labels = stages === undefined ? {} : { VersionStages: stages };
      const put = new PutSecretValueCommand({ SecretId, ...asValue(value), ...labels });
      return (await secrets.send(put)).VersionId ?? '';
    },
    deleteSecret: async (SecretId, how = 'atOnce') => {
      const manner = how === 'atOnce' ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: 7 };
      await secrets.send(new DeleteSecretCommand({ SecretId, ...manner }));
    },
    putParameter: async (Name, Value, Type = 'String') => {
      const put = new PutParameterCommand({ Name, Value, Type, Overwrite: true });
      return (await parameters.send(put)).Version ?? 0;
    },
    deleteParameter: async (Name) => {
      await parameters.send(new DeleteParameterCommand({ Name }));
    },
    tagSecret: async (SecretId, tags) => {
      await secrets.send(new TagResourceCommand({ SecretId, Tags: listOf(tags) }));
    },
    tagParameter: async (ResourceId, tags) => {
      const add = { ResourceType: 'Parameter', ResourceId, Tags: listOf(tags) } as const;
      await parameters.send(new AddTagsToResourceCommand(add));
    },
  };
}
