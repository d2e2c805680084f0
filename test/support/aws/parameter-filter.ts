import { type Input, requiredText, structuresOf, textOf, textsOf } from './input.ts';
import type { Parameter } from './parameter.ts';
import { Refusal } from './refusal.ts';

/** True for what is right below the path, or at any depth. A path has no end of its own: `/a` does not hold `/ab`. */
export function isBelow(name: string, path: string, isRecursive: boolean): boolean {
  const stem = path.endsWith('/') ? path : `${path}/`;
  if (!name.startsWith(stem)) return false;
  return isRecursive || !name.slice(stem.length).includes('/');
}

type Fits = (text: string, wanted: string) => boolean;

const OPTIONS: Readonly<Record<string, Fits>> = {
  Equals: (text, wanted) => text === wanted,
  BeginsWith: (text, wanted) => text.startsWith(wanted),
  Contains: (text, wanted) => text.includes(wanted),
};

/** DescribeParameters' filters: every one must hold, any of its values will do. */
export const filterParameters = (parameters: readonly Parameter[], input: Input): readonly Parameter[] =>
  structuresOf(input, 'ParameterFilters').reduce<readonly Parameter[]>(
    (left, filter) => left.filter((parameter) => meets(parameter, filter)),
    parameters,
  );

function meets(parameter: Parameter, filter: Input): boolean {
  const key = requiredText(filter, 'Key');
  const values = textsOf(filter, 'Values');
  const option = textOf(filter, 'Option');
  if (key === 'Path') return values.some((path) => isBelow(parameter.name, path, option === 'Recursive'));
  const fits = OPTIONS[option ?? 'Equals'];
  if (fits === undefined)
    throw new Refusal('InvalidFilterOption', `The following filter option is not valid: ${option}.`);
  const text = attributeOf(parameter, key);
  // A tag filter without values asks for the key alone.
  return text !== undefined && (values.length === 0 || values.some((value) => fits(text, value)));
}

function attributeOf({ name, versions, tags }: Parameter, key: string): string | undefined {
  if (key === 'Name') return name;
  if (key === 'Type') return versions.at(-1)?.type;
  if (key.startsWith('tag:')) return tags.get(key.slice(4));
  throw new Refusal('InvalidFilterKey', `The following filter key is not valid: ${key}.`);
}
