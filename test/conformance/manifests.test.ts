import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from '../../src/api/parse.ts';
import type { KubeObject } from '../support/cluster.ts';
import { attachEnvironment } from '../support/environment.ts';
import { type CorpusCase, type Manifest, readCorpus } from '../support/manifests.ts';
import { createNamespace, deleteNamespace } from '../support/namespace.ts';
import { installKinds } from '../support/stage.ts';
import { collectionOf, judgeSpec, judgeStatus, type Verdict } from '../support/verdict.ts';

const environment = attachEnvironment();
const { cluster } = environment;
const valid = readCorpus('valid');
const invalid = readCorpus('invalid');
const suffix = randomBytes(4).toString('hex');
let namespace: string;

beforeAll(async () => {
  await installKinds(environment);
  namespace = await createNamespace(cluster, 'corpus');
});

afterAll(async () => {
  await deleteNamespace(cluster, namespace);
  cluster.close();
});

/** The API server's verdict on a document, its status included. */
async function judge(manifest: Manifest): Promise<Verdict> {
  const { status, ...rest } = manifest;
  if (status === undefined) return judgeSpec(cluster, namespace, manifest);
  const collection = collectionOf(manifest.kind, namespace);
  const name = `${manifest.metadata.name}-${suffix}`;
  const there = await cluster.create<KubeObject>(collection, { ...rest, metadata: { name } });
  try {
    return await judgeStatus(cluster, namespace, there, manifest);
  } finally {
    await cluster.delete(`${collection}/${name}`);
  }
}

describe('the API server and parse agree', () => {
  for (const { title, manifest } of valid) {
    it.concurrent(`to take ${title}, with the same defaults`, async () => {
      const [theirs, ours] = [await judge(manifest), parse(manifest.kind, manifest, 'refuse')];
      expect(theirs).toMatchObject({ valid: true });
      expect(ours).toMatchObject({ ok: true });
      if (theirs.valid && ours.ok) expect(theirs.stored.spec).toEqual(ours.value.spec);
    });
  }

  for (const { title, manifest, expected } of invalid) {
    it.concurrent(`to refuse ${title}`, async () => {
      const [theirs, ours] = [await judge(manifest), parse(manifest.kind, manifest, 'refuse')];
      if (theirs.valid || ours.ok) throw new Error(`taken by ${theirs.valid ? 'the API server' : 'parse'}`);
      expect(ours.faults.map(({ subject }) => subject)).toContain(expected);
      expect(theirs.message).toContain(expected === 'the object' ? ours.faults[0].detail : expected);
    });
  }
});

describe('the corpus', () => {
  it('tells its documents apart, by name and by text', () => {
    const all = [...valid, ...invalid];
    const ids = (side: readonly CorpusCase[]) =>
      side.map(({ manifest }) => `${manifest.kind} ${manifest.metadata.name}`);
    for (const side of [valid, invalid]) expect(new Set(ids(side)).size).toBe(side.length);
    expect(
      new Set(
        all.map(({ manifest }) =>
          JSON.stringify([manifest.kind, manifest.metadata.name, manifest.spec, manifest.status]),
        ),
      ).size,
    ).toBe(all.length);
  });

  it('says of each invalid document where it is wrong, and of no valid one', () => {
    expect(invalid.filter(({ expected }) => expected === undefined)).toEqual([]);
    expect(valid.filter(({ expected }) => expected !== undefined)).toEqual([]);
  });
});
