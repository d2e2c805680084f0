import { describe, expect, it } from 'vitest';
import type {
  LiveSecret,
  ObjectMeta,
  Precondition,
  ResourceStatus,
  SecretManifest,
  SecretPart,
  SecretStorage,
  WriteOutcome,
} from '../../src/core/ports.ts';
import type { LiveWorkload, WorkloadStorage } from '../../src/core/workload-storage.ts';
import { dataOf } from '../support/live-secret.ts';

/** A cluster with a namespace that is the suite's own. */
export interface ClusterWorld {
  readonly namespace: string;
  readonly secrets: SecretStorage;
  readonly status: ResourceStatus;
  readonly workloads: WorkloadStorage;
  createExternalSecret(name: string): Promise<void>;
  /** Of two pods that are there. */
  createDeployment(name: string): Promise<void>;
  /** Waits until every pod is of the present template. */
  rolledOut(name: string): Promise<void>;
}

/** The uid of nobody. */
const STRANGER = '11111111-2222-3333-4444-555555555555';
const signal = new AbortController().signal;

/** What the operator relies on in every cluster. `open` gives the world when the tests run. */
export function describeCluster(name: string, open: () => ClusterWorld): void {
  const at = (object: string) => ({ namespace: open().namespace, name: object });
  const manifest = (object: string, more: Partial<SecretManifest> = {}): SecretManifest => ({
    ...at(object),
    labels: { 'keyferry.dev/managed': 'true' },
    annotations: { 'example.com/a': 'b' },
    ownerReferences: [],
    finalizers: [],
    type: 'Opaque',
    immutable: false,
    data: dataOf({ password: 'one' }),
    ...more,
  });
  const written = (outcome: WriteOutcome): ObjectMeta =>
    outcome.kind === 'written' ? outcome.metadata : expect.fail(outcome.kind);
  const create = async (object: string, more: Partial<SecretManifest> = {}): Promise<ObjectMeta> =>
    written(await open().secrets.create(manifest(object, more), signal));
  const secret = async (object: string): Promise<LiveSecret> => {
    const read = await open().secrets.read(at(object), signal);
    return (read.ok ? read.value : undefined) ?? expect.fail(`no Secret ${object}`);
  };
  const workload = async (object: string): Promise<LiveWorkload> => {
    const read = await open().workloads.read('Deployment', at(object), signal);
    return (read.ok ? read.value : undefined) ?? expect.fail(`no Deployment ${object}`);
  };

  describe(`${name}: a Secret`, () => {
    it('is read as it was created, by a clock in whole seconds', async () => {
      const made = await create('made');
      const live = await secret('made');
      expect(live).toMatchObject({ type: 'Opaque', immutable: false, finalizers: [] });
      expect(live.metadata).toEqual(made);
      expect(new TextDecoder().decode(live.data.get('password')?.reveal())).toBe('one');
      expect(Number.isInteger(live.serverTimeS)).toBe(true);
      expect(Date.parse(made.creationTimestamp) / 1_000).toBeLessThanOrEqual(live.serverTimeS);
    });

    it('is created once', async () => {
      await create('once');
      expect(await open().secrets.create(manifest('once'), signal)).toEqual({ kind: 'alreadyExists' });
    });

    it('is replaced in whole, and only the very version that was read', async () => {
      const { secrets } = open();
      const first = await create('replaced', { data: dataOf({ old: 'x' }) });
      const second = written(await secrets.replace(manifest('replaced', { annotations: {} }), first, signal));
      expect(second).toMatchObject({ uid: first.uid, annotations: {}, creationTimestamp: first.creationTimestamp });
      expect(second.resourceVersion).not.toBe(first.resourceVersion);
      expect([...(await secret('replaced')).data.keys()]).toEqual(['password']);
      const stranger = { ...second, uid: STRANGER };
      for (const wrong of [first, stranger]) {
        expect(await secrets.replace(manifest('replaced'), wrong, signal)).toEqual({ kind: 'conflict' });
        expect(await secrets.remove(at('replaced'), wrong, signal)).toEqual({ kind: 'conflict' });
      }
      expect(await secrets.remove(at('replaced'), second, signal)).toMatchObject({ kind: 'written' });
      expect(await secrets.read(at('replaced'), signal)).toEqual({ ok: true, value: undefined });
      expect(await secrets.replace(manifest('replaced'), second, signal)).toEqual({ kind: 'notFound' });
      expect(await secrets.remove(at('replaced'), second, signal)).toEqual({ kind: 'notFound' });
    });

    it('has another uid when it is made again', async () => {
      const first = await create('again');
      await open().secrets.remove(at('again'), first, signal);
      expect((await create('again')).uid).not.toBe(first.uid);
    });

    it('keeps its type, and its data where it is immutable', async () => {
      const { secrets } = open();
      const frozen = await create('frozen', { immutable: true });
      for (const more of [{ data: dataOf({ password: 'two' }) }, { immutable: false }]) {
        const outcome = await secrets.replace(manifest('frozen', { immutable: true, ...more }), frozen, signal);
        expect(outcome).toMatchObject({ kind: 'refused', status: 422 });
      }
      const typed = { type: 'example.com/other', immutable: true };
      expect(await secrets.replace(manifest('frozen', typed), frozen, signal)).toMatchObject({ kind: 'refused' });
      const relabelled = manifest('frozen', { immutable: true, labels: {} });
      expect(await secrets.replace(relabelled, frozen, signal)).toMatchObject({ kind: 'written' });
    });

    it('tells when it was written, and that it is gone', async () => {
      const { secrets, workloads } = open();
      const made = await create('timed');
      const outcome = await secrets.replace(manifest('timed', { data: dataOf({ password: 'two' }) }), made, signal);
      const read = await workloads.readSecretMeta(at('timed'), signal);
      expect(read).toMatchObject({ ok: true, value: { metadata: written(outcome) } });
      const { writtenS } = (read.ok ? read.value : undefined) ?? {};
      const answeredS = outcome.kind === 'written' ? outcome.serverTimeS : 0;
      expect(writtenS).toBeLessThanOrEqual(answeredS);
      expect(writtenS).toBeGreaterThanOrEqual(answeredS - 15);
      expect(await workloads.readSecretMeta(at('none'), signal)).toEqual({ ok: true, value: undefined });
    });
  });

  describe(`${name}: a Secret of several field managers`, () => {
    const part = (object: string, manager: string, texts: Record<string, string>, more: Partial<SecretPart> = {}) => ({
      ...at(object),
      manager,
      labels: { 'keyferry.dev/managed': 'true' },
      annotations: {},
      data: dataOf(texts),
      ...more,
    });
    const apply = (given: SecretPart, version: ObjectMeta, force = false): Promise<WriteOutcome> =>
      open().secrets.apply(given, version, force, signal);
    const textsOf = ({ data }: LiveSecret): Record<string, string> =>
      Object.fromEntries([...data].map(([key, value]) => [key, new TextDecoder().decode(value.reveal())]));
    const dataHolders = ({ holders }: LiveSecret): Record<string, readonly string[]> =>
      Object.fromEntries(
        [...holders].flatMap(([path, managers]) =>
          path.startsWith('data.') ? [[path.slice('data.'.length), [...managers].sort()]] : [],
        ),
      );

    it('is held by who made it, and then each key by who applied it', async () => {
      const first = await create('held', { data: dataOf({ theirs: 'x' }) });
      const note = { annotations: { note: 'ours' } };
      const second = written(await apply(part('held', 'a', { mine: '1' }, note), first));
      expect(second).toMatchObject({ uid: first.uid, annotations: { 'example.com/a': 'b', note: 'ours' } });
      const live = await secret('held');
      expect(live.metadata).toEqual(second);
      expect(textsOf(live)).toEqual({ theirs: 'x', mine: '1' });
      expect(dataHolders(live)).toEqual({ theirs: ['keyferry'], mine: ['a'] });
      expect(live.holders.get('annotations.note')).toEqual(['a']);
      expect(live.holders.get('annotations.example.com/a')).toEqual(['keyferry']);
      expect(live.holders.get('labels.keyferry.dev/managed')?.toSorted()).toEqual(['a', 'keyferry']);
      const { workloads } = open();
      expect(await workloads.readSecretMeta(at('held'), signal)).toMatchObject({ value: { metadata: second } });
    });

    it('is the same version when the same is applied again', async () => {
      const first = written(await apply(part('still', 'a', { mine: '1' }), await create('still')));
      const again = written(await apply(part('still', 'a', { mine: '1' }), first));
      expect(again.resourceVersion).toBe(first.resourceVersion);
    });

    it('is applied to in the very version that was read, and is never made, by force neither', async () => {
      const first = await create('guarded');
      written(await apply(part('guarded', 'a', { mine: '1' }), first));
      const present = (await secret('guarded')).metadata;
      for (const force of [false, true]) {
        const given = part('guarded', 'a', { mine: '2' });
        expect(await apply(given, first, force)).toEqual({ kind: 'conflict' });
        expect(await apply(given, { ...present, uid: STRANGER }, force)).toEqual({ kind: 'conflict' });
        expect(await apply(part('nowhere', 'a', { mine: '2' }), present, force)).toEqual({ kind: 'conflict' });
      }
      expect(textsOf(await secret('guarded'))).toEqual({ password: 'one', mine: '1' });
      expect(await open().secrets.read(at('nowhere'), signal)).toEqual({ ok: true, value: undefined });
    });

    it('lets two hold the same value of a key, and neither change it alone', async () => {
      const first = written(await apply(part('shared', 'a', { key: '1' }), await create('shared')));
      const second = written(await apply(part('shared', 'b', { key: '1' }), first));
      expect(dataHolders(await secret('shared'))).toMatchObject({ key: ['a', 'b'] });
      expect(await apply(part('shared', 'b', { key: '2' }), second)).toEqual({ kind: 'conflict' });
      const third = written(await apply(part('shared', 'a', {}), second));
      expect(textsOf(await secret('shared'))).toEqual({ password: 'one', key: '1' });
      written(await apply(part('shared', 'b', { key: '2' }), third));
      expect(textsOf(await secret('shared'))).toEqual({ password: 'one', key: '2' });
    });

    it('keeps the value of another, unless it is taken by force', async () => {
      const first = await create('taken');
      expect(await apply(part('taken', 'a', { password: 'two' }), first)).toEqual({ kind: 'conflict' });
      written(await apply(part('taken', 'a', { password: 'two' }), first, true));
      const live = await secret('taken');
      expect(textsOf(live)).toEqual({ password: 'two' });
      expect(dataHolders(live)).toEqual({ password: ['a'] });
    });

    it('loses the keys, labels and annotations that an apply leaves out, and no other', async () => {
      const made = await create('left', { data: dataOf({ theirs: 'x' }) });
      const note = { labels: { note: 'ours' }, annotations: { note: 'ours' } };
      const before = written(await apply(part('left', 'a', { mine: '1' }, note), made));
      const after = written(await apply(part('left', 'a', { other: '2' }, { labels: {} }), before));
      expect(after).toMatchObject({
        annotations: { 'example.com/a': 'b' },
        labels: { 'keyferry.dev/managed': 'true' },
      });
      expect({ ...after.labels, ...after.annotations }).not.toHaveProperty('note');
      expect(textsOf(await secret('left'))).toEqual({ theirs: 'x', other: '2' });
      written(await apply(part('left', 'a', {}, { labels: {} }), after));
      expect(textsOf(await secret('left'))).toEqual({ theirs: 'x' });
    });

    it('passes a key on to who replaces its value', async () => {
      const { secrets } = open();
      const applied = written(await apply(part('edited', 'a', { one: '1', two: '2' }), await create('edited')));
      const data = dataOf({ password: 'one', one: '1', two: 'by hand' });
      written(await secrets.replace(manifest('edited', { data }), applied, signal));
      expect(dataHolders(await secret('edited'))).toEqual({ password: ['keyferry'], one: ['a'], two: ['keyferry'] });
    });

    it('takes no new bytes where it is immutable, but a holder of those that are there', async () => {
      const first = await create('solid', { immutable: true });
      expect(await apply(part('solid', 'a', { more: 'x' }), first)).toMatchObject({ kind: 'refused', status: 422 });
      written(await apply(part('solid', 'a', { password: 'one' }), first));
      expect(dataHolders(await secret('solid'))).toEqual({ password: ['a', 'keyferry'] });
    });
  });

  describe(`${name}: the status of an ExternalSecret`, () => {
    const read = async (object: string) => {
      const found = await open().status.readResource('ExternalSecret', at(object), signal);
      return (found.ok ? found.value : undefined) ?? expect.fail(`no ExternalSecret ${object}`);
    };
    const replace = (object: string, version: Precondition, status: object) =>
      open().status.replaceStatus('ExternalSecret', at(object), version, status, signal);

    it('is replaced whole in the very version that was read, and is no new generation', async () => {
      await open().createExternalSecret('replaced');
      const { metadata: first, status } = await read('replaced');
      expect(status).toEqual({ observedGeneration: -1 });
      const bound = { observedGeneration: 1, binding: { name: 'db' }, store: { uid: 'a', generation: 1 } };
      const second = written(await replace('replaced', first, bound));
      expect(second).toMatchObject({ uid: first.uid, generation: first.generation });
      expect(await replace('replaced', first, { observedGeneration: 2 })).toEqual({ kind: 'conflict' });
      written(await replace('replaced', second, { observedGeneration: 1, refreshTime: undefined }));
      expect((await read('replaced')).status).toEqual({ observedGeneration: 1 });
    });

    it('is the same version when nothing of it changes', async () => {
      await open().createExternalSecret('same');
      const first = written(await replace('same', (await read('same')).metadata, { observedGeneration: 1 }));
      const second = written(await replace('same', first, { observedGeneration: 1 }));
      expect(second.resourceVersion).toBe(first.resourceVersion);
    });

    it('is that of one object, whatever another of its name is like', async () => {
      await open().createExternalSecret('another');
      const { resourceVersion } = (await read('another')).metadata;
      const uid = '00000000-0000-4000-8000-000000000000';
      expect(await replace('another', { uid, resourceVersion }, {})).toEqual({ kind: 'conflict' });
    });

    it('is none of what is gone', async () => {
      const metadata = { ...(await create('no-es')), name: 'none' };
      expect(await replace('none', metadata, {})).toEqual({ kind: 'notFound' });
    });
  });

  describe(`${name}: a Deployment`, () => {
    const patch = async (object: string, template: Record<string, string>): Promise<LiveWorkload> => {
      const { metadata } = await workload(object);
      const own = { 'keyferry.dev/seen-revisions': JSON.stringify(template) };
      written(await open().workloads.patch('Deployment', at(object), metadata, own, template, signal));
      return workload(object);
    };

    it('keeps its pods when it is only recorded, and counts that as a generation', async () => {
      await open().createDeployment('recorded');
      const before = await workload('recorded');
      const after = await patch('recorded', {});
      expect(after.metadata.annotations['keyferry.dev/seen-revisions']).toBe('{}');
      expect(after.metadata.generation).toBe(before.metadata.generation + 1);
      await open().rolledOut('recorded');
      expect((await workload('recorded')).podsCreatedS).toEqual(before.podsCreatedS);
    });

    it('gets new pods when it is rolled', async () => {
      await open().createDeployment('rolled');
      const before = await workload('rolled');
      expect(before.podsCreatedS).toHaveLength(2);
      expect(before.outdatedPodsCreatedS).toEqual([]);
      const after = await patch('rolled', { restarted: 'now' });
      expect(after.templateAnnotations).toMatchObject({ restarted: 'now' });
      await open().rolledOut('rolled');
      const { podsCreatedS } = await workload('rolled');
      expect(podsCreatedS).toHaveLength(2);
      expect(Math.min(...podsCreatedS)).toBeGreaterThanOrEqual(before.serverTimeS);
    });

    it('is under way from the very patch until its pods are new, and keeps the record of its former template', async () => {
      await open().createDeployment('under-way');
      const recorded = await patch('under-way', {});
      const still = { isPaused: false, isOnDelete: false, desiredPods: 2, deadlineS: undefined };
      expect(recorded.rollout).toMatchObject(still);
      await open().rolledOut('under-way');
      expect((await workload('under-way')).rollout).toEqual({ ...still, phase: 'done' });
      expect((await patch('under-way', { restarted: 'now' })).rollout.phase).toBe('underWay');
      await open().rolledOut('under-way');
      const { formerAnnotations } = await workload('under-way');
      expect(formerAnnotations).toMatchObject([{ 'keyferry.dev/seen-revisions': '{}' }]);
    });

    it('is read by one call as by all', async () => {
      await open().createDeployment('briefly');
      const { podsCreatedS, outdatedPodsCreatedS, formerAnnotations, serverTimeS, ...template } =
        await workload('briefly');
      expect(formerAnnotations).toEqual([]);
      const read = await open().workloads.readTemplate('Deployment', at('briefly'), signal);
      expect(read).toMatchObject({ ok: true, value: template });
      expect(await open().workloads.readTemplate('Deployment', at('none'), signal)).toEqual({
        ok: true,
        value: undefined,
      });
    });

    it('is patched in the very version that was read', async () => {
      await open().createDeployment('versioned');
      const { metadata } = await workload('versioned');
      await patch('versioned', {});
      const late = (version: ObjectMeta) =>
        open().workloads.patch('Deployment', at('versioned'), version, {}, { restarted: 'late' }, signal);
      expect(await late(metadata)).toEqual({ kind: 'conflict' });
      expect(await late({ ...(await workload('versioned')).metadata, uid: STRANGER })).toEqual({ kind: 'conflict' });
      expect((await workload('versioned')).templateAnnotations).not.toHaveProperty('restarted');
    });

    it('is undefined when it is gone', async () => {
      expect(await open().workloads.read('Deployment', at('none'), signal)).toEqual({ ok: true, value: undefined });
    });
  });
}
