import type { SecretValue } from '../model/secret-value.ts';

export type Service = 'SecretsManager' | 'ParameterStore';

/** One value to read: a secret or a parameter, and at most one of the four ways to name a version of it. */
export interface ValueRef {
  readonly service: Service;
  /** The secret's name or ARN, or the parameter's name, path or ARN, with the store's keyPrefix already before it. */
  readonly key: string;
  readonly versionStage?: string;
  readonly versionId?: string;
  readonly version?: number;
  readonly label?: string;
  /** What AWS knows about it, as a JSON document, in place of the value. */
  readonly metadata?: true;
}

/** What AWS has for a ref. */
export interface FetchedValue {
  readonly value: SecretValue;
  /** StringList parameters are comma-joined text. */
  readonly list?: true;
  /** The document about the secret or parameter, not its value. */
  readonly metadata?: true;
  readonly region: string;
  /** Secrets Manager's version id. */
  readonly versionId?: string;
  /** Parameter Store's version number. */
  readonly version?: number;
  /** The secret or parameter itself and the label that it was read by: values that share both have to be of one version. */
  readonly origin?: string;
}
