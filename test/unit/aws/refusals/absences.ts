import { ABROAD, foreignSecret, HOME, parameter, type RefusalCase, sdkError, secret } from './case.ts';

const noValueFor = (what: string): Error =>
  sdkError('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${what}`);
const id = '11111111-2222-3333-4444-555555555555';
const elsewhere = `arn:aws:secretsmanager:us-east-1:${HOME}:secret:shop/db-AbCdEf`;

/** What is not there, or about to go. */
export const absences: readonly RefusalCase[] = [
  {
    it: 'a missing secret',
    thrown: sdkError('ResourceNotFoundException', "Secrets Manager can't find the specified secret."),
    cause: 'secret-not-found',
    kind: 'SecretNotFound',
    says: [`there is no secret "shop/db" in eu-west-1 of account ${HOME}`, 'check the name'],
  },
  {
    it: 'a missing parameter, without a text',
    thrown: sdkError('ParameterNotFound', 'UnknownError'),
    ref: parameter,
    api: 'GetParameters',
    cause: 'parameter-not-found',
    kind: 'ParameterNotFound',
    says: ['there is no parameter "/shop/db/password"'],
  },
  {
    it: 'a secret of another account that is not there, or was made again',
    thrown: sdkError('ResourceNotFoundException', "Secrets Manager can't find the specified secret."),
    ref: foreignSecret,
    cause: 'secret-not-found',
    kind: 'SecretNotFound',
    says: [`in eu-west-1 of account ${ABROAD}; check the ARN, also the six characters at its end`],
  },
  {
    it: 'an ARN of another Region',
    thrown: sdkError('ResourceNotFoundException', "Secrets Manager can't find the specified secret."),
    ref: { ...secret, key: elsewhere },
    cause: 'other-region',
    kind: 'SecretNotFound',
    says: ['the ARN is of us-east-1, so a store of that Region must read it'],
  },
  {
    it: 'a missing staging label',
    thrown: noValueFor('staging label: AWSPENDING'),
    ref: { ...secret, versionStage: 'AWSPENDING' },
    cause: 'version-not-found',
    kind: 'VersionNotFound',
    says: [
      'the secret "shop/db" has no version with staging label "AWSPENDING"',
      'aws secretsmanager list-secret-version-ids --secret-id shop/db --region eu-west-1',
    ],
  },
  {
    it: 'a missing version id',
    thrown: noValueFor(`VersionId: ${id}`),
    ref: { ...secret, versionId: id },
    cause: 'version-not-found',
    kind: 'VersionNotFound',
    says: [`version with id "${id}"`],
  },
  {
    it: 'a stage that the version does not bear',
    thrown: sdkError(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    ),
    ref: { ...secret, versionId: id },
    cause: 'version-not-found',
    kind: 'VersionNotFound',
    says: [`"${id}"`],
  },
  {
    it: 'a version that a parameter lacks',
    thrown: sdkError('ParameterVersionNotFound', 'Systems Manager could not find version 9 of /shop/db/password.'),
    ref: { ...parameter, version: 9 },
    api: 'GetParameters',
    cause: 'version-not-found',
    kind: 'VersionNotFound',
    says: [
      'there is no parameter "/shop/db/password" with version 9',
      'aws ssm get-parameter-history --name /shop/db/password --region eu-west-1',
    ],
  },
  {
    it: 'a secret without any value',
    thrown: noValueFor('staging label: AWSCURRENT'),
    cause: 'no-value-yet',
    kind: 'VersionNotFound',
    says: ['AWSCURRENT', 'it has no value yet'],
  },
  {
    it: 'a secret that is marked for deletion',
    thrown: sdkError(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    ),
    cause: 'marked-for-deletion',
    kind: 'MarkedForDeletion',
    says: [
      'is scheduled for deletion',
      `account ${HOME} has to act`,
      'aws secretsmanager restore-secret --secret-id shop/db --region eu-west-1',
      'aws secretsmanager describe-secret --secret-id shop/db --region eu-west-1 tells until when',
    ],
  },
  {
    it: 'a secret that is marked for deletion, whose name needs quotes in a shell',
    thrown: sdkError(
      'InvalidRequestException',
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    ),
    ref: { ...secret, key: "shop's $db" },
    cause: 'marked-for-deletion',
    kind: 'MarkedForDeletion',
    says: [`restore-secret --secret-id 'shop'\\''s $db' --region`],
  },
  {
    it: 'a name that AWS does not take',
    thrown: sdkError('ValidationException', 'Invalid name. Must be a valid name containing alphanumeric characters'),
    cause: 'invalid-name',
    kind: 'SecretNotFound',
    says: ['Secrets Manager takes "shop/db" for no valid secret name'],
  },
];
