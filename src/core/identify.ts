import { ROLE_ARN_ANNOTATION } from '../api/names.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import type { Identity, ObjectKey, ObjectMeta, SecretKeyRef } from './ports.ts';
import { type Store, storeLabel } from './store.ts';

/** The ServiceAccount whose identity the store uses for ExternalSecrets of `namespace`, where it uses one. */
export function serviceAccountOf(store: Store, namespace: string): ObjectKey | undefined {
  const ref = store.spec.auth.serviceAccountRef;
  return ref === undefined ? undefined : { namespace: homeOf(store, namespace, ref.namespace), name: ref.name };
}

// A SecretStore reaches its own namespace only, whatever a relaxed schema may let through.
const homeOf = (store: Store, namespace: string, named: string | undefined): string =>
  store.kind === 'SecretStore' ? store.namespace : (named ?? namespace);

/** The identity to read with; `serviceAccount` is what the cluster knows of `serviceAccountOf(store, namespace)`. */
export function resolveIdentity(
  store: Store,
  namespace: string,
  serviceAccount: ObjectMeta | undefined,
): Result<Identity> {
  const { serviceAccountRef, secretRef } = store.spec.auth;
  const subject = `${storeLabel(store)} spec.auth`;
  if (serviceAccountRef !== undefined && secretRef === undefined) {
    const home = homeOf(store, namespace, serviceAccountRef.namespace);
    if (serviceAccount === undefined) {
      const detail = `there is no ServiceAccount ${home}/${serviceAccountRef.name}; create it with the annotation ${ROLE_ARN_ANNOTATION}`;
      return fail('CredentialsInvalid', subject, detail);
    }
    return ofServiceAccount(store, serviceAccount, serviceAccountRef.roleArn, subject);
  }
  if (secretRef !== undefined && serviceAccountRef === undefined) {
    const at = (ref: { name: string; key: string; namespace?: string }): SecretKeyRef => ({
      namespace: homeOf(store, namespace, ref.namespace),
      name: ref.name,
      key: ref.key,
    });
    const { accessKeyId, secretAccessKey, sessionToken } = secretRef;
    return succeed({
      kind: 'secret',
      namespace: at(accessKeyId).namespace,
      accessKeyId: at(accessKeyId),
      secretAccessKey: at(secretAccessKey),
      ...(sessionToken === undefined ? {} : { sessionToken: at(sessionToken) }),
    });
  }
  return fail('InvalidSpec', subject, 'give exactly one of serviceAccountRef, secretRef');
}

const ROLE_ARN = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[a-zA-Z0-9+=,.@_/-]+$/;

function ofServiceAccount(
  store: Store,
  serviceAccount: ObjectMeta,
  explicitRole: string | undefined,
  subject: string,
): Result<Identity> {
  const { namespace, name, uid, annotations } = serviceAccount;
  const roleArn = explicitRole ?? annotations[ROLE_ARN_ANNOTATION];
  if (roleArn === undefined || !ROLE_ARN.test(roleArn)) {
    const detail = `ServiceAccount ${namespace}/${name} ${roleArn === undefined ? 'has no' : 'has no valid role ARN in its'} annotation ${ROLE_ARN_ANNOTATION}; kubectl annotate serviceaccount -n ${namespace} ${name} --overwrite ${ROLE_ARN_ANNOTATION}=arn:aws:iam::ACCOUNT:role/ROLE`;
    return fail('CredentialsInvalid', subject, detail);
  }
  const sessionName = `keyferry-${namespace}-${store.name}`.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, 64);
  return succeed({ kind: 'serviceAccount', namespace, name, uid, roleArn, sessionName });
}

/** The AWS account of a role, from its ARN. */
export const accountOf = (identity: Identity): string | undefined =>
  identity.kind === 'serviceAccount' ? identity.roleArn.split(':')[4] : undefined;

/** The ARN that AWS knows the identity by; undefined for access keys, which do not tell. */
export function sessionArnOf(identity: Identity | undefined): string | undefined {
  if (identity?.kind !== 'serviceAccount') return undefined;
  const [, partition, , , account, role = ''] = identity.roleArn.split(':');
  return `arn:${partition}:sts::${account}:assumed-role/${role.split('/').at(-1)}/${identity.sessionName}`;
}
