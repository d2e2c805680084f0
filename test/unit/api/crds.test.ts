import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { readDefinitions } from '../../support/definitions.ts';
import { type FieldSchema, fieldsOf } from '../../support/mutations.ts';

const definitions = readDefinitions();

const SHORT_NAMES: Readonly<Record<string, string>> = {
  ExternalSecret: 'kfes',
  SecretStore: 'kfss',
  ClusterSecretStore: 'kfcss',
};

const STORE_DEFAULTS = { 'spec.defaultService': 'SecretsManager', status: { observedGeneration: -1 } };
const DEFAULTS: Readonly<Record<string, object>> = {
  SecretStore: STORE_DEFAULTS,
  ClusterSecretStore: STORE_DEFAULTS,
  ExternalSecret: {
    'spec.secretStoreRef.kind': 'SecretStore',
    'spec.refreshInterval': '1h',
    'spec.refreshPolicy': 'Periodic',
    // Empty, so that the defaults within have a place to be.
    'spec.target': {},
    'spec.target.creationPolicy': 'Owner',
    'spec.target.deletionPolicy': 'Retain',
    'spec.target.template.engine': 'Liquid',
    'spec.target.template.mergePolicy': 'Replace',
    status: { observedGeneration: -1 },
  },
};

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  ExternalSecret: ['Store', 'Interval', 'Ready', 'Reason', 'Last refresh', 'Secret', 'Last restart', 'Message'],
  SecretStore: ['Region', 'Ready', 'Reason', 'Age', 'Identity', 'Message'],
  ClusterSecretStore: ['Region', 'Ready', 'Reason', 'Age', 'Identity', 'Message'],
};

/** Whether the schema has one type and nothing that a structural schema may not have. */
function isStructural(schema: FieldSchema): boolean {
  const banned = ['$ref', 'definitions', 'oneOf', 'anyOf', 'allOf', 'not', 'uniqueItems', 'patternProperties'];
  const inner = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  return (
    schema.type !== undefined &&
    !(schema.properties !== undefined && schema.additionalProperties !== undefined) &&
    (schema.type === 'array') === (schema.items !== undefined) &&
    !banned.some((word) => word in schema) &&
    inner.every((child) => child === undefined || isStructural(child))
  );
}

/** The keys of every map in the document, wherever. */
function wordsIn(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(wordsIn);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, member]) => [name, ...wordsIn(member)]);
}

for (const { kind, text, names, version, schema } of definitions) {
  describe(`the definition of ${kind}`, () => {
    const fields = fieldsOf(schema);

    it('is structural all through', () => expect(isStructural(schema)).toBe(true));

    it('keeps no unknown field', () => {
      expect(wordsIn(parseYaml(text))).not.toContain('x-kubernetes-preserve-unknown-fields');
      expect(wordsIn(parseYaml(text))).not.toContain('x-kubernetes-embedded-resource');
    });

    it('has these defaults and no other, none of them below a list', () => {
      const found = fields.flatMap(([field, part]) => (part.default === undefined ? [] : [[field, part.default]]));
      expect(Object.fromEntries(found)).toEqual(DEFAULTS[kind]);
      expect(found.filter(([field]) => /\[\]|\*/.test(String(field)))).toEqual([]);
    });

    it('describes every field', () => {
      const silent = fields.filter(([field, { description = '' }]) => !/\[\]$|\*$/.test(field) && description === '');
      expect(silent.map(([field]) => field)).toEqual([]);
      // The API server takes no description of metadata.
      const ofKubernetes = ['apiVersion', 'kind'].map((name) => schema.properties?.[name]?.description);
      expect(ofKubernetes).not.toContain(undefined);
    });

    it('caps every list and every text of the spec, as CEL needs', () => {
      const open = fields.filter(
        ([field, { type, maxItems, maxLength, maxProperties, additionalProperties, enum: choices }]) =>
          field.startsWith('spec') &&
          ((type === 'array' && maxItems === undefined) ||
            (type === 'string' && maxLength === undefined && choices === undefined) ||
            (additionalProperties !== undefined && maxProperties === undefined)),
      );
      expect(open.map(([field]) => field)).toEqual([]);
    });

    it('says how each list is merged', () => {
      const lists = fields.filter(([, { type }]) => type === 'array');
      expect(lists.filter(([, list]) => list['x-kubernetes-list-type'] === undefined).map(([field]) => field)).toEqual(
        [],
      );
      expect(lists.length).toBeGreaterThan(0);
    });

    it('has its short name and category, and a status of its own', () => {
      expect(names).toMatchObject({ shortNames: [SHORT_NAMES[kind]], categories: ['keyferry'] });
      expect(version.subresources).toEqual({ status: {} });
    });

    it('prints the columns that tell how it goes, from fields that exist', () => {
      expect(version.additionalPrinterColumns.map(({ name }) => name)).toEqual(COLUMNS[kind]);
      const known = new Set(['metadata.creationTimestamp', ...fields.map(([field]) => field)]);
      const paths = version.additionalPrinterColumns.map(({ jsonPath }) =>
        jsonPath.slice(1).replace(/\[\?\(.*?\)\]/, '[]'),
      );
      expect(paths.filter((path) => !known.has(path))).toEqual([]);
    });

    it('is under 100 KB', () => expect(Buffer.byteLength(text)).toBeLessThan(100_000));
  });
}

describe('the definitions', () => {
  it('are those of the three kinds', () => {
    expect(definitions.map(({ kind }) => kind).sort()).toEqual(['ClusterSecretStore', 'ExternalSecret', 'SecretStore']);
  });

  it('let ExternalSecrets be selected by their store', () => {
    const selectable = definitions.find(({ kind }) => kind === 'ExternalSecret')?.version.selectableFields;
    expect(selectable?.map(({ jsonPath }) => jsonPath)).toEqual([
      '.spec.secretStoreRef.name',
      '.spec.secretStoreRef.kind',
    ]);
  });

  it('let no namespaced kind name a namespace', () => {
    const namespaced = definitions.filter(({ kind }) => kind !== 'ClusterSecretStore');
    const fields = namespaced.flatMap(({ schema }) => fieldsOf(schema).map(([field]) => field));
    expect(fields.filter((field) => /namespace/i.test(field))).toEqual([]);
  });

  it('differ between the two kinds of store only in what belongs to the cluster', () => {
    const fieldsOfKind = (kind: string) =>
      fieldsOf(definitions.find((definition) => definition.kind === kind)?.schema ?? {}).map(([field, part]) =>
        JSON.stringify([field, { ...part, properties: undefined, items: undefined, description: undefined }]),
      );
    const cluster = new Set(fieldsOfKind('ClusterSecretStore'));
    expect(fieldsOfKind('SecretStore').filter((field) => !cluster.has(field))).toEqual([]);
  });
});
