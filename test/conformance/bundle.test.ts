import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Build, makeBundle } from '../support/build.ts';
import { ensureCyclonedxSchemas } from '../support/parts/go.ts';
import { IMAGE_FILES } from '../support/release/image.ts';
import { refuseLicences } from '../support/release/licences.ts';
import { idOf } from '../support/release/packages.ts';

let build: Build;
beforeAll(async () => {
  build = await makeBundle();
});

const textOf = (name: string): string => Buffer.from(build.files.get(name) ?? '').toString();

/** The files of code, by name: what a pod loads, and what only some kubeconfigs need. */
const OF_PODS = ['keyferry.mjs', 'chunk.mjs', 'work.mjs'];
const OF_KUBECONFIGS = ['client-node.mjs', 'yaml.mjs'];
const CODE = [...OF_PODS, ...OF_KUBECONFIGS];

/** The packages that the code of the bundle says it is of, by the comments that esbuild puts before each module. */
const named = (): string[] => {
  const modules = CODE.map(textOf)
    .join('')
    .matchAll(/^\/\/ (node_modules\/\S+)$/gm);
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
    for (const name of CODE) expect(textOf(name)).toMatch(/^[\0-\x7f]+$/);
  });

  it('is in these files, and the image has them all', () => {
    expect([...build.files.keys()].filter((name) => name.endsWith('.mjs')).toSorted()).toEqual(CODE.toSorted());
    expect(IMAGE_FILES.map(({ from }) => from)).toEqual(expect.arrayContaining(CODE.map((name) => `dist/${name}`)));
  });

  it('asks for the modules of node by require: an import would load all that they offer, such as undici', () => {
    const importsOf = (name: string): string[] => {
      const imports = textOf(name).matchAll(/^(?:import .*|\}) from ["'](.+)["'];$|\bimport\(["'](.+)["']\)/gm);
      return [...imports].map(([, named = '', awaited = named]) => awaited);
    };
    expect(importsOf('keyferry.mjs').toSorted()).toEqual([
      './chunk.mjs',
      './client-node.mjs',
      './work.mjs',
      './yaml.mjs',
      'node:module',
    ]);
    // Streams of events are not among the answers that keyferry asks AWS for, so what reads them is never loaded.
    expect(importsOf('work.mjs').toSorted()).toEqual(['./chunk.mjs', '@smithy/core/event-streams', 'node:module']);
    for (const name of ['chunk.mjs', 'yaml.mjs']) expect(importsOf(name)).toEqual(['node:module']);
  });

  it('has what only kubeconfigs need in files that a pod never loads', () => {
    for (const name of OF_PODS)
      expect(textOf(name)).not.toMatch(/^\/\/ node_modules\/(@kubernetes\/client-node|undici|yaml)\//m);
    expect(textOf('client-node.mjs')).toMatch(/^\/\/ node_modules\/@kubernetes\/client-node\//m);
    expect(textOf('yaml.mjs')).toMatch(/^\/\/ node_modules\/yaml\//m);
  });

  it('has what working takes in a file that is loaded while the API server answers', () => {
    expect(textOf('work.mjs')).toMatch(/^\/\/ node_modules\/@aws-sdk\//m);
    for (const name of ['keyferry.mjs', 'chunk.mjs'])
      expect(textOf(name)).not.toMatch(/^\/\/ node_modules\/(@aws-sdk|@smithy|liquidjs|@marcbachmann)\//m);
  });
});

describe('the credentials of the machine', () => {
  it('are found by nothing in the bundle', () => {
    for (const name of OF_PODS)
      expect(textOf(name)).not.toMatch(/^\/\/ node_modules\/@(aws-sdk|smithy)\/credential-provider/m);
    expect(textOf('work.mjs')).toContain('keyferry does not look for credentials by itself');
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
