import type { AwsError } from './aws-error.ts';
import { describeClaims, type HeldToken, roleAccount, trustStatement } from './held-token.ts';
import { type PolicyKind, readPolicySaid } from './policy-said.ts';
import type { Refusal } from './refusal.ts';

/** STS does not let the token's ServiceAccount have the role. It denies a role that is not there in the same words. */
export function explainRoleDenial({ message }: AwsError, held: HeldToken): Refusal {
  const policy = readPolicySaid(message)?.policy;
  const above = policy === undefined ? undefined : ABOVE[policy];
  if (above !== undefined) return aboveTheTrust(held, above);
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
  readonly name: string;
  readonly actor: string;
}

/** Policies that stand above a trust policy, and hold for STS too. */
const ABOVE: Readonly<Partial<Record<PolicyKind, Above>>> = {
  endpoint: { name: 'the policy of the VPC endpoint of STS', actor: "the account of the cluster's VPC" },
  'service-control': { name: 'a service control policy', actor: 'whoever manages the organisation of that account' },
  'resource-control': { name: 'a resource control policy', actor: 'whoever manages the organisation of that account' },
};

const aboveTheTrust = ({ roleArn }: HeldToken, { name, actor }: Above): Refusal => ({
  cause: 'sts-other-policy',
  kind: 'AssumeRoleDenied',
  detail: `AWS STS denied sts:AssumeRoleWithWebIdentity on ${roleArn}: ${name} stands in the way; ${actor} has to act: let the action through`,
});
