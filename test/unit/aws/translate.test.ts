import { describe, expect, it } from 'vitest';
import { memberError, readAwsError } from '../../../src/aws/aws-error.ts';
import { notFound, translate } from '../../../src/aws/translate.ts';
import type { ReadApi } from '../../../src/aws/transport.ts';
import type { Access, ValueRef } from '../../../src/core/ports.ts';
import type { FaultKind } from '../../../src/model/fault.ts';

const role = 'arn:aws:iam::123456789012:role/reader';
const access: Access = {
  store: 'SecretStore/aws',
  region: 'eu-west-1',
  identity: { kind: 'serviceAccount', namespace: 'shop', name: 'reader', uid: 'u', roleArn: role, sessionName: 's' },
};
const keyAccess: Access = {
  ...access,
  identity: {
    kind: 'secret',
    namespace: 'shop',
    accessKeyId: { namespace: 'shop', name: 'aws-key', key: 'id' },
    secretAccessKey: { namespace: 'shop', name: 'aws-key', key: 'secret' },
  },
};
const secret: ValueRef = { service: 'SecretsManager', key: 'prod/db' };
const parameter: ValueRef = { service: 'ParameterStore', key: '/prod/db/password' };

const sdkError = (name: string, message: string, httpStatusCode = 400): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode, requestId: 'b7e8-requestid' } });
const user = 'User: arn:aws:sts::123456789012:assumed-role/reader/keyferry-shop-aws';
const denied = (action: string, resource: string, reason: string): Error =>
  sdkError(
    'AccessDeniedException',
    `${user} is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
  );

interface Case {
  readonly it: string;
  readonly thrown: unknown;
  readonly ref?: ValueRef;
  readonly access?: Access;
  readonly api?: ReadApi;
  readonly kind: FaultKind;
  readonly says: readonly string[];
}

// The wordings are AWS's own, from its documentation and from what users paste into issues.
const cases: readonly Case[] = [
  {
    it: 'a missing secret',
    thrown: sdkError('ResourceNotFoundException', "Secrets Manager can't find the specified secret."),
    kind: 'SecretNotFound',
    says: ['"prod/db"', 'eu-west-1', '123456789012'],
  },
  {
    it: 'a missing staging label',
    thrown: sdkError(
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    ),
    ref: { ...secret, versionStage: 'AWSPENDING' },
    kind: 'VersionNotFound',
    says: ['"AWSPENDING"', '"prod/db"'],
  },
  {
    it: 'a secret without any value',
    thrown: sdkError(
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    ),
    kind: 'VersionNotFound',
    says: ['AWSCURRENT', 'no value yet'],
  },
  {
    it: 'a missing version id',
    thrown: sdkError(
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for VersionId: 11111111-2222-3333-4444-555555555555",
    ),
    ref: { ...secret, versionId: '11111111-2222-3333-4444-555555555555' },
    kind: 'VersionNotFound',
    says: ['11111111-2222-3333-4444-555555555555'],
  },
  {
    it: 'a stage that the version does not bear',
    thrown: sdkError(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    ),
    ref: { ...secret, versionId: 'v' },
    kind: 'VersionNotFound',
    says: ['"v"'],
  },
  {
    it: 'a secret marked for deletion',
    thrown: sdkError(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    ),
    kind: 'MarkedForDeletion',
    says: ['restore-secret'],
  },
  {
    it: 'a denial by no identity-based policy, on a bare name',
    thrown: denied(
      'secretsmanager:GetSecretValue',
      'prod/db',
      'because no identity-based policy allows the secretsmanager:GetSecretValue action',
    ),
    kind: 'AccessDenied',
    says: [
      role,
      'secretsmanager:GetSecretValue',
      'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-??????',
      'no identity-based policy allows it',
      'denied, or not in this account and Region',
    ],
  },
  {
    it: 'a denial of keys whose account is not known',
    thrown: denied('secretsmanager:GetSecretValue', 'prod/db', ''),
    access: keyAccess,
    kind: 'AccessDenied',
    says: ['Secret shop/aws-key', 'arn:aws:secretsmanager:eu-west-1:*:secret:prod/db-??????'],
  },
  {
    it: 'a denial in China, of a partial ARN',
    thrown: denied('secretsmanager:GetSecretValue', '*', 'with an explicit deny in a resource-based policy'),
    access: { ...access, region: 'cn-north-1' },
    ref: { ...secret, key: 'arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:prod/db' },
    kind: 'AccessDenied',
    says: [
      'arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:prod/db-??????',
      "the resource's policy denies it",
    ],
  },
  {
    it: 'a denial by the organisation',
    thrown: denied('secretsmanager:GetSecretValue', '*', 'with an explicit deny in a service control policy'),
    kind: 'AccessDenied',
    says: ['service control policy', 'administrators must act'],
  },
  {
    it: 'a denial of parameters',
    thrown: denied(
      'ssm:GetParameters',
      'arn:aws:ssm:eu-west-1:123456789012:parameter/prod/db/password',
      'because no identity-based policy allows the ssm:GetParameters action',
    ),
    ref: parameter,
    api: 'GetParameters',
    kind: 'AccessDenied',
    says: ['ssm:GetParameters on arn:aws:ssm:eu-west-1:123456789012:parameter/prod/db/password'],
  },
  {
    it: 'KMS denied, in the words of Secrets Manager',
    thrown: sdkError('AccessDeniedException', 'Access to KMS is not allowed'),
    kind: 'DecryptionFailed',
    says: ['kms:Decrypt', 'secretsmanager.eu-west-1.amazonaws.com'],
  },
  {
    it: 'KMS denied, in the words of IAM',
    thrown: denied(
      'kms:Decrypt',
      'arn:aws:kms:eu-west-1:123456789012:key/1',
      'because no resource-based policy allows the kms:Decrypt action',
    ),
    ref: parameter,
    api: 'GetParameters',
    kind: 'DecryptionFailed',
    says: ['kms:Decrypt', 'ssm.eu-west-1.amazonaws.com'],
  },
  {
    it: 'KMS denied, in the words of Parameter Store',
    thrown: sdkError(
      'AccessDeniedException',
      'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    ),
    ref: parameter,
    api: 'GetParameters',
    kind: 'DecryptionFailed',
    says: ['kms:Decrypt'],
  },
  {
    it: 'a disabled key',
    thrown: sdkError('InvalidKeyId', 'arn:aws:kms:eu-west-1:1:key/1 is disabled. (Error Code: DisabledException)'),
    ref: parameter,
    api: 'GetParameters',
    kind: 'DecryptionFailed',
    says: ['disabled'],
  },
  {
    it: 'a secret that its key cannot decrypt',
    thrown: sdkError('DecryptionFailure', "Secrets Manager can't decrypt the secret value"),
    kind: 'DecryptionFailed',
    says: ['KMS key'],
  },
  {
    it: 'the default key across accounts',
    thrown: sdkError(
      'InvalidRequestException',
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    ),
    kind: 'DecryptionFailed',
    says: ['customer managed key'],
  },
  {
    it: 'keys that are gone',
    thrown: sdkError('UnrecognizedClientException', 'The security token included in the request is invalid.'),
    access: keyAccess,
    kind: 'CredentialsInvalid',
    says: ['Secret shop/aws-key', 'UnrecognizedClient'],
  },
  {
    it: 'a wrong secret key',
    thrown: sdkError('InvalidSignatureException', 'The request signature we calculated does not match', 403),
    access: keyAccess,
    kind: 'CredentialsInvalid',
    says: ['check the secret access key'],
  },
  { it: 'a throttle', thrown: sdkError('ThrottlingException', 'Rate exceeded'), kind: 'Throttled', says: ['quota'] },
  { it: 'a 429 without a name', thrown: sdkError('Unknown', '', 429), kind: 'Throttled', says: [] },
  {
    it: 'a 500',
    thrown: sdkError('InternalServiceError', 'An internal error occurred.', 500),
    kind: 'SourceUnavailable',
    says: ['not available', 'InternalServiceError'],
  },
  {
    it: 'a refused connection',
    thrown: Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), { code: 'ECONNREFUSED' }),
    kind: 'SourceUnavailable',
    says: ['cannot be reached, or did not answer in time'],
  },
  {
    it: 'a page of HTML',
    thrown: Object.assign(new SyntaxError(`Unexpected token '<', "<html>..." is not valid JSON`), { $metadata: {} }),
    kind: 'SourceUnavailable',
    says: ['as AWS does'],
  },
  { it: 'something that is no error', thrown: undefined, kind: 'SourceUnavailable', says: [] },
  {
    it: 'a name AWS does not take',
    thrown: sdkError('ValidationException', 'Invalid name. Must be a valid name containing alphanumeric characters'),
    kind: 'SecretNotFound',
    says: ['no valid secret name'],
  },
  {
    it: 'an error nobody has heard of, whose name is fit to print',
    thrown: sdkError('WeatherException', 'Rain at 12:00, request id 42'),
    kind: 'SourceUnavailable',
    says: ['(Weather)'],
  },
  {
    it: 'an error nobody has heard of, whose name is not',
    thrown: sdkError('<script>', 'boo'),
    kind: 'SourceUnavailable',
    says: ['refused GetSecretValue'],
  },
  {
    it: 'a version that Parameter Store lacks',
    thrown: sdkError('ParameterVersionNotFound', 'Systems Manager could not find version 9 of /prod/db/password.'),
    ref: { ...parameter, version: 9 },
    api: 'GetParameters',
    kind: 'VersionNotFound',
    says: ['version 9'],
  },
];

describe('translate', () => {
  for (const { thrown, ref = secret, access: where = access, api = 'GetSecretValue', kind, says, it: name } of cases) {
    it(`names ${name}`, () => {
      const fault = translate(api, readAwsError(thrown), ref, where);
      expect(fault).toMatchObject({ kind, subject: ref.key });
      for (const words of says) expect(fault.detail).toContain(words);
    });
  }

  it("never passes AWS's own words on", () => {
    for (const { thrown, ref = secret, access: where = access, api = 'GetSecretValue' } of cases) {
      const { detail } = translate(api, readAwsError(thrown), ref, where);
      const message = thrown instanceof Error ? thrown.message : '';
      if (message !== '') expect(detail).not.toContain(message);
      expect(detail).not.toMatch(/requestid|assumed-role|12:00|<|\.$/);
    }
  });

  it('reads an entry of a batch like an error of its own', () => {
    const error = memberError('AccessDeniedException', 'because no resource-based policy allows the action');
    expect(translate('GetSecretValue', error, secret, access).kind).toBe('AccessDenied');
  });

  it('tells a parameter that is not there from a version that is not there', () => {
    expect(notFound(parameter, access).kind).toBe('ParameterNotFound');
    expect(notFound({ ...parameter, label: 'gold' }, access)).toMatchObject({
      kind: 'VersionNotFound',
      detail: expect.stringContaining('"gold"'),
    });
  });

  it('says that an ARN of another Region is one', () => {
    const key = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf';
    const error = readAwsError(sdkError('ResourceNotFoundException', "can't find the specified secret"));
    expect(translate('GetSecretValue', error, { ...secret, key }, access).detail).toContain('us-east-1');
  });
});
