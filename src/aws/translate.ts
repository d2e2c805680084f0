import type { Access, ValueRef } from '../core/ports.ts';
import type { Fault } from '../model/fault.ts';
import { explainAbsence, explainMissing } from './absence.ts';
import type { Asked } from './asked.ts';
import type { AwsError } from './aws-error.ts';
import { explainBridge } from './bridge-refusal.ts';
import { explainCredentials, explainDisabledRegion } from './credential-refusal.ts';
import { explainDecryption } from './decryption.ts';
import { explainDenial } from './denial.ts';
import { explainNoAnswer, explainOutage, explainUnknown } from './outage.ts';
import type { Cause, Refusal } from './refusal.ts';
import { explainNoTurn, explainStoreLimit, explainThrottle } from './throttle.ts';
import type { ReadApi } from './transport.ts';

/**
 * What an error of AWS means for one ref, in our own words: the action, the resource, who has to act and the cure, without AWS's
 * text, a request id, a time or a value. The subject is the ref's key.
 */
export const translate = (api: ReadApi, error: AwsError, ref: ValueRef, access: Access): Fault =>
  faultOf(explainRead({ api, error, ref, access }), ref);

/** The fault of a ref that AWS said is not there, without a word more (`InvalidParameters[]`). */
export const notFound = (ref: ValueRef, access: Access): Fault => faultOf(explainMissing({ ref, access }), ref);

/** The fault of a ref that AWS's answer passed over, or answered with something that is no value. */
export const unanswered = (ref: ValueRef, access: Access): Fault => faultOf(explainNoAnswer({ ref, access }), ref);

/** The text for credentials that AWS knows nothing of, or whose signature it does not take. */
export const refusedCredentials = (error: AwsError, access: Access): string => explainCredentials(error, access).detail;

const ABSENCES: ReadonlySet<Cause> = new Set(['secret-not-found', 'parameter-not-found']);

const faultOf = ({ cause, kind, detail }: Refusal, ref: ValueRef): Fault => ({
  kind,
  subject: ref.key,
  detail,
  ...(ABSENCES.has(cause) ? { isAbsence: true } : {}),
});

/** Why AWS did not give the value. */
export function explainRead(asked: Asked): Refusal {
  const { error, access } = asked;
  if (error.name === 'QuotaWait') return explainNoTurn(asked);
  if (error.name === 'StoreWait') return explainStoreLimit(asked);
  if (error.class === 'throttle') return explainThrottle(asked);
  const key = explainDecryption(asked);
  if (key !== undefined) return key;
  switch (error.class) {
    case 'credentials':
      return explainCredentials(error, access);
    case 'denied':
      return explainDenial(asked);
    case 'client':
      return explainClient(asked);
    default:
      return explainOutage(asked);
  }
}

const explainClient = (asked: Asked): Refusal =>
  /^(RegionDisabled|OptInRequired)$/.test(asked.error.name)
    ? explainDisabledRegion(asked)
    : (explainBridge(asked) ?? explainAbsence(asked) ?? explainUnknown(asked));
