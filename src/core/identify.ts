import { durationMs } from '../api/duration.ts';
import { ROLE_ARN_ANNOTATION } from '../api/names.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import type {
  AssumedRole,
  FirstIdentity,
  Identity,
  ObjectKey,
  ObjectMeta,
  OperatorIdentityUse,
  SecretKeyRef,
} from './ports.ts';
import { type Store, storeLabel } from './store.ts';

/** The ServiceAccount whose identity the store uses for ExternalSecrets of `namespace`, where it uses one. */
export function serviceAccountOf(store: Store, namespace: string): ObjectKey | undefined {
  const ref = store.spec.auth.serviceAccountRef;
  return ref === undefined ? undefined : { namespace: homeOf(store, namespace, ref.namespace), name: ref.name };
}

// A SecretStore reaches its own namespace only, whatever a relaxed schema may let through.
const homeOf = (store: Store, namespace: string, named: string | undefined): string =>
  store.kind === 'SecretStore' ? store.namespace : (named ?? namespace);

/**
 * The identity to read with. `serviceAccount` is what the cluster knows of `serviceAccountOf(store, namespace)`, `lent` which stores may
 * read as the operator itself.
 */
export function resolveIdentity(
  store: Store,
  namespace: string,
  serviceAccount: ObjectMeta | undefined,
  lent: OperatorIdentityUse,
): Result<Identity> {
  const first = firstIdentity(store, namespace, serviceAccount, lent);
  const { assumeRoles } = store.spec;
  if (!first.ok || assumeRoles === undefined) return first;
  const home = first.value.kind === 'operator' ? store.namespace : first.value.namespace;
  const sessionName = sessionNameOf(home, store);
  return succeed({ ...first.value, assumeRoles: assumeRoles.map((role) => assumedRole(role, sessionName)) });
}

type Link = NonNullable<Store['spec']['assumeRoles']>[number];

/** The longest that AWS lets a role last that is assumed through another. */
const LONGEST_S = 3_600;

const assumedRole = (role: Link, sessionName: string): AssumedRole => ({
  roleArn: role.roleArn,
  sessionName,
  durationS: role.sessionDuration === undefined ? LONGEST_S : Math.floor(durationMs(role.sessionDuration) / 1_000),
  ...(role.externalId === undefined ? {} : { externalId: role.externalId }),
  sessionTags: role.sessionTags ?? {},
  transitiveTagKeys: role.transitiveTagKeys ?? [],
});

function firstIdentity(
  store: Store,
  namespace: string,
  serviceAccount: ObjectMeta | undefined,
  lent: OperatorIdentityUse,
): Result<FirstIdentity> {
  const { serviceAccountRef, secretRef, operatorIdentity } = store.spec.auth;
  const subject = `${storeLabel(store)} spec.auth`;
  if ([serviceAccountRef, secretRef, operatorIdentity].filter((member) => member !== undefined).length !== 1) {
    return fail('InvalidSpec', subject, 'give exactly one of serviceAccountRef, secretRef, operatorIdentity');
  }
  if (secretRef !== undefined) return succeed(ofSecret(store, namespace, secretRef));
  if (serviceAccountRef === undefined) return ofOperator(store, lent);
  const home = homeOf(store, namespace, serviceAccountRef.namespace);
  if (serviceAccount === undefined) {
    const detail = `there is no ServiceAccount ${home}/${serviceAccountRef.name}; create it with the annotation ${ROLE_ARN_ANNOTATION}`;
    return fail('CredentialsInvalid', subject, detail);
  }
  return ofServiceAccount(store, serviceAccount, serviceAccountRef.roleArn, subject);
}

/** Never by silence: the store has to ask for it, and whoever started the operator has to have allowed it. */
function ofOperator(store: Store, lent: OperatorIdentityUse): Result<FirstIdentity> {
  if (lent === 'all' || (lent === 'cluster' && store.kind === 'ClusterSecretStore')) {
    return succeed({ kind: 'operator', sessionName: sessionNameOf(store.namespace, store) });
  }
  const cure =
    store.kind === 'ClusterSecretStore'
      ? 'start it with --allow-operator-identity'
      : 'use a ClusterSecretStore, or start it with --allow-operator-identity=all (then all who may create a SecretStore read as the operator)';
  const detail = `the operator was not started to lend its own identity to a ${store.kind}; ${cure}`;
  return fail('StoreNotAllowed', `${storeLabel(store)} spec.auth.operatorIdentity`, detail);
}

function ofSecret(
  store: Store,
  namespace: string,
  { accessKeyId, secretAccessKey, sessionToken }: NonNullable<Store['spec']['auth']['secretRef']>,
): FirstIdentity {
  const at = (ref: { name: string; key: string; namespace?: string }): SecretKeyRef => ({
    namespace: homeOf(store, namespace, ref.namespace),
    name: ref.name,
    key: ref.key,
  });
  return {
    kind: 'secret',
    namespace: at(accessKeyId).namespace,
    accessKeyId: at(accessKeyId),
    secretAccessKey: at(secretAccessKey),
    ...(sessionToken === undefined ? {} : { sessionToken: at(sessionToken) }),
  };
}

const ROLE_ARN = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[a-zA-Z0-9+=,.@_/-]+$/;

const ofServiceAccount = (
  store: Store,
  serviceAccount: ObjectMeta,
  explicitRole: string | undefined,
  subject: string,
): Result<FirstIdentity> =>
  identityOf(serviceAccount, explicitRole, sessionNameOf(serviceAccount.namespace, store), subject);

/** The identity of a ServiceAccount by the role that its annotation names, unless another is given. */
export function identityOf(
  serviceAccount: ObjectMeta,
  explicitRole: string | undefined,
  sessionName: string,
  subject: string,
): Result<FirstIdentity> {
  const { namespace, name, uid, annotations } = serviceAccount;
  const roleArn = explicitRole ?? annotations[ROLE_ARN_ANNOTATION];
  if (roleArn === undefined || !ROLE_ARN.test(roleArn)) {
    const detail = `ServiceAccount ${namespace}/${name} ${roleArn === undefined ? 'has no' : 'has no valid role ARN in its'} annotation ${ROLE_ARN_ANNOTATION}; kubectl annotate serviceaccount -n ${namespace} ${name} --overwrite ${ROLE_ARN_ANNOTATION}=arn:aws:iam::ACCOUNT:role/ROLE`;
    return fail('CredentialsInvalid', subject, detail);
  }
  return succeed({
    kind: 'serviceAccount',
    namespace,
    name,
    uid,
    roleArn,
    sessionName,
  });
}

/** What CloudTrail calls the store's sessions: stable, so that who reads is told by name. */
const sessionNameOf = (namespace: string, store: Store): string =>
  ['keyferry', namespace, store.name]
    .filter((part) => part !== '')
    .join('-')
    .replaceAll(/[^\w+=,.@-]/g, '-')
    .slice(0, 64);

/** The last role of the chain and the name of its session; undefined where the first identity reads, and is no role of a ServiceAccount. */
function roleOf(identity: Identity): Pick<AssumedRole, 'roleArn' | 'sessionName'> | undefined {
  return identity.assumeRoles?.at(-1) ?? (identity.kind === 'serviceAccount' ? identity : undefined);
}

/** The AWS account of the role that reads, from its ARN. */
export const accountOf = (identity: Identity): string | undefined => roleOf(identity)?.roleArn.split(':')[4];

/** The ARN that AWS knows the identity by; undefined for access keys and the operator's own identity, of which AWS has to be asked. */
export function sessionArnOf(identity: Identity | undefined): string | undefined {
  const last = identity === undefined ? undefined : roleOf(identity);
  if (last === undefined) return undefined;
  const [, partition, , , account, role = ''] = last.roleArn.split(':');
  return `arn:${partition}:sts::${account}:assumed-role/${role.split('/').at(-1)}/${last.sessionName}`;
}
