import type { Service } from './ports.ts';
import { sourceNameOf } from './source-name.ts';

/** What AWS has told of one secret or parameter: it changed, or may have. */
export interface SourceChange {
  readonly service: Service;
  readonly region: string;
  readonly account: string;
  /** Every name that the event can mean; of parameters without the leading slash. */
  readonly names: readonly string[];
  /** Where all that happened is that a version got a label: which, and the version that bears it since then. */
  readonly moved?: { readonly label: string; readonly versionId: string };
  /** When it happened, in Unix milliseconds, as AWS says: in whole seconds. */
  readonly atMs: number;
}

/** What is wrong with a message. Bounded, since it is counted by. */
export type Poison = 'tooLarge' | 'notJSON' | 'unknownShape';

/** What a message comes to: a change, an event that tells of none (a rotation that begins, say), or no event that is known. */
export type EventReading =
  | { readonly kind: 'change'; readonly change: SourceChange }
  | { readonly kind: 'noChange' }
  | { readonly kind: 'poison'; readonly why: Poison };

// Far more than any of these events has. JSON is not even looked at beyond it.
const MAX_CHARACTERS = 64 * 1024;

const NO_CHANGE: EventReading = { kind: 'noChange' };
const UNKNOWN: EventReading = { kind: 'poison', why: 'unknownShape' };

/** Reads the body of a message as EventBridge puts it into a queue. */
export function readEvent(body: string): EventReading {
  if (body.length > MAX_CHARACTERS) return { kind: 'poison', why: 'tooLarge' };
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch {
    // Its error would quote the message.
    return { kind: 'poison', why: 'notJSON' };
  }
  const envelope = envelopeOf(event);
  return envelope === undefined ? UNKNOWN : readDetail(envelope);
}

interface Envelope {
  readonly shape: string;
  readonly region: string;
  readonly account: string;
  readonly atMs: number;
  /** The first of `resources`. */
  readonly resource: string;
  readonly detail: unknown;
}

function envelopeOf(event: unknown): Envelope | undefined {
  const [region, account] = [text(event, 'region'), text(event, 'account')];
  const atMs = Date.parse(text(event, 'time'));
  if (!/^[a-z]{2,5}(-[a-z]+)+-\d{1,2}$/.test(region) || !/^\d{12}$/.test(account) || Number.isNaN(atMs))
    return undefined;
  const resources = member(event, 'resources');
  const resource: unknown = Array.isArray(resources) ? resources[0] : undefined;
  return {
    shape: `${text(event, 'source')} ${text(event, 'detail-type')}`,
    region,
    account,
    atMs,
    resource: typeof resource === 'string' ? resource : '',
    detail: member(event, 'detail'),
  };
}

function readDetail(envelope: Envelope): EventReading {
  switch (envelope.shape) {
    case 'aws.secretsmanager Secret Label Updated':
      return ofLabel(envelope);
    case 'aws.secretsmanager AWS API Call via CloudTrail':
      return ofCall(envelope);
    case 'aws.secretsmanager AWS Service Event via CloudTrail':
      return ofRotation(envelope);
    case 'aws.ssm Parameter Store Change':
      return ofParameter(envelope);
    default:
      return UNKNOWN;
  }
}

function ofLabel({ detail, resource, ...envelope }: Envelope): EventReading {
  const [label, versionId] = [text(detail, 'labelUpdated'), text(detail, 'versionId')];
  const moved = label === '' || versionId === '' ? undefined : { label, versionId };
  return changeOf(envelope, 'SecretsManager', resource || text(detail, 'name'), moved);
}

const CALLS: ReadonlySet<string> = new Set([
  'PutSecretValue',
  'UpdateSecret',
  'UpdateSecretVersionStage',
  'CreateSecret',
  'RestoreSecret',
  'DeleteSecret',
]);

function ofCall({ detail, ...envelope }: Envelope): EventReading {
  const eventName = text(detail, 'eventName');
  if (eventName === '') return UNKNOWN;
  // CloudTrail tells of calls that AWS refused, too.
  if (!CALLS.has(eventName) || text(detail, 'errorCode') !== '') return NO_CHANGE;
  const [asked, answered] = [member(detail, 'requestParameters'), member(detail, 'responseElements')];
  const arn = text(answered, 'arn') || text(answered, 'aRN') || text(answered, 'ARN');
  // Who creates a secret gives it a name.
  return changeOf(
    envelope,
    'SecretsManager',
    arn || text(asked, 'secretId') || text(asked, 'name'),
    movedBy(eventName, asked),
  );
}

// As `status.sources` has them: the SDKs make them UUIDs, people may choose any others.
const VERSION_ID = /^[A-Za-z0-9-]{32,64}$/;
const CURRENT = 'AWSCURRENT';

/** The version that the call gave a label, where it does nothing else. UpdateSecret may, or may change the description alone. */
function movedBy(eventName: string, asked: unknown): SourceChange['moved'] {
  const label = eventName === 'PutSecretValue' ? labelPut(asked) : text(asked, 'versionStage');
  const versionId = text(asked, eventName === 'PutSecretValue' ? 'clientRequestToken' : 'moveToVersionId');
  const isMove = eventName === 'PutSecretValue' || eventName === 'UpdateSecretVersionStage';
  return isMove && label !== '' && VERSION_ID.test(versionId) ? { label, versionId } : undefined;
}

/** The label that matters of those that a new version gets: who reads AWSPREVIOUS reads something else, too, once AWSCURRENT moves. */
function labelPut(asked: unknown): string {
  const stages = member(asked, 'versionStages');
  if (stages === undefined || stages === null) return CURRENT;
  if (!Array.isArray(stages)) return '';
  if (stages.includes(CURRENT)) return CURRENT;
  const [only, ...others]: unknown[] = stages;
  return typeof only === 'string' && others.length === 0 ? only : '';
}

function ofRotation({ detail, ...envelope }: Envelope): EventReading {
  const eventName = text(detail, 'eventName');
  if (eventName === '') return UNKNOWN;
  if (eventName !== 'RotationSucceeded') return NO_CHANGE;
  return changeOf(envelope, 'SecretsManager', text(member(detail, 'additionalEventData'), 'SecretId'));
}

const OPERATIONS: ReadonlySet<string> = new Set(['Create', 'Update', 'Delete', 'LabelParameterVersion']);

function ofParameter({ detail, resource, ...envelope }: Envelope): EventReading {
  const operation = text(detail, 'operation');
  if (operation === '') return UNKNOWN;
  if (!OPERATIONS.has(operation)) return NO_CHANGE;
  return changeOf(envelope, 'ParameterStore', resource || text(detail, 'name'));
}

// The longest name that AWS takes, in an ARN.
const MAX_ID_CHARACTERS = 2_048 + 128;

function changeOf(
  { account, region, atMs }: Pick<Envelope, 'account' | 'region' | 'atMs'>,
  service: Service,
  id: string,
  moved?: SourceChange['moved'],
): EventReading {
  if (id === '' || id.length > MAX_ID_CHARACTERS) return UNKNOWN;
  const named = sourceNameOf(service, id);
  // Something that begins like an ARN and is none of the service's names nothing.
  if (named.service !== service || (id.startsWith('arn:') && named.region === undefined)) return UNKNOWN;
  const change: SourceChange = {
    service,
    // Where the secret is goes before where the event comes from: an event may have come over another account's bus.
    region: named.region ?? region,
    account: named.account ?? account,
    names: named.names,
    atMs,
    ...(moved === undefined ? {} : { moved }),
  };
  return { kind: 'change', change };
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

function text(value: unknown, name: string): string {
  const found = member(value, name);
  return typeof found === 'string' ? found : '';
}
