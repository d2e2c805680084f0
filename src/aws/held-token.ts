import type { Identity } from '../core/ports.ts';
import { parseArn } from './arn.ts';
import { describeIdentity } from './identity.ts';
import { readTokenClaims, type TokenClaims } from './token-claims.ts';

/** A token that was sent for a role: what it says, and whether that was read or is only what it should say. */
export interface HeldToken extends TokenClaims {
  readonly roleArn: string;
  /** Whose token it is, as messages call the ServiceAccount. */
  readonly holder: string;
}

/** What is known of the token that was sent for the identity; `asked` is its role where the identity does not tell. */
export function heldBy(identity: Identity, token: string, asked?: string): HeldToken {
  const isToken = identity.kind === 'serviceAccount';
  const name = isToken ? `${identity.namespace}:${identity.name}` : 'NAMESPACE:NAME';
  const claims = readTokenClaims(token) ?? {
    issuer: 'https://ISSUER',
    subject: `system:serviceaccount:${name}`,
    audience: 'sts.amazonaws.com',
  };
  const roleArn = asked ?? (isToken ? identity.roleArn : describeIdentity(identity));
  const holder = claims.subject.replace(/^system:serviceaccount:([^:]+):(.+)$/, 'ServiceAccount $1/$2');
  return { ...claims, roleArn, holder };
}

/** The claims as messages tell them. */
export const describeClaims = ({ issuer, subject, audience }: TokenClaims): string =>
  `issuer ${issuer}, subject ${subject}, audience ${audience}`;

/** The account of the role, as messages call it. */
export const roleAccount = ({ roleArn }: HeldToken): string => {
  const account = parseArn(roleArn)?.account;
  return account === undefined ? `the account of ${roleArn}` : `account ${account}`;
};

/** The ARN of the issuer's OIDC provider in the role's account. */
export function providerArn({ roleArn, issuer }: HeldToken): string {
  const { partition = 'aws', account = 'ACCOUNT' } = parseArn(roleArn) ?? {};
  return `arn:${partition}:iam::${account}:oidc-provider/${hostOf(issuer)}`;
}

/** The statement that the role's trust policy needs, whole, on one line. */
export function trustStatement(held: HeldToken): string {
  const host = hostOf(held.issuer);
  return JSON.stringify({
    Effect: 'Allow',
    Principal: { Federated: providerArn(held) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${host}:sub`]: held.subject, [`${host}:aud`]: held.audience } },
  });
}

const hostOf = (issuer: string): string => issuer.replace(/^https:\/\//, '').replace(/\/$/, '');
