import { HOME, type RefusalCase, role, sdkError } from './case.ts';

const claims = {
  iss: 'https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE',
  sub: 'system:serviceaccount:shop:reader',
  aud: ['sts.amazonaws.com'],
};
const part = (value: object | string): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token as the TokenRequest API gives it; what is after the second dot must never be told. */
export const token = `${part({ alg: 'RS256' })}.${part({ ...claims, exp: 1_800_000_000 })}.c2lnbmF0dXJlLWNhbmFyeQ`;

const host = claims.iss.replace('https://', '');
const provider = `arn:aws:iam::${HOME}:oidc-provider/${host}`;
const trust = `{"Effect":"Allow","Principal":{"Federated":"${provider}"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"${host}:sub":"${claims.sub}","${host}:aud":"sts.amazonaws.com"}}}`;
const invalid = (message: string): Error => sdkError('InvalidIdentityTokenException', message);
const withToken = 'sts:AssumeRoleWithWebIdentity';

/** Refusals of AssumeRoleWithWebIdentity. */
export const tokens: readonly RefusalCase[] = [
  {
    it: 'a trust policy that does not fit',
    thrown: sdkError('AccessDenied', `Not authorized to perform ${withToken}`, 403),
    cause: 'trust-policy',
    kind: 'AssumeRoleDenied',
    says: [
      `AWS STS denied ${withToken} on ${role}`,
      `the token that was sent has issuer ${claims.iss}, subject ${claims.sub}, audience sts.amazonaws.com`,
      `account ${HOME} has to act: add ${trust} to the role's trust policy`,
    ],
  },
  {
    it: 'a role without sts:TagSession',
    thrown: sdkError(
      'AccessDenied',
      `User: arn:aws:sts::${HOME}:assumed-role/runner/token-file-web-identity is not authorized to perform: sts:TagSession on resource: ${role}`,
      403,
    ),
    cause: 'tag-session',
    kind: 'AssumeRoleDenied',
    says: ['may not sts:TagSession', `account ${HOME} has to act: allow sts:TagSession`],
  },
  {
    it: 'a service control policy over STS',
    thrown: sdkError(
      'AccessDenied',
      `User: x is not authorized to perform: ${withToken} on resource: ${role} with an explicit deny in a service control policy`,
      403,
    ),
    cause: 'sts-other-policy',
    kind: 'AssumeRoleDenied',
    says: [role, 'a service control policy stands in the way'],
  },
  {
    it: 'an endpoint policy of STS',
    thrown: sdkError(
      'AccessDenied',
      `is not authorized because no VPC endpoint policy allows the ${withToken} action`,
      403,
    ),
    cause: 'sts-other-policy',
    kind: 'AssumeRoleDenied',
    says: ['the policy of the VPC endpoint of STS stands in the way'],
  },
  {
    it: 'a resource control policy over STS',
    thrown: sdkError('AccessDenied', `${withToken} with an explicit deny in a resource control policy`, 403),
    cause: 'sts-other-policy',
    kind: 'AssumeRoleDenied',
    says: ['a resource control policy stands in the way'],
  },
  {
    it: 'no OIDC provider',
    thrown: invalid(`No OpenIDConnect provider found in your account for ${claims.iss}`),
    cause: 'no-oidc-provider',
    kind: 'CredentialsInvalid',
    says: [
      `the account of ${role} has no OIDC provider for the issuer ${claims.iss}`,
      `account ${HOME} has to act: aws iam create-open-id-connect-provider --url ${claims.iss} --client-id-list sts.amazonaws.com`,
    ],
  },
  {
    it: 'a provider that does not take the audience',
    thrown: invalid('Incorrect token audience'),
    cause: 'wrong-audience',
    kind: 'CredentialsInvalid',
    says: [
      `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${provider} --client-id sts.amazonaws.com`,
    ],
  },
  {
    it: 'a thumbprint that is not that of the issuer',
    thrown: invalid("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"),
    cause: 'wrong-thumbprint',
    kind: 'CredentialsInvalid',
    says: ['aws iam update-open-id-connect-provider-thumbprint', provider],
  },
  {
    it: 'keys of the issuer that AWS cannot fetch',
    thrown: invalid(
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    ),
    cause: 'issuer-unreachable',
    kind: 'CredentialsUnavailable',
    says: [claims.iss, 'reachable from the internet'],
  },
  {
    it: 'an issuer that AWS cannot reach',
    thrown: sdkError('IDPCommunicationErrorException', 'The identity provider could not be reached'),
    cause: 'issuer-unreachable',
    kind: 'CredentialsUnavailable',
    says: [claims.iss],
  },
  {
    it: 'a token that came too late',
    thrown: sdkError(
      'ExpiredTokenException',
      'Token expired: current date/time 1800000001 must be before the expiration date/time 1800000000',
    ),
    cause: 'token-expired',
    kind: 'CredentialsUnavailable',
    says: ['ServiceAccount shop/reader', 'after it had expired'],
  },
  {
    it: 'a token that AWS does not take for another reason',
    thrown: invalid('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)'),
    cause: 'token-refused',
    kind: 'CredentialsInvalid',
    says: ['does not take the token of ServiceAccount shop/reader', claims.sub, 'aws iam get-open-id-connect-provider'],
  },
  {
    it: 'a role that is no ARN',
    thrown: sdkError('ValidationError', 'Request ARN is invalid'),
    cause: 'invalid-role',
    kind: 'CredentialsInvalid',
    says: [`takes "${role}" for no role ARN`],
  },
  {
    it: 'an STS that is not activated in the Region',
    thrown: sdkError(
      'RegionDisabledException',
      `STS is not activated in this region for account:${HOME}. Your account administrator can activate STS in this region using the IAM Console.`,
      403,
    ),
    cause: 'sts-region-disabled',
    kind: 'CredentialsInvalid',
    says: ['AWS STS in eu-west-1 is not activated', role],
  },
  {
    it: 'a clock that is far off',
    thrown: sdkError(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      403,
    ),
    cause: 'clock',
    kind: 'CredentialsUnavailable',
    says: ['set the clock'],
  },
  {
    it: 'a throttle of STS',
    thrown: sdkError('Throttling', 'Rate exceeded'),
    cause: 'sts-throttled',
    kind: 'Throttled',
    says: ['AWS STS in eu-west-1 throttles its callers'],
  },
  {
    it: 'an STS that is down',
    thrown: sdkError('InternalFailure', 'An internal error occurred.', 500),
    cause: 'sts-unavailable',
    kind: 'CredentialsUnavailable',
    says: ['AWS STS in eu-west-1 cannot be reached'],
  },
  {
    it: 'an error of STS that nobody has heard of',
    thrown: sdkError('WeatherException', 'Rain at 12:00'),
    cause: 'sts-refused',
    kind: 'CredentialsInvalid',
    says: [`refused to assume ${role} (Weather)`],
  },
];
