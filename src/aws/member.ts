/** The thing's member of that name; undefined where there is none, or where the thing is no object. */
export function member(thing: unknown, key: string): unknown {
  return typeof thing === 'object' && thing !== null ? Reflect.get(thing, key) : undefined;
}

/** The thing's member of that name where it is text, else ''. */
export function textMember(thing: unknown, key: string): string {
  const found = member(thing, key);
  return typeof found === 'string' ? found : '';
}

/** The thing's member of that name where it is a list, else an empty one. */
export function listMember(thing: unknown, key: string): readonly unknown[] {
  const found = member(thing, key);
  return Array.isArray(found) ? found : [];
}

/** The thing's member of that name where it is a date, as RFC 3339 has it, to the second. */
export function dateIn(answer: unknown, name: string): string | undefined {
  const date = member(answer, name);
  return date instanceof Date && !Number.isNaN(date.getTime()) ? `${date.toISOString().slice(0, 19)}Z` : undefined;
}
