import { randomUUID } from 'node:crypto';
import { TEST_ACCOUNT, TEST_REGION } from '../aws.ts';
import { type ParameterShelf, parameterArn } from './parameter.ts';
import { Secret, type SecretVault } from './secret.ts';

/** Names with their texts. */
export type Texts = Iterable<readonly [name: string, text: string]>;

/** Gives each secret a new version, and forgets those that no label is on; makes what is not there. */
export function putSecrets(vault: SecretVault, texts: Texts, nowMs: number): void {
  for (const [name, text] of texts) {
    const at = { name, account: TEST_ACCOUNT, region: TEST_REGION, nowMs };
    const secret = vault.find(name, TEST_ACCOUNT, TEST_REGION) ?? new Secret(at);
    secret.keys.set(TEST_REGION, undefined);
    const id = randomUUID();
    secret.versions.set(id, { id, createdMs: nowMs, value: { SecretString: text } });
    secret.moveStage('AWSCURRENT', id);
    for (const old of secret.versions.keys()) {
      if (secret.stagesOf(old).length === 0) secret.versions.delete(old);
    }
    secret.changedMs = nowMs;
    vault.add(secret, TEST_REGION);
  }
}

/** Gives each parameter a new version, and forgets the old ones; makes what is not there. */
export function putParameters(shelf: ParameterShelf, texts: Texts, nowMs: number): void {
  for (const [name, value] of texts) {
    const before = shelf.find(name, TEST_ACCOUNT, TEST_REGION);
    const version = (before?.versions.at(-1)?.version ?? 0) + 1;
    const [arn, labels] = [parameterArn(TEST_ACCOUNT, TEST_REGION, name), new Set<string>()];
    const versions = [{ version, value, type: 'SecureString', modifiedMs: nowMs, keyArn: undefined, labels } as const];
    const rest = { name, arn, tier: 'Standard', tags: new Map(), sharedWith: new Set<string>() };
    shelf.put(TEST_ACCOUNT, TEST_REGION, { ...rest, versions: [...versions] });
  }
}
