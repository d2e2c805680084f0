import type { Call } from './call.ts';
import { listTags, numberOf, requiredText, textOf, textsOf } from './input.ts';
import type { KeyManagement } from './key-management.ts';
import { type Paging, pageOf } from './paging.ts';
import { Refusal } from './refusal.ts';
import type { Secret, SecretVault, SecretVersion } from './secret.ts';
import { accessSecret, demandLive } from './secret-access.ts';
import { filterSecrets } from './secret-filter.ts';

interface Means {
  readonly vault: SecretVault;
  readonly keys: KeyManagement;
  paging(): Paging;
}

const MAX_BATCH = 20;
const MAX_LIST = 100;

/** What of a secret is asked for; at most one version. */
export interface SecretRead {
  readonly id: string;
  readonly versionId?: string | undefined;
  readonly versionStage?: string | undefined;
}

/** A secret as GetSecretValue answers it. */
export interface SecretAnswer {
  readonly ARN: string;
  readonly Name: string;
  readonly VersionId: string;
  readonly SecretString?: string;
  readonly SecretBinary?: string;
  readonly VersionStages: readonly string[];
  /** In seconds since 1970. */
  readonly CreatedDate: number;
}

/** Reads one secret for the caller, with every check that AWS makes. */
export function readSecret({ vault, keys }: Omit<Means, 'paging'>, call: Call, read: SecretRead): SecretAnswer {
  const { id, versionId, versionStage } = read;
  const secret = accessSecret(vault, call, 'GetSecretValue', id, {
    'secretsmanager:VersionId': versionId,
    'secretsmanager:VersionStage': versionStage,
  });
  demandLive(secret);
  const version = versionOf(secret, read);
  demandDecryption(keys, call, secret);
  return {
    ARN: secret.arnIn(call.region),
    Name: secret.name,
    VersionId: version.id,
    ...version.value,
    VersionStages: secret.stagesOf(version.id),
    CreatedDate: version.createdMs / 1_000,
  };
}

function versionOf(secret: Secret, { versionId, versionStage }: SecretRead): SecretVersion {
  if (versionId !== undefined && versionStage !== undefined && secret.versions.has(versionId)) {
    if (!secret.stagesOf(versionId).includes(versionStage)) {
      throw new Refusal(
        'InvalidRequestException',
        'You provided a VersionStage that is not associated to the provided VersionId.',
      );
    }
  }
  const stage = versionStage ?? 'AWSCURRENT';
  const version = secret.versions.get(versionId ?? secret.stages.get(stage) ?? '');
  if (version !== undefined) return version;
  const asked = versionId === undefined ? `staging label: ${stage}` : `VersionId: ${versionId}`;
  throw new Refusal('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${asked}`);
}

function demandDecryption(keys: KeyManagement, call: Call, secret: Secret): void {
  const keyArn = secret.keys.get(call.region);
  if (keyArn === undefined) {
    if (secret.account === call.caller.account) return;
    throw new Refusal(
      'InvalidRequestException',
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    );
  }
  const encryptionContext = { SecretARN: secret.arnIn(call.region) };
  const decryption = keys.decrypt(call, keyArn, { service: 'secretsmanager', encryptionContext });
  if (decryption === 'ok') return;
  if (decryption === 'denied') throw new Refusal('AccessDeniedException', 'Access to KMS is not allowed');
  throw new Refusal(
    'DecryptionFailure',
    "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  );
}

function readBatch(means: Means, call: Call): object {
  call.demand({ action: 'secretsmanager:BatchGetSecretValue', resource: '*' });
  const { input } = call;
  const asked = textsOf(input, 'SecretIdList');
  const isFiltered = input.Filters !== undefined;
  if (isFiltered === asked.length > 0) {
    throw new Refusal(
      'InvalidParameterException',
      "Either 'SecretIdList' or 'Filters' must be provided, but not both.",
    );
  }
  if (asked.length > MAX_BATCH) throw tooMany('secretIdList', MAX_BATCH);
  const ids = isFiltered ? listSecrets(means, call).map((secret) => secret.arnIn(call.region)) : asked;
  const limit = numberOf(input, 'MaxResults') ?? MAX_BATCH;
  const { items, nextToken } = pageOf(ids, textOf(input, 'NextToken'), limit, means.paging());
  const values: object[] = [];
  const errors: object[] = [];
  for (const id of items) {
    try {
      values.push(readSecret(means, call, { id }));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      errors.push({ SecretId: id, ErrorCode: error.code, Message: error.message });
    }
  }
  return { SecretValues: values, Errors: errors, ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
}

function tooMany(member: string, most: number): Refusal {
  const constraint = `Member must have length less than or equal to ${most}`;
  return new Refusal(
    'ValidationException',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

function listSecrets({ vault }: Means, call: Call): readonly Secret[] {
  call.demand({ action: 'secretsmanager:ListSecrets', resource: '*' });
  const live = vault
    .listed(call.caller.account, call.region)
    .filter(({ deletedMs }) => deletedMs === undefined || call.input.IncludePlannedDeletion === true);
  return filterSecrets(live, call.input);
}

function listPage(means: Means, call: Call): object {
  const limit = Math.min(numberOf(call.input, 'MaxResults') ?? MAX_LIST, MAX_LIST);
  const page = pageOf(listSecrets(means, call), textOf(call.input, 'NextToken'), limit, means.paging());
  return {
    SecretList: page.items.map((secret) => ({
      ...describe(secret, call.region),
      SecretVersionsToStages: versionsToStages(secret),
    })),
    ...(page.nextToken === undefined ? {} : { NextToken: page.nextToken }),
  };
}

const versionsToStages = (secret: Secret): object =>
  Object.fromEntries([...secret.versions.keys()].map((id) => [id, secret.stagesOf(id)]));

function describe(secret: Secret, region: string): object {
  const key = secret.keys.get(region);
  return {
    ARN: secret.arnIn(region),
    Name: secret.name,
    Tags: listTags(secret.tags),
    CreatedDate: secret.createdMs / 1_000,
    LastChangedDate: secret.changedMs / 1_000,
    ...(secret.description === undefined ? {} : { Description: secret.description }),
    ...(key === undefined ? {} : { KmsKeyId: key }),
    ...(secret.deletedMs === undefined ? {} : { DeletedDate: secret.deletedMs / 1_000 }),
    ...(secret.keys.size === 1 ? {} : { PrimaryRegion: secret.primaryRegion }),
  };
}

/** The operations of Secrets Manager that change nothing. */
export const secretReads = (means: Means): Readonly<Record<string, (call: Call) => object>> => ({
  GetSecretValue: (call) =>
    readSecret(means, call, {
      id: requiredText(call.input, 'SecretId'),
      versionId: textOf(call.input, 'VersionId'),
      versionStage: textOf(call.input, 'VersionStage'),
    }),
  BatchGetSecretValue: (call) => readBatch(means, call),
  ListSecrets: (call) => listPage(means, call),
  DescribeSecret: (call) => {
    const secret = accessSecret(means.vault, call, 'DescribeSecret', requiredText(call.input, 'SecretId'));
    return { ...describe(secret, call.region), VersionIdsToStages: versionsToStages(secret) };
  },
});
