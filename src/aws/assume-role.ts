import type { Access, AssumedRole } from '../core/ports.ts';
import { type Failed, fail } from '../model/result.ts';
import { assumeRoleFault } from './assume-role-fault.ts';
import type { AwsError } from './aws-error.ts';
import type { Credentials } from './credentials.ts';
import { describeIdentity } from './identity.ts';
import { blame } from './region-outage.ts';
import { callSts, type StsMeans } from './sts-call.ts';
import { readStsCredentials } from './sts-credentials.ts';
import type { StsCall } from './transport.ts';

/** The last link of a chain: who assumes, which role, and which of `spec.assumeRoles` that is. */
export interface Link {
  /** Who assumes it: the chain without its last role. */
  readonly former: Access;
  readonly role: AssumedRole;
  readonly at: number;
}

/** The last link of the identity's chain; undefined where nothing is assumed after the first identity. */
export function lastLinkOf(access: Access): Link | undefined {
  const { assumeRoles = [], ...first } = access.identity;
  const role = assumeRoles.at(-1);
  if (role === undefined) return undefined;
  const former = { ...access, identity: { ...first, assumeRoles: assumeRoles.slice(0, -1) } };
  return { former, role, at: assumeRoles.length - 1 };
}

/** Credentials of the role, faults about it, or the news that AWS does not take the credentials that were to assume it. */
export type Assumed =
  | { readonly kind: 'credentials'; readonly credentials: Credentials }
  | { readonly kind: 'failed'; readonly failed: Failed }
  | { readonly kind: 'refused'; readonly error: AwsError };

/** Assumes the role of the link with the credentials of the one before: one call of the Region's STS. */
export async function assumeRole(
  means: StsMeans,
  link: Link,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Assumed> {
  const { region, store, identity } = link.former;
  const outcome = await callSts(means, callOf(link.role), region, credentials.keys, signal);
  if (outcome.kind === 'answer') {
    const read = readStsCredentials(outcome.answer, link.former, link.role.durationS, means.ambient.nowMs());
    return read.ok ? { kind: 'credentials', credentials: read.value } : { kind: 'failed', failed: read };
  }
  if (outcome.error.class === 'credentials') return { kind: 'refused', error: outcome.error };
  // A role is told by its own ARN, which is what policies name; access keys and the operator only by what AWS calls them.
  const isRole = identity.kind === 'serviceAccount' || (identity.assumeRoles ?? []).length > 0;
  const former = isRole ? undefined : credentials.identityArn;
  const about = { region, at: link.at, role: link.role, former: former ?? describeIdentity(identity) };
  const [kind, detail] = assumeRoleFault(outcome.error, about);
  return { kind: 'failed', failed: blame(outcome.error, fail(kind, store, detail)) };
}

function callOf(role: AssumedRole): StsCall {
  const tags = Object.entries(role.sessionTags).map(([Key, Value]) => ({ Key, Value }));
  return {
    api: 'AssumeRole',
    input: {
      RoleArn: role.roleArn,
      RoleSessionName: role.sessionName,
      DurationSeconds: role.durationS,
      ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
      ...(tags.length === 0 ? {} : { Tags: tags }),
      ...(role.transitiveTagKeys.length === 0 ? {} : { TransitiveTagKeys: [...role.transitiveTagKeys] }),
    },
  };
}
