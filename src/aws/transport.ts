/** What signs a call. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A call that gets credentials, or tells whose they are. */
export type StsCall =
  | {
      readonly api: 'AssumeRoleWithWebIdentity';
      readonly input: {
        readonly RoleArn: string;
        readonly RoleSessionName: string;
        readonly WebIdentityToken: string;
        readonly DurationSeconds: number;
      };
    }
  | {
      readonly api: 'AssumeRole';
      readonly input: {
        readonly RoleArn: string;
        readonly RoleSessionName: string;
        readonly DurationSeconds: number;
        readonly ExternalId?: string;
        readonly Tags?: { readonly Key: string; readonly Value: string }[];
        readonly TransitiveTagKeys?: string[];
      };
    }
  | { readonly api: 'GetCallerIdentity'; readonly input: Readonly<Record<string, never>> };

/** A call that reads values, and so counts against a quota. */
export type ReadCall =
  | {
      readonly api: 'BatchGetSecretValue';
      readonly input: { readonly SecretIdList: string[]; readonly NextToken?: string };
    }
  | {
      readonly api: 'GetSecretValue';
      readonly input: { readonly SecretId: string; readonly VersionId?: string; readonly VersionStage?: string };
    }
  | { readonly api: 'DescribeSecret'; readonly input: { readonly SecretId: string } }
  | { readonly api: 'GetParameters'; readonly input: { readonly Names: string[]; readonly WithDecryption: boolean } }
  | {
      readonly api: 'ListTagsForResource';
      readonly input: { readonly ResourceType: 'Parameter'; readonly ResourceId: string };
    }
  | ListCall;

/** A call whose answer is a page of a list. */
export type ListCall =
  | {
      readonly api: 'ListSecrets';
      readonly input: {
        readonly MaxResults: number;
        readonly Filters: { Key: 'name' | 'tag-key' | 'tag-value'; Values: string[] }[];
        readonly NextToken?: string;
      };
    }
  | {
      readonly api: 'GetParametersByPath';
      readonly input: {
        readonly Path: string;
        readonly Recursive: true;
        readonly WithDecryption: boolean;
        readonly MaxResults: number;
        readonly NextToken?: string;
      };
    }
  | {
      readonly api: 'DescribeParameters';
      readonly input: {
        readonly MaxResults: number;
        readonly ParameterFilters: { Key: string; Option: string; Values: string[] }[];
        readonly NextToken?: string;
      };
    };

/** A call of the queue that AWS puts its events into. */
export type QueueCall =
  | {
      readonly api: 'ReceiveMessage';
      readonly input: {
        readonly QueueUrl: string;
        readonly MaxNumberOfMessages: number;
        readonly WaitTimeSeconds: number;
        readonly VisibilityTimeout: number;
      };
    }
  | {
      readonly api: 'DeleteMessageBatch';
      readonly input: {
        readonly QueueUrl: string;
        readonly Entries: { readonly Id: string; readonly ReceiptHandle: string }[];
      };
    };

/** One call, in AWS's own words. */
export type AwsCall = StsCall | ReadCall | QueueCall;

/** The wire. A test puts a function here, and needs no network. */
export interface Transport {
  /**
   * One attempt, without retries: the answer as it came (nothing about its shape is certain), or a throw of whatever the SDK
   * throws. `keys` is undefined only for AssumeRoleWithWebIdentity, which needs none.
   */
  send(call: AwsCall, region: string, keys: AwsKeys | undefined, signal: AbortSignal): Promise<unknown>;
  /** Closes every connection; what is in flight fails. */
  close(): void;
}

/** How many names a call asks for. */
export function sizeOf(call: AwsCall): number {
  if (call.api === 'BatchGetSecretValue') return call.input.SecretIdList.length;
  return call.api === 'GetParameters' ? call.input.Names.length : 1;
}

/** The APIs that read values. */
export type ReadApi = ReadCall['api'];
