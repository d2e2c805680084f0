import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Fault } from '../model/fault.ts';
import { failWith, type Result, succeed } from '../model/result.ts';
import { schemas } from './generated/schemas.ts';
import type { ClusterSecretStore, ExternalSecret, SecretStore } from './generated/types.ts';
import { brokenRules } from './rules.ts';
import { join, type Shape, shapeOf, shapeOfMember } from './shape.ts';
import { validatorOf } from './validators.ts';

interface Kinds {
  ExternalSecret: ExternalSecret;
  SecretStore: SecretStore;
  ClusterSecretStore: ClusterSecretStore;
}

export type Kind = keyof Kinds;

/** What a kind has to be, ready to be asked. */
interface Form {
  readonly validate: ValidateFunction;
  readonly shape: Shape;
}

const forms = new Map<Kind, Form>();

function formOf(kind: Kind): Form {
  const known = forms.get(kind);
  if (known !== undefined) return known;
  const form = { validate: validatorOf(kind), shape: shapeOf(schemas[kind]) };
  forms.set(kind, form);
  return form;
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
  const { validate, shape } = formOf(kind);
  const found: Fault[] = [];
  const pruned = prune(shape, input, '', (path) => {
    if (unknownFields === 'refuse') found.push(invalid(path, 'there is no such field'));
  });
  if (!validate(pruned)) found.push(...(validate.errors ?? []).map(structuralFault));
  found.push(...duplicates(shape, pruned, ''));
  if (found.length === 0) {
    found.push(...brokenRules(shape, pruned).map(({ path, message }) => invalid(path, message)));
  }
  return failWith(found) ?? succeed(pruned as Kinds[K]);
}

const invalid = (path: string, detail: string): Fault => ({
  kind: 'InvalidSpec',
  subject: path === '' ? 'the object' : path,
  detail,
});

/** A copy without unknown fields and without nulls, which the API server drops in the same way before it fills in defaults. */
function prune(shape: Shape, value: unknown, path: string, unknownField: (path: string) => void): unknown {
  if (Array.isArray(value)) {
    const { items } = shape;
    return items === undefined
      ? value
      : value.map((member, at) => prune(items, member, `${path}[${at}]`, unknownField));
  }
  if (typeof value !== 'object' || value === null) return value;
  // Of metadata the CRDs say nothing, as Kubernetes has its own schema for it. Any other object without members has none.
  if (path === 'metadata') return value;
  const kept: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    const part = member === undefined ? undefined : shapeOfMember(shape, name);
    if (part === undefined) unknownField(join(path, name));
    else if (member !== null) kept.push([name, prune(part, member, join(path, name), unknownField)]);
  }
  return Object.fromEntries(kept);
}

/** Entries that share the key of a list that is a map (`spec.data` by secretKey), or an element of a set. */
function duplicates(shape: Shape, value: unknown, path: string): Fault[] {
  if (!shape.hasKeys || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    const { items } = shape;
    const below = items === undefined ? [] : value.flatMap((member, at) => duplicates(items, member, `${path}[${at}]`));
    return shape.keys === undefined ? below : [...sharedKeys(shape.keys, value, path), ...below];
  }
  return Object.entries(value).flatMap(([name, member]) => {
    const part = shapeOfMember(shape, name);
    return part === undefined ? [] : duplicates(part, member, join(path, name));
  });
}

function sharedKeys(keys: readonly string[], list: readonly Record<string, unknown>[], path: string): Fault[] {
  const seen = new Map<string, number>();
  return list.flatMap((member, at) => {
    const id = JSON.stringify(keys.length === 0 ? member : keys.map((key) => member?.[key]));
    const first = seen.get(id);
    seen.set(id, first ?? at);
    return first === undefined
      ? []
      : [invalid(`${path}[${at}]`, `is a second entry for ${id}; the first is ${path}[${first}]`)];
  });
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
