import type { Found, Search } from '../core/ports.ts';
import { listMember, member, textMember } from './member.ts';
import type { ListCall } from './transport.ts';

type Input = Extract<ListCall, { api: 'ListSecrets' }>['input'];

/** The call for one page of what the search may find: AWS can say less exactly what is meant than `secretsIn` does. */
export function listSecrets({ prefix, tags }: Search, token: { NextToken?: string }): ListCall {
  // AWS holds keys and values of tags apart, so more than one pair would tell it nothing more.
  const [pair] = Object.entries(tags);
  const wishes: Input['Filters'] = [
    { Key: 'name', Values: [prefix] },
    ...(pair === undefined
      ? []
      : [
          { Key: 'tag-key' as const, Values: [pair[0]] },
          { Key: 'tag-value' as const, Values: [pair[1]] },
        ]),
  ];
  const Filters = wishes.filter(({ Values }) => Values.every(isFilter));
  return { api: 'ListSecrets', input: { MaxResults: 100, Filters, ...token } };
}

/** What ListSecrets takes for a filter, and as it stands: a leading `!` would turn it round. */
const isFilter = (text: string): boolean => /^[a-zA-Z0-9 :_@/+=.-][a-zA-Z0-9 :_@/+=.!-]{0,511}$/.test(text);

/** The secrets of a page that the search means: exactly its prefix and pairs, and not marked for deletion. */
export function secretsIn(page: unknown, { prefix, tags }: Search): Found[] {
  return listMember(page, 'SecretList').flatMap((entry) => {
    const name = textMember(entry, 'Name');
    const isMeant = name !== '' && name.startsWith(prefix) && member(entry, 'DeletedDate') === undefined;
    return isMeant && hasTags(entry, tags) ? [{ ref: { service: 'SecretsManager', key: name } }] : [];
  });
}

function hasTags(entry: unknown, tags: Search['tags']): boolean {
  const own = new Map(listMember(entry, 'Tags').map((tag) => [textMember(tag, 'Key'), textMember(tag, 'Value')]));
  return Object.entries(tags).every(([key, value]) => own.get(key) === value);
}
