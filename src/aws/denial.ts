import { parseArn } from './arn.ts';
import {
  type Asked,
  actionOf,
  homeAccount,
  isForeign,
  isSearch,
  nameAccount,
  noun,
  ownerAccount,
  resourceOf,
} from './asked.ts';
import { describeIdentity } from './identity.ts';
import { type PolicyKind, type PolicySaid, readPolicySaid } from './policy-said.ts';
import type { Cause, Refusal } from './refusal.ts';
import { shellWord } from './shell-word.ts';
import { admitDecrypter, admitReader, allowRead, letThrough } from './statement.ts';

/** A read that a policy denies, or that none allows: which kind of policy, who has to act, and the statement to add. */
export function explainDenial(asked: Asked): Refusal {
  const [cause, because] = judge(asked, readPolicySaid(asked.error.message));
  const who = describeIdentity(asked.access.identity);
  return {
    cause,
    kind: 'AccessDenied',
    detail: `${who} may not ${actionOf(asked)} on ${resourceOf(asked)}: ${because}`,
  };
}

type Verdict = readonly [cause: Cause, because: string];

function judge(asked: Asked, said: PolicySaid | undefined): Verdict {
  const isNamed = said?.policy !== undefined && said.policy !== 'trust';
  if (said?.form === 'denies' && !isNamed) return denies(asked, 'explicit-deny', 'a policy', home);
  if (!isNamed) return isForeign(asked) ? foreignWithoutReason(asked) : withoutReason(asked);
  if (said.form === 'no-allow' && said.policy === 'identity') return noIdentityPolicy(asked);
  if (said.form === 'no-allow' && said.policy === 'resource') return noResourcePolicy(asked);
  const guard = GUARDS[said.policy];
  return said.form === 'denies' ? denies(asked, guard.denies, guard.a, guard.actor) : allowsNot(asked, guard);
}

const home = (asked: Asked): string => nameAccount(homeAccount(asked), asked.access);
const owner = (asked: Asked): string => nameAccount(ownerAccount(asked), asked.access);

// ---------------------------------------------------------------------------------------- what the reader can be granted

function noIdentityPolicy(asked: Asked): Verdict {
  const cure = `${home(asked)} has to act: add ${allowRead(asked)} to the identity's policy${pluralNote(asked)}`;
  return isForeign(asked)
    ? ['cross-account-identity', `no identity-based policy allows it${outOfThree(asked, 'first')}; ${cure}`]
    : ['no-identity-policy', `no identity-based policy allows it${bareNote(asked)}; ${cure}`];
}

function noResourcePolicy(asked: Asked): Verdict {
  const cure = `${owner(asked)} has to act: ${admit(asked)}`;
  return isForeign(asked)
    ? ['cross-account-resource', `no resource-based policy allows it${outOfThree(asked, 'second')}; ${cure}`]
    : ['no-resource-policy', `no resource-based policy allows it; ${cure}`];
}

function withoutReason(asked: Asked): Verdict {
  const cure = `add ${allowRead(asked)} to the identity's policy, or take away what denies it`;
  const because = `AWS gives no reason${bareNote(asked)}`;
  return ['no-reason', `${because}; ${home(asked)} has to act: ${cure}${pluralNote(asked)}`];
}

function foreignWithoutReason(asked: Asked): Verdict {
  const what = noun(asked.ref);
  const grants = [
    `in ${home(asked)}, add ${allowRead(asked)} to the identity's policy`,
    `in ${owner(asked)}, ${admit(asked)}`,
    `in ${owner(asked)}, add ${admitDecrypter(asked)} to the policy of the ${what}'s KMS key`,
  ];
  const because = `AWS gives no reason, and a ${what} of another account takes three grants`;
  return ['cross-account-no-reason', `${because}: ${grants.join('; ')}`];
}

/** How the owner lets the reader in. A parameter has no policy that people write: it is shared. */
const admit = (asked: Asked): string =>
  actionOf(asked).startsWith('ssm:')
    ? `share the parameter, which has to be of the advanced tier: ${shareCommand(asked)}`
    : `add ${admitReader(asked)} to the resource's policy (aws secretsmanager put-resource-policy)`;

const shareCommand = (asked: Asked): string =>
  `aws ram create-resource-share --name keyferry --resource-arns ${shellWord(resourceOf(asked))} ` +
  `--principals ${homeAccount(asked) ?? 'ACCOUNT'} --region ${asked.access.region}`;

const outOfThree = ({ ref }: Asked, which: 'first' | 'second'): string =>
  `, the ${which} of the three grants that a ${noun(ref)} of another account takes`;

// A policy that names resources denies what does not exist, too.
const bareNote = (asked: Asked): string =>
  parseArn(asked.ref.key) === undefined && !isSearch(asked) ? ' (denied, or not in this account and Region)' : '';

const pluralNote = (asked: Asked): string =>
  actionOf(asked) === 'ssm:GetParameters' ? '; ssm:GetParameter is another action and does not suffice' : '';

// --------------------------------------------------------------------------------------------- what stands above grants

interface Guard {
  readonly denies: Cause;
  readonly noAllow: Cause;
  /** What messages call one of the kind, and none of it. */
  readonly a: string;
  readonly no: string;
  readonly actor: (asked: Asked) => string;
  /** What the actor does where none allows. */
  readonly allow?: (asked: Asked) => string;
}

const GUARDS: Readonly<Record<Exclude<PolicyKind, 'trust'>, Guard>> = {
  identity: {
    denies: 'identity-policy-denies',
    noAllow: 'no-identity-policy',
    a: 'an identity-based policy',
    no: 'no identity-based policy',
    actor: home,
  },
  resource: {
    denies: 'resource-policy-denies',
    noAllow: 'no-resource-policy',
    a: "the resource's policy",
    no: 'no resource-based policy',
    actor: owner,
  },
  endpoint: {
    denies: 'endpoint-policy-denies',
    noAllow: 'no-endpoint-policy',
    a: 'the VPC endpoint policy',
    no: 'no VPC endpoint policy',
    actor: () => "the account of the cluster's VPC",
    allow: (asked) => `add ${letThrough(asked)} to it`,
  },
  'service-control': {
    denies: 'service-control-policy-denies',
    noAllow: 'no-service-control-policy',
    a: 'a service control policy',
    no: 'no service control policy',
    actor: (asked) => `whoever manages the organisation of ${home(asked)}`,
  },
  'resource-control': {
    denies: 'resource-control-policy-denies',
    noAllow: 'no-resource-control-policy',
    a: 'a resource control policy',
    no: 'no resource control policy',
    actor: (asked) => `whoever manages the organisation of ${owner(asked)}`,
    allow: () => 'attach RCPFullAWSAccess again, as these policies only deny',
  },
  boundary: {
    denies: 'permissions-boundary-denies',
    noAllow: 'no-permissions-boundary',
    a: "the identity's permissions boundary",
    no: 'no permissions boundary',
    actor: home,
  },
  session: {
    denies: 'session-policy-denies',
    noAllow: 'no-session-policy',
    a: 'a session policy',
    no: 'no session policy',
    actor: () => 'whoever hands out the credentials',
    allow: (asked) => `add ${allowRead(asked)} to the policy of the session, or give none`,
  },
};

const denies = (asked: Asked, cause: Cause, policy: string, actor: Guard['actor']): Verdict => [
  cause,
  `${policy} denies it explicitly; ${actor(asked)} has to act: take the deny away, as no grant helps against one`,
];

const allowsNot = (asked: Asked, { noAllow, no, actor, allow = allowBeside }: Guard): Verdict => [
  noAllow,
  `${no} allows it; ${actor(asked)} has to act: ${allow(asked)}`,
];

const allowBeside = (asked: Asked): string => `add ${allowRead(asked)} there, beside the identity's own grant`;
