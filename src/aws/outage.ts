import { type Asked, quoted, serviceName } from './asked.ts';
import { type AwsError, isClock, named } from './aws-error.ts';
import type { Refusal } from './refusal.ts';

const kind = 'SourceUnavailable';
const clockText =
  "takes no call whose time is minutes off; set the clock of the operator's node (timedatectl status tells whether it is in step)";

/** No answer, or none of AWS's. The API is not named: whether a secret is read alone or with others changes from look to look. */
export function explainOutage({ error, ref, access }: Asked): Refusal {
  const service = `${serviceName(ref)} in ${access.region}`;
  if (isClock(error)) return { cause: 'clock', kind, detail: `${service} ${clockText}` };
  if (error.class === 'deadline' || isSilence(error)) {
    return { cause: 'unreachable', kind, detail: `${service} cannot be reached, or did not answer in time` };
  }
  if (error.class === 'garbage') {
    return { cause: 'not-aws', kind, detail: `${service} did not answer as AWS does${named(error)}` };
  }
  return { cause: 'unavailable', kind, detail: `${service} is not available${named(error)}` };
}

/** AWS's answer passed the ref over, or has something for it that is no value. */
export const explainNoAnswer = ({ ref, access }: Pick<Asked, 'ref' | 'access'>): Refusal => ({
  cause: 'no-answer',
  kind,
  detail: `${serviceName(ref)} in ${access.region} answered, but without a value for this key`,
});

/** An error that nothing is known of: its code and the subject of our request, never its text. */
export const explainUnknown = ({ error, ref, access }: Asked): Refusal => ({
  cause: 'refused',
  kind,
  detail: `${serviceName(ref)} in ${access.region} refused to read ${quoted(ref)}${named(error)}, for a reason that keyferry does not know; CloudTrail has AWS's own words`,
});

/** The SDK calls a time-out what is a cut connection, too; other errors of the network have no name but `Error`. */
const isSilence = (error: AwsError): boolean => error.class === 'transient' && /^(Timeout)?Error$/.test(error.name);
