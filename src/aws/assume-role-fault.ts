import type { AssumedRole } from '../core/ports.ts';
import type { FaultKind } from '../model/fault.ts';
import { parseArn } from './arn.ts';
import { type AwsError, named } from './aws-error.ts';

/** What was asked of STS: the role at `spec.assumeRoles[at]`, by `former` (an ARN, or whatever else messages call it). */
export interface AskedRole {
  readonly region: string;
  readonly at: number;
  readonly role: Pick<AssumedRole, 'roleArn' | 'externalId' | 'sessionTags'>;
  readonly former: string;
}

type Verdict = readonly [kind: FaultKind, detail: string];

/** What an error of AssumeRole means, in our own words: which link of the chain, what is missing, and in whose policy. */
export function assumeRoleFault(error: AwsError, asked: AskedRole): Verdict {
  const link = `spec.assumeRoles[${asked.at}]`;
  const sts = `AWS STS in ${asked.region}`;
  switch (error.class) {
    case 'throttle':
      return ['Throttled', `${link}: ${sts} throttles its callers`];
    case 'denied':
      return ['AssumeRoleDenied', `${link}: ${denial(error.message, asked)}`];
    case 'client':
      return ['CredentialsInvalid', `${link}: ${refusal(error, asked)}`];
    case 'credentials':
      return ['CredentialsInvalid', `${link}: AWS does not take the credentials of ${asked.former}${named(error)}`];
    default:
      return ['CredentialsUnavailable', `${link}: ${sts} cannot be reached or did not answer as AWS does`];
  }
}

// -------------------------------------------------------------------------------------------------------------- denials

/** Whose policy it is, by the words AWS is known to use. */
const CAUSES: readonly (readonly [pattern: RegExp, cause: (asked: Named) => string])[] = [
  [
    /explicit deny in an? identity-based policy/i,
    ({ former }) => `a policy of ${former} denies it; take the deny away`,
  ],
  [
    /explicit deny in an? (resource-based|trust) policy/i,
    () => `the trust policy of the role denies it; take the deny away`,
  ],
  [
    /service control policy/i,
    ({ former }) =>
      `a service control policy over the account of ${former} does not allow it; the administrators of its organisation must act`,
  ],
  [
    /resource control policy/i,
    () =>
      `a resource control policy over the account of the role does not allow it; the administrators of its organisation must act`,
  ],
  [/permissions boundary/i, ({ former }) => `the permissions boundary of ${former} does not allow it; widen it`],
  [/session policy/i, ({ former }) => `the session policy of ${former} does not allow it; widen it`],
  [/VPC endpoint policy/i, () => 'the policy of the VPC endpoint of STS does not allow it; widen that policy'],
  [/explicit deny/i, () => 'a policy denies it explicitly; take the deny away'],
  [
    /no identity-based policy allows/i,
    ({ former, action, roleArn }) => `no policy of ${former} allows it; add ${statement(action, roleArn)}`,
  ],
  [
    /no (resource-based|trust) policy allows/i,
    ({ former, action }) => `the trust policy of the role does not allow it; allow ${action} there for ${former}`,
  ],
];

interface Named {
  readonly action: string;
  readonly roleArn: string;
  readonly former: string;
}

function denial(message: string, { role, former: described }: AskedRole): string {
  const { roleArn } = role;
  const former = parseArn(described) === undefined ? (userIn(message) ?? described) : described;
  const tagging = /sts:TagSession/.test(message);
  const action = tagging ? 'sts:TagSession' : 'sts:AssumeRole';
  const what = `AWS STS denied ${former} ${action} on ${roleArn}`;
  const cause = CAUSES.find(([pattern]) => pattern.test(message))?.[1];
  if (cause !== undefined) return `${what}: ${cause({ action, roleArn, former })}${tagging ? tags(role) : ''}`;
  if (tagging) {
    return `${what}: the trust policy of the role must allow sts:TagSession beside sts:AssumeRole, and so must the policy of ${former}${tags(role)}`;
  }
  return `${what}: the role must exist, its trust policy must allow sts:AssumeRole for ${former}${externalId(role)}, and the policy of ${former} must have ${statement(action, roleArn)}${sameAccount(former, roleArn)}`;
}

/** Whom AWS says that it denied: a trust policy needs the ARN, and of access keys nobody else knows it. */
const userIn = (message: string): string | undefined =>
  /^User: (arn:aws[a-z-]*:(?:iam|sts)::\d{12}:[\w+=,.@/-]{1,300}) is not authorized/.exec(message)?.[1];

const statement = (action: string, roleArn: string): string =>
  JSON.stringify({ Effect: 'Allow', Action: action, Resource: roleArn });

/** AWS says nothing of the external id when it is wrong: the trust policy just does not fit. */
const externalId = ({ externalId: id }: AskedRole['role']): string =>
  id === undefined
    ? ' (where it asks for sts:ExternalId, set externalId)'
    : `, and if it asks for sts:ExternalId, that must be ${JSON.stringify(id)}`;

// A session can bring transitive tags along that nobody wrote into the store, as those of EKS Pod Identity do.
const tags = ({ sessionTags }: AskedRole['role']): string =>
  Object.keys(sessionTags).length === 0
    ? '; the store sets no sessionTags, so the session before has transitive ones'
    : '';

function sameAccount(former: string, roleArn: string): string {
  const [own, other] = [parseArn(former)?.account, parseArn(roleArn)?.account];
  return own !== undefined && own === other
    ? ' (in one account the trust policy alone is enough, where it names the role itself)'
    : '';
}

// ------------------------------------------------------------------------------------------------------ other refusals

const REFUSALS: readonly (readonly [pattern: RegExp, detail: (roleArn: string) => string])[] = [
  [
    /exceeds the MaxSessionDuration/i,
    (role) =>
      `sessionDuration is longer than the maximum session duration of ${role}; shorten it, or raise the maximum`,
  ],
  [
    /session limit for roles assumed by role chaining/i,
    (role) => `AWS lets ${role} last an hour at most, as it is assumed through another role; shorten sessionDuration`,
  ],
  [
    /Duplicate tag keys|tag keys are case.insensitive/i,
    () => 'two sessionTags differ in upper and lower case only, which AWS takes for one; remove one of them',
  ],
  [
    /transitive tag key/i,
    () =>
      'a transitive tag key is set by the session before already, and cannot be changed; remove it from sessionTags and transitiveTagKeys',
  ],
  [
    /PackedPolicyTooLarge|Packed size/i,
    () => 'the sessionTags are together larger than AWS packs into a session; use fewer or shorter ones',
  ],
  [/ARN is invalid|Invalid.*\bARN\b/i, (role) => `AWS STS takes ${JSON.stringify(role)} for no role ARN; correct it`],
  [
    /tag/i,
    () => 'AWS STS takes a key or value of sessionTags for invalid; use letters, digits, spaces and _.:/=+-@ only',
  ],
];

function refusal(error: AwsError, { role, region }: AskedRole): string {
  if (error.name === 'RegionDisabled')
    return `AWS STS is not activated in ${region} for the account; activate it there`;
  const known = REFUSALS.find(([pattern]) => pattern.test(`${error.name} ${error.message}`))?.[1];
  return known?.(role.roleArn) ?? `AWS STS in ${region} refused to assume ${role.roleArn}${named(error)}`;
}
