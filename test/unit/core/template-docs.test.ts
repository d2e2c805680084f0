import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { parse } from '../../../src/api/parse.ts';
import { templateFilters } from '../../../src/core/template-filters.ts';
import { templateTags } from '../../../src/core/template-tags.ts';
import { renderSpec } from '../../support/render-spec.ts';
import { blocksOf, readTemplateExamples, sectionOf, templatesPage } from '../../support/template-examples.ts';
import { type Fetched, renderOne, textsOf } from '../../support/templates.ts';

// docs/templates.md is held to what the templates do: each row and each example is rendered.

const section = (heading: string): string => sectionOf(templatesPage(), heading);

/** The cells of the section's table, without its head. */
const rowsOf = (text: string): readonly (readonly string[])[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );

const codeOf = (cell = ''): string => /^`([\s\S]*)`$/.exec(cell)?.[1] ?? '';

const keys: Fetched = parseYaml(blocksOf(section('## Filters'))[0] ?? '');

/** What the page says that a template gives: line breaks are written as `\n`, unless they are part of a quoted text. */
function expectGiven(template: string, gives: string): void {
  const rendered = renderOne(template, keys);
  expect(typeof rendered === 'string' ? rendered.replaceAll('\n', '\\n') : rendered).toBe(gives);
}

describe('docs/templates.md, from Go templates and Sprig', () => {
  const rows = rowsOf(section('## From Go templates and Sprig'));
  for (const [idiom, liquid, gives] of rows) {
    it(`${idiom} is ${liquid}`, () => expectGiven(codeOf(liquid), codeOf(gives)));
  }
  it('has rows', () => expect(rows.length).toBeGreaterThan(40));
});

describe('docs/templates.md, filters', () => {
  const rows = rowsOf(section('## Filters'));
  for (const [name, , example, gives] of rows) {
    it(`${name} gives what the page says`, () => {
      expect(codeOf(example)).toContain(codeOf(name));
      expectGiven(codeOf(example), codeOf(gives));
    });
  }
  it('are all of them', () =>
    expect(rows.map(([name]) => codeOf(name)).sort()).toEqual(Object.keys(templateFilters).sort()));
});

describe('docs/templates.md, tags', () => {
  const rows = rowsOf(section('## Tags'));
  for (const [name, example] of rows)
    it(`${name} can be rendered`, () => expect(renderOne(codeOf(example), keys)).toEqual(expect.any(String)));
  it('are all of them', () => {
    const named = rows.flatMap(([names = '']) => names.split(', ').map(codeOf));
    const ofOthers = ['elsif', 'else', 'when'];
    expect(named.filter((name) => !ofOthers.includes(name)).sort()).toEqual(Object.keys(templateTags).sort());
  });
});

describe('docs/templates.md, examples', () => {
  const examples = readTemplateExamples();
  for (const { title, key, held, manifest, data } of examples) {
    it(`${title}: makes the data that the page shows`, () => {
      const parsed = parse('ExternalSecret', manifest, 'refuse');
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
      const rendered = renderSpec(parsed.value.spec, { [key]: held });
      expect(rendered.ok ? textsOf(rendered.value) : rendered.faults).toEqual(data);
    });
  }

  it('are those that are asked for most', () => {
    const types = examples.map(({ manifest }) => manifest.spec.target.template.type ?? manifest.metadata.name);
    expect(types).toEqual([
      'kubernetes.io/dockerconfigjson',
      'kubernetes.io/tls',
      'db',
      'kubernetes.io/ssh-auth',
      'npm',
    ]);
  });

  it('make a Docker login that is JSON', () => {
    const { auths } = JSON.parse(examples[0]?.data['.dockerconfigjson'] ?? '');
    expect(Buffer.from(auths['registry.example.com'].auth, 'base64').toString()).toBe('puller:p"ss');
  });
});
