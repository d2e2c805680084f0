import { Refusal } from './refusal.ts';

/** The members of a request, read with the shape that they are to have. */
export type Input = Readonly<Record<string, unknown>>;

/** Undefined when the member is absent. */
export function textOf(input: Input, field: string): string | undefined {
  const value = input[field];
  if (value === undefined || typeof value === 'string') return value;
  throw new Refusal('ValidationException', `${field} must be a string`);
}

export function requiredText(input: Input, field: string): string {
  const value = textOf(input, field);
  if (value !== undefined && value !== '') return value;
  throw new Refusal(
    'ValidationException',
    `Value null at '${field}' failed to satisfy constraint: Member must not be null`,
  );
}

export function numberOf(input: Input, field: string): number | undefined {
  const value = input[field];
  return value === undefined ? undefined : Number(value);
}

/** Empty when the member is absent. */
export function textsOf(input: Input, field: string): readonly string[] {
  const value = input[field];
  return Array.isArray(value) ? value.map(String) : [];
}

/** The structures of a list; empty when the member is absent. */
export function structuresOf(input: Input, field: string): readonly Input[] {
  const value = input[field];
  return Array.isArray(value) ? value.filter(isInput) : [];
}

const isInput = (value: unknown): value is Input => typeof value === 'object' && value !== null;

/** A list of `{Key, Value}` as a map. */
export const tagsOf = (input: Input, field = 'Tags'): ReadonlyMap<string, string> =>
  new Map(structuresOf(input, field).map((tag) => [requiredText(tag, 'Key'), textOf(tag, 'Value') ?? '']));

/** A map of tags as AWS lists it. */
export const listTags = (tags: ReadonlyMap<string, string>): readonly object[] =>
  [...tags].map(([Key, Value]) => ({ Key, Value }));
