import { type Input, requiredText, structuresOf, textsOf } from './input.ts';
import { Refusal } from './refusal.ts';
import type { Secret } from './secret.ts';

type Matches = (secret: Secret, wanted: string) => boolean;

const isAnyPrefixed = (texts: Iterable<string>, wanted: string): boolean =>
  [...texts].some((text) => text.startsWith(wanted));

const FILTERS: Readonly<Record<string, Matches>> = {
  name: ({ name }, wanted) => name.startsWith(wanted),
  'tag-key': ({ tags }, wanted) => isAnyPrefixed(tags.keys(), wanted),
  'tag-value': ({ tags }, wanted) => isAnyPrefixed(tags.values(), wanted),
  all: ({ name, description = '', tags }, wanted) =>
    isAnyPrefixed(wordsOf([name, description, ...tags.keys(), ...tags.values()].join(' ')), wanted.toLowerCase()),
};

const wordsOf = (text: string): readonly string[] => text.toLowerCase().split(/[^\p{L}\p{N}]+/u);

/**
 * Secrets Manager's filters: every filter must hold, any of its values will do, each is a prefix. Keys and values of tags are
 * matched apart from one another, so what comes back may have the key on one tag and the value on another.
 */
export function filterSecrets(secrets: readonly Secret[], input: Input): readonly Secret[] {
  const filters = structuresOf(input, 'Filters').map((filter) => {
    const key = requiredText(filter, 'Key');
    const matches = FILTERS[key];
    if (matches === undefined) throw new Refusal('ValidationException', `Invalid filter key ${key}`);
    return { matches, values: textsOf(filter, 'Values') };
  });
  return secrets.filter((secret) =>
    filters.every(({ matches, values }) => values.some((value) => meets(secret, matches, value))),
  );
}

const meets = (secret: Secret, matches: Matches, value: string): boolean =>
  value.startsWith('!') ? !matches(secret, value.slice(1)) : matches(secret, value);
