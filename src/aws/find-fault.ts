import type { Access, Search, ValueRef } from '../core/ports.ts';
import type { Fault } from '../model/fault.ts';
import { partitionOf } from './arn.ts';
import { type AwsError, named } from './aws-error.ts';
import { accountOf, describeIdentity } from './identity.ts';
import { translate } from './translate.ts';
import type { ListCall } from './transport.ts';

/** The subject of what is wrong with a search, as a whole. */
const SUBJECT = 'find';

/** What an error of AWS means for a search, in our own words. */
export function faultOfSearch({ api, input }: ListCall, error: AwsError, search: Search, access: Access): Fault {
  if (error.class === 'denied') {
    const path = api === 'GetParametersByPath' ? input.Path : undefined;
    return { kind: 'AccessDenied', subject: SUBJECT, detail: denial(api, path, error, search, access) };
  }
  if (error.class === 'client' && /^(Validation|Invalid(Parameter|Filter|Path))/.test(error.name)) {
    const detail = `${serviceName(search)} takes this path, name or tags for no valid search${named(error)}`;
    return { kind: 'InvalidSpec', subject: SUBJECT, detail, retry: 'onInterval' };
  }
  const ref: ValueRef = { service: search.service, key: SUBJECT };
  return translate(api, error, ref, access);
}

function denial(
  api: ListCall['api'],
  path: string | undefined,
  error: AwsError,
  { service }: Search,
  { identity, region }: Access,
): string {
  const action = `${service === 'SecretsManager' ? 'secretsmanager' : 'ssm'}:${api}`;
  const account = accountOf(identity) ?? '*';
  const resource =
    path === undefined
      ? '*'
      : `arn:${partitionOf(region)}:ssm:${region}:${account}:parameter/${path.replace(/^\//, '')}`;
  const cure = /explicit deny/i.test(error.message)
    ? 'a policy denies it explicitly; take the deny away'
    : "allow it in the identity's policy";
  return `${describeIdentity(identity)} may not ${action} on ${resource}, which find needs; ${cure}`;
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
