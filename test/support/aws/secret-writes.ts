import { randomUUID } from 'node:crypto';
import type { Call } from './call.ts';
import { numberOf, requiredText, structuresOf, tagsOf, textOf, textsOf } from './input.ts';
import { parsePolicy } from './policy.ts';
import { Refusal } from './refusal.ts';
import { Secret, type SecretVault, secretArn } from './secret.ts';
import { accessLive, accessSecret } from './secret-access.ts';

const DAY_MS = 86_400_000;
const DEFAULT_RECOVERY_DAYS = 30;

function create(vault: SecretVault, call: Call): object {
  const { caller, region, nowMs, input } = call;
  const name = requiredText(input, 'Name');
  call.demand({
    action: 'secretsmanager:CreateSecret',
    resource: secretArn(caller.account, region, name),
    account: caller.account,
  });
  const before = vault.find(name, caller.account, region);
  if (before !== undefined) {
    throw before.deletedMs === undefined
      ? new Refusal('ResourceExistsException', `The operation failed because the secret ${name} already exists.`)
      : new Refusal(
          'InvalidRequestException',
          "You can't create this secret because a secret with this name is already scheduled for deletion.",
        );
  }
  const secret = new Secret({
    name,
    account: caller.account,
    region,
    nowMs,
    description: textOf(input, 'Description'),
  });
  secret.keys.set(region, textOf(input, 'KmsKeyId'));
  for (const [key, value] of tagsOf(input)) secret.tags.set(key, value);
  const version = addVersion(secret, call, ['AWSCURRENT']);
  vault.add(secret, region);
  return { ...named(secret, region), ...(version === undefined ? {} : { VersionId: version }) };
}

const named = (secret: Secret, region: string): object => ({ ARN: secret.arnIn(region), Name: secret.name });

/** Undefined when the call brings no value. */
function addVersion(secret: Secret, { input, nowMs }: Call, stages: readonly string[]): string | undefined {
  const [text, bytes] = [textOf(input, 'SecretString'), textOf(input, 'SecretBinary')];
  if (text === undefined && bytes === undefined) return undefined;
  const id = textOf(input, 'ClientRequestToken') ?? randomUUID();
  const value = text === undefined ? { SecretBinary: bytes ?? '' } : { SecretString: text };
  secret.versions.set(id, { id, createdMs: nowMs, value });
  for (const stage of secret.stages.size === 0 ? new Set([...stages, 'AWSCURRENT']) : stages) {
    secret.moveStage(stage, id);
  }
  secret.changedMs = nowMs;
  return id;
}

function put(vault: SecretVault, call: Call): object {
  const secret = accessLive(vault, call, 'PutSecretValue');
  const asked = textsOf(call.input, 'VersionStages');
  const id = addVersion(secret, call, asked.length === 0 ? ['AWSCURRENT'] : asked);
  if (id === undefined) {
    throw new Refusal('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
  }
  return { ...named(secret, call.region), VersionId: id, VersionStages: secret.stagesOf(id) };
}

function moveStage(vault: SecretVault, call: Call): object {
  const secret = accessLive(vault, call, 'UpdateSecretVersionStage');
  const stage = requiredText(call.input, 'VersionStage');
  const to = textOf(call.input, 'MoveToVersionId');
  const from = textOf(call.input, 'RemoveFromVersionId');
  const holder = secret.stages.get(stage);
  if (holder !== undefined && holder !== from) {
    throw new Refusal(
      'InvalidParameterException',
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  if (to === undefined) secret.stages.delete(stage);
  else secret.moveStage(stage, to);
  return named(secret, call.region);
}

function remove(vault: SecretVault, call: Call): object {
  const secret = accessSecret(vault, call, 'DeleteSecret', requiredText(call.input, 'SecretId'));
  if (call.input.ForceDeleteWithoutRecovery === true) {
    vault.remove(secret);
    return { ...named(secret, call.region), DeletionDate: call.nowMs / 1_000 };
  }
  const days = numberOf(call.input, 'RecoveryWindowInDays') ?? DEFAULT_RECOVERY_DAYS;
  secret.deletedMs = call.nowMs;
  return { ...named(secret, call.region), DeletionDate: (call.nowMs + days * DAY_MS) / 1_000 };
}

function replicate(vault: SecretVault, call: Call): object {
  const secret = accessLive(vault, call, 'ReplicateSecretToRegions');
  for (const replica of structuresOf(call.input, 'AddReplicaRegions')) {
    const region = requiredText(replica, 'Region');
    secret.keys.set(region, textOf(replica, 'KmsKeyId'));
    vault.add(secret, region);
  }
  return { ARN: secret.arnIn(call.region) };
}

/** The operations of Secrets Manager with which tests arrange the world. */
export const secretWrites = (vault: SecretVault): Readonly<Record<string, (call: Call) => object>> => ({
  CreateSecret: (call) => create(vault, call),
  PutSecretValue: (call) => put(vault, call),
  UpdateSecretVersionStage: (call) => moveStage(vault, call),
  DeleteSecret: (call) => remove(vault, call),
  RestoreSecret: (call) => {
    const secret = accessSecret(vault, call, 'RestoreSecret', requiredText(call.input, 'SecretId'));
    secret.deletedMs = undefined;
    return named(secret, call.region);
  },
  TagResource: (call) => {
    const secret = accessLive(vault, call, 'TagResource');
    for (const [key, value] of tagsOf(call.input)) secret.tags.set(key, value);
    return {};
  },
  PutResourcePolicy: (call) => {
    const secret = accessLive(vault, call, 'PutResourcePolicy');
    secret.policy = parsePolicy(requiredText(call.input, 'ResourcePolicy'));
    return named(secret, call.region);
  },
  ReplicateSecretToRegions: (call) => replicate(vault, call),
});
