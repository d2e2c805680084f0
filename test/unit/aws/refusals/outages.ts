import { deadlineError } from '../../../../src/aws/aws-error.ts';
import { access, HOME, keyAccess, parameter, type RefusalCase, sdkError } from './case.ts';

const seconds = '20261121T131002Z is now earlier than 20261121T131502Z (20261121T132002Z - 5 min.)';

/** Credentials that AWS does not take. */
const credentials: readonly RefusalCase[] = [
  {
    it: 'keys that are gone',
    thrown: sdkError('UnrecognizedClientException', 'The security token included in the request is invalid.'),
    access: keyAccess,
    cause: 'keys-unknown',
    kind: 'CredentialsInvalid',
    says: ['the access key in Secret shop/aws-key (UnrecognizedClient)', 'still exist and are active', 'eu-west-1'],
  },
  {
    it: 'keys that have expired',
    thrown: sdkError('ExpiredTokenException', 'The security token included in the request is expired'),
    access: keyAccess,
    cause: 'keys-expired',
    kind: 'CredentialsInvalid',
    says: ['they have expired', 'put new ones, with their session token, into that Secret'],
  },
  {
    it: 'a session that has expired',
    thrown: sdkError('ExpiredTokenException', 'The security token included in the request is expired'),
    cause: 'keys-expired',
    kind: 'CredentialsInvalid',
    says: ['they have expired', 'asked for'],
  },
  {
    it: 'a wrong secret key',
    thrown: sdkError(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      403,
    ),
    access: keyAccess,
    cause: 'wrong-signature',
    kind: 'CredentialsInvalid',
    says: ['the signature does not match', 'check the secret access key'],
  },
  {
    it: 'a clock that is late',
    thrown: sdkError('InvalidSignatureException', `Signature expired: ${seconds}`, 403),
    cause: 'clock',
    kind: 'SourceUnavailable',
    says: ["set the clock of the operator's node"],
  },
  {
    it: 'a clock that is early',
    thrown: sdkError('SignatureDoesNotMatch', `Signature not yet current: ${seconds}`, 403),
    cause: 'clock',
    kind: 'SourceUnavailable',
    says: ["set the clock of the operator's node"],
  },
  {
    it: 'a clock that is far off',
    thrown: sdkError(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      403,
    ),
    cause: 'clock',
    kind: 'SourceUnavailable',
    says: ['minutes off'],
  },
  {
    it: 'a Region that is off',
    thrown: sdkError('RegionDisabledException', 'The requested Region is not enabled for this account.', 403),
    cause: 'region-disabled',
    kind: 'CredentialsInvalid',
    says: [
      `account ${HOME} has not enabled the Region eu-west-1`,
      `aws account enable-region --region-name eu-west-1 --account-id ${HOME}`,
    ],
  },
];

/** Too much is asked. */
const throttles: readonly RefusalCase[] = [
  {
    it: 'a throttle of Secrets Manager',
    thrown: sdkError('ThrottlingException', 'Rate exceeded'),
    cause: 'secrets-manager-throttled',
    kind: 'Throttled',
    says: [
      `AWS throttles Secrets Manager in eu-west-1 of account ${HOME}; the account's quota is used up for now`,
      'aws service-quotas list-service-quotas --service-code secretsmanager --region eu-west-1',
    ],
  },
  {
    it: 'a 429 without a name',
    thrown: sdkError('Unknown', '', 429),
    cause: 'secrets-manager-throttled',
    kind: 'Throttled',
    says: ['quota'],
  },
  {
    it: 'a throttle of Parameter Store',
    thrown: sdkError('ThrottlingException', 'Rate exceeded'),
    ref: parameter,
    api: 'GetParameters',
    cause: 'parameter-store-throttled',
    kind: 'Throttled',
    says: [
      'those of other programs too',
      `aws ssm update-service-setting --setting-id arn:aws:ssm:eu-west-1:${HOME}:servicesetting/ssm/parameter-store/high-throughput-enabled --setting-value true`,
    ],
  },
  {
    it: 'a throttle of KMS in the text of another error',
    thrown: sdkError(
      'InternalServiceError',
      'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls. (Service: AWSKMS; Status Code: 400; Error Code: ThrottlingException; Request ID: 7b6ae355-c99a-4cad-b2c3-4b40c0abdda9)',
    ),
    cause: 'kms-throttled',
    kind: 'Throttled',
    says: ['that of KMS', '--service-code kms'],
  },
  {
    it: 'a throttle of KMS by another text',
    thrown: sdkError(
      'InvalidKeyId',
      'Rate exceeded (Service: AWSKMS; Status Code: 400; Error Code: ThrottlingException)',
    ),
    ref: parameter,
    api: 'GetParameters',
    cause: 'kms-throttled',
    kind: 'Throttled',
    says: ['Parameter Store', 'that of KMS'],
  },
  {
    it: 'no turn within the time',
    error: deadlineError('QuotaWait'),
    cause: 'no-turn',
    kind: 'Throttled',
    says: ['got no turn within 30 s', '--aws-rate'],
  },
  {
    it: 'no turn under the limit of the store',
    error: deadlineError('StoreWait'),
    access: { ...access, requestsPerSecond: 5 },
    cause: 'store-limit',
    kind: 'Throttled',
    says: ['got no turn within 30 s', 'spec.limits.requestsPerSecond of 5'],
  },
];

/** No answer, or none that says anything. */
const silences: readonly RefusalCase[] = [
  {
    it: 'a 500',
    thrown: sdkError('InternalServiceError', 'An internal error occurred.', 500),
    cause: 'unavailable',
    kind: 'SourceUnavailable',
    says: ['Secrets Manager in eu-west-1 is not available (InternalServiceError)'],
  },
  {
    it: 'a refused connection',
    thrown: Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), { code: 'ECONNREFUSED' }),
    cause: 'unreachable',
    kind: 'SourceUnavailable',
    says: ['cannot be reached, or did not answer in time'],
  },
  {
    it: 'our own deadline',
    error: deadlineError('Deadline'),
    cause: 'unreachable',
    kind: 'SourceUnavailable',
    says: ['cannot be reached, or did not answer in time'],
  },
  {
    it: 'a page of HTML',
    thrown: Object.assign(new SyntaxError(`Unexpected token '<', "<html>..." is not valid JSON`), { $metadata: {} }),
    cause: 'not-aws',
    kind: 'SourceUnavailable',
    says: ['did not answer as AWS does'],
  },
  { it: 'something that is no error', cause: 'not-aws', kind: 'SourceUnavailable', says: [] },
  {
    it: 'an error nobody has heard of, whose code is fit to print',
    thrown: sdkError('WeatherException', 'Rain at 12:00, request id 42'),
    cause: 'refused',
    kind: 'SourceUnavailable',
    says: ['Secrets Manager in eu-west-1 refused to read "shop/db" (Weather)'],
  },
  {
    it: 'an error nobody has heard of, whose code is not',
    thrown: sdkError('<script>', 'boo'),
    cause: 'refused',
    kind: 'SourceUnavailable',
    says: ['refused to read "shop/db", for a reason'],
  },
];

export const outages: readonly RefusalCase[] = [...credentials, ...throttles, ...silences];
