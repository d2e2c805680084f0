import { Environment } from '@marcbachmann/cel-js';
import { LRUCache } from 'lru-cache';

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
      holds: schema.type === 'string' ? remembering(judge(rule)) : judge(rule),
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

/** Of thousands of objects, most have the same few intervals and names of keys. */
function remembering(holds: Rule['holds']): Rule['holds'] {
  const known = new LRUCache<string, { readonly holds: boolean }>({ max: REMEMBERED });
  return (self) => {
    if (typeof self !== 'string' || self.length > LONGEST_REMEMBERED) return holds(self);
    const verdict = known.get(self) ?? { holds: holds(self) };
    known.set(self, verdict);
    return verdict.holds;
  };
}

/** What the schema says of a member; undefined where it knows none of that name. */
export const shapeOfMember = ({ members, others }: Shape, name: string): Shape | undefined =>
  members.get(name) ?? others;

export const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
