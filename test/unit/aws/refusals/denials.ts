import {
  ABROAD,
  access,
  because,
  byDeny,
  foreignParameter,
  foreignSecret,
  HOME,
  iamDenial,
  keyAccess,
  parameter,
  type RefusalCase,
  read,
  role,
  sdkError,
  secret,
} from './case.ts';

const arn = `arn:aws:secretsmanager:eu-west-1:${HOME}:secret:shop/db-??????`;
const statement = `{"Effect":"Allow","Action":"${read}","Resource":"${arn}"}`;
const kind = 'AccessDenied';
const plural = 'ssm:GetParameters';

/** Policies of the reader's own account, and what stands above them. */
const atHome: readonly RefusalCase[] = [
  {
    it: 'no identity-based policy, for a bare name',
    thrown: iamDenial(read, 'shop/db', because('identity-based policy')),
    cause: 'no-identity-policy',
    kind,
    says: [
      `${role} may not ${read} on ${arn}`,
      'no identity-based policy allows it (denied, or not in this account and Region)',
      `account ${HOME} has to act: add ${statement} to the identity's policy`,
    ],
  },
  {
    it: 'no identity-based policy, for an ARN of the own account',
    thrown: iamDenial(
      read,
      `arn:aws:secretsmanager:eu-west-1:${HOME}:secret:shop/db-AbCdEf`,
      because('identity-based policy'),
    ),
    ref: { ...secret, key: `arn:aws:secretsmanager:eu-west-1:${HOME}:secret:shop/db-AbCdEf` },
    cause: 'no-identity-policy',
    kind,
    says: [`"Resource":"arn:aws:secretsmanager:eu-west-1:${HOME}:secret:shop/db-AbCdEf"`],
    saysNot: ['not in this account'],
  },
  {
    it: 'no identity-based policy, for access keys whose account only the text tells',
    thrown: iamDenial(read, 'shop/db', because('identity-based policy'), `arn:aws:iam::${ABROAD}:user/ci`),
    access: keyAccess,
    cause: 'no-identity-policy',
    kind,
    says: [
      'the access key in Secret shop/aws-key may not',
      `account ${ABROAD} has to act`,
      `arn:aws:secretsmanager:eu-west-1:${ABROAD}:secret:shop/db-??????`,
    ],
    saysNot: ['user/ci'],
  },
  {
    it: 'no identity-based policy, for access keys of an account that nobody tells',
    thrown: sdkError('AccessDeniedException', `User is not authorized ${because('identity-based policy')}`),
    access: keyAccess,
    cause: 'no-identity-policy',
    kind,
    says: [
      'the account of the access key in Secret shop/aws-key has to act',
      'arn:aws:secretsmanager:eu-west-1:*:secret:shop/db-??????',
    ],
  },
  {
    it: 'no identity-based policy, for parameters: the singular action does not suffice',
    thrown: iamDenial(
      plural,
      `arn:aws:ssm:eu-west-1:${HOME}:parameter/shop/db/password`,
      because('identity-based policy', plural),
    ),
    ref: parameter,
    api: 'GetParameters',
    cause: 'no-identity-policy',
    kind,
    says: [
      `${plural} on arn:aws:ssm:eu-west-1:${HOME}:parameter/shop/db/password`,
      `"Action":"${plural}"`,
      'ssm:GetParameter is another action and does not suffice',
    ],
  },
  {
    it: 'no identity-based policy, for a secret that is read over the bridge',
    thrown: iamDenial(read, 'shop/db', because('identity-based policy')),
    ref: { service: 'ParameterStore', key: '/aws/reference/secretsmanager/shop/db' },
    api: 'GetParameters',
    cause: 'no-identity-policy',
    kind,
    says: [`${role} may not ${read} on ${arn}`, statement],
    saysNot: ['ssm:GetParameter '],
  },
  {
    it: 'an explicit deny in an identity-based policy',
    thrown: iamDenial(read, 'shop/db', byDeny('an identity-based policy')),
    cause: 'identity-policy-denies',
    kind,
    says: ['an identity-based policy denies it explicitly', `account ${HOME} has to act: take the deny away`],
    saysNot: ['"Effect":"Allow"'],
  },
  {
    it: 'an explicit deny in an identity-based policy whose ARN is behind it',
    thrown: iamDenial(
      read,
      'shop/db',
      `${byDeny('an identity-based policy')}: arn:aws:iam::${HOME}:policy/guard-session-policy`,
    ),
    cause: 'identity-policy-denies',
    kind,
    says: ['an identity-based policy denies it explicitly'],
  },
  {
    it: 'no resource-based policy, without a resource',
    thrown: iamDenial(read, '', because('resource-based policy')),
    cause: 'no-resource-policy',
    kind,
    says: [
      'no resource-based policy allows it',
      `"Principal":{"AWS":"${role}"}`,
      "to the secret's resource policy",
      `account ${HOME}`,
    ],
  },
  {
    it: 'an explicit deny in a resource-based policy, in China',
    thrown: iamDenial(read, `arn:aws-cn:secretsmanager:cn-north-1:${HOME}:secret:*`, byDeny('a resource-based policy')),
    access: { ...access, region: 'cn-north-1' },
    ref: { ...secret, key: `arn:aws-cn:secretsmanager:cn-north-1:${HOME}:secret:shop/db` },
    cause: 'resource-policy-denies',
    kind,
    says: [
      `arn:aws-cn:secretsmanager:cn-north-1:${HOME}:secret:shop/db-??????`,
      "the resource's policy denies it explicitly",
      'take the deny away',
    ],
  },
  {
    it: 'no VPC endpoint policy',
    thrown: iamDenial(read, 'shop/db', because('VPC endpoint policy')),
    cause: 'no-endpoint-policy',
    kind,
    says: ['no VPC endpoint policy allows it', "the account of the cluster's VPC has to act", statement],
  },
  {
    it: 'an explicit deny in a VPC endpoint policy',
    thrown: iamDenial(read, 'shop/db', byDeny('a VPC endpoint policy')),
    cause: 'endpoint-policy-denies',
    kind,
    says: ['the VPC endpoint policy denies it explicitly', "the account of the cluster's VPC has to act"],
  },
  {
    it: 'no service control policy',
    thrown: iamDenial(read, '', because('service control policy')),
    cause: 'no-service-control-policy',
    kind,
    says: ['no service control policy allows it', `whoever manages the organisation of account ${HOME} has to act`],
  },
  {
    it: 'an explicit deny in a service control policy',
    thrown: iamDenial(read, 'shop/db', byDeny('a service control policy')),
    cause: 'service-control-policy-denies',
    kind,
    says: ['a service control policy denies it explicitly', `the organisation of account ${HOME}`],
  },
  {
    it: 'an explicit deny that reaches an endpoint policy through a service control policy',
    thrown: iamDenial(read, 'shop/db', byDeny('a VPC endpoint policy transitively through a service control policy')),
    cause: 'service-control-policy-denies',
    kind,
    says: ['a service control policy denies it explicitly'],
  },
  {
    it: 'no resource control policy',
    thrown: iamDenial(read, 'shop/db', because('resource control policy')),
    cause: 'no-resource-control-policy',
    kind,
    says: ['no resource control policy allows it', 'whoever manages the organisation'],
  },
  {
    it: "an explicit deny in a resource control policy of the owner's organisation",
    thrown: iamDenial(read, `arn:aws:secretsmanager:eu-west-1:${ABROAD}:secret:*`, byDeny('a resource control policy')),
    ref: foreignSecret,
    cause: 'resource-control-policy-denies',
    kind,
    says: ['a resource control policy denies it explicitly', `the organisation of account ${ABROAD} has to act`],
  },
  {
    it: 'no permissions boundary',
    thrown: iamDenial(read, 'shop/db', because('permissions boundary')),
    cause: 'no-permissions-boundary',
    kind,
    says: ['no permissions boundary allows it', `account ${HOME} has to act: add ${statement} there`],
  },
  {
    it: 'no permissions boundary, where the action is not repeated',
    thrown: iamDenial(read, '', 'because no permissions boundary allows the action'),
    cause: 'no-permissions-boundary',
    kind,
    says: ['no permissions boundary allows it'],
  },
  {
    it: 'an explicit deny in a permissions boundary',
    thrown: iamDenial(read, '', byDeny('a permissions boundary')),
    cause: 'permissions-boundary-denies',
    kind,
    says: ["the identity's permissions boundary denies it explicitly"],
  },
  {
    it: 'no session policy',
    thrown: iamDenial(read, 'shop/db', because('session policy')),
    cause: 'no-session-policy',
    kind,
    says: ['no session policy allows it'],
  },
  {
    it: 'an explicit deny in what one of AWS’s texts calls a sessions policy',
    thrown: iamDenial(read, 'shop/db', byDeny('a sessions policy')),
    cause: 'session-policy-denies',
    kind,
    says: ['a session policy denies it explicitly'],
  },
  {
    it: 'an explicit deny in a policy that is not named',
    thrown: iamDenial(read, 'shop/db', 'with an explicit deny'),
    cause: 'explicit-deny',
    kind,
    says: ['a policy denies it explicitly', `account ${HOME} has to act`],
  },
  {
    it: 'no reason, as older texts have none',
    thrown: iamDenial(plural, `arn:aws:ssm:eu-west-1:${HOME}:parameter/shop/db/password`),
    ref: parameter,
    api: 'GetParameters',
    cause: 'no-reason',
    kind,
    says: [
      `${role} may not ${plural}`,
      'AWS gives no reason',
      `account ${HOME} has to act`,
      `"Action":"${plural}"`,
      'does not suffice',
    ],
  },
  {
    it: 'no reason and no words at all',
    thrown: sdkError('AccessDeniedException', ''),
    cause: 'no-reason',
    kind,
    says: ['AWS gives no reason (denied, or not in this account and Region)', statement],
  },
];

const thirdGrant = '"Action":"kms:Decrypt"';

/** Reads from another account, which take three grants. */
const abroad: readonly RefusalCase[] = [
  {
    it: "the first grant, in the reader's account",
    thrown: iamDenial(read, foreignSecret.key, because('identity-based policy')),
    ref: foreignSecret,
    cause: 'cross-account-identity',
    kind,
    says: [
      'the first of the three grants that a secret of another account takes',
      `account ${HOME} has to act: add {"Effect":"Allow","Action":"${read}","Resource":"${foreignSecret.key}"}`,
    ],
  },
  {
    it: "the second grant, in the owner's account",
    thrown: iamDenial(read, foreignSecret.key, because('resource-based policy')),
    ref: foreignSecret,
    cause: 'cross-account-resource',
    kind,
    says: [
      'the second of the three grants that a secret of another account takes',
      `account ${ABROAD} has to act: add {"Effect":"Allow","Principal":{"AWS":"${role}"}`,
    ],
  },
  {
    it: 'the second grant for a parameter, which is shared',
    thrown: iamDenial(plural, foreignParameter.key, because('resource-based policy', plural)),
    ref: foreignParameter,
    api: 'GetParameters',
    cause: 'cross-account-resource',
    kind,
    says: [
      `account ${ABROAD} has to act`,
      `aws ram create-resource-share --name keyferry --resource-arns ${foreignParameter.key} --principals ${HOME} --region eu-west-1`,
    ],
  },
  {
    it: 'a read from an account of another organisation, for which AWS gives no reason',
    thrown: iamDenial(read, foreignSecret.key),
    ref: foreignSecret,
    cause: 'cross-account-no-reason',
    kind,
    says: [
      'a secret of another account takes three grants',
      `in account ${HOME}, add {`,
      `in account ${ABROAD}, add {"Effect":"Allow","Principal"`,
      thirdGrant,
    ],
  },
];

export const denials: readonly RefusalCase[] = [...atHome, ...abroad];
