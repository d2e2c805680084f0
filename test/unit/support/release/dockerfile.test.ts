import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { execForm, parseDockerfile, type Stage, textsOf } from '../../../support/release/dockerfile.ts';
import { IMAGE_FILES } from '../../../support/release/image.ts';
import { inRepository } from '../../../support/repository.ts';
import { IMAGE_USER, NODE } from '../../../support/sandbox.ts';

const read = (...path: string[]): string => readFileSync(inRepository(...path), 'utf8');
const stages = parseDockerfile(read('Dockerfile'));
const [build, tree, image] = stages;
const deployment = read('charts', 'keyferry', 'templates', 'deployment.yaml');

/** The paths that a stage copies out of the checkout. */
const copied = (stage: Stage | undefined): string[] =>
  textsOf(stage, 'COPY')
    .filter((text) => !text.startsWith('--from='))
    .flatMap((text) => text.split(/\s+/).slice(0, -1));

describe('the Dockerfile', () => {
  it('pins each base by tag and digest', () => {
    const bases = stages.map(({ base }) => base).filter((base) => base !== 'scratch');
    expect(bases).toHaveLength(2);
    expect(bases.filter((base) => !/^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/.test(base))).toEqual([]);
  });

  it('adds to its base the tree that the script lays, and nothing else', () => {
    expect(textsOf(build, 'RUN').at(-1)).toBe('node test/support/release/image.ts /image');
    expect([build?.name, textsOf(tree, 'COPY')]).toEqual(['build', ['--from=build /image /']]);
    expect([tree?.name, textsOf(image, 'COPY')]).toEqual(['tree', ['--from=tree / /']]);
    expect(tree?.instructions).toHaveLength(1);
    const adding = image?.instructions.filter(({ name }) => ['RUN', 'ADD', 'VOLUME', 'ONBUILD'].includes(name));
    expect(adding).toEqual([]);
  });

  it('runs the bundle of that tree with the node of its base', () => {
    const [[program, ...rest] = []] = textsOf(image, 'ENTRYPOINT').map(execForm);
    expect(program).toBe(NODE);
    expect(IMAGE_FILES.map(({ path }) => path)).toContain(rest.at(-1));
    expect(textsOf(image, 'CMD')).toEqual([]);
    expect(image?.base).toMatch(/^gcr\.io\/distroless\/nodejs24-debian\d+:nonroot@/);
  });

  it('is the user of the chart, by number', () => {
    const [user, group] = ['runAsUser', 'runAsGroup'].map((key) => new RegExp(`${key}: (\\d+)`).exec(deployment)?.[1]);
    expect(textsOf(image, 'USER')).toEqual([`${user}:${group}`]);
    expect(user).toBe(String(IMAGE_USER));
  });

  it('serves where the chart and the operator do by default, and is checked there', () => {
    const { metrics }: { metrics: { port: number } } = parse(read('charts', 'keyferry', 'values.yaml'));
    expect(textsOf(image, 'EXPOSE')).toEqual([String(metrics.port)]);
    const [check = []] = textsOf(image, 'HEALTHCHECK').map(execForm);
    expect(check[0]).toBe(NODE);
    expect(check.at(-1)).toContain(`http://127.0.0.1:${metrics.port}/healthz`);
    expect(read('src', 'flags.ts')).toContain(`.default(':${metrics.port}')`);
  });

  it('says what the image is in labels of the OCI', () => {
    const [text = ''] = textsOf(image, 'LABEL');
    const labels = [...text.matchAll(/org\.opencontainers\.image\.([\w.]+)="([^"]+)"/g)].map(([, name]) => name);
    expect(labels.toSorted()).toEqual(
      ['base.name', 'created', 'description', 'licenses', 'revision', 'source', 'title', 'version'].toSorted(),
    );
    expect(text).toContain(`base.name="${image?.base.split('@')[0]}"`);
    const args = textsOf(image, 'ARG').map((each) => each.split('=')[0]);
    for (const [, name] of text.matchAll(/"\$(\w+)"/g)) expect(args).toContain(name);
  });

  it('copies what is there and what .dockerignore lets through, which lets through nothing else', () => {
    expect(copied(build).filter((path) => !existsSync(inRepository(path)))).toEqual([]);
    const rules = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(rules[0]).toBe('*');
    // A folder is let through, shut again and opened by one of its own.
    const shut = rules
      .slice(1)
      .filter((rule) => !rule.startsWith('!'))
      .map((rule) => rule.replace('/*', ''));
    const open = rules.flatMap((rule) => (rule.startsWith('!') ? [rule.slice(1)] : []));
    expect(open.filter((path) => !shut.includes(path)).toSorted()).toEqual(copied(build).toSorted());
  });
});

describe('the parser of Dockerfiles', () => {
  it('reads stages, continued lines and comments', () => {
    const text = '# a\nFROM --platform=$X a:1 AS one\nRUN a \\\n  b\n# c\nFROM b\ncmd ["x", "y"]\n';
    expect(parseDockerfile(text)).toEqual([
      { base: 'a:1', name: 'one', instructions: [{ name: 'RUN', text: 'a b' }] },
      { base: 'b', name: undefined, instructions: [{ name: 'CMD', text: '["x", "y"]' }] },
    ]);
    expect(execForm('--interval=1s CMD ["x", "y"]')).toEqual(['x', 'y']);
  });
});
