// Writes src/api/generated and the chart's copy of the CRDs from crds/, and the chart's table of values. `node test/support/generate.ts` writes;
// test/unit/api/generated.test.ts and test/unit/chart.test.ts hold the result.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { compile } from 'json-schema-to-typescript';
import { parse } from 'yaml';
import { CHART, generateChart } from './chart.ts';

type Schema = { [key: string]: unknown };

const root = new URL('../../', import.meta.url);
const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Definition {
  kind: string;
  schema: Schema;
}

function definitions(): Definition[] {
  return readdirSync(new URL('crds/', root))
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const crd = parse(readFileSync(new URL(`crds/${file}`, root), 'utf8'));
      return { kind: crd.spec.names.kind, schema: crd.spec.versions[0].schema.openAPIV3Schema };
    });
}

/** A copy of the schema in which `change` has been applied to every subschema, from the leaves up. */
function rewrite(schema: Schema, change: (schema: Schema) => Schema): Schema {
  const copy: Schema = { ...schema };
  if (isObject(copy.properties)) {
    copy.properties = Object.fromEntries(
      Object.entries(copy.properties).map(([name, child]) => [name, isObject(child) ? rewrite(child, change) : child]),
    );
  }
  for (const key of ['items', 'additionalProperties']) {
    const child = copy[key];
    if (isObject(child)) copy[key] = rewrite(child, change);
  }
  return change(copy);
}

// json-schema-to-typescript wants closed objects; a field with a default is always there once the API server (or parse) saw it.
function forTypes(schema: Schema): Schema {
  const closed = rewrite(schema, (part) => {
    const kept = Object.fromEntries(Object.entries(part).filter(([key]) => !key.startsWith('x-kubernetes')));
    if (kept.type === 'object' && kept.properties === undefined && kept.additionalProperties === undefined) return kept;
    if (kept.type !== 'object' || kept.additionalProperties !== undefined) {
      const { maxItems: _max, minItems: _min, ...rest } = kept;
      return rest;
    }
    const properties = isObject(kept.properties) ? kept.properties : {};
    const defaulted = Object.entries(properties).flatMap(([name, child]) =>
      isObject(child) && child.default !== undefined && name !== 'status' ? [name] : [],
    );
    const required = Array.isArray(kept.required) ? kept.required : [];
    return { ...kept, required: [...new Set([...required, ...defaulted])], additionalProperties: false };
  });
  const properties: Schema = isObject(closed.properties) ? { ...closed.properties } : {};
  delete properties.metadata;
  return { ...closed, properties };
}

const withoutDescriptions = (schema: Schema): Schema =>
  rewrite(schema, ({ description: _description, ...rest }) => rest);

const banner = '// Generated from crds/ by `npm run generate`. Do not edit.\n';

/** The files of src/api/generated, by name. */
export async function generate(): Promise<Record<string, string>> {
  const types: string[] = [banner];
  const schemas: Record<string, Schema> = {};
  for (const { kind, schema } of definitions()) {
    const part = await compile(forTypes(schema) as never, kind, {
      bannerComment: '',
      additionalProperties: false,
      declareExternallyReferenced: true,
      style: { singleQuote: true, printWidth: 120 },
    });
    types.push(part);
    schemas[kind] = withoutDescriptions(schema);
  }
  const text = `${banner}export const schemas: Readonly<Record<'${Object.keys(schemas).join("' | '")}', object>> = ${JSON.stringify(schemas, null, 1)};\n`;
  return { 'types.ts': types.join('\n'), 'schemas.ts': text };
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(await generate())) {
    writeFileSync(new URL(`src/api/generated/${name}`, root), text);
  }
  for (const [path, text] of Object.entries(generateChart())) writeFileSync(`${CHART}/${path}`, text);
}
