import { TEST_ACCOUNT, TEST_REGION } from './aws.ts';

/** An event as EventBridge puts it into a queue. */
export interface SampleEvent {
  readonly version: '0';
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly account: string;
  readonly region: string;
  readonly time: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

export interface Place {
  readonly account?: string;
  readonly region?: string;
  /** RFC 3339. */
  readonly time?: string;
}

/** As AWS gives them: to the second. */
const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`;

function envelope(source: string, type: string, detail: object, { account, region, time }: Place): SampleEvent {
  return {
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    source,
    'detail-type': type,
    account: account ?? TEST_ACCOUNT,
    region: region ?? TEST_REGION,
    time: time ?? now(),
    resources: [],
    detail,
  };
}

const secretArn = (name: string, { account = TEST_ACCOUNT, region = TEST_REGION }: Place): string =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${name}-a1B2c3`;

/** A label of the secret is at another version now. */
export const labelUpdated = (
  name: string,
  versionId: string,
  place: Place = {},
  label = 'AWSCURRENT',
): SampleEvent => ({
  ...envelope(
    'aws.secretsmanager',
    'Secret Label Updated',
    { name, labelUpdated: label, versionId, previousVersionId: 'former' },
    place,
  ),
  resources: [secretArn(name, place)],
});

/** Somebody has called Secrets Manager. `asked` and `answered` are CloudTrail's requestParameters and responseElements. */
export const secretCalled = (
  eventName: string,
  asked: object | null,
  answered: object | null,
  place: Place = {},
  more: object = {},
): SampleEvent =>
  envelope(
    'aws.secretsmanager',
    'AWS API Call via CloudTrail',
    {
      eventSource: 'secretsmanager.amazonaws.com',
      eventName,
      requestParameters: asked,
      responseElements: answered,
      ...more,
    },
    place,
  );

/** Secrets Manager has done something by itself. */
export const secretRotated = (name: string, eventName = 'RotationSucceeded', place: Place = {}): SampleEvent =>
  envelope(
    'aws.secretsmanager',
    'AWS Service Event via CloudTrail',
    {
      eventSource: 'secretsmanager.amazonaws.com',
      eventName,
      requestParameters: null,
      responseElements: null,
      additionalEventData: { SecretId: secretArn(name, place) },
    },
    place,
  );

/** A parameter has changed. */
export const parameterChanged = (name: string, operation = 'Update', place: Place = {}): SampleEvent => ({
  ...envelope('aws.ssm', 'Parameter Store Change', { operation, name, type: 'SecureString', description: '' }, place),
  resources: [
    `arn:aws:ssm:${place.region ?? TEST_REGION}:${place.account ?? TEST_ACCOUNT}:parameter/${name.replace(/^\//, '')}`,
  ],
});
