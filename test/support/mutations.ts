import type { Kind } from '../../src/api/parse.ts';
import type { Manifest } from './manifests.ts';

/** A structural schema, as far as it is made to break here. */
export interface FieldSchema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly additionalProperties?: FieldSchema;
  readonly items?: FieldSchema;
  readonly required?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

type Steps = readonly (string | number)[];

/** A field of a manifest: its schema, the way to it, and its value there. */
interface Place {
  readonly field: string;
  readonly schema: FieldSchema;
  readonly steps: Steps;
  readonly value: unknown;
}

export interface Mutation {
  /** `spec.data[].secretKey: 254 letters`. */
  readonly title: string;
  readonly kind: Kind;
  readonly manifest: Manifest;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// What a manifest has beside spec and status is of no CRD's making.
const OF_KUBERNETES: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** The fields of the schema, with `[]` for the items of a list and `*` for the values of a map. */
export function fieldsOf(schema: FieldSchema, field = ''): readonly (readonly [string, FieldSchema])[] {
  const members = Object.entries(schema.properties ?? {}).filter(([name]) => field !== '' || !OF_KUBERNETES.has(name));
  return [
    ...(field === '' ? [] : [[field, schema] as const]),
    ...members.flatMap(([name, child]) => fieldsOf(child, field === '' ? name : `${field}.${name}`)),
    ...(schema.items === undefined ? [] : fieldsOf(schema.items, `${field}[]`)),
    ...(schema.additionalProperties === undefined ? [] : fieldsOf(schema.additionalProperties, `${field}.*`)),
  ];
}

/** The fields that are present in the manifest. */
export function placesOf(schema: FieldSchema, value: unknown, field = '', steps: Steps = []): readonly Place[] {
  const own = field === '' ? [] : [{ field, schema, steps, value }];
  const { items } = schema;
  if (Array.isArray(value) && items !== undefined) {
    return [...own, ...value.flatMap((member, at) => placesOf(items, member, `${field}[]`, [...steps, at]))];
  }
  if (!isRecord(value)) return own;
  const below = Object.entries(value).flatMap(([name, member]) => {
    if (field === '' && OF_KUBERNETES.has(name)) return [];
    const child = schema.properties?.[name];
    const at = [...steps, name];
    if (child !== undefined) return placesOf(child, member, field === '' ? name : `${field}.${name}`, at);
    return schema.additionalProperties === undefined
      ? []
      : placesOf(schema.additionalProperties, member, `${field}.*`, at);
  });
  return [...own, ...below];
}

/** The manifest with something else at one place, or without it. */
function withAt(root: unknown, [step, ...rest]: Steps, change: { readonly to: unknown } | 'remove'): unknown {
  if (step === undefined) return change === 'remove' ? undefined : change.to;
  if (Array.isArray(root)) return root.map((member, at) => (at === step ? withAt(member, rest, change) : member));
  const entries = Object.entries(isRecord(root) ? root : {});
  return Object.fromEntries(
    entries.flatMap(([name, member]) => {
      if (name !== step) return [[name, member]];
      return rest.length === 0 && change === 'remove' ? [] : [[name, withAt(member, rest, change)]];
    }),
  );
}

/** Everything that the schema has an opinion on at this place: types, lengths, counts, choices, strangers, absence. */
export function mutationsAt(manifest: Manifest, { field, schema, steps, value }: Place): readonly Mutation[] {
  const { kind } = manifest;
  const to = (what: string, instead: unknown): Mutation => ({
    title: `${kind} ${field}: ${what}`,
    kind,
    manifest: withAt(manifest, steps, { to: instead }) as Manifest,
  });
  const removed: Mutation[] =
    typeof steps.at(-1) === 'number'
      ? []
      : [{ title: `${kind} ${field}: absent`, kind, manifest: withAt(manifest, steps, 'remove') as Manifest }];
  return [
    ...removed,
    ...otherTypes(schema, to),
    ...ofText(schema, to),
    ...ofCounts(schema, value, to),
    ...ofMembers(value, to),
  ];
}

type To = (what: string, instead: unknown) => Mutation;

const OTHERS = [null, true, 0, 7, -1, 1.5, 2 ** 53, 2 ** 63, 1e30, 'x', '', {}, { x: 'x' }];
const LISTS = [[], [null], ['x'], [[]]];

// The API server (1.36) takes a list for a date-time, and which parse need not copy.
const otherTypes = ({ format }: FieldSchema, to: To): Mutation[] =>
  [...OTHERS, ...(format === 'date-time' ? [] : LISTS)].map((instead) => to(JSON.stringify(instead), instead));

const LETTERS: readonly [string, string][] = [
  ['letters', 'a'],
  ['characters beyond the first plane', '😀'],
  ['two-byte letters', 'é'],
];

function ofText({ minLength = 0, maxLength, enum: choices = [], minimum }: FieldSchema, to: To): Mutation[] {
  const lengths = maxLength === undefined ? [] : [minLength - 1, minLength, maxLength, maxLength + 1];
  return [
    ...lengths
      .filter((length) => length >= 0)
      .flatMap((length) => LETTERS.map(([name, letter]) => to(`${length} ${name}`, letter.repeat(length)))),
    ...[...choices, ...choices.map((choice) => choice.toLowerCase())].map((choice) => to(choice, choice)),
    ...(minimum === undefined ? [] : [minimum - 1, minimum].map((amount) => to(`${amount}`, amount))),
  ];
}

function ofCounts(schema: FieldSchema, value: unknown, to: To): Mutation[] {
  const { minItems = 0, maxItems, maxProperties } = schema;
  if (Array.isArray(value) && maxItems !== undefined && value.length > 0) {
    const filled = (count: number) => Array.from({ length: count }, (_, at) => distinct(schema, value[0], at));
    return [
      ...[minItems - 1, minItems, maxItems, maxItems + 1]
        .filter((count) => count >= 0)
        .map((count) => to(`${count} items`, filled(count))),
      to('one item twice', [value[0], value[0]]),
    ];
  }
  if (!isRecord(value) || maxProperties === undefined) return [];
  return [maxProperties, maxProperties + 1].map((count) =>
    to(`${count} members`, Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']))),
  );
}

/** A copy of the item that no set or map takes for the same. */
function distinct(schema: FieldSchema, item: unknown, at: number): unknown {
  if (typeof item === 'string') return `${item}${at}`;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return isRecord(item) ? { ...item, ...Object.fromEntries(keys.map((key) => [key, `${item[key]}${at}`])) } : item;
}

const ofMembers = (value: unknown, to: To): Mutation[] =>
  isRecord(value)
    ? ['stranger', '__proto__', 'constructor', 'toString', ''].map((name) =>
        to(`a member ${JSON.stringify(name)}`, Object.fromEntries([...Object.entries(value), [name, 'x']])),
      )
    : [];
