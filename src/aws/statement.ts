import { partitionOf } from './arn.ts';
import { type Asked, actionOf, keeperOf, principalOf, resourceOf } from './asked.ts';

// Statements are printed whole, on one line, to be pasted into the `Statement` list of a policy.

/** For a policy of the identity: the read that was denied. */
export const allowRead = (asked: Asked): string =>
  JSON.stringify({ Effect: 'Allow', Action: actionOf(asked), Resource: resourceOf(asked) });

/** For the secret's own policy: the read by this identity. */
export const admitReader = (asked: Asked): string =>
  JSON.stringify({ Effect: 'Allow', Principal: { AWS: principalOf(asked) }, Action: actionOf(asked), Resource: '*' });

/** For the policy of a VPC endpoint: the read by this identity. */
export function letThrough(asked: Asked): string {
  const principal = principalOf(asked);
  // A principal that is a whole account is no caller's own ARN.
  const caller = principal.endsWith(':root') ? {} : { Condition: { ArnEquals: { 'aws:PrincipalArn': principal } } };
  const what = { Action: actionOf(asked), Resource: resourceOf(asked) };
  return JSON.stringify({ Effect: 'Allow', Principal: '*', ...what, ...caller });
}

/** For a policy of the identity: the use of the key, by way of the store. */
export const allowDecrypt = (asked: Asked, keyArn: string): string =>
  JSON.stringify({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: keyArn, Condition: viaService(asked) });

/** For the key's policy: its use by this identity, by way of the store. */
export const admitDecrypter = (asked: Asked): string =>
  JSON.stringify({
    Effect: 'Allow',
    Principal: { AWS: principalOf(asked) },
    Action: 'kms:Decrypt',
    Resource: '*',
    Condition: viaService(asked),
  });

function viaService({ ref, access }: Asked): object {
  const host = `${keeperOf(ref)}.${access.region}`;
  // Partitions differ in the domain behind the Region.
  return partitionOf(access.region) === 'aws'
    ? { StringEquals: { 'kms:ViaService': `${host}.amazonaws.com` } }
    : { StringLike: { 'kms:ViaService': `${host}.*` } };
}
