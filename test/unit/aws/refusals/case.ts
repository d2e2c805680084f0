import { type AwsError, readAwsError } from '../../../../src/aws/aws-error.ts';
import type { Cause } from '../../../../src/aws/refusal.ts';
import type { ReadApi } from '../../../../src/aws/transport.ts';
import type { Access, ValueRef } from '../../../../src/core/ports.ts';
import type { FaultKind } from '../../../../src/model/fault.ts';

/** An error in AWS's own wording, as people meet it, and what has to be made of it. */
export interface RefusalCase {
  readonly it: string;
  /** What the SDK throws. */
  readonly thrown?: unknown;
  /** In its place, where it is not the SDK that ends a call. */
  readonly error?: AwsError;
  readonly api?: ReadApi;
  readonly ref?: ValueRef;
  readonly access?: Access;
  readonly cause: Cause;
  readonly kind: FaultKind;
  /** Parts of our text: action, resource, who has to act, the cure. */
  readonly says: readonly string[];
  readonly saysNot?: readonly string[];
}

export const errorOf = ({ thrown, error }: RefusalCase): AwsError => error ?? readAwsError(thrown);

export const HOME = '123456789012';
export const ABROAD = '210987654321';
export const KEY_ARN = `arn:aws:kms:eu-west-1:${HOME}:key/11111111-2222-3333-4444-555555555555`;

export const role = `arn:aws:iam::${HOME}:role/shop-reader`;
export const access: Access = {
  store: 'SecretStore/aws',
  storeId: 'SecretStore/shop/aws',
  region: 'eu-west-1',
  identity: {
    kind: 'serviceAccount',
    namespace: 'shop',
    name: 'reader',
    uid: 'u',
    roleArn: role,
    sessionName: 'keyferry-shop-aws',
  },
};
export const keyAccess: Access = {
  ...access,
  identity: {
    kind: 'secret',
    namespace: 'shop',
    accessKeyId: { namespace: 'shop', name: 'aws-key', key: 'id' },
    secretAccessKey: { namespace: 'shop', name: 'aws-key', key: 'secret' },
  },
};

export const secret: ValueRef = { service: 'SecretsManager', key: 'shop/db' };
export const foreignSecret: ValueRef = {
  service: 'SecretsManager',
  key: `arn:aws:secretsmanager:eu-west-1:${ABROAD}:secret:shared/db-AbCdEf`,
};
export const parameter: ValueRef = { service: 'ParameterStore', key: '/shop/db/password' };
export const foreignParameter: ValueRef = {
  service: 'ParameterStore',
  key: `arn:aws:ssm:eu-west-1:${ABROAD}:parameter/shared/db`,
};

export const sdkError = (name: string, message: string, httpStatusCode = 400): Error =>
  Object.assign(new Error(message), {
    name,
    $metadata: { httpStatusCode, requestId: '0965014b-77ab-4847-98d4-2b9e09a68385' },
  });

const session = `arn:aws:sts::${HOME}:assumed-role/shop-reader/keyferry-shop-aws`;

/** A denial as IAM words it. */
export const iamDenial = (action: string, resource: string, reason = '', who = session): Error =>
  sdkError(
    'AccessDeniedException',
    `User: ${who} is not authorized to perform: ${action}${resource === '' ? '' : ` on resource: ${resource}`}${reason === '' ? '' : ` ${reason}`}`,
  );

export const read = 'secretsmanager:GetSecretValue';
export const because = (policy: string, action = read): string => `because no ${policy} allows the ${action} action`;
export const byDeny = (policy: string): string => `with an explicit deny in ${policy}`;
