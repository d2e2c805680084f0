import { globSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachEnvironment } from '../support/environment.ts';
import { readCorpus } from '../support/manifests.ts';
import { createNamespace, deleteNamespace } from '../support/namespace.ts';
import { inRepository } from '../support/repository.ts';
import { installKinds } from '../support/stage.ts';

// A default below a list, or a field that is stored otherwise than it was written, would make kubectl see a difference for ever.

const environment = attachEnvironment();
const { cluster, kubectl } = environment;
const examples = globSync('*.yaml', { cwd: inRepository('examples') })
  .toSorted()
  .map((file) => readFileSync(inRepository('examples', file), 'utf8'));
// The status is not kubectl's to write, and what is null it removes: of both it sends a patch each time, whatever the kind is like.
const corpus = readCorpus('valid').filter(
  ({ manifest }) => manifest.status === undefined && !JSON.stringify(manifest).includes(':null'),
);
let namespace: string;

beforeAll(async () => {
  await installKinds(environment);
  namespace = await createNamespace(cluster, 'apply');
});

afterAll(async () => {
  const clusterScoped = corpus.filter(({ manifest }) => manifest.kind === 'ClusterSecretStore');
  await kubectl(
    ['delete', '--wait=false', '--ignore-not-found', '-f', '-'],
    joined(clusterScoped.map(({ text }) => text)),
  );
  await kubectl(['delete', '--wait=false', '--ignore-not-found', '-f', '-'], joined(examples));
  await deleteNamespace(cluster, namespace);
  cluster.close();
});

const joined = (texts: readonly string[]): string => texts.join('\n---\n');

/** What kubectl says of each object when it applies the texts once more. */
async function secondApply(texts: readonly string[], ...args: readonly string[]): Promise<readonly string[]> {
  await kubectl(['apply', ...args, '-f', '-'], joined(texts));
  return (await kubectl(['apply', ...args, '-f', '-'], joined(texts))).trim().split('\n');
}

describe('a second kubectl apply', () => {
  it('leaves the examples unchanged', async () => {
    const said = await secondApply(examples);
    expect(said.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
    expect(said).toHaveLength(examples.length);
  });

  it('leaves the valid corpus unchanged', async () => {
    const said = await secondApply(
      corpus.map(({ text }) => text),
      '-n',
      namespace,
    );
    expect(said.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
    expect(said).toHaveLength(corpus.length);
  });
});
