import type { Call } from './call.ts';
import { accountOfArn } from './iam.ts';
import type { PolicyDocument } from './policy.ts';

/** A customer managed key. */
export interface KmsKey {
  readonly policy: PolicyDocument;
  /** `Enabled` unless given. */
  readonly state?: 'Enabled' | 'Disabled' | 'PendingDeletion';
}

/** What became of an attempt to decrypt; `missing` keys are `denied`. */
export type Decryption = 'ok' | 'denied' | 'disabled' | 'pendingDeletion';

/** What stands in the context of a decryption: which service asks for it, and for what. */
export interface DecryptionContext {
  readonly service: 'secretsmanager' | 'ssm';
  readonly encryptionContext: Readonly<Record<string, string>>;
}

/** The policy that AWS gives to a new key: its account's own policies decide. */
export const defaultKeyPolicy = (account: string): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
});

/** Customer managed keys by ARN. Nothing is really encrypted: only who might decrypt is decided. */
export class KeyManagement {
  readonly keys = new Map<string, KmsKey>();

  /** Decrypts for the caller, as a service does that was called with the caller's credentials. */
  decrypt(call: Call, keyArn: string, { service, encryptionContext }: DecryptionContext): Decryption {
    const key = this.keys.get(keyArn);
    const context = Object.entries(encryptionContext).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]);
    const allowed = call.may({
      action: 'kms:Decrypt',
      resource: keyArn,
      account: accountOfArn(keyArn),
      isGuarded: true,
      policy: key?.policy,
      context: {
        'kms:ViaService': `${service}.${call.region}.amazonaws.com`,
        ...Object.fromEntries(context),
      },
    });
    if (key === undefined || !allowed) return 'denied';
    if (key.state === 'Disabled') return 'disabled';
    return key.state === 'PendingDeletion' ? 'pendingDeletion' : 'ok';
  }
}
