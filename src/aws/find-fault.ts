import type { Access, Search, ValueRef } from '../core/ports.ts';
import type { Fault } from '../model/fault.ts';
import { type AwsError, named } from './aws-error.ts';
import { translate } from './translate.ts';
import type { ListCall } from './transport.ts';

/** The subject of what is wrong with a search, as a whole. */
const SUBJECT = 'find';

/** What an error of AWS means for a search, in our own words. */
export function faultOfSearch({ api, input }: ListCall, error: AwsError, search: Search, access: Access): Fault {
  if (error.class === 'client' && /^(Validation|Invalid(Parameter|Filter|Path))/.test(error.name)) {
    const detail = `${serviceName(search)} takes this path, name or tags for no valid search${named(error)}`;
    return { kind: 'InvalidSpec', subject: SUBJECT, detail, retry: 'onInterval' };
  }
  const ref: ValueRef = { service: search.service, key: api === 'GetParametersByPath' ? input.Path : SUBJECT };
  return { ...translate(api, error, ref, access), subject: SUBJECT };
}

/** The fault of a list that is none, or whose pages do not come to an end. */
export function oddList(kind: 'garbage' | 'circle' | 'endless', search: Search, { region }: Access): Fault {
  if (kind !== 'endless') {
    const how = kind === 'circle' ? 'answered with a list that leads in circles' : 'did not answer as AWS does';
    return { kind: 'SourceUnavailable', subject: SUBJECT, detail: `${serviceName(search)} in ${region} ${how}` };
  }
  const detail = `${serviceName(search)} in ${region} has too much to look through for this find; narrow it by a longer path, the beginning of the names, or tags`;
  return { kind: 'InvalidSpec', subject: SUBJECT, detail, retry: 'onInterval' };
}

/** The fault of a search that came to no end in its time, or by an error of ours. */
export const unfinishedSearch = (search: Search, { region }: Access, crashed: boolean): Fault =>
  crashed
    ? { kind: 'Internal', subject: SUBJECT, detail: 'looking through what AWS has failed unexpectedly' }
    : {
        kind: 'SourceUnavailable',
        subject: SUBJECT,
        detail: `${serviceName(search)} in ${region} cannot be reached, or did not list everything in time`,
      };

const serviceName = ({ service }: Search): string =>
  service === 'SecretsManager' ? 'Secrets Manager' : 'Parameter Store';
