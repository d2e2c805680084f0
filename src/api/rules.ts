import { Environment } from '@marcbachmann/cel-js';

/** The part of a structural schema that the API server and we both understand. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

interface Rule {
  readonly rule: string;
  readonly message: string;
}

type Program = (context: { self: unknown }) => unknown;

const environment = new Environment({ homogeneousAggregateLiterals: false })
  .registerVariable('self', 'dyn')
  .registerVariable('oldSelf', 'dyn');

const programs = new Map<string, Program>();

function programOf(rule: string): Program {
  const known = programs.get(rule);
  if (known !== undefined) return known;
  const program: Program = environment.parse(rule);
  programs.set(rule, program);
  return program;
}

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

export interface Violation {
  readonly path: string;
  readonly message: string;
}

/**
 * The CEL rules of `schema` that `value` breaks, with the rules' own messages. A rule on a transition (`oldSelf`) needs the
 * stored object, which only the API server has, and is left to it. A rule that cannot be evaluated counts as broken, as it does there.
 */
export function brokenRules(schema: Schema, value: unknown, path: string): readonly Violation[] {
  const own = (schema['x-kubernetes-validations'] ?? [])
    .filter(({ rule }) => !rule.includes('oldSelf') && !holds(rule, value))
    .map(({ message }) => ({ path, message }));
  return [...own, ...children(schema, value, path).flatMap(([child, member, at]) => brokenRules(child, member, at))];
}

function holds(rule: string, value: unknown): boolean {
  try {
    return programOf(rule)({ self: forCel(value) }) === true;
  } catch {
    return false;
  }
}

/** Each part of `value` that the schema says something about, with its own schema and path. */
export function children(schema: Schema, value: unknown, path: string): readonly [Schema, unknown, string][] {
  const { items } = schema;
  if (Array.isArray(value)) {
    return items === undefined ? [] : value.map((member, at) => [items, member, `${path}[${at}]`]);
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]): [Schema, unknown, string][] => {
    const child =
      schema.properties !== undefined && Object.hasOwn(schema.properties, name)
        ? schema.properties[name]
        : schema.additionalProperties;
    return child === undefined || member === undefined ? [] : [[child, member, join(path, name)]];
  });
}

export const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
