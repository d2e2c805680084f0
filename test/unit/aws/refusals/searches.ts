import { because, byDeny, HOME, iamDenial, parameter, type RefusalCase, role, secret } from './case.ts';

const kind = 'AccessDenied';
const allow = (Action: string, Resource: string): string => JSON.stringify({ Effect: 'Allow', Action, Resource });
const path = `arn:aws:ssm:eu-west-1:${HOME}:parameter/shop/db`;
const arn = `arn:aws:secretsmanager:eu-west-1:${HOME}:secret:shop/db-??????`;
const tags = `arn:aws:ssm:eu-west-1:${HOME}:parameter/shop/db/password`;

/** Calls that list what there is, or tell about it, in place of reading a value. */
export const searches: readonly RefusalCase[] = [
  {
    it: 'a list of secrets that no policy allows',
    api: 'ListSecrets',
    ref: { ...secret, key: 'find' },
    thrown: iamDenial('secretsmanager:ListSecrets', '', because('identity-based policy', 'secretsmanager:ListSecrets')),
    cause: 'no-identity-policy',
    kind,
    says: [`${role} may not secretsmanager:ListSecrets on *: `, allow('secretsmanager:ListSecrets', '*')],
    saysNot: ['not in this account'],
  },
  {
    it: 'a description of parameters that a service control policy denies',
    api: 'DescribeParameters',
    ref: { ...parameter, key: 'find' },
    thrown: iamDenial('ssm:DescribeParameters', '*', byDeny('a service control policy')),
    cause: 'service-control-policy-denies',
    kind,
    says: [`${role} may not ssm:DescribeParameters on *: `],
  },
  {
    it: 'a path that no policy allows',
    api: 'GetParametersByPath',
    ref: { ...parameter, key: '/shop/db' },
    thrown: iamDenial('ssm:GetParametersByPath', path, because('identity-based policy', 'ssm:GetParametersByPath')),
    cause: 'no-identity-policy',
    kind,
    says: [allow('ssm:GetParametersByPath', path)],
    saysNot: ['not in this account', 'another action'],
  },
  {
    it: 'metadata of a secret that no policy allows',
    api: 'DescribeSecret',
    thrown: iamDenial(
      'secretsmanager:DescribeSecret',
      arn,
      because('identity-based policy', 'secretsmanager:DescribeSecret'),
    ),
    cause: 'no-identity-policy',
    kind,
    says: [allow('secretsmanager:DescribeSecret', arn)],
  },
  {
    it: 'tags of a parameter that no policy allows',
    api: 'ListTagsForResource',
    ref: parameter,
    thrown: iamDenial('ssm:ListTagsForResource', tags, because('identity-based policy', 'ssm:ListTagsForResource')),
    cause: 'no-identity-policy',
    kind,
    says: [allow('ssm:ListTagsForResource', tags)],
  },
];
