import type { LimitGroup } from '../support/aws/rate-limit.ts';
import type { ClusterAccess } from '../support/cluster.ts';

export type Service = 'SecretsManager' | 'ParameterStore';

/** What the process of the AWS stand-in is told at its start. */
export interface AwsProcessInput {
  /** Where the keys of the cluster's tokens are. */
  readonly cluster: ClusterAccess;
  readonly issuer: string;
}

/** What it says when it is there. */
export interface AwsProcessOutput {
  readonly endpoint: string;
  /** Where it takes orders. */
  readonly control: string;
  /** Whose the secrets are, and where. */
  readonly account: string;
  readonly region: string;
}

/** What it can be told to do. */
export type AwsOrder =
  /** Makes or changes `<prefix>0`, `<prefix>1` and so on, or those from `from` on; every round has other values. */
  | {
      readonly order: 'seed';
      readonly service: Service;
      readonly prefix: string;
      readonly from?: number;
      readonly count: number;
      readonly round: number;
    }
  | { readonly order: 'trust'; readonly roleArn: string; readonly subject: string }
  | { readonly order: 'limit'; readonly group: LimitGroup; readonly perSecond: number }
  | { readonly order: 'latency'; readonly ms: number }
  /** Forgets the calls that were made, and collects the garbage of all that was done before. */
  | { readonly order: 'forget' }
  /** Tells of all calls since. */
  | { readonly order: 'tally' };

/** A call: when it came (Unix milliseconds), what it asked for, the HTTP status of the answer, and how many names it asked for. */
export type Tally = readonly [at: number, operation: string, status: number, names: number];
