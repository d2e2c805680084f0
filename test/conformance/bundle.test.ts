import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Build, makeBundle } from '../support/build.ts';
import { ensureCyclonedxSchemas } from '../support/parts/go.ts';
import { refuseLicences } from '../support/release/licences.ts';
import { idOf } from '../support/release/packages.ts';

let build: Build;
beforeAll(async () => {
  build = await makeBundle();
});

const textOf = (name: string): string => Buffer.from(build.files.get(name) ?? '').toString();

/** The packages that the code of the bundle says it is of, by the comments that esbuild puts before each module. */
const named = (): string[] => {
  const code = `${textOf('keyferry.mjs')}${textOf('client-node.mjs')}`;
  const modules = code.matchAll(/^\/\/ (node_modules\/\S+)$/gm);
  const folders = [...modules].map(([, path = '']) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? '');
  return [...new Set(folders)]
    .map((folder) => idOf(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))))
    .toSorted();
};

describe('what the bundle holds of others', () => {
  it('is what its code names', () => {
    expect(named().length).toBeGreaterThan(40);
    expect(build.contents.packages.map(idOf)).toEqual(named());
  });

  it('has licences under which it may be shipped, and says where its source is', () => {
    const { packages } = build.contents;
    expect(refuseLicences(packages)).toEqual([]);
    expect(packages.filter(({ source }) => !/^https:\/\/[\w-]+(\.[\w-]+)+\/\S+$/.test(source ?? ''))).toEqual([]);
  });

  it('is listed with its licences', () => {
    const licences = textOf('THIRD-PARTY-LICENSES.txt');
    const missing = build.contents.packages.filter(
      ({ name, version, licence }) => !licences.includes(`\n${name} ${version} (${licence}) `),
    );
    expect(missing).toEqual([]);
  });

  it('brings nothing that only tests use', () => {
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(build.contents.packages.filter(({ name }) => name in devDependencies)).toEqual([]);
  });
});

describe('the text of the bundle', () => {
  it('is ASCII, of which node keeps one byte for each character', () => {
    expect(textOf('keyferry.mjs')).toMatch(/^[\0-\x7f]+$/);
    expect(textOf('client-node.mjs')).toMatch(/^[\0-\x7f]+$/);
  });

  it('asks for the modules of node by require: an import would load all that they offer, such as undici', () => {
    const imports = textOf('keyferry.mjs').matchAll(/^import .* from ["'](.+)["'];$|\bimport\(["'](.+)["']\)/gm);
    expect([...imports].map(([, named, awaited]) => named ?? awaited)).toEqual(['node:module', './client-node.mjs']);
  });

  it('has what only kubeconfigs with plugins need in a file that a pod never loads', () => {
    expect(textOf('keyferry.mjs')).not.toMatch(/^\/\/ node_modules\/(@kubernetes\/client-node|undici)\//m);
    expect(textOf('client-node.mjs')).toMatch(/^\/\/ node_modules\/@kubernetes\/client-node\//m);
  });
});

describe('the credentials of the machine', () => {
  it('are found by nothing in the bundle', () => {
    expect(textOf('keyferry.mjs')).not.toMatch(/^\/\/ node_modules\/@(aws-sdk|smithy)\/credential-provider/m);
    expect(textOf('keyferry.mjs')).toContain('keyferry does not look for credentials by itself');
  });
});

describe('the bill of materials', () => {
  const bill = (): { components: { 'bom-ref': string }[]; dependencies: { ref: string; dependsOn: string[] }[] } =>
    JSON.parse(textOf('sbom.cdx.json'));

  it('is CycloneDX 1.6, by the schema of CycloneDX', async () => {
    const folder = await ensureCyclonedxSchemas();
    const schema = (name: string): object => JSON.parse(readFileSync(join(folder, name), 'utf8'));
    // The schema's own annotations, and formats that ajv does not know, are left aside.
    const ajv = new Ajv({ strict: false, validateFormats: false });
    ajv.addSchema([schema('spdx.schema.json'), schema('jsf-0.82.schemax.json')]);
    const isValid = ajv.compile(schema('bom-1.6.schema.json'));
    expect([isValid(bill()), isValid.errors]).toEqual([true, null]);
    expect(isValid({ ...bill(), components: [{ type: 'library' }] })).toBe(false);
    expect(isValid({ ...bill(), time: 0 })).toBe(false);
  }, 300_000);

  it('lists exactly the packages of the bundle, each with the hash that npm holds it to', () => {
    const { components } = bill();
    const purls = build.contents.packages.map((each) => `pkg:npm/${each.name.replace('@', '%40')}@${each.version}`);
    expect(components.map((each) => each['bom-ref'])).toEqual(purls);
    expect(components.filter((each) => !('hashes' in each))).toEqual([]);
  });

  it('says how each came into the bundle', () => {
    const { components, dependencies } = bill();
    const reached = new Set<string>();
    const walk = (ref: string): void => {
      if (reached.has(ref)) return;
      reached.add(ref);
      for (const next of dependencies.find((each) => each.ref === ref)?.dependsOn ?? []) walk(next);
    };
    walk(dependencies[0]?.ref ?? '');
    expect(components.filter((each) => !reached.has(each['bom-ref']))).toEqual([]);
  });
});
