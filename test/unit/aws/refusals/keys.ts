import {
  ABROAD,
  access,
  because,
  byDeny,
  foreignSecret,
  HOME,
  iamDenial,
  KEY_ARN,
  parameter,
  type RefusalCase,
  role,
  sdkError,
} from './case.ts';

const kind = 'DecryptionFailed';
const ciphertext =
  'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.';
const ofKms = (code: string): string =>
  `(Service: AWSKMS; Status Code: 400; Error Code: ${code}; Request ID: 7b6ae355-c99a-4cad-b2c3-4b40c0abdda9; Proxy: null)`;
const decrypt = 'kms:Decrypt';
const inKey = `add {"Effect":"Allow","Principal":{"AWS":"${role}"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"secretsmanager.eu-west-1.amazonaws.com"}}} to the key's policy`;
const foreignKey = KEY_ARN.replace(HOME, ABROAD);

/** The KMS key of a value: its policy, its state. */
export const keys: readonly RefusalCase[] = [
  {
    it: 'the words of Secrets Manager for any denial of KMS',
    thrown: sdkError('AccessDeniedException', 'Access to KMS is not allowed'),
    cause: 'key-not-allowed',
    kind,
    says: [
      `${role} may not kms:Decrypt with the KMS key of the secret "shop/db"`,
      'AWS gives no reason',
      `account ${HOME} has to act`,
      inKey,
      '"Resource":"KEY_ARN"',
    ],
    saysNot: ['secretsmanager:GetSecretValue'],
  },
  {
    it: 'the words of Parameter Store for a key that is not allowed or not there',
    thrown: sdkError('AccessDeniedException', `${ciphertext} ${ofKms('AccessDeniedException')}`),
    ref: parameter,
    api: 'GetParameters',
    cause: 'key-not-allowed',
    kind,
    says: ['the KMS key of the parameter "/shop/db/password"', '"kms:ViaService":"ssm.eu-west-1.amazonaws.com"'],
  },
  {
    it: 'a denial of KMS inside a failure to decrypt',
    thrown: sdkError(
      'DecryptionFailure',
      `Secrets Manager can't decrypt the secret value: ${ciphertext} ${ofKms('AccessDeniedException')}`,
    ),
    cause: 'key-not-allowed',
    kind,
    says: ['may not kms:Decrypt'],
  },
  {
    it: 'no identity-based policy for a key whose policy leaves it to IAM, in another partition',
    thrown: iamDenial(decrypt, KEY_ARN, because('identity-based policy', decrypt)),
    access: { ...access, region: 'cn-north-1' },
    cause: 'key-no-identity-policy',
    kind,
    says: [
      `with the KMS key ${KEY_ARN} of the secret`,
      `account ${HOME} has to act`,
      `"Resource":"${KEY_ARN}","Condition":{"StringLike":{"kms:ViaService":"secretsmanager.cn-north-1.*"}}} to the identity's policy`,
    ],
  },
  {
    it: 'no identity-based policy for a key that is only known by its ciphertext',
    thrown: sdkError(
      'AccessDeniedException',
      `User: arn:aws:sts::${HOME}:assumed-role/shop-reader/x is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action`,
    ),
    ref: parameter,
    api: 'GetParameters',
    cause: 'key-no-identity-policy',
    kind,
    says: ['"Resource":"KEY_ARN"'],
  },
  {
    it: 'the key of a secret that is read over the bridge',
    thrown: iamDenial(decrypt, KEY_ARN, because('resource-based policy', decrypt)),
    ref: { service: 'ParameterStore', key: '/aws/reference/secretsmanager/shop/db' },
    api: 'GetParameters',
    cause: 'key-no-key-policy',
    kind,
    says: ['"kms:ViaService":"secretsmanager.eu-west-1.amazonaws.com"'],
  },
  {
    it: "no allowance in the key's policy",
    thrown: iamDenial(decrypt, KEY_ARN, because('resource-based policy', decrypt)),
    cause: 'key-no-key-policy',
    kind,
    says: ["the key's policy does not allow it", `account ${HOME} has to act: ${inKey}`],
  },
  {
    it: 'a key that is not there, not shared or denied, all in one text',
    thrown: sdkError(
      'AccessDeniedException',
      `User: arn:aws:sts::${HOME}:assumed-role/shop-reader/x is not authorized to perform: kms:Decrypt on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access ${ofKms('AccessDeniedException')}`,
    ),
    cause: 'key-no-key-policy',
    kind,
    says: ["the key's policy does not allow it"],
  },
  {
    it: "an explicit deny in the key's policy",
    thrown: iamDenial(decrypt, KEY_ARN, byDeny('a resource-based policy')),
    cause: 'key-denied',
    kind,
    says: ["the key's policy denies it explicitly", `account ${HOME} has to act: take the deny away`],
  },
  {
    it: 'an explicit deny of the key in a service control policy',
    thrown: iamDenial(decrypt, KEY_ARN, byDeny('a service control policy')),
    cause: 'key-denied',
    kind,
    says: ['a policy above the grants denies it explicitly'],
  },
  {
    it: 'the third grant for a secret of another account',
    thrown: sdkError('AccessDeniedException', 'Access to KMS is not allowed'),
    ref: foreignSecret,
    cause: 'cross-account-key',
    kind,
    says: [
      'the third of the three grants that a secret of another account takes',
      `account ${ABROAD} has to act: ${inKey}`,
      `and account ${HOME}: add`,
    ],
  },
  {
    it: "the third grant, where the text tells the key's account",
    thrown: iamDenial(decrypt, foreignKey, because('resource-based policy', decrypt)),
    ref: foreignSecret,
    cause: 'cross-account-key',
    kind,
    says: [`account ${ABROAD} has to act`, `"Resource":"${foreignKey}"`],
  },
  {
    it: 'the default key, which cannot be shared',
    thrown: sdkError(
      'InvalidRequestException',
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    ),
    ref: foreignSecret,
    cause: 'default-key-across-accounts',
    kind,
    says: ['encrypted with the default key', `account ${ABROAD} has to act: encrypt it with a customer managed key`],
  },
  {
    it: 'a disabled key, in the words of Secrets Manager',
    thrown: sdkError(
      'DecryptionFailure',
      `Secrets Manager can't decrypt the secret value: ${KEY_ARN} is disabled. ${ofKms('DisabledException')}`,
    ),
    cause: 'key-disabled',
    kind,
    says: [
      `${KEY_ARN} of the secret "shop/db" is disabled`,
      `aws kms enable-key --key-id ${KEY_ARN} --region eu-west-1`,
    ],
  },
  {
    it: 'a disabled key, in the words of Parameter Store',
    thrown: sdkError('InvalidKeyId', `${KEY_ARN} is disabled. ${ofKms('DisabledException')}`),
    ref: parameter,
    api: 'GetParameters',
    cause: 'key-disabled',
    kind,
    says: ['of the parameter "/shop/db/password" is disabled'],
  },
  {
    it: 'a key that is to be deleted',
    thrown: sdkError('DecryptionFailure', `${KEY_ARN} is pending deletion. ${ofKms('KMSInvalidStateException')}`),
    cause: 'key-pending-deletion',
    kind,
    says: ['about to be deleted', `aws kms cancel-key-deletion --key-id ${KEY_ARN}`, 'aws kms enable-key'],
  },
  {
    it: 'a key that is gone',
    thrown: sdkError('InvalidKeyId', `Key '${KEY_ARN}' does not exist ${ofKms('NotFoundException')}`),
    ref: parameter,
    api: 'GetParameters',
    cause: 'key-unusable',
    kind,
    says: ['cannot decrypt it', `aws kms describe-key --key-id ${KEY_ARN}`],
  },
  {
    it: 'a value that its key cannot decrypt, without a key',
    thrown: sdkError(
      'DecryptionFailureException',
      "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
    ),
    cause: 'key-unusable',
    kind,
    says: ['aws kms describe-key --key-id KEY_ARN'],
  },
];
