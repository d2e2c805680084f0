/** Plain JSON as one text that does not hang on the order of keys; '' for undefined. Equal values, and only they, have equal texts. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) ?? '';

/** Whether two values of plain JSON are equal, whatever the order of keys. A member that is undefined is none. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  // Of plain JSON this names the same members as Object.keys, and makes no list of them: most comparisons find nothing new.
  for (const name in a) if (!sameJson(ownOf(a, name), ownOf(b, name))) return false;
  for (const name in b) if (ownOf(b, name) !== undefined && !Object.hasOwn(a, name)) return false;
  return true;
}

const ownOf = (object: object, name: string): unknown =>
  Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
