import type { WriteOutcome } from '../core/ports.ts';
import type { Fault } from '../model/fault.ts';
import { type Failed, fail } from '../model/result.ts';
import type { SecretValue } from '../model/secret-value.ts';
import type { ApiAnswer, Said } from './answer.ts';
import { fieldsOf, itemsOf, readObjectMeta, textOf } from './object-meta.ts';
import { refusalOf } from './refusal.ts';

/**
 * How a write ended, by what the API server answered. `values` are those that the write carried; none comes out.
 *
 * | answer                                             | outcome              |
 * |----------------------------------------------------|----------------------|
 * | 2xx                                                | written              |
 * | 409 AlreadyExists                                  | alreadyExists        |
 * | 409 otherwise, and a PATCH with another uid (422)  | conflict             |
 * | 404                                                | notFound             |
 * | 403 with the cause NamespaceTerminating            | namespaceTerminating |
 * | 413, too large for etcd, or data over 1048576 bytes| tooLarge             |
 * | 401, 429, 5xx, none                                | unavailable          |
 * | any other                                          | refused              |
 */
export function toOutcome(answer: ApiAnswer, subject: string, values: Iterable<SecretValue> = []): WriteOutcome {
  if (answer.kind === 'lost' || isUnsaid(answer)) return { kind: 'unavailable', fault: unavailable(answer, subject) };
  const { status, body, serverTimeS } = answer;
  if (status >= 200 && status < 300) {
    const metadata = readObjectMeta(body);
    return metadata === undefined
      ? { kind: 'unavailable', fault: unavailable({ kind: 'lost', code: 'NO_OBJECT' }, subject) }
      : { kind: 'written', metadata, serverTimeS };
  }
  if (status === 404) return { kind: 'notFound' };
  if (status === 409) return { kind: fieldsOf(body).reason === 'AlreadyExists' ? 'alreadyExists' : 'conflict' };
  if (isOtherObject(answer)) return { kind: 'conflict' };
  if (isTooLarge(answer)) return { kind: 'tooLarge' };
  if (isTerminating(answer)) return { kind: 'namespaceTerminating' };
  return { kind: 'refused', status, cause: refusalOf(body, values) };
}

/** The failure of a read that got neither its object nor a 404: ClusterUnavailable, with the missing grant where it is a 403. */
export function readFailure(answer: ApiAnswer, subject: string): Failed {
  if (answer.kind === 'said' && answer.status === 403) {
    const detail = `the operator may not read it: ${refusalOf(answer.body)}; grant that to its ServiceAccount`;
    return fail('ClusterUnavailable', subject, detail);
  }
  const { kind, detail } = unavailable(answer, subject);
  return fail(kind, subject, detail);
}

/** ClusterUnavailable, with what was answered; never the text of a transport error, which may hold an address. */
function unavailable(answer: ApiAnswer, subject: string): Fault {
  return { kind: 'ClusterUnavailable', subject, detail: `${describeTrouble(answer)}; the operator tries again` };
}

/** What went wrong with a call, in words that do not change from one try to the next. */
export function describeTrouble(answer: ApiAnswer): string {
  if (answer.kind === 'lost') return troubles[answer.code] ?? `the API server cannot be reached (${answer.code})`;
  if (answer.status === 401) return "the API server does not take the operator's credentials (401)";
  const reason = textOf(fieldsOf(answer.body).reason);
  return `the API server answered ${answer.status}${reason === '' ? '' : ` ${reason}`}`;
}

const troubles: Readonly<Record<string, string>> = {
  TIMEOUT: 'the API server did not answer in time',
  BUSY: 'the API server asks for a pause',
  NOT_LEADER: 'this replica does not lead any more, so the write was not sent',
  NOT_JSON: 'the API server answered what is no JSON',
  NO_OBJECT: 'the API server answered what is no object',
  TOO_LONG: 'the API server answered more than can be taken in',
};

/** Whether the write took place is open: overload, an error inside, or credentials that may be good again in a moment. */
const isUnsaid = (said: Said): boolean =>
  said.status === 401 || said.status === 429 || (said.status >= 500 && !isTooLarge(said));

function isTooLarge({ status, body }: Said): boolean {
  if (status === 413) return true;
  const { message, details } = fieldsOf(body);
  // etcd's own limit arrives as a 500, or as a 400 from newer API servers.
  if (/request is too large|trying to send message larger than max/i.test(textOf(message))) return true;
  return itemsOf(fieldsOf(details).causes).some((cause) => {
    const { reason, field } = fieldsOf(cause);
    return field === 'data' && reason === 'FieldValueTooLong';
  });
}

const isTerminating = ({ status, body }: Said): boolean =>
  status === 403 &&
  itemsOf(fieldsOf(fieldsOf(body).details).causes).some((cause) => fieldsOf(cause).reason === 'NamespaceTerminating');

/** A PUT with another uid is a 409; of a PATCH the API server says that the uid may not be changed. */
const isOtherObject = ({ status, body }: Said): boolean =>
  status === 422 &&
  itemsOf(fieldsOf(fieldsOf(body).details).causes).some((cause) => fieldsOf(cause).field === 'metadata.uid');
