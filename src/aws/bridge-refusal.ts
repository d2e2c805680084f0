import { type Asked, BRIDGE, homeAccount, isBridgeFailure, nameAccount, quoted } from './asked.ts';
import { describeIdentity } from './identity.ts';
import type { Refusal } from './refusal.ts';
import { admitDecrypter, allowRead } from './statement.ts';

/** A secret that Parameter Store was to read and could not, for a reason that it keeps to itself; undefined for any other error. */
export function explainBridge(asked: Asked): Refusal | undefined {
  const { error, ref, access } = asked;
  if (!isBridgeFailure(error, ref)) return undefined;
  const who = describeIdentity(access.identity);
  const direct = `service: SecretsManager with key: ${ref.key.slice(BRIDGE.length)} would tell which`;
  const grants = `add ${allowRead(asked)} to the identity's policy, and where the secret has a KMS key of its own, ${admitDecrypter(asked)} to that key's`;
  return {
    cause: 'bridge-failure',
    kind: 'AccessDenied',
    detail: `Parameter Store could not read the secret behind ${quoted(ref)} for ${who}, and does not say why; ${nameAccount(homeAccount(asked), access)} has to act: ${grants}; ${direct}`,
  };
}
