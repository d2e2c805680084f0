import type { Access, Identity } from '../core/ports.ts';
import { parseArn } from './arn.ts';

/** Equal for equal identities in one Region, and for no others: the key of credentials, batches and turns. */
export function identityKeyOf({ identity, region }: Access): string {
  return identity.kind === 'serviceAccount'
    ? JSON.stringify([
        'serviceAccount',
        region,
        identity.namespace,
        identity.name,
        identity.uid,
        identity.roleArn,
        identity.sessionName,
      ])
    : JSON.stringify([
        'secret',
        region,
        identity.namespace,
        ...[identity.accessKeyId, identity.secretAccessKey, identity.sessionToken].map((ref) =>
          ref === undefined ? null : [ref.namespace, ref.name, ref.key],
        ),
      ]);
}

/** The account whose quotas the identity uses up, where its role says so. */
export const accountOf = (identity: Identity): string | undefined =>
  identity.kind === 'serviceAccount' ? parseArn(identity.roleArn)?.account : undefined;

/** What messages call the identity: the role, or the place of the access key (never the key). */
export const describeIdentity = (identity: Identity): string =>
  identity.kind === 'serviceAccount'
    ? identity.roleArn
    : `the access key in Secret ${identity.accessKeyId.namespace}/${identity.accessKeyId.name}`;
