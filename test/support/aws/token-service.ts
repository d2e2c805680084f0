import type { TokenIssuer } from '../web-identity.ts';
import { verifyToken } from '../web-identity.ts';
import type { Call } from './call.ts';
import { contextOf } from './condition.ts';
import { accountOfArn, type Iam, type SessionKeys } from './iam.ts';
import { type Input, numberOf, requiredText, textOf } from './input.ts';
import { namesProvider, parsePolicy, statementsOn } from './policy.ts';
import { Refusal } from './refusal.ts';

/** An answer of STS: the members of its result, in order. */
export type StsResult = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

const HOUR_S = 3_600;
const AUDIENCE = 'sts.amazonaws.com';

/** The ARN of the provider that stands for the issuer in an account, and the prefix of its condition keys. */
export const providerArn = (account: string, issuer: string): string =>
  `arn:aws:iam::${account}:oidc-provider/${providerHost(issuer)}`;
export const providerHost = (issuer: string): string => issuer.replace(/^https:\/\//, '');

const refuseRole = (action: string): never => {
  throw new Refusal('AccessDenied', `Not authorized to perform ${action}`, { status: 403 });
};

/** Opens a session for the bearer of a token, if the role trusts it. The one call that nobody signs. */
export async function assumeWithToken(iam: Iam, issuer: TokenIssuer, input: Input, nowMs: number): Promise<StsResult> {
  const roleArn = requiredText(input, 'RoleArn');
  const verdict = await verifyToken(requiredText(input, 'WebIdentityToken'), issuer, AUDIENCE);
  if ('code' in verdict) throw new Refusal(verdict.code, verdict.message);
  const role = iam.roles.get(roleArn);
  const [host, provider] = [providerHost(issuer.issuer), providerArn(accountOfArn(roleArn), issuer.issuer)];
  const context = contextOf({ [`${host}:sub`]: verdict.subject, [`${host}:aud`]: AUDIENCE });
  const wish = { action: 'sts:AssumeRoleWithWebIdentity', resource: roleArn, context };
  const effects = (role === undefined ? [] : statementsOn(role.trust, wish))
    .filter((statement) => namesProvider(statement, provider))
    .map(({ Effect }) => Effect);
  if (!effects.includes('Allow') || effects.includes('Deny')) return refuseRole(wish.action);
  const keys = openSession(iam, input, roleArn, { tags: {}, transitiveTagKeys: [] }, nowMs);
  return { SubjectFromWebIdentityToken: verdict.subject, ...present(keys), Provider: provider, Audience: AUDIENCE };
}

interface SessionTags {
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
}

function openSession(iam: Iam, input: Input, roleArn: string, tags: SessionTags, nowMs: number): SessionKeys {
  const durationSeconds = numberOf(input, 'DurationSeconds') ?? HOUR_S;
  if (durationSeconds > (iam.roles.get(roleArn)?.maxSessionSeconds ?? HOUR_S)) {
    throw new Refusal(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
  const policy = textOf(input, 'Policy');
  const name = requiredText(input, 'RoleSessionName');
  return iam.openSession(
    { roleArn, name, durationSeconds, policy: policy === undefined ? undefined : parsePolicy(policy), ...tags },
    nowMs,
  );
}

const present = ({ arn, accessKeyId, secretAccessKey, sessionToken, endMs }: SessionKeys): StsResult => ({
  AssumedRoleUser: { AssumedRoleId: `AROA${accessKeyId.slice(4)}:${arn.split('/').at(-1)}`, Arn: arn },
  Credentials: {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(endMs).toISOString(),
  },
});

/** Opens a session of another role, if the caller may and the role trusts the caller. */
export function assumeRole(iam: Iam, call: Call): StsResult {
  const { input, caller, nowMs } = call;
  const roleArn = requiredText(input, 'RoleArn');
  const role = iam.roles.get(roleArn);
  const tags = readTags(input);
  const session = inherit(tags, caller.session);
  const context = {
    'sts:ExternalId': textOf(input, 'ExternalId'),
    ...Object.fromEntries(Object.entries(tags.tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  };
  const actions = Object.keys(tags.tags).length > 0 ? ['sts:AssumeRole', 'sts:TagSession'] : ['sts:AssumeRole'];
  for (const action of actions) {
    const question = { action, resource: roleArn, account: accountOfArn(roleArn), isGuarded: true, context };
    if (role !== undefined && call.may({ ...question, policy: role.trust })) continue;
    const what = `is not authorized to perform: ${action} on resource: ${roleArn}`;
    throw new Refusal('AccessDenied', `User: ${caller.arn} ${what}`, { status: 403 });
  }
  if (caller.session !== undefined && (numberOf(input, 'DurationSeconds') ?? 0) > HOUR_S) {
    throw new Refusal(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  return present(openSession(iam, input, roleArn, session, nowMs));
}

/** `Tags.member.1.Key` and so on: how forms write lists. */
function readTags(input: Input): SessionTags {
  const numbers = Object.keys(input).flatMap((field) => /^Tags\.member\.(\d+)\.Key$/.exec(field)?.[1] ?? []);
  const tag = (at: string, part: string): string => textOf(input, `Tags.member.${at}.${part}`) ?? '';
  const transitive = Object.keys(input).filter((field) => field.startsWith('TransitiveTagKeys.member.'));
  return {
    tags: Object.fromEntries(numbers.map((at) => [tag(at, 'Key'), tag(at, 'Value')])),
    transitiveTagKeys: transitive.map((field) => requiredText(input, field)),
  };
}

/** Transitive tags of the session that assumes go on into the new one, and nobody may set them anew. */
function inherit({ tags, transitiveTagKeys }: SessionTags, from: SessionTags | undefined): SessionTags {
  const kept = (from?.transitiveTagKeys ?? []).map((key) => [key, from?.tags[key] ?? ''] as const);
  if (kept.some(([key]) => key in tags)) {
    throw new Refusal(
      'InvalidParameterValue',
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  return {
    tags: { ...tags, ...Object.fromEntries(kept) },
    transitiveTagKeys: [...transitiveTagKeys, ...kept.map(([key]) => key)],
  };
}

/** Who the caller is. Needs no grant. */
export const callerIdentity = ({ caller }: Call): StsResult => ({
  Arn: caller.arn,
  UserId: caller.issuerArn.split('/').at(-1) ?? '',
  Account: caller.account,
});

/** STS's XML. */
export function stsXml(operation: string, result: StsResult): string {
  const xml = (members: StsResult): string =>
    Object.entries(members)
      .map(([name, value]) => `<${name}>${typeof value === 'string' ? escapeXml(value) : xml(value)}</${name}>`)
      .join('');
  const request = '<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata>';
  return `<${operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${operation}Result>${xml(result)}</${operation}Result>${request}</${operation}Response>`;
}

const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
