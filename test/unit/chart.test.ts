import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Kind, parse as parseResource } from '../../src/api/parse.ts';
import { CHART, generateChart, undocumented } from '../support/chart.ts';
import { readCrds } from '../support/crds.ts';
import { inRepository } from '../support/repository.ts';

const read = (path: string): string => readFileSync(`${CHART}/${path}`, 'utf8');

describe('the chart', () => {
  for (const [path, text] of Object.entries(generateChart())) {
    it(`has the ${path} that npm run generate makes`, () => expect(read(path)).toBe(text));
  }

  it('says of every value what it means', () => {
    expect(undocumented(read('values.yaml'))).toEqual([]);
    expect(undocumented('a:\n  # -- said\n  b: {c: 1}\n  d: 1\n')).toEqual(['a.d']);
  });

  it('has the version of the application', () => {
    const { version }: { version: string } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'));
    expect(parse(read('Chart.yaml'))).toMatchObject({ version, appVersion: version, kubeVersion: '>=1.31.0-0' });
  });

  it('tells Artifact Hub of the kinds that it installs, with examples that are valid', () => {
    const { annotations } = parse(read('Chart.yaml'));
    const told: readonly { kind: string; version: string; name: string }[] = parse(annotations['artifacthub.io/crds']);
    const installed = readCrds().map((text) => {
      const { metadata, spec } = parse(text);
      return { kind: spec.names.kind, version: spec.versions[0].name, name: metadata.name };
    });
    const byKind = <T extends { kind: string }>(all: readonly T[]) =>
      all.toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
    expect(byKind(told)).toMatchObject(byKind(installed));
    const examples: readonly { kind: Kind }[] = parse(annotations['artifacthub.io/crdsExamples']);
    expect(examples.length).toBeGreaterThan(1);
    for (const example of examples) expect(parseResource(example.kind, example, 'refuse')).toMatchObject({ ok: true });
    expect(annotations).toMatchObject({ 'artifacthub.io/license': 'Apache-2.0', 'artifacthub.io/operator': 'true' });
  });

  it('runs the image that the release workflow pushes, and leads to the runbooks of its owner', () => {
    const { image, metrics } = parse(read('values.yaml'));
    const workflow = readFileSync(inRepository('.github', 'workflows', 'release.yaml'), 'utf8');
    const [, host = '', name = ''] = /image=([\w.]+)\/\$\{GITHUB_REPOSITORY_OWNER,,\}\/(\w+)"/.exec(workflow) ?? [];
    const [, owner = ''] = String(image.repository).split('/');
    expect(owner).toMatch(/^[a-z0-9-]+$/);
    expect(image.repository).toBe([host, owner, name].join('/'));
    expect(workflow).toContain(`tags: \${{ steps.names.outputs.image }}:\${{ steps.names.outputs.version }}`);
    expect(image).toMatchObject({ tag: '', digest: '' });
    expect(metrics.prometheusRule.runbookUrl).toContain(`https://github.com/${owner}/${name}/`);
  });

  it('refuses, at every level of its values, what it does not know', () => {
    const open = (schema: unknown, path: string): string[] => {
      if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return [];
      const { properties } = schema;
      const isOpen = !('additionalProperties' in schema) || schema.additionalProperties !== false;
      const inside = Object.entries(properties ?? {}).flatMap(([name, child]) => open(child, `${path}.${name}`));
      return isOpen ? [path, ...inside] : inside;
    };
    expect(open(JSON.parse(read('values.schema.json')), '')).toEqual([]);
  });
});
