import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { type AwsAnswer, stsError } from './aws-errors.ts';

/** Who may assume a role: the one subject in its trust policy. */
export interface Trust {
  readonly subject: string;
}

export interface TokenIssuer {
  readonly issuer: string;
  /** The API server's keys as it publishes them, fetched anew for each token: a restarted server may have others. */
  fetchKeys(): Promise<JSONWebKeySet>;
}

const AUDIENCE = 'sts.amazonaws.com';
const denied = (): AwsAnswer =>
  stsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);

/** Whom a token says that it is for; none when it is no token. */
export function audiencesOf(token: string): readonly string[] {
  try {
    return [decodeJwt(token).aud ?? []].flat();
  } catch {
    return [];
  }
}

/** Judges a web identity token as STS does. Undefined when the role may be assumed with it, else STS's answer. */
export async function judgeToken(
  token: string,
  roleArn: string,
  { issuer, fetchKeys }: TokenIssuer,
  trust: ReadonlyMap<string, Trust>,
): Promise<AwsAnswer | undefined> {
  const keys = await fetchKeys().catch(() => undefined);
  if (keys === undefined) return stsError('IDPCommunicationError', 'Error communicating with the identity provider');
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer,
      audience: AUDIENCE,
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'sub'],
    });
    return payload.sub === trust.get(roleArn)?.subject ? undefined : denied();
  } catch (error) {
    return refuseToken(error);
  }
}

function refuseToken(error: unknown): AwsAnswer {
  if (error instanceof errors.JWTExpired) {
    return stsError(
      'ExpiredTokenException',
      'Token expired: current date/time must be before the expiration date/time',
    );
  }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
    return stsError('InvalidIdentityToken', 'Incorrect token audience');
  }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss') {
    return stsError('InvalidIdentityToken', 'No OpenIDConnect provider found in your account for the issuer');
  }
  return stsError(
    'InvalidIdentityToken',
    "Couldn't retrieve verification key from your identity provider, " +
      'please reference AssumeRoleWithWebIdentity documentation for requirements',
  );
}
