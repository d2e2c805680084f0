import type { Failed, Result } from '../model/result.ts';
import { type AwsError, isClock } from './aws-error.ts';

/** A failure for which the Region is to blame: it cannot be reached, or fails by itself. Another Region may serve. */
interface Outage extends Failed {
  readonly outage: true;
}

export const isOutage = (result: Result<unknown>): result is Outage => !result.ok && 'outage' in result;

/** The failure, marked as the Region's where the error was: no answer, or none of AWS; never a refusal, a throttle or something absent. */
export const blame = (error: AwsError, failed: Failed): Failed => (isRegions(error) ? outage(failed) : failed);

export const outage = (failed: Failed): Outage => ({ ...failed, outage: true });

function isRegions(error: AwsError): boolean {
  const { class: kind, name, message } = error;
  if (kind === 'deadline') return name === 'Deadline';
  // The clock is our own.
  if (isClock(error)) return false;
  // These are about the cluster's OIDC issuer, which no Region reaches any better.
  if (name === 'IDPCommunicationError' || /retrieve verification key/i.test(message)) return false;
  return kind === 'transient' || kind === 'garbage';
}
