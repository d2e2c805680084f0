import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kind, parse } from '../../src/api/parse.ts';
import type { KubeObject } from '../support/cluster.ts';
import { readDefinitions } from '../support/definitions.ts';
import { attachEnvironment } from '../support/environment.ts';
import { type Manifest, readCorpus } from '../support/manifests.ts';
import { fieldsOf, type Mutation, mutationsAt, placesOf } from '../support/mutations.ts';
import { createNamespace, deleteNamespace } from '../support/namespace.ts';
import { installKinds } from '../support/stage.ts';
import { collectionOf, judgeSpec, judgeStatus, type Verdict } from '../support/verdict.ts';

// Every field of every kind is broken in every way that its schema speaks of, and the API server and parse are asked.

const environment = attachEnvironment();
const { cluster } = environment;
const corpus = readCorpus('valid').map(({ manifest }) => manifest);
const there = new Map<Kind, KubeObject>();
let namespace: string;

/** For each field, what breaks it in the first manifest of the corpus that has it. */
function samples(kind: Kind): ReadonlyMap<string, readonly Mutation[]> {
  const schema = readDefinitions().find((definition) => definition.kind === kind)?.schema ?? {};
  const found = new Map<string, readonly Mutation[]>();
  for (const manifest of corpus.filter((candidate) => candidate.kind === kind)) {
    for (const place of placesOf(schema, manifest)) {
      if (!found.has(place.field) && place.value !== null) found.set(place.field, mutationsAt(manifest, place));
    }
  }
  return found;
}

beforeAll(async () => {
  await installKinds(environment);
  namespace = await createNamespace(cluster, 'fields');
  for (const { kind } of readDefinitions()) {
    const example = corpus.find((manifest) => manifest.kind === kind);
    const name = `fields-${randomBytes(4).toString('hex')}`;
    there.set(kind, await cluster.create(collectionOf(kind, namespace), { ...example, metadata: { name } }));
  }
});

afterAll(async () => {
  const name = there.get('ClusterSecretStore')?.metadata.name;
  await cluster.delete(`${collectionOf('ClusterSecretStore', namespace)}/${name}`);
  await deleteNamespace(cluster, namespace);
  cluster.close();
});

function judge(field: string, manifest: Manifest): Promise<Verdict> {
  const object = there.get(manifest.kind);
  return object !== undefined && field.startsWith('status')
    ? judgeStatus(cluster, namespace, object, manifest)
    : judgeSpec(cluster, namespace, manifest);
}

/** What the two differ in, or undefined. */
async function difference(field: string, { title, kind, manifest }: Mutation): Promise<string | undefined> {
  const [theirs, ours] = [await judge(field, manifest), parse(kind, manifest, 'refuse')];
  if (theirs.valid && ours.ok) {
    const same = JSON.stringify(sorted(theirs.stored.spec)) === JSON.stringify(sorted(ours.value.spec));
    return same || field.startsWith('status') ? undefined : `${title}: the defaults differ`;
  }
  if (theirs.valid || ours.ok) {
    return `${title}: ${theirs.valid ? `parse alone refuses it: ${JSON.stringify(ours)}` : `the API server alone refuses it: ${theirs.message}`}`.slice(
      0,
      600,
    );
  }
  const paths = ours.faults.map(({ subject }) => subject).filter((subject) => subject !== 'the object');
  const unheard = paths.filter((path) => !theirs.message.includes(path));
  // After a field that it does not know, the API server looks no further.
  const isEnough = theirs.message.includes('strict decoding error') && unheard.length < paths.length;
  return unheard.length === 0 || isEnough
    ? undefined
    : `${title}: only parse names ${unheard.join()}: ${theirs.message}`.slice(0, 600);
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([name, member]) => [name, sorted(member)])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
};

for (const { kind, schema } of readDefinitions()) {
  describe(`${kind}, field by field`, () => {
    const known = samples(kind);

    it('has every field in the valid corpus', () => {
      const missing = fieldsOf(schema).flatMap(([field]) => (known.has(field) ? [] : [field]));
      expect(missing).toEqual([]);
    });

    for (const [field, mutations] of known) {
      it.concurrent(`${field} is judged alike by the API server and parse`, async () => {
        const differences = await Promise.all(mutations.map((mutation) => difference(field, mutation)));
        expect(differences.filter((found) => found !== undefined)).toEqual([]);
        expect(mutations.length).toBeGreaterThan(10);
      });
    }
  });
}
