import { join, type Shape, shapeOfMember } from './shape.ts';

export interface Violation {
  readonly path: string;
  readonly message: string;
}

/** The CEL rules that `value` breaks, with the rules' own messages. */
export const brokenRules = (shape: Shape, value: unknown): readonly Violation[] => violations(shape, forCel(value), '');

/**
 * Numbers are integers to CEL only as BigInt; everything that our schemas call a number is an integer. Objects go as Maps, since the
 * evaluator takes a member named `constructor` (a label, say) for the class of the object.
 */
function forCel(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(Math.trunc(value));
  if (Array.isArray(value)) return value.map(forCel);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, member]) => [key, forCel(member)]));
}

function violations(shape: Shape, value: unknown, path: string): readonly Violation[] {
  const found: Violation[] = [];
  for (const { holds, message } of shape.rules) if (!holds(value)) found.push({ path, message });
  const { items } = shape;
  if (Array.isArray(value) && items?.hasRules === true) {
    for (const [at, member] of value.entries()) found.push(...violations(items, member, `${path}[${at}]`));
  }
  if (!(value instanceof Map)) return found;
  for (const [name, member] of value) {
    const part = shapeOfMember(shape, name);
    if (part?.hasRules === true) found.push(...violations(part, member, join(path, name)));
  }
  return found;
}
