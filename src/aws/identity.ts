import type { Access, AssumedRole, FirstIdentity, Identity } from '../core/ports.ts';
import { parseArn } from './arn.ts';

/** The access of a store is one object for thousands of looks. */
const known = new WeakMap<Access, string>();

/** Equal for equal identities in one Region, and for no others: the key of credentials, batches and turns. */
export function identityKeyOf(access: Access): string {
  const key = known.get(access) ?? makeKey(access);
  known.set(access, key);
  return key;
}

const makeKey = ({ identity, region }: Access): string =>
  JSON.stringify([region, ...firstKey(identity), ...(identity.assumeRoles ?? []).map(roleKey)]);

function firstKey(identity: FirstIdentity): readonly unknown[] {
  if (identity.kind === 'serviceAccount') {
    const { kind, namespace, name, uid, roleArn, sessionName } = identity;
    return [kind, namespace, name, uid, roleArn, sessionName];
  }
  if (identity.kind === 'operator') return [identity.kind, identity.sessionName];
  const refs = [identity.accessKeyId, identity.secretAccessKey, identity.sessionToken];
  return [
    identity.kind,
    identity.namespace,
    ...refs.map((ref) => (ref === undefined ? null : [ref.namespace, ref.name, ref.key])),
  ];
}

const roleKey = (role: AssumedRole): readonly unknown[] => [
  role.roleArn,
  role.sessionName,
  role.durationS,
  role.externalId ?? null,
  Object.entries(role.sessionTags),
  role.transitiveTagKeys,
];

/** The role that reads: the last that is assumed. Undefined for access keys and the operator itself, which assume none. */
function roleOf(identity: Identity): string | undefined {
  const last = identity.assumeRoles?.at(-1)?.roleArn;
  return last ?? (identity.kind === 'serviceAccount' ? identity.roleArn : undefined);
}

/** The account whose quotas the identity uses up, where its last role says so. */
export function accountOf(identity: Identity): string | undefined {
  const role = roleOf(identity);
  return role === undefined ? undefined : parseArn(role)?.account;
}

/** What messages call the identity: the last role, or the place of the access key (never the key). */
export function describeIdentity(identity: Identity): string {
  if (identity.kind === 'operator') return roleOf(identity) ?? "the operator's own identity";
  if (identity.kind === 'serviceAccount') return roleOf(identity) ?? identity.roleArn;
  return roleOf(identity) ?? `the access key in Secret ${identity.accessKeyId.namespace}/${identity.accessKeyId.name}`;
}
