import { Ajv, type ErrorObject } from 'ajv';
import type { Fault } from '../model/fault.ts';
import { failWith, type Result, succeed } from '../model/result.ts';
import { schemas } from './generated/schemas.ts';
import type { ClusterSecretStore, ExternalSecret, SecretStore } from './generated/types.ts';
import { brokenRules, children, join, type Schema } from './rules.ts';

interface Kinds {
  ExternalSecret: ExternalSecret;
  SecretStore: SecretStore;
  ClusterSecretStore: ClusterSecretStore;
}

export type Kind = keyof Kinds;

// RFC 3339, as the API server reads it.
const DATE_TIME =
  /^\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])t(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:z|[+-]\d\d:\d\d)$/i;

const ajv = new Ajv({
  allErrors: true,
  useDefaults: true,
  strict: false,
  // The schemas are those of the CRDs, which the API server takes: to look at them too, and to polish the code that comes of them,
  // would take as long again.
  validateSchema: false,
  meta: false,
  code: { optimize: false },
  unicodeRegExp: true,
  formats: { 'date-time': DATE_TIME, int64: { type: 'number', validate: (value) => Math.abs(value) < 2 ** 63 } },
});

const validators = new Map<Kind, ReturnType<Ajv['compile']>>();

function validatorOf(kind: Kind): ReturnType<Ajv['compile']> {
  const known = validators.get(kind);
  if (known !== undefined) return known;
  const validator = ajv.compile(schemas[kind]);
  validators.set(kind, validator);
  return validator;
}

/**
 * Names what came from YAML or the API server: the resource with the CRD's defaults filled in, or an `InvalidSpec` for each thing
 * that is wrong, with its path. The verdict is that of the API server, since both read the same schema and rules from crds/;
 * test/conformance/manifests holds the two together. `unknownFields: 'refuse'` is what kubectl does by default; the operator ignores them,
 * so that an older one can live with a newer CRD.
 */
export function parse<K extends Kind>(
  kind: K,
  input: unknown,
  unknownFields: 'refuse' | 'ignore' = 'ignore',
): Result<Kinds[K]> {
  const schema: Schema = schemas[kind];
  const found: Fault[] = [];
  const pruned = prune(schema, input, '', (path) => {
    if (unknownFields === 'refuse') found.push(invalid(path, 'there is no such field'));
  });
  const validate = validatorOf(kind);
  if (!validate(pruned)) found.push(...(validate.errors ?? []).map(structuralFault));
  found.push(...duplicates(schema, pruned, ''));
  if (found.length === 0) {
    found.push(...brokenRules(schema, pruned, '').map(({ path, message }) => invalid(path, message)));
  }
  return failWith(found) ?? succeed(pruned as Kinds[K]);
}

const invalid = (path: string, detail: string): Fault => ({
  kind: 'InvalidSpec',
  subject: path === '' ? 'the object' : path,
  detail,
});

/** A copy without unknown fields and without nulls, which the API server drops in the same way before it fills in defaults. */
function prune(schema: Schema, value: unknown, path: string, unknownField: (path: string) => void): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined
      ? value
      : value.map((member, at) => prune(items, member, `${path}[${at}]`, unknownField));
  }
  if (typeof value !== 'object' || value === null) return value;
  // Of metadata the CRDs say nothing, as Kubernetes has its own schema for it. Any other object without members has none.
  if (path === 'metadata') return value;
  const known = new Map(children(schema, value, path).map(([child, _member, at]) => [at, child]));
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const at = join(path, name);
      const child = known.get(at);
      if (child === undefined) unknownField(at);
      return child === undefined || member === null ? [] : [[name, prune(child, member, at, unknownField)]];
    }),
  );
}

/** Entries that share the key of a list that is a map (`spec.data` by secretKey), or an element of a set. */
function duplicates(schema: Schema, value: unknown, path: string): Fault[] {
  const below = children(schema, value, path).flatMap(([child, member, at]) => duplicates(child, member, at));
  if (!Array.isArray(value)) return below;
  const keys = schema['x-kubernetes-list-map-keys'];
  if (keys === undefined && schema['x-kubernetes-list-type'] !== 'set') return below;
  const seen = new Map<string, number>();
  const own = value.flatMap((member, at): Fault[] => {
    const id = JSON.stringify(keys === undefined ? member : keys.map((key) => member?.[key]));
    const first = seen.get(id);
    seen.set(id, first ?? at);
    return first === undefined
      ? []
      : [invalid(`${path}[${at}]`, `is a second entry for ${id}; the first is ${path}[${first}]`)];
  });
  return [...own, ...below];
}

function structuralFault(error: ErrorObject): Fault {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((at, part) => (/^\d+$/.test(part) ? `${at}[${part}]` : join(at, part)), '');
  return error.keyword === 'required'
    ? invalid(join(path, String(error.params.missingProperty)), 'is required')
    : invalid(
        path,
        `${error.message ?? 'is invalid'}${error.keyword === 'enum' ? `: ${error.params.allowedValues.join(', ')}` : ''}`,
      );
}
