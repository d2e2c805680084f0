import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Kind, parse } from '../../src/api/parse.ts';
import { readDefinitions } from '../support/definitions.ts';
import { readDocumentedObjects, readDocumentedYaml } from '../support/documents.ts';
import { fieldsOf, placesOf } from '../support/mutations.ts';
import { inRepository } from '../support/repository.ts';

// What README.md and docs/ show can be pasted, and shows every field there is. test/conformance/documents.test.ts asks the API server too.

const API_VERSION = 'keyferry.dev/v1alpha1';
const objects = readDocumentedObjects();
const definitions = readDefinitions();
const isKind = (kind: string): kind is Kind => definitions.some((definition) => definition.kind === kind);
const ours = objects.filter(({ manifest }) => manifest.apiVersion === API_VERSION);

/** Statuses are shown alone, beside the object that they are of. */
const statuses = readDocumentedYaml().flatMap(({ content }) =>
  typeof content === 'object' && content !== null && 'status' in content && !('kind' in content) ? [content] : [],
);

const shownFields = new Set(
  ours.flatMap(({ manifest }) => {
    const schema = definitions.find(({ kind }) => kind === manifest.kind)?.schema ?? {};
    return placesOf(schema, manifest).map(({ field }) => `${manifest.kind} ${field}`);
  }),
);

/** Fields of which the reference says that they are those of another place, shown there. */
const sameElsewhere = (kind: Kind, field: string): readonly string[] => [
  ...(kind === 'ClusterSecretStore' ? [`SecretStore ${field}`] : []),
  `${kind} ${field.replace('spec.dataFrom[].extract', 'spec.data[].remoteRef')}`,
];

describe('the documents', () => {
  for (const { place, manifest } of ours) {
    it(`show an object that is valid at ${place}: ${manifest.kind} ${manifest.metadata.name}`, () => {
      const { kind } = manifest;
      expect(isKind(kind) ? parse(kind, manifest, 'refuse') : `no such kind: ${kind}`).toMatchObject({ ok: true });
    });
  }

  it('show a status that is valid', () => {
    const [shown] = ours.filter(({ manifest }) => manifest.kind === 'ExternalSecret');
    for (const status of statuses) {
      expect(parse('ExternalSecret', { ...shown?.manifest, ...status }, 'refuse')).toMatchObject({ ok: true });
    }
    expect(statuses).toHaveLength(1);
  });

  for (const { kind, schema } of definitions) {
    it(`show every field of the spec of ${kind}`, () => {
      const missing = fieldsOf(schema)
        .map(([field]) => field)
        .filter((field) => field.startsWith('spec') && !shownFields.has(`${kind} ${field}`))
        .filter((field) => !sameElsewhere(kind, field).some((same) => shownFields.has(same)));
      expect(missing).toEqual([]);
    });

    it(`name every field of the status of ${kind}`, () => {
      const [, section = ''] = readFileSync(inRepository('docs', 'reference.md'), 'utf8').split('\n# Status\n');
      const there = new Set(statuses.flatMap((status) => placesOf(schema, status).map(({ field }) => field)));
      const missing = fieldsOf(schema)
        .map(([field]) => field)
        .filter((field) => field.startsWith('status') && !there.has(field) && !/[\]*]$/.test(field))
        .filter((field) => field !== 'status' && !section.includes(`\`${field.split('.').at(-1)}\``));
      expect(missing).toEqual([]);
    });
  }
});
