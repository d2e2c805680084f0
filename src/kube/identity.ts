import type { IdentitySource, ObjectKey, SecretKeyRef } from '../core/ports.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import type { SecretValue } from '../model/secret-value.ts';
import type { ApiAnswer } from './answer.ts';
import type { ApiClient } from './client.ts';
import { objectPath } from './kinds.ts';
import { fieldsOf, textOf } from './object-meta.ts';
import { describeTrouble } from './outcome.ts';
import { refusalOf } from './refusal.ts';
import { readSecretData } from './secrets.ts';

/** The only audience ever asked for: AWS STS's. A token for any other could be used against something else. */
const AUDIENCE = 'sts.amazonaws.com';
const LIFETIME_S = 3600;

interface ServiceAccountToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** What credentials for AWS are made from: tokens of ServiceAccounts, and keys of Secrets. */
export function createIdentitySource(client: ApiClient): IdentitySource {
  return {
    requestToken: (serviceAccount, signal) => requestToken(client, serviceAccount, signal),
    readSecretKey: (ref, signal) => readSecretKey(client, ref, signal),
  };
}

async function requestToken(
  client: ApiClient,
  serviceAccount: ObjectKey,
  signal: AbortSignal,
): Promise<Result<ServiceAccountToken>> {
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [AUDIENCE], expirationSeconds: LIFETIME_S },
  };
  const path = `${objectPath('ServiceAccount', serviceAccount)}/token`;
  const answer = await client.request({ method: 'POST', path, body }, signal);
  const { token, expirationTimestamp } =
    answer.kind === 'said' && answer.status < 300 ? fieldsOf(fieldsOf(answer.body).status) : {};
  const expiresAt = new Date(textOf(expirationTimestamp));
  if (typeof token === 'string' && token !== '' && !Number.isNaN(expiresAt.getTime()))
    return succeed({ token, expiresAt });
  return tokenFailure(answer, serviceAccount);
}

function tokenFailure(answer: ApiAnswer, { namespace, name }: ObjectKey): Result<never> {
  const subject = `ServiceAccount/${name}`;
  const status = answer.kind === 'said' ? answer.status : 0;
  if (status === 404) {
    const detail = `there is no ServiceAccount ${name} in namespace ${namespace}; create it, or name another in the store`;
    return fail('CredentialsInvalid', subject, detail);
  }
  if (status === 403) {
    const grant = `the verb create on serviceaccounts/token in namespace ${namespace}`;
    return fail('CredentialsInvalid', subject, `the operator may not request its tokens; grant the operator ${grant}`);
  }
  if (answer.kind === 'said' && status >= 400 && status < 500 && status !== 401 && status !== 429) {
    return fail('CredentialsInvalid', subject, `the API server gives no token for it: ${refusalOf(answer.body)}`);
  }
  return fail('CredentialsUnavailable', subject, `no token could be requested: ${describeTrouble(answer)}`);
}

async function readSecretKey(client: ApiClient, ref: SecretKeyRef, signal: AbortSignal): Promise<Result<SecretValue>> {
  const { namespace, name, key } = ref;
  const subject = `Secret/${name}`;
  const answer = await client.request({ method: 'GET', path: objectPath('Secret', ref) }, signal);
  const status = answer.kind === 'said' ? answer.status : 0;
  if (status === 404) {
    return fail(
      'CredentialsInvalid',
      subject,
      `there is no Secret ${name} in namespace ${namespace}; create it with the key ${key}`,
    );
  }
  if (status === 403) {
    const grant = `the verb get on secrets in namespace ${namespace}`;
    return fail('CredentialsInvalid', subject, `the operator may not read it; grant the operator ${grant}`);
  }
  if (answer.kind === 'lost' || status !== 200) {
    return fail('CredentialsUnavailable', subject, `it could not be read: ${describeTrouble(answer)}`);
  }
  const value = readSecretData(answer.body).get(key);
  return value !== undefined
    ? succeed(value)
    : fail('CredentialsInvalid', subject, `it has no key ${key}; add the key, or name another in the store`);
}
