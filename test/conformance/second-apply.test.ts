import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { expectNoDrift } from '../support/drift.ts';
import { attachEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { readCorpus } from '../support/manifests.ts';
import { createNamespace, deleteNamespace } from '../support/namespace.ts';
import { ensureFluxKinds } from '../support/parts/go.ts';
import { render } from '../support/rendered.ts';
import { inRepository } from '../support/repository.ts';
import { installKinds } from '../support/stage.ts';
import { objectsIn } from '../support/yaml-objects.ts';

// A default below a list, or a field that is stored otherwise than it was written, would make kubectl see a difference for ever, and a GitOps
// tool put right what is not wrong. test/e2e/restarts-gitops.test.ts does the same with the operator at work.

const environment = attachEnvironment();
const { cluster, helmPath, kubectl } = environment;
const read = (pattern: string): readonly string[] =>
  globSync(pattern, { cwd: inRepository('examples') })
    .toSorted()
    .map((file) => readFileSync(inRepository('examples', file), 'utf8'));
// The status is not kubectl's to write, and what is null it removes: of both it sends a patch each time, whatever the kind is like.
const corpus = readCorpus('valid').filter(
  ({ manifest }) => manifest.status === undefined && !JSON.stringify(manifest).includes(':null'),
);
const fluxKinds = await ensureFluxKinds();
const joined = (texts: readonly string[]): string => texts.join('\n---\n');
const left: string[] = [];
let namespace: string;

beforeAll(async () => {
  await installKinds(environment);
  namespace = await createNamespace(cluster, 'apply');
});

afterAll(async () => {
  // What is in a namespace goes with it, and the CRDs are everybody's.
  const wide = left.flatMap((text) => objectsIn(text)).filter(({ kind = '' }) => WIDE.test(kind));
  await kubectl(
    ['delete', '--wait=false', '--ignore-not-found', '-f', '-'],
    joined(wide.map((object) => stringify(object))),
  );
  await deleteNamespace(cluster, namespace);
  cluster.close();
});

const WIDE = /^(Namespace|ClusterSecretStore|ClusterRole.*|ValidatingAdmission.*)$/;

/** Applies the text for the first time; it goes at the end. */
async function apply(text: string, ...args: readonly string[]): Promise<void> {
  left.push(text);
  await kubectl(['apply', ...args, '-f', '-'], text);
}

const namespaceNamed = (name: string): string => stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

/** All that a GitOps tool may be given to apply: examples/, what Kustomize makes of them, and the objects of the chart. */
async function everything(): Promise<string> {
  const values = ['networkPolicy.enabled=true', 'serviceAccount.annotations.a=b', 'rbac.tokenServiceAccounts={reader}'];
  const chart = await render(helmPath, [...values, 'fullnameOverride=second-apply'], namespace);
  return joined([
    ...read('*.yaml'),
    await kubectl(['kustomize', inRepository('examples', 'argocd', 'shop')]),
    chart.text,
    ...['argocd', 'flux-system'].map(namespaceNamed),
    ...read('argocd/health.yaml'),
    ...read('flux/*.yaml'),
  ]);
}

describe('a second apply', () => {
  it('leaves the valid corpus unchanged', async () => {
    const texts = corpus.map(({ text }) => text);
    await apply(joined(texts), '-n', namespace);
    const said = (await kubectl(['apply', '-n', namespace, '-f', '-'], joined(texts))).trim().split('\n');
    expect(said.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
    expect(said).toHaveLength(corpus.length);
  });

  it('leaves unchanged the examples, what Kustomize makes of them, the chart, and the objects of Flux, which its CRDs take', async () => {
    const text = await everything();
    for (const file of globSync('*.yaml', { cwd: fluxKinds })) {
      await cluster.applyYaml(readFileSync(join(fluxKinds, file), 'utf8'));
    }
    // The kinds of Flux are served a moment after their CRDs are there.
    await eventually('everything to be applied', () => apply(text).then(() => true), { timeoutMs: 30_000 });
    await expectNoDrift(environment, text);
  });
});
