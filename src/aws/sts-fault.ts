import type { Access } from '../core/ports.ts';
import { type Failed, fail } from '../model/result.ts';
import { type AwsError, named } from './aws-error.ts';
import { describeIdentity } from './identity.ts';

/** What an error of AssumeRoleWithWebIdentity means for the store, with the cure. The subject is the store. */
export function stsFault(error: AwsError, access: Access): Failed {
  const { region, store, identity } = access;
  const role = describeIdentity(identity);
  if (error.class === 'throttle') return fail('Throttled', store, `AWS STS in ${region} throttles its callers`);
  if (error.class === 'denied') return fail('AssumeRoleDenied', store, assumeRoleDenied(access));
  switch (error.name) {
    case 'InvalidIdentityToken':
      return tokenFault(error, access);
    case 'ExpiredToken':
      return fail('CredentialsUnavailable', store, 'AWS STS got the token of the ServiceAccount after it had expired');
    case 'RegionDisabled':
      return fail('CredentialsInvalid', store, `AWS STS is not activated in ${region} for the account of ${role}`);
    case 'ValidationError':
    case 'Validation':
      return fail('CredentialsInvalid', store, `AWS STS takes ${JSON.stringify(role)} for no role ARN; correct it`);
    case 'IDPCommunicationError':
      return fail('CredentialsUnavailable', store, `AWS STS cannot reach the cluster's OIDC issuer`);
  }
  if (error.class !== 'client' && error.class !== 'credentials') {
    return fail(
      'CredentialsUnavailable',
      store,
      `AWS STS in ${region} cannot be reached or did not answer as AWS does`,
    );
  }
  return fail('CredentialsInvalid', store, `AWS STS in ${region} refused to assume ${role}${named(error)}`);
}

function assumeRoleDenied({ identity }: Access): string {
  if (identity.kind !== 'serviceAccount') return 'AWS STS does not let this identity assume a role';
  const subject = `system:serviceaccount:${identity.namespace}:${identity.name}`;
  return (
    `AWS STS denied sts:AssumeRoleWithWebIdentity on ${identity.roleArn}: the role must exist, and its trust policy must ` +
    `allow sts:AssumeRoleWithWebIdentity for sub ${subject} and aud sts.amazonaws.com`
  );
}

function tokenFault({ message }: AwsError, { store, identity }: Access): Failed {
  const role = describeIdentity(identity);
  if (/retrieve verification key/i.test(message)) {
    return fail('CredentialsUnavailable', store, "AWS STS cannot fetch the keys of the cluster's OIDC issuer");
  }
  if (/No OpenIDConnect provider/i.test(message)) {
    const cure = "create one for the cluster's issuer";
    return fail('CredentialsInvalid', store, `the account of ${role} has no OIDC provider for this cluster; ${cure}`);
  }
  if (/audience/i.test(message)) {
    const cure = 'add it to the client ids of the provider';
    return fail('CredentialsInvalid', store, `the OIDC provider does not take the audience sts.amazonaws.com; ${cure}`);
  }
  const cure = 'check the OIDC provider (issuer, thumbprint, audience sts.amazonaws.com) in its account';
  return fail(
    'CredentialsInvalid',
    store,
    `AWS STS does not take the token of the ServiceAccount for ${role}; ${cure}`,
  );
}
