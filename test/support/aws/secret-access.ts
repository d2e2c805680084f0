import type { Call } from './call.ts';
import { requiredText } from './input.ts';
import { Refusal } from './refusal.ts';
import { type Secret, type SecretVault, secretArn } from './secret.ts';

/** Why a secret may not be touched: as AWS words it. */
const notFound = (): Refusal =>
  new Refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");

/** Finds the secret and demands the action on it. What is not there is denied, too, to whom no policy allows its name. */
export function accessSecret(
  vault: SecretVault,
  call: Call,
  action: string,
  id: string,
  context: Readonly<Record<string, string | undefined>> = {},
): Secret {
  const secret = vault.find(id, call.caller.account, call.region);
  const tags = [...(secret?.tags ?? [])].flatMap(([key, value]) => [
    [`secretsmanager:ResourceTag/${key}`, value],
    [`aws:ResourceTag/${key}`, value],
  ]);
  const arn = secret?.arnIn(call.region) ?? arnOfAbsent(id, call);
  call.demand(
    {
      action: `secretsmanager:${action}`,
      resource: arn,
      account: arn.split(':')[4] ?? '',
      policy: secret?.policy,
      context: { ...context, 'secretsmanager:SecretId': id, ...Object.fromEntries(tags) },
    },
    id,
  );
  if (secret === undefined) throw notFound();
  return secret;
}

/** The same for the secret that the call names, which has to be unmarked. */
export function accessLive(vault: SecretVault, call: Call, action: string): Secret {
  const secret = accessSecret(vault, call, action, requiredText(call.input, 'SecretId'));
  demandLive(secret);
  return secret;
}

export function demandLive(secret: Secret): void {
  if (secret.deletedMs === undefined) return;
  throw new Refusal(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

const arnOfAbsent = (id: string, { caller, region }: Call): string =>
  id.startsWith('arn:') ? id : secretArn(caller.account, region, id);
