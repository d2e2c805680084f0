import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';

interface Schema {
  readonly [field: string]: unknown;
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const DEFINITIONS = '#/definitions/';
const REFERENCE = /"\$ref":"#\/definitions\/([^"]+)"/g;
const KINDS = 'x-kubernetes-group-version-kind';
const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Writes what the API server says of its kinds into the folder as JSON schemas, as kubeconform looks for them; the pattern of the files. */
export async function writeSchemas(cluster: Cluster, folder: string, kinds: ReadonlySet<string>): Promise<string> {
  const { definitions }: { definitions: Readonly<Record<string, Schema>> } = JSON.parse(
    await cluster.text('/openapi/v2'),
  );
  mkdirSync(folder, { recursive: true });
  const strict = mapValues(definitions, (schema, name) =>
    name.endsWith('.api.resource.Quantity') ? QUANTITY : close(schema),
  );
  for (const [name, schema] of Object.entries(definitions)) {
    for (const { group, version, kind } of (schema[KINDS] ?? []) as readonly GroupVersionKind[]) {
      if (!kinds.has(kind)) continue;
      const text = JSON.stringify({ $ref: `${DEFINITIONS}${name}`, definitions: reachable(strict, name) });
      // kubeconform takes what stands before the slash of `apiVersion` for the group; the core group has none.
      const stem = `${kind}-${group === '' ? version : group}-${version}`.toLowerCase();
      writeFileSync(join(folder, `${stem}.json`), text);
    }
  }
  return `${folder}/{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}.json`;
}

/** Those of the definitions that one needs, itself included. */
function reachable(definitions: Schema, name: string, found: Record<string, unknown> = {}): Schema {
  if (name in found) return found;
  found[name] = definitions[name];
  for (const [, other = ''] of JSON.stringify(definitions[name]).matchAll(REFERENCE))
    reachable(definitions, other, found);
  return found;
}

const QUANTITY: Schema = { type: ['string', 'number'] };

function mapValues(of: Schema, change: (value: Schema, name: string) => unknown): Schema {
  return Object.fromEntries(
    Object.entries(of).map(([name, value]) => [name, isObject(value) ? change(value, name) : value]),
  );
}

/** The same schema, in which a field that it does not name is an error, and an int-or-string may be either. */
function close(schema: Schema): Schema {
  const { properties, items, additionalProperties, ...rest } = schema;
  const isNumberOrText = rest.format === 'int-or-string';
  return {
    ...rest,
    ...(isNumberOrText ? { type: ['integer', 'string'] } : {}),
    ...(isObject(items) ? { items: close(items) } : {}),
    ...(isObject(properties) ? { properties: mapValues(properties, close), additionalProperties: false } : {}),
    ...(isObject(additionalProperties) ? { additionalProperties: close(additionalProperties) } : {}),
  };
}
