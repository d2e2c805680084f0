import { Environment } from '@marcbachmann/cel-js';

/** The part of a structural schema that the API server and we both understand. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
}

/** A rule in CEL, ready to be asked. */
export interface Rule {
  /** What cannot be told of a value counts as broken, as it does for the API server. */
  readonly holds: (self: unknown) => boolean;
  readonly message: string;
}

/**
 * A schema, made ready once for the walks over thousands of values: each goes only where there is something to look at.
 */
export interface Shape {
  readonly members: ReadonlyMap<string, Shape>;
  /** Of members by any other name; a structural schema has either these or `members`. */
  readonly others: Shape | undefined;
  readonly items: Shape | undefined;
  readonly rules: readonly Rule[];
  /** What no two entries of the list may share: these members, or all (none is named). */
  readonly keys: readonly string[] | undefined;
  /** Whether it has rules, or a part of it has. */
  readonly hasRules: boolean;
  readonly hasKeys: boolean;
}

const environment = new Environment({ homogeneousAggregateLiterals: false })
  .registerVariable('self', 'dyn')
  .registerVariable('oldSelf', 'dyn');

/** Texts of a field, and characters of a text, of which the verdict is remembered. */
const REMEMBERED = 100;
const LONGEST_REMEMBERED = 64;

/** A rule on a transition (`oldSelf`) needs the stored object, which only the API server has, and is left to it. */
export function shapeOf(schema: Schema): Shape {
  const { properties = {}, additionalProperties, items } = schema;
  const members = new Map(Object.entries(properties).map(([name, part]) => [name, shapeOf(part)]));
  const others = additionalProperties && shapeOf(additionalProperties);
  const entries = items && shapeOf(items);
  const parts = [...members.values(), others, entries];
  const rules = (schema['x-kubernetes-validations'] ?? [])
    .filter(({ rule }) => !rule.includes('oldSelf'))
    .map(({ rule, message }) => ({
      holds: remembering(judge(rule), schema.type === 'string' ? 'text' : fieldsOf(rule)),
      message,
    }));
  const keys = schema['x-kubernetes-list-map-keys'] ?? (schema['x-kubernetes-list-type'] === 'set' ? [] : undefined);
  return {
    members,
    others,
    items: entries,
    rules,
    keys,
    hasRules: rules.length > 0 || parts.some((part) => part?.hasRules === true),
    hasKeys: keys !== undefined || parts.some((part) => part?.hasKeys === true),
  };
}

function judge(rule: string): Rule['holds'] {
  let program: ReturnType<typeof environment.parse> | undefined;
  return (self) => {
    try {
      // Of the rules of a schema, most specs ask a few.
      program ??= environment.parse(rule);
      return program({ self }) === true;
    } catch {
      return false;
    }
  };
}

/** The members of the object that the rule looks at; undefined where it may look at all of them, as with `self.all(...)`. */
function fieldsOf(rule: string): readonly string[] | undefined {
  if (/\bself\b(?!\.\w+\b(?!\())/.test(rule)) return undefined;
  return [...new Set([...rule.matchAll(/\bself\.(\w+)/g)].map(([, name = '']) => name))];
}

/** Of thousands of objects, most have the same few intervals, policies and names of keys: what a rule says of these is asked once. */
function remembering(holds: Rule['holds'], of: 'text' | readonly string[] | undefined): Rule['holds'] {
  if (of === undefined) return holds;
  const known = new Map<string, boolean>();
  return (self) => {
    const key = of === 'text' ? textOf(self) : textOfFields(self, of);
    if (key === undefined) return holds(self);
    const verdict = known.get(key);
    if (verdict !== undefined) return verdict;
    const found = holds(self);
    if (known.size === REMEMBERED) known.clear();
    known.set(key, found);
    return found;
  };
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= LONGEST_REMEMBERED ? value : undefined;

/** The fields in their order, as one text that no other values of them have; undefined where one is not plain or short. */
function textOfFields(self: unknown, fields: readonly string[]): string | undefined {
  if (!(self instanceof Map)) return undefined;
  let text = '';
  for (const field of fields) {
    const value: unknown = self.get(field);
    if (value === undefined || typeof value === 'boolean' || typeof value === 'bigint') text += `${value};`;
    else if (textOf(value) === undefined) return undefined;
    else text += `${JSON.stringify(value)};`;
  }
  return text;
}

/** What the schema says of a member; undefined where it knows none of that name. */
export const shapeOfMember = ({ members, others }: Shape, name: string): Shape | undefined =>
  members.get(name) ?? others;

export const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
