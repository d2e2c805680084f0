import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClusterCache } from '../../../src/kube/cache.ts';
import { ambient, answer, type StubServer, startStub } from './stub-server.ts';
import { until } from './until.ts';

const meta = (name: string, namespace: string, more: object = {}): object => ({
  metadata: { name, namespace, uid: `${namespace}-${name}`, resourceVersion: '1', ...more },
});
const LABELS = { app: 'x' };
const ANNOTATIONS = {
  'keyferry.dev/restart-on': '*',
  'eks.amazonaws.com/role-arn': 'arn',
  'kubectl.kubernetes.io/last-applied-configuration': '{}',
  other: 'o',
};

describe('the cluster cache', () => {
  let stub: StubServer;
  const stop = new AbortController();

  beforeEach(async () => {
    stub = await startStub(({ query }, response) => {
      if (query.has('watch')) return void response.writeHead(200).flushHeaders();
      const marked = { labels: LABELS, annotations: ANNOTATIONS, managedFields: [{}] };
      const items = [
        { ...meta('a', 'one', marked), spec: { x: 1 }, status: { y: 2 } },
        { ...meta('b', 'one'), spec: null },
        meta('a', 'two'),
      ];
      answer(response, 200, { metadata: { resourceVersion: '5' }, items });
    });
  });
  afterEach(() => stub.stop());

  it('holds every kind by namespace, and of each what is read', async () => {
    const cache = createClusterCache(stub.client(), ambient);
    const running = cache.run(stop.signal);
    expect(cache.synced()).toBe(false);
    await until(() => cache.synced());
    expect([...cache.list('Secret', 'one')].map(({ name }) => name)).toEqual(['a', 'b']);
    expect([...cache.list('ExternalSecret')].map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      'one/a',
      'one/b',
      'two/a',
    ]);
    expect([...cache.list('Secret', 'three')]).toEqual([]);
    const key = { namespace: 'one', name: 'a' };
    expect(cache.resource('ExternalSecret', key)).toMatchObject({
      kind: 'ExternalSecret',
      spec: { x: 1 },
      status: { y: 2 },
    });
    const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...whole } = ANNOTATIONS;
    const kept = (['Secret', 'ServiceAccount', 'Namespace', 'DaemonSet'] as const).map((kind) => cache.meta(kind, key));
    expect(kept.map((one) => [one?.labels, one?.annotations])).toEqual([
      [LABELS, whole],
      [{}, { 'eks.amazonaws.com/role-arn': 'arn' }],
      [LABELS, {}],
      [{}, { 'keyferry.dev/restart-on': '*' }],
    ]);
    expect(JSON.stringify(kept)).not.toContain('managedFields');
    expect([...cache.health().values()].every(({ synced }) => synced)).toBe(true);
    stop.abort();
    await expect(running).resolves.toBeUndefined();
  });

  it('reads the annotations of pod templates only where they are asked for, and keeps no more of workloads', async () => {
    const annotations = { 'reloader.stakater.com/auto': 'true', other: 'o' };
    stub.handle = ({ query }, response) => {
      if (query.has('watch')) return void response.writeHead(200).flushHeaders();
      const spec = { template: { metadata: { annotations }, spec: { containers: [] } } };
      answer(response, 200, { metadata: { resourceVersion: '5' }, items: [{ ...meta('a', 'one'), spec }] });
    };
    for (const templates of [false, true]) {
      stub.heard.splice(0);
      const cache = createClusterCache(stub.client(), ambient, { kinds: ['Deployment', 'Secret'], templates });
      const end = new AbortController();
      const running = cache.run(end.signal);
      await until(() => cache.synced());
      const asked = (plural: string) =>
        stub.heard.find(({ path, query }) => path.endsWith(plural) && !query.has('watch'))?.headers.accept;
      expect(asked('secrets')).toContain('as=PartialObjectMetadataList');
      expect(asked('deployments')?.includes('as=PartialObjectMetadataList')).toBe(!templates);
      if (templates) {
        const kept = cache.meta('Deployment', { namespace: 'one', name: 'a' });
        expect(kept?.templateAnnotations).toEqual({ 'reloader.stakater.com/auto': 'true' });
        expect(JSON.stringify(kept)).not.toContain('containers');
      }
      end.abort();
      await running;
    }
  });

  it('keeps to the namespaces that it is given, and asks for nothing beside', async () => {
    stub.handle = ({ query, path }, response) => {
      if (query.has('watch')) return void response.writeHead(200).flushHeaders();
      const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1] ?? '';
      answer(response, 200, { metadata: { resourceVersion: '5' }, items: [meta('a', namespace)] });
    };
    const cache = createClusterCache(stub.client(), ambient, { namespaces: ['one', 'two'] });
    const told: string[] = [];
    cache.onChange((kind, _before, after) => void told.push(`${kind} ${after?.namespace}`));
    const end = new AbortController();
    const running = cache.run(end.signal);
    await until(() => cache.synced());
    expect(stub.heard.filter(({ path }) => !/\/namespaces\/(one|two)\//.test(path))).toEqual([]);
    expect([...cache.health().keys()]).not.toContain('ClusterSecretStore');
    expect([...cache.list('Secret')].map(({ namespace }) => namespace)).toEqual(['one', 'two']);
    expect([...cache.list('Secret', 'two')].map(({ name }) => name)).toEqual(['a']);
    expect([...cache.list('Secret', 'three')]).toEqual([]);
    expect(cache.resource('ExternalSecret', { namespace: 'two', name: 'a' })?.kind).toBe('ExternalSecret');
    expect(cache.meta('Namespace', { namespace: '', name: 'one' })).toMatchObject({ name: 'one' });
    expect(cache.meta('Namespace', { namespace: '', name: 'three' })).toBeUndefined();
    expect(told).toContain('Deployment two');
    end.abort();
    await expect(running).resolves.toBeUndefined();
  });

  it('ends its run with what a handler throws', async () => {
    const cache = createClusterCache(stub.client(), ambient);
    cache.onChange((kind) => {
      if (kind === 'SecretStore') throw new Error('a bug');
    });
    await expect(cache.run(new AbortController().signal)).rejects.toThrow('a bug');
  });

  it('ends its run with what a handler throws in a watch', async () => {
    const cache = createClusterCache(stub.client(), ambient, { kinds: ['Secret', 'Namespace'] });
    const quiet = stub.handle;
    stub.handle = (heard, response, socket) => {
      if (!heard.query.has('watch')) return quiet(heard, response, socket);
      response.writeHead(200);
      response.write(`${JSON.stringify({ type: 'ADDED', object: meta('late', 'one', { resourceVersion: '9' }) })}\n`);
    };
    cache.onChange((_kind, _before, after) => {
      if (after?.name === 'late') throw new Error('a bug');
    });
    await expect(cache.run(new AbortController().signal)).rejects.toThrow('a bug');
  });
});
