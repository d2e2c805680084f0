import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { CHART, helm } from '../support/chart.ts';
import type { KubeObject } from '../support/cluster.ts';
import { attachEnvironment } from '../support/environment.ts';
import { ignoredPathsOf, readExample } from '../support/gitops-examples.ts';
import { judge } from '../support/judge.ts';
import { runDirectory } from '../support/processes.ts';
import { inRepository } from '../support/repository.ts';
import { objectsIn, ofKind } from '../support/yaml-objects.ts';

const { helmPath, kubectl } = attachEnvironment();

const kustomize = async (folder: string): Promise<readonly KubeObject[]> =>
  objectsIn(await kubectl(['kustomize', folder]));

describe('the examples of Kustomize', () => {
  it('carry a prefix of an overlay to every field that names another object', async () => {
    const overlay = join(runDirectory('overlay'), 'prefixed');
    mkdirSync(overlay);
    const base = relative(overlay, inRepository('examples', 'kustomize', 'base'));
    writeFileSync(join(overlay, 'kustomization.yaml'), stringify({ namePrefix: 'eu-', resources: [base] }));
    const objects = await kustomize(overlay);
    expect(ofKind(objects, 'SecretStore')).toMatchObject({
      metadata: { name: 'eu-aws' },
      spec: { auth: { serviceAccountRef: { name: 'eu-reader' } } },
    });
    expect(ofKind(objects, 'ExternalSecret')).toMatchObject({
      metadata: { name: 'eu-db' },
      spec: { secretStoreRef: { name: 'eu-aws' }, target: { name: 'db' } },
    });
    expect(JSON.stringify(ofKind(objects, 'Deployment'))).toContain('"secretRef":{"name":"db"}');
  });
});

describe('the examples of Argo CD', () => {
  it('begin with the identity and end with the workload', async () => {
    const objects = await kustomize(inRepository('examples', 'argocd', 'shop'));
    const waves = objects.map(({ kind = '', metadata }): [wave: number, kind: string] => [
      Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0),
      kind,
    ]);
    expect(waves.toSorted(([a, first], [b, second]) => a - b || (first < second ? -1 : 1))).toEqual([
      [-3, 'Namespace'],
      [-3, 'ServiceAccount'],
      [-2, 'SecretStore'],
      [-1, 'ExternalSecret'],
      [0, 'Deployment'],
    ]);
  });

  const annotations = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z', 'example.com/note': 'live' };
  const live = {
    metadata: {
      name: 'shop',
      annotations: { 'keyferry.dev/seen-revisions': '{}', 'keyferry.dev/last-restart': '{}', 'example.com/a': 'live' },
    },
    spec: { replicas: 1, template: { metadata: { annotations }, spec: {} } },
  };
  const target = { metadata: { name: 'shop' }, spec: { replicas: 3, template: { metadata: {}, spec: {} } } };

  it('keep of a workload what keyferry has written, and nothing else', async () => {
    const [kept] = await judge([{ ask: 'respect', object: live, target, paths: ignoredPathsOf('apps') }]);
    const { 'example.com/a': _ofOthers, ...ours } = live.metadata.annotations;
    const { 'example.com/note': _note, ...restart } = annotations;
    expect(kept?.object).toEqual({
      metadata: { name: 'shop', annotations: ours },
      spec: { replicas: 3, template: { metadata: { annotations: restart }, spec: {} } },
    });
    const [bare] = await judge([{ ask: 'respect', object: live, target, paths: [] }]);
    expect(bare?.object).toEqual(target);
  });

  it('keep of a Rollout the time of its restart', async () => {
    const rollout = { ...live, spec: { replicas: 1, restartAt: '2026-01-01T00:00:00Z' } };
    const fromGit = { ...target, spec: { replicas: 3 } };
    const [kept] = await judge([
      { ask: 'respect', object: rollout, target: fromGit, paths: ignoredPathsOf('argoproj.io') },
    ]);
    expect(kept?.object).toMatchObject({ spec: { replicas: 3, restartAt: '2026-01-01T00:00:00Z' } });
  });
});

describe('the chart', () => {
  type Application = { readonly spec: { readonly source: { readonly helm: { readonly valuesObject: object } } } };
  type HelmRelease = { readonly spec: { readonly values: object } };
  const cases: readonly { of: string; values: object }[] = [
    {
      of: 'the Application',
      values: ofKind<Application>(readExample('argocd', 'keyferry.yaml'), 'Application').spec.source.helm.valuesObject,
    },
    {
      of: 'the HelmRelease',
      values: ofKind<HelmRelease>(readExample('flux', 'keyferry.yaml'), 'HelmRelease').spec.values,
    },
  ];
  it.each(cases)('takes the values of $of', async ({ values }) => {
    const file = join(runDirectory('values'), 'values.yaml');
    writeFileSync(file, stringify(values));
    const { code, stdout, stderr } = await helm(helmPath, ['template', 'keyferry', CHART, '-f', file]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('image: registry.example.com/keyferry:');
  });
});
