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

/** The rules of a schema and of its parts, ready to be asked. Parts without any are left out. */
interface Judge {
  readonly rules: readonly { readonly program: Program; readonly message: string }[];
  readonly members: ReadonlyMap<string, Judge>;
  /** Of members by any name; a structural schema has either these or `members`. */
  readonly others: Judge | undefined;
  readonly items: Judge | undefined;
}

const environment = new Environment({ homogeneousAggregateLiterals: false })
  .registerVariable('self', 'dyn')
  .registerVariable('oldSelf', 'dyn');

const judges = new WeakMap<Schema, Judge>();

function judgeOf(schema: Schema): Judge {
  const known = judges.get(schema);
  if (known !== undefined) return known;
  const judge = createJudge(schema);
  judges.set(schema, judge);
  return judge;
}

function createJudge(schema: Schema): Judge {
  const rules = (schema['x-kubernetes-validations'] ?? [])
    .filter(({ rule }) => !rule.includes('oldSelf'))
    .map(({ rule, message }) => ({ program: environment.parse(rule), message }));
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, part]): [string, Judge][] => {
    const judge = partOf(part);
    return judge === undefined ? [] : [[name, judge]];
  });
  return { rules, members: new Map(members), others: partOf(schema.additionalProperties), items: partOf(schema.items) };
}

function partOf(schema: Schema | undefined): Judge | undefined {
  if (schema === undefined) return undefined;
  const judge = createJudge(schema);
  const { rules, members, others, items } = judge;
  return rules.length + members.size > 0 || others !== undefined || items !== undefined ? judge : undefined;
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
export const brokenRules = (schema: Schema, value: unknown): readonly Violation[] =>
  violations(judgeOf(schema), forCel(value), '');

function violations({ rules, members, others, items }: Judge, value: unknown, path: string): readonly Violation[] {
  const found: Violation[] = [];
  for (const { program, message } of rules) if (!holds(program, value)) found.push({ path, message });
  if (Array.isArray(value) && items !== undefined) {
    for (const [at, member] of value.entries()) found.push(...violations(items, member, `${path}[${at}]`));
  }
  if (!(value instanceof Map)) return found;
  for (const [name, member] of value) {
    const judge = members.get(name) ?? others;
    if (judge !== undefined) found.push(...violations(judge, member, join(path, name)));
  }
  return found;
}

function holds(program: Program, self: unknown): boolean {
  try {
    return program({ self }) === true;
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
