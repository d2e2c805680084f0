/** The calls that Keyferry makes of AWS, by AWS's own names. */
export type AwsApi =
  | 'AssumeRoleWithWebIdentity'
  | 'AssumeRole'
  | 'GetCallerIdentity'
  | 'BatchGetSecretValue'
  | 'GetSecretValue'
  | 'DescribeSecret'
  | 'ListSecrets'
  | 'GetParameters'
  | 'GetParametersByPath'
  | 'DescribeParameters'
  | 'ListTagsForResource'
  | 'ReceiveMessage'
  | 'DeleteMessageBatch';

/** How one attempt ended: `refused` is any other client error, `unavailable` a 5xx, time-out, socket error or garbage. */
export type AwsOutcome = 'ok' | 'throttled' | 'denied' | 'refused' | 'unavailable' | 'aborted';

/** Hears what happens between Keyferry and AWS. Every argument but the last two methods' is a bounded label. */
export interface AwsObserver {
  /** One HTTP attempt has ended; retries are attempts of their own. */
  request(api: AwsApi, region: string, outcome: AwsOutcome, durationMs: number): void;
  /** A call was sent that asks for so many names at once. */
  batch(api: AwsApi, sizeItems: number): void;
  /** The bucket of a quota group now admits so many calls a second. */
  rate(group: string, region: string, callsPerSecond: number): void;
  /** The store's identity may not call BatchGetSecretValue, so its secrets are read one by one for the next hour. */
  batchDenied(store: string): void;
  /** A bug: something threw that should have been a value. The error may be logged by an allow-list of its fields only. */
  unexpected(error: unknown): void;
}
