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
