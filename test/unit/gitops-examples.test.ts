import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Kind, parse } from '../../src/api/parse.ts';
import type { KubeObject } from '../support/cluster.ts';
import { readDefinitions } from '../support/definitions.ts';
import { readDocumentedYaml } from '../support/documents.ts';
import { healthCheckOf, ignoredPathsOf } from '../support/gitops-examples.ts';
import { inRepository } from '../support/repository.ts';

const kinds = readDefinitions().map(({ kind }) => kind as Kind);
const examples = globSync('{argocd,flux,kustomize}/**/*.yaml', { cwd: inRepository('examples') })
  .toSorted()
  .flatMap((file) =>
    parseAllDocuments(readFileSync(inRepository('examples', file), 'utf8')).map((document) => {
      const object: KubeObject = document.toJS();
      return { file, object };
    }),
  );
const applications = examples.filter(({ object }) => object.kind === 'Application');

/** Every path of names to a value, `spec.syncPolicy.automated.prune`; what is in lists comes without its place. */
function fieldsOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => fieldsOf(item, path));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, member]) => fieldsOf(member, path === '' ? name : `${path}.${name}`));
}

// Argo CD's own CRDs are in a module that is too large to download for them: these are the fields of theirs that the examples use.
const FIELDS_OF_APPLICATIONS = [
  'apiVersion',
  'kind',
  'metadata.annotations.argocd.argoproj.io/sync-wave',
  'metadata.name',
  'metadata.namespace',
  'spec.destination.namespace',
  'spec.destination.server',
  'spec.ignoreDifferences.group',
  'spec.ignoreDifferences.jqPathExpressions',
  'spec.ignoreDifferences.kind',
  'spec.project',
  'spec.source.helm.releaseName',
  'spec.source.helm.valuesObject.image.repository',
  'spec.source.path',
  'spec.source.repoURL',
  'spec.source.targetRevision',
  'spec.syncPolicy.automated.prune',
  'spec.syncPolicy.automated.selfHeal',
  'spec.syncPolicy.syncOptions',
];

describe('the Applications of Argo CD', () => {
  it('have fields that Argo CD knows', () => {
    const fields = new Set(applications.flatMap(({ object }) => fieldsOf(object)));
    expect([...fields].toSorted()).toEqual(FIELDS_OF_APPLICATIONS);
  });

  it('name folders of this repository, and options that Argo CD knows', () => {
    for (const { file, object } of applications) {
      const { source, syncPolicy } = object.spec as {
        source: { path: string };
        syncPolicy: { syncOptions: readonly string[] };
      };
      expect(existsSync(inRepository(source.path)), `${file}: ${source.path}`).toBe(true);
      const known = ['CreateNamespace=true', 'ServerSideApply=true', 'RespectIgnoreDifferences=true'];
      expect(syncPolicy.syncOptions.filter((option) => !known.includes(option))).toEqual([]);
    }
    expect(applications).toHaveLength(2);
  });

  it('leave alone every annotation that the admission policies let keyferry write', () => {
    const fence = readFileSync(inRepository('charts', 'keyferry', 'templates', 'fence.yaml'), 'utf8');
    const lists = [...fence.matchAll(/name in \[([^\]]+)\]/g)].flatMap(([, list = '']) => list.split(', '));
    const annotations = new Set(lists.map((name) => name.replaceAll("'", '')).filter((name) => /^keyferry/.test(name)));
    expect(annotations.size).toBeGreaterThan(1);
    const paths = [...annotations].map((name) => `.metadata.annotations."${name}"`);
    const restartedAt = '.spec.template.metadata.annotations."kubectl.kubernetes.io/restartedAt"';
    expect(ignoredPathsOf('apps').toSorted()).toEqual([...paths, restartedAt].toSorted());
    expect(ignoredPathsOf('argoproj.io').toSorted()).toEqual([...paths, '.spec.restartAt'].toSorted());
  });

  it('say the same as the pages do', () => {
    const shown = readDocumentedYaml().flatMap(({ content }) =>
      fieldsOf(content).some((field) => field.endsWith('jqPathExpressions')) ? [JSON.stringify(content)] : [],
    );
    expect(shown.length).toBeGreaterThan(0);
    const paths = shown.flatMap((text) =>
      [...text.matchAll(/"(\.(?:[^"\\]|\\.)*)"/g)].map(([quoted]) => JSON.parse(quoted)),
    );
    const ours = [...ignoredPathsOf('apps'), ...ignoredPathsOf('argoproj.io')];
    expect(paths.filter((path: string) => !ours.includes(path))).toEqual([]);
  });
});

describe('the examples for GitOps', () => {
  it('have a health check for each kind', () => {
    for (const kind of kinds) expect(healthCheckOf(kind)).toMatch(/^local status/);
  });

  it('wait for a folder of this repository', () => {
    const flux = examples.find(({ file, object }) => file.startsWith('flux/') && object.kind === 'Kustomization');
    expect(flux?.object.spec).toMatchObject({ path: expect.stringMatching(/^\.\/./) });
    const { path = '' } = { ...(flux?.object.spec as { path?: string }) };
    expect(existsSync(inRepository(path))).toBe(true);
  });

  for (const { file, object } of examples.filter(({ object: { kind } }) => kinds.includes(kind as Kind))) {
    it(`show an object that is valid in ${file}`, () => {
      expect(parse(object.kind as Kind, object, 'refuse')).toMatchObject({ ok: true });
    });
  }
});
