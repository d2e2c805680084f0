import type { AwsError } from './aws-error.ts';
import { describeClaims, type HeldToken, roleAccount, trustStatement } from './held-token.ts';
import { readPolicySaid } from './policy-said.ts';
import type { Cause, Refusal } from './refusal.ts';

/** STS does not let the token's ServiceAccount have the role. It denies a role that is not there in the same words. */
export function explainRoleDenial({ message }: AwsError, held: HeldToken): Refusal {
  const said = readPolicySaid(message);
  const above = said?.policy === undefined ? undefined : ABOVE[said.policy];
  if (above !== undefined) return aboveTheTrust(held, said?.form === 'denies' ? above.denies : above.noAllow, above);
  if (/sts:TagSession/.test(message)) {
    const detail = `${held.holder} may not sts:TagSession on ${held.roleArn}: its token brings session tags; ${roleAccount(held)} has to act: allow sts:TagSession beside sts:AssumeRoleWithWebIdentity in the role's trust policy`;
    return { cause: 'tag-session', kind: 'AssumeRoleDenied', detail };
  }
  const because = `the token that was sent has ${describeClaims(held)}; the role must exist, and ${roleAccount(held)} has to act: add ${trustStatement(held)} to the role's trust policy`;
  return {
    cause: 'trust-policy',
    kind: 'AssumeRoleDenied',
    detail: `AWS STS denied sts:AssumeRoleWithWebIdentity on ${held.roleArn}: ${because}`,
  };
}

interface Above {
  readonly denies: Cause;
  readonly noAllow: Cause;
  readonly name: string;
  readonly actor: string;
}

/** Policies that stand above a trust policy, and hold for STS too. */
const ABOVE: Readonly<Partial<Record<string, Above>>> = {
  endpoint: {
    denies: 'endpoint-policy-denies',
    noAllow: 'no-endpoint-policy',
    name: 'the policy of the VPC endpoint of STS',
    actor: "the account of the cluster's VPC",
  },
  'service-control': {
    denies: 'service-control-policy-denies',
    noAllow: 'no-service-control-policy',
    name: 'a service control policy',
    actor: 'whoever manages the organisation of that account',
  },
  'resource-control': {
    denies: 'resource-control-policy-denies',
    noAllow: 'no-resource-control-policy',
    name: 'a resource control policy',
    actor: 'whoever manages the organisation of that account',
  },
};

const aboveTheTrust = ({ roleArn }: HeldToken, cause: Cause, { name, actor }: Above): Refusal => ({
  cause,
  kind: 'AssumeRoleDenied',
  detail: `AWS STS denied sts:AssumeRoleWithWebIdentity on ${roleArn}: ${name} stands in the way; ${actor} has to act: let the action through`,
});
