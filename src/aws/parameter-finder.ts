import type { Found, Search } from '../core/ports.ts';
import type { AwsError } from './aws-error.ts';
import { listMember, textMember } from './member.ts';
import { readParameter, valueFor } from './parameter-answer.ts';
import type { ListCall } from './transport.ts';

/** The path that all names of the search are below; undefined for names outside a hierarchy. */
function pathOf({ prefix }: Search): string | undefined {
  const end = prefix.lastIndexOf('/');
  return prefix.startsWith('/') ? prefix.slice(0, Math.max(1, end)) : undefined;
}

/**
 * The call for one page of what the search may find. Below a path and without tags, the values come along, and one grant on that path is
 * enough; else the parameters are described, which AWS grants for all of them only.
 */
export function listParameters(search: Search, decrypted: boolean, token: { NextToken?: string }): ListCall {
  const path = pathOf(search);
  const tags = Object.entries(search.tags).map(([key, value]) => ({
    Key: `tag:${key}`,
    Option: 'Equals',
    Values: [value],
  }));
  if (path !== undefined && tags.length === 0) {
    const input = { Path: path, Recursive: true, WithDecryption: decrypted, MaxResults: 10, ...token } as const;
    return { api: 'GetParametersByPath', input };
  }
  const names = path === undefined ? beginsWith(search.prefix) : [{ Key: 'Path', Option: 'Recursive', Values: [path] }];
  return { api: 'DescribeParameters', input: { MaxResults: 50, ParameterFilters: [...names, ...tags], ...token } };
}

const beginsWith = (prefix: string) => (prefix === '' ? [] : [{ Key: 'Name', Option: 'BeginsWith', Values: [prefix] }]);

/** The parameters of a page that the search means; those of a path with their values, if they came decrypted. */
export function parametersIn({ api, input }: ListCall, page: unknown, { prefix }: Search, region: string): Found[] {
  return listMember(page, 'Parameters').flatMap((entry) => {
    const name = textMember(entry, 'Name');
    if (name === '' || !name.startsWith(prefix)) return [];
    const ref = { service: 'ParameterStore', key: name } as const;
    const isWhole = api === 'GetParametersByPath' && input.WithDecryption;
    const answer = isWhole ? readParameter(entry, region) : undefined;
    return [answer === undefined ? { ref } : { ref, value: valueFor(ref, answer) }];
  });
}

/** Whether a list failed by a value that cannot be decrypted: without the values it may succeed. */
export const blamesDecryption = (error: AwsError): boolean =>
  /^(InvalidKeyId|KMS|Disabled|KeyUnavailable|DecryptionFailure)/.test(error.name) ||
  (error.class === 'denied' && /kms:|Access to KMS|ciphertext/i.test(error.message));
