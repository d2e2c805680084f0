import { member, textMember } from './member.ts';
import type { AwsOutcome } from './observer.ts';

/**
 * What an error asks for: `throttle` fewer calls, `credentials` other credentials, `denied` a grant, `client` another request,
 * `transient` another try, `garbage` nothing (an answer that is not AWS's), `deadline` nothing (our own time is up).
 */
type AwsErrorClass = 'throttle' | 'credentials' | 'denied' | 'client' | 'transient' | 'garbage' | 'deadline';

/** An error of AWS, of the network or of the SDK, reduced to what decisions and messages are made of. */
export interface AwsError {
  readonly class: AwsErrorClass;
  /** AWS's code without the suffix `Exception`, which SDK names bear and wire names may not. */
  readonly name: string;
  /** AWS's own words: to be parsed, never to be shown. */
  readonly message: string;
  /** How long AWS asked us to wait. */
  readonly retryAfterMs?: number;
}

const THROTTLES = new Set([
  'Throttling',
  'Throttled',
  'TooManyRequests',
  'RequestLimitExceeded',
  'SlowDown',
  'RequestThrottled',
  'PriorRequestNotComplete',
  'BandwidthLimitExceeded',
  'ProvisionedThroughputExceeded',
  'LimitExceeded',
]);

const CREDENTIAL_REFUSALS = new Set([
  'InvalidClientTokenId',
  'UnrecognizedClient',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidSignature',
  'IncompleteSignature',
  'MissingAuthenticationToken',
]);

const DENIALS = new Set(['AccessDenied', 'UnauthorizedOperation', 'NotAuthorized']);

const CLOCK_SKEWS = new Set(['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture']);

/** KMS throttles inside a Secrets Manager or Parameter Store call come in the text of another error. */
const RATE_EXCEEDED = /\bRate exceeded\b|\bexceeded the rate at which you may call\b/;

const TRANSIENT_NAMES = new Set([
  'Timeout',
  'TimeoutError',
  'RequestTimeout',
  'InternalServiceError',
  'InternalServerError',
  'InternalFailure',
  'ServiceUnavailable',
  'IDPCommunicationError',
]);

const NETWORK_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** What the SDK and the platform call errors for which AWS has given no name. */
const NOT_OF_AWS = /^(Unknown|(Syntax|Type|Timeout)?Error$)/;

const MAX_RETRY_AFTER_MS = 10_000;

// Far more than AWS says at once. What comes from somewhere else may be megabytes, and is searched for words.
const MAX_MESSAGE_CHARACTERS = 4_096;

/** Names whatever the SDK threw. Never throws itself, whatever the shape. */
export function readAwsError(thrown: unknown): AwsError {
  const name = shortName(textMember(thrown, 'name'));
  const message = textMember(thrown, 'message').slice(0, MAX_MESSAGE_CHARACTERS);
  const retryAfterMs = retryAfterOf(thrown);
  const base = { class: classOf(name, message, thrown), name, message };
  return retryAfterMs === undefined ? base : { ...base, retryAfterMs };
}

/** An entry of a batch's `Errors[]` as the error that a call for it alone would have met. */
export function memberError(code: string, text: string): AwsError {
  const name = shortName(code);
  const message = text.slice(0, MAX_MESSAGE_CHARACTERS);
  return { class: classOf(name, message, undefined), name, message };
}

/** The error of a call that our own deadline cut off, or that came too late to be sent at all. */
export const deadlineError = (name: 'Deadline' | 'QuotaWait' | 'StoreWait'): AwsError => ({
  class: 'deadline',
  name,
  message: '',
});

/** AWS's code in brackets, where it is surely nothing but a code, and AWS's; else nothing. */
export const named = ({ name }: AwsError): string =>
  /^[A-Za-z]{1,64}$/.test(name) && !NOT_OF_AWS.test(name) ? ` (${name})` : '';

/** True when AWS does not take the time that the call is signed with: it says so by a name, or in the text about a signature. */
export const isClock = ({ name, message }: Pick<AwsError, 'name' | 'message'>): boolean =>
  CLOCK_SKEWS.has(name) || /^Signature (?:expired|not yet current)\b/i.test(message);

/** The label under which an error is counted. */
export function outcomeOf(error: AwsError): AwsOutcome {
  if (error.class === 'throttle') return 'throttled';
  if (error.class === 'denied') return 'denied';
  if (error.class === 'deadline') return 'aborted';
  return error.class === 'client' || error.class === 'credentials' ? 'refused' : 'unavailable';
}

function classOf(name: string, message: string, thrown: unknown): AwsErrorClass {
  const status = statusOf(thrown);
  if (THROTTLES.has(name) || status === 429) return 'throttle';
  // Not by the SDK's own `clockSkewCorrected`: where the clock is minutes off it stands on every error, also on a denial.
  if (isClock({ name, message })) return 'transient';
  if (CREDENTIAL_REFUSALS.has(name)) return 'credentials';
  if (RATE_EXCEEDED.test(message)) return 'throttle';
  if (TRANSIENT_NAMES.has(name) || NETWORK_CODES.has(textMember(thrown, 'code'))) return 'transient';
  if (status !== undefined && status >= 500) return 'transient';
  if (DENIALS.has(name)) return 'denied';
  // Without a name of AWS's own, a 4xx comes from something in between (a proxy's page, say): no reason to split a batch.
  const isNamed = name !== '' && !NOT_OF_AWS.test(name);
  const refused = thrown === undefined || (status !== undefined && status >= 400);
  return isNamed && refused ? 'client' : 'garbage';
}

/** `com.amazonaws.x#AccessDeniedException:http://...` is `AccessDenied`. */
function shortName(name: string): string {
  const bare = name.split('#').at(-1)?.split(':')[0] ?? '';
  return bare.replace(/Exception$/, '');
}

function statusOf(thrown: unknown): number | undefined {
  const status = member(member(thrown, '$metadata'), 'httpStatusCode');
  return typeof status === 'number' ? status : undefined;
}

function retryAfterOf(thrown: unknown): number | undefined {
  const text = textMember(member(member(thrown, '$response'), 'headers'), 'retry-after');
  return /^\d{1,5}$/.test(text) ? Math.min(Number(text) * 1_000, MAX_RETRY_AFTER_MS) : undefined;
}
