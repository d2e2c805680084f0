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
  issuer: TokenIssuer,
  trust: ReadonlyMap<string, Trust>,
): Promise<AwsAnswer | undefined> {
  const verdict = await verifyToken(token, issuer, AUDIENCE);
  if ('code' in verdict) return stsError(verdict.code, verdict.message);
  return verdict.subject === trust.get(roleArn)?.subject ? undefined : denied();
}

interface TokenRefusal {
  readonly code: string;
  readonly message: string;
}

/** Who the issuer says that the bearer is; or STS's code and words, where the token is not the issuer's for that audience. */
export async function verifyToken(
  token: string,
  { issuer, fetchKeys }: TokenIssuer,
  audience: string,
): Promise<{ readonly subject: string } | TokenRefusal> {
  const keys = await fetchKeys().catch(() => undefined);
  if (keys === undefined) {
    return { code: 'IDPCommunicationError', message: 'Error communicating with the identity provider' };
  }
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer,
      audience,
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'sub'],
    });
    return { subject: payload.sub ?? '' };
  } catch (error) {
    return refuseToken(error);
  }
}

function refuseToken(error: unknown): TokenRefusal {
  if (error instanceof errors.JWTExpired) {
    const message = 'Token expired: current date/time must be before the expiration date/time';
    return { code: 'ExpiredTokenException', message };
  }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
    return { code: 'InvalidIdentityToken', message: 'Incorrect token audience' };
  }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss') {
    const message = 'No OpenIDConnect provider found in your account for the issuer';
    return { code: 'InvalidIdentityToken', message };
  }
  const message =
    "Couldn't retrieve verification key from your identity provider, " +
    'please reference AssumeRoleWithWebIdentity documentation for requirements';
  return { code: 'InvalidIdentityToken', message };
}
