import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveSecret, SecretManifest, WatchedKind } from '../../src/core/ports.ts';
import { createClusterCache } from '../../src/kube/cache.ts';
import { type ApiClient, createClient } from '../../src/kube/client.ts';
import { openConnection } from '../../src/kube/connection.ts';
import { createRecorder } from '../../src/kube/events.ts';
import { createIdentitySource } from '../../src/kube/identity.ts';
import { INSTALLATION_KEY, loadInstallationKey } from '../../src/kube/installation-key.ts';
import { createResourceStatus } from '../../src/kube/resource-status.ts';
import { createSecretStorage } from '../../src/kube/secrets.ts';
import { createWorkloadStorage } from '../../src/kube/workloads.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { attachEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { createNamespace, deleteNamespace } from '../support/namespace.ts';
import { createServiceAccount } from '../support/service-account.ts';

const ambient = { nowMs: () => Date.now(), random: () => Math.random() };
const signal = new AbortController().signal;
/** The uid of nobody. */
const STRANGER = '11111111-2222-3333-4444-555555555555';
const CANARY = 'canary-4f1c9a7e52d0b836';

describe('the real API server', () => {
  const { cluster, kubeconfigPath } = attachEnvironment();
  let client: ApiClient;
  let namespace: string;

  beforeAll(async () => {
    const connection = await openConnection({ file: kubeconfigPath });
    if (!connection.ok) throw new Error(connection.faults[0].detail);
    client = createClient(connection.value, ambient);
    namespace = await createNamespace(cluster, 'cluster');
    for (const kind of ['externalsecrets', 'secretstores', 'clustersecretstores']) {
      await cluster.applyYaml(readFileSync(new URL(`../../crds/${kind}.yaml`, import.meta.url), 'utf8'));
    }
  });
  afterAll(async () => {
    client.close();
    await deleteNamespace(cluster, namespace);
    cluster.close();
  });

  const manifest = (name: string, more: Partial<SecretManifest> = {}): SecretManifest => ({
    namespace,
    name,
    labels: { 'keyferry.dev/managed': 'true' },
    annotations: { 'example.com/a': 'b' },
    ownerReferences: [],
    finalizers: [],
    type: 'Opaque',
    immutable: false,
    data: new Map([['password', SecretValue.ofText(CANARY)]]),
    ...more,
  });
  const storage = () => createSecretStorage(client);
  const read = async (name: string): Promise<LiveSecret> => {
    const found = await storage().read({ namespace, name }, signal);
    if (!found.ok || found.value === undefined) throw new Error(`no Secret ${name}`);
    return found.value;
  };
  const create = async (name: string, more: Partial<SecretManifest> = {}) => {
    const outcome = await storage().create(manifest(name, more), signal);
    if (outcome.kind !== 'written') throw new Error(`${name} is ${outcome.kind}`);
    return outcome.metadata;
  };

  describe('of Secrets', () => {
    it('creates, reads back byte for byte, and says when', async () => {
      const bytes = randomBytes(64 * 1024);
      const startS = Math.floor(Date.now() / 1000) - 1;
      const written = await storage().create(
        manifest('bytes', {
          data: new Map([
            ['b', new SecretValue(bytes)],
            ['empty', SecretValue.ofText('')],
          ]),
        }),
        signal,
      );
      expect(written).toMatchObject({ kind: 'written', metadata: { name: 'bytes', namespace } });
      const live = await read('bytes');
      expect(Buffer.from(live.data.get('b')?.reveal() ?? [])).toEqual(bytes);
      expect(live.data.get('empty')?.sizeBytes).toBe(0);
      expect(live).toMatchObject({ type: 'Opaque', immutable: false, finalizers: [] });
      expect(live.metadata).toMatchObject({
        labels: { 'keyferry.dev/managed': 'true' },
        annotations: { 'example.com/a': 'b' },
      });
      expect(live.serverTimeS).toBeGreaterThanOrEqual(startS);
      expect(live.serverTimeS).toBeLessThanOrEqual(Date.now() / 1000);
    });

    it('tells a Secret that is there already from one that is not', async () => {
      await create('twice');
      expect(await storage().create(manifest('twice'), signal)).toEqual({ kind: 'alreadyExists' });
      expect(await storage().read({ namespace, name: 'none' }, signal)).toEqual({ ok: true, value: undefined });
      const made = await read('twice');
      expect(await storage().replace(manifest('none'), made.metadata, signal)).toEqual({ kind: 'notFound' });
      expect(await storage().remove({ namespace, name: 'none' }, made.metadata, signal)).toEqual({ kind: 'notFound' });
    });

    it('gets nothing back of what it writes but metadata', async () => {
      const said: string[] = [];
      const listening = createSecretStorage({
        ...client,
        request: async (request, stop) => {
          const answer = await client.request(request, stop);
          said.push(JSON.stringify(answer));
          return answer;
        },
      });
      const written = await listening.create(manifest('silent'), signal);
      if (written.kind !== 'written') throw new Error(`it is ${written.kind}`);
      const replaced = await listening.replace(manifest('silent'), written.metadata, signal);
      if (replaced.kind !== 'written') throw new Error(`it is ${replaced.kind}`);
      const data = new Map([['ours', SecretValue.ofText(CANARY)]]);
      const part = { namespace, name: 'silent', manager: 'keyferry-test', labels: {}, annotations: {}, data };
      expect(await listening.apply(part, replaced.metadata, true, signal)).toMatchObject({ kind: 'written' });
      expect(said).toHaveLength(3);
      for (const answer of said) expect(answer).not.toContain(Buffer.from(CANARY).toString('base64'));
      expect((await read('silent')).data.get('ours')?.reveal()).toEqual(Buffer.from(CANARY));
    });

    it('replaces in whole, and only the very version that was read', async () => {
      const first = await create('replaced', { data: new Map([['old', SecretValue.ofText('x')]]) });
      const second = await storage().replace(manifest('replaced', { labels: {} }), first, signal);
      expect(second).toMatchObject({ kind: 'written', metadata: { uid: first.uid, labels: {} } });
      expect([...(await read('replaced')).data.keys()]).toEqual(['password']);
      expect(await storage().replace(manifest('replaced'), first, signal)).toEqual({ kind: 'conflict' });
      const { resourceVersion } = (await read('replaced')).metadata;
      const stranger = { uid: STRANGER, resourceVersion };
      expect(await storage().replace(manifest('replaced'), stranger, signal)).toEqual({ kind: 'conflict' });
    });

    it('keeps what others put beside ours: finalizers, owners, the annotation of kubectl apply', async () => {
      const configMap = await cluster.create(`/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: 'o' } });
      const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: configMap.metadata.uid ?? '' };
      const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
      await cluster.create(`/api/v1/namespaces/${namespace}/secrets`, {
        metadata: { name: 'beside', annotations, finalizers: ['example.com/f'], labels: null },
      });
      const live = await read('beside');
      expect(live).toMatchObject({ finalizers: ['example.com/f'], metadata: { annotations, labels: {} } });
      const more = { annotations: live.metadata.annotations, finalizers: live.finalizers, ownerReferences: [owner] };
      expect(await storage().replace(manifest('beside', more), live.metadata, signal)).toMatchObject({
        kind: 'written',
      });
      expect((await read('beside')).metadata).toMatchObject({ annotations, ownerReferences: [owner] });
      // A delete that a finalizer holds back is a delete all the same.
      expect(
        await storage().remove({ namespace, name: 'beside' }, (await read('beside')).metadata, signal),
      ).toMatchObject({ kind: 'written' });
      await cluster.mergePatch(`/api/v1/namespaces/${namespace}/secrets/beside`, { metadata: { finalizers: null } });
    });

    const refusals: readonly {
      it: string;
      first: Partial<SecretManifest>;
      next: Partial<SecretManifest>;
      want: string;
    }[] = [
      {
        it: 'a change of an immutable Secret',
        first: { immutable: true, data: new Map([['password', SecretValue.ofText('before')]]) },
        next: { immutable: true },
        want: 'data: Forbidden: field is immutable when `immutable` is set',
      },
      {
        it: 'a change of type',
        first: {},
        next: { type: 'example.com/other' },
        want: 'type: Invalid value: field is immutable',
      },
      {
        it: 'a key that no Secret may have',
        first: {},
        next: { data: new Map([['a b', SecretValue.ofText(CANARY)]]) },
        want: 'data[a b]: Invalid value',
      },
      {
        it: 'a label that is none',
        first: {},
        next: { labels: { a: `${CANARY} ${CANARY}` } },
        want: 'metadata.labels: Invalid value: a valid label must',
      },
    ];
    for (const [at, { it: name, first, next, want }] of refusals.entries()) {
      it(`refuses ${name}, and tells no value`, async () => {
        const made = await create(`refused-${at}`, first);
        const outcome = await storage().replace(manifest(`refused-${at}`, next), made, signal);
        expect(outcome).toMatchObject({ kind: 'refused', status: 422, cause: expect.stringContaining(want) });
        expect(JSON.stringify(outcome)).not.toContain(CANARY);
      });
    }

    const badTypes: readonly { it: string; type: string; data: Record<string, string>; want: string }[] = [
      {
        it: 'a TLS Secret without its key',
        type: 'kubernetes.io/tls',
        data: { 'tls.crt': CANARY },
        want: 'data[tls.key]: Required value',
      },
      {
        it: 'a docker config that is no JSON',
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': CANARY },
        want: 'data[.dockerconfigjson]: Invalid value',
      },
    ];
    for (const { it: name, type, data, want } of badTypes) {
      it(`refuses ${name}, and tells no value`, async () => {
        const values = Object.entries(data).map(([key, text]) => [key, SecretValue.ofText(text)] as const);
        const outcome = await storage().create(manifest('bad-type', { type, data: new Map(values) }), signal);
        expect(outcome).toEqual({ kind: 'refused', status: 422, cause: want });
      });
    }

    it('refuses what admission denies, without the value that its message repeats', async () => {
      const policy = `deny-${namespace}`;
      const group = '/apis/admissionregistration.k8s.io/v1';
      await cluster.create(`${group}/validatingadmissionpolicies`, {
        metadata: { name: policy },
        spec: {
          matchConstraints: {
            resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] }],
          },
          matchConditions: [
            {
              name: 'ours',
              expression: `object.metadata.namespace == '${namespace}' && object.metadata.name.startsWith('denied')`,
            },
          ],
          validations: [
            {
              expression: "!('password' in object.data)",
              messageExpression: "'weak: ' + string(object.data.password)",
            },
            { expression: "!object.metadata.name.endsWith('plainly')", message: 'names may not end so' },
          ],
        },
      });
      const binding = { metadata: { name: policy }, spec: { policyName: policy, validationActions: ['Deny'] } };
      await cluster.create(`${group}/validatingadmissionpolicybindings`, binding);
      const denied = (name: string, more = {}) => storage().create(manifest(name, more), signal);
      const free = { data: new Map([['other', SecretValue.ofText(CANARY)]]) };
      let count = 0;
      const plain = await eventually('the policy to hold', async () => {
        const outcome = await denied(`denied-${count++}-plainly`, free);
        return outcome.kind === 'refused' && outcome;
      });
      expect(plain.cause).toContain('names may not end so');
      const quoting = await denied('denied-with-value');
      expect(quoting).toMatchObject({
        kind: 'refused',
        status: 422,
        cause: 'the reason is withheld, as it repeats a value',
      });
      await cluster.delete(`${group}/validatingadmissionpolicybindings/${policy}`);
      await cluster.delete(`${group}/validatingadmissionpolicies/${policy}`);
    });

    for (const sizeBytes of [1024 * 1024 + 1, 3 * 1024 * 1024]) {
      it(`says that ${sizeBytes} bytes are too large`, async () => {
        const data = new Map([['large', new SecretValue(randomBytes(sizeBytes))]]);
        expect(await storage().create(manifest('large', { data }), signal)).toEqual({ kind: 'tooLarge' });
      });
    }

    it('removes only the very version that was read', async () => {
      const first = await create('removed');
      const second = await storage().replace(manifest('removed', { annotations: {} }), first, signal);
      if (second.kind !== 'written') throw new Error(second.kind);
      const key = { namespace, name: 'removed' };
      const stranger = { ...second.metadata, uid: STRANGER };
      expect(await storage().remove(key, first, signal)).toEqual({ kind: 'conflict' });
      expect(await storage().remove(key, stranger, signal)).toEqual({ kind: 'conflict' });
      expect(await storage().remove(key, second.metadata, signal)).toMatchObject({ kind: 'written' });
      expect(await storage().read(key, signal)).toEqual({ ok: true, value: undefined });
    });

    it('says that a namespace is going, and that one is not there', async () => {
      const going = await createNamespace(cluster, 'going');
      const held = { metadata: { name: 'held', finalizers: ['example.com/f'] } };
      await cluster.create(`/api/v1/namespaces/${going}/configmaps`, held);
      await deleteNamespace(cluster, going);
      expect(await storage().create(manifest('late', { namespace: going }), signal)).toEqual({
        kind: 'namespaceTerminating',
      });
      expect(await storage().create(manifest('late', { namespace: 'no-such' }), signal)).toEqual({ kind: 'notFound' });
      await cluster.mergePatch(`/api/v1/namespaces/${going}/configmaps/held`, { metadata: { finalizers: null } });
    });
  });

  describe('of identities', () => {
    const identities = () => createIdentitySource(client);

    it('gives a token for AWS STS alone, for an hour', async () => {
      await createServiceAccount(cluster, namespace, 'reader');
      const token = await identities().requestToken({ namespace, name: 'reader' }, signal);
      if (!token.ok) throw new Error(token.faults[0].detail);
      const claims = JSON.parse(Buffer.from(token.value.token.split('.')[1] ?? '', 'base64url').toString());
      expect(claims).toMatchObject({ aud: ['sts.amazonaws.com'], sub: `system:serviceaccount:${namespace}:reader` });
      expect(token.value.expiresAt.getTime()).toBe(claims.exp * 1000);
      expect(claims.exp - claims.iat).toBe(3600);
    });

    it('names a ServiceAccount, a Secret and a key that are missing, with the cure', async () => {
      const missing = await identities().requestToken({ namespace, name: 'none' }, signal);
      expect(missing).toMatchObject({
        faults: [
          { kind: 'CredentialsInvalid', subject: 'ServiceAccount/none', detail: expect.stringContaining('create it') },
        ],
      });
      await create('keys');
      const ref = { namespace, name: 'keys', key: 'password' };
      const value = await identities().readSecretKey(ref, signal);
      expect(value.ok && value.value.equals(SecretValue.ofText(CANARY))).toBe(true);
      const wrong = [
        await identities().readSecretKey({ ...ref, key: 'none' }, signal),
        await identities().readSecretKey({ ...ref, name: 'none' }, signal),
      ];
      expect(wrong).toMatchObject([
        { faults: [{ detail: 'it has no key none; add the key, or name another in the store' }] },
        { faults: [{ kind: 'CredentialsInvalid', subject: 'Secret/none' }] },
      ]);
    });

    it('names the grant that is missing', async () => {
      const token = await identities().requestToken({ namespace, name: 'reader' }, signal);
      if (!token.ok) throw new Error(token.faults[0].detail);
      const { url, caPem } = attachEnvironment();
      const bearer = await cluster.create<{ metadata: { name: string }; status: { token: string } }>(
        `/api/v1/namespaces/${namespace}/serviceaccounts/reader/token`,
        { spec: { expirationSeconds: 600 } },
      );
      const headers = { authorization: `Bearer ${bearer.status.token}` };
      const powerless = createClient(
        { server: url, credentials: async () => ({ ok: true, value: { ca: caPem, headers } }) },
        ambient,
      );
      const turnedAway = createIdentitySource(powerless);
      const faults = [
        await turnedAway.requestToken({ namespace, name: 'reader' }, signal),
        await turnedAway.readSecretKey({ namespace, name: 'keys', key: 'password' }, signal),
        await createSecretStorage(powerless).read({ namespace, name: 'keys' }, signal),
      ].map((result) => (result.ok ? '' : `${result.faults[0].kind}: ${result.faults[0].detail}`));
      expect(faults[0]).toContain(
        'CredentialsInvalid: the operator may not request its tokens; grant the operator the verb create on serviceaccounts/token',
      );
      expect(faults[1]).toContain(
        'CredentialsInvalid: the operator may not read it; grant the operator the verb get on secrets',
      );
      expect(faults[2]).toContain('ClusterUnavailable: the operator may not read it');
      powerless.close();
    });
  });

  describe('of our own kinds', () => {
    const path = () => `/apis/keyferry.dev/v1alpha1/namespaces/${namespace}/externalsecrets`;
    const externalSecret = (name: string): object => ({
      apiVersion: 'keyferry.dev/v1alpha1',
      kind: 'ExternalSecret',
      metadata: { name, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } },
      spec: { secretStoreRef: { name: 'aws' }, data: [{ secretKey: 'a', remoteRef: { key: 'b' } }] },
    });

    it('replaces the status of the very version that was read', async () => {
      const statuses = createResourceStatus(client);
      const { metadata } = await cluster.create(path(), externalSecret('status'));
      const key = { namespace, name: 'status' };
      const read = await statuses.readResource('ExternalSecret', key, signal);
      expect(read).toMatchObject({
        value: {
          kind: 'ExternalSecret',
          metadata: { uid: metadata.uid, generation: 1 },
          status: { observedGeneration: -1 },
        },
      });
      if (!read.ok || read.value === undefined) throw new Error('not there');
      const before = read.value.metadata;
      const status = { observedGeneration: 1, binding: { name: 'db' }, refreshTime: undefined };
      const written = await statuses.replaceStatus('ExternalSecret', key, before, status, signal);
      expect(written).toMatchObject({ kind: 'written', metadata: { generation: 1 } });
      if (written.kind !== 'written') throw new Error(written.kind);
      expect(await statuses.replaceStatus('ExternalSecret', key, before, status, signal)).toEqual({ kind: 'conflict' });
      await statuses.replaceStatus('ExternalSecret', key, written.metadata, { observedGeneration: 1 }, signal);
      expect((await cluster.get(`${path()}/status`)).status).toEqual({ observedGeneration: 1 });
      await cluster.delete(`${path()}/status`);
      await cluster.create(path(), externalSecret('status'));
      const late = (await cluster.get(`${path()}/status`)).metadata;
      expect(await statuses.replaceStatus('ExternalSecret', key, before, status, signal)).toEqual({ kind: 'conflict' });
      expect((await cluster.get(`${path()}/status`)).metadata.resourceVersion).toBe(late.resourceVersion);
      const gone = { namespace, name: 'none' };
      expect(await statuses.replaceStatus('ExternalSecret', gone, before, status, signal)).toEqual({
        kind: 'notFound',
      });
      expect(await statuses.readResource('ExternalSecret', gone, signal)).toEqual({ ok: true, value: undefined });
    });

    it('leaves all else of the object as it is, and to whom it belongs', async () => {
      const statuses = createResourceStatus(client);
      const applied = {
        ...externalSecret('gitops'),
        metadata: {
          name: 'gitops',
          labels: { team: 'a' },
          annotations: { note: 'b' },
          finalizers: ['example.com/kept'],
        },
      };
      await cluster.apply(`${path()}/gitops`, applied);
      const before = await cluster.get(`${path()}/gitops`);
      const { uid = '', resourceVersion = '' } = before.metadata;
      const key = { namespace, name: 'gitops' };
      const written = await statuses.replaceStatus(
        'ExternalSecret',
        key,
        { uid, resourceVersion },
        { observedGeneration: 1 },
        signal,
      );
      expect(written.kind).toBe('written');
      const { metadata, spec, status } = await cluster.get(`${path()}/gitops`);
      const { managedFields, ...rest } = metadata;
      expect({ ...rest, spec, status }).toEqual({
        ...before.metadata,
        managedFields: undefined,
        resourceVersion: metadata.resourceVersion,
        spec: before.spec,
        status: { observedGeneration: 1 },
      });
      const [theirs, ours] = managedFields as { manager: string; subresource?: string; fieldsV1: object }[];
      expect([theirs]).toEqual(before.metadata.managedFields);
      expect(ours).toMatchObject({
        manager: 'keyferry',
        subresource: 'status',
        fieldsV1: { 'f:status': { 'f:observedGeneration': {} } },
      });
      expect(Object.keys(ours?.fieldsV1 ?? {})).toEqual(['f:status']);
      await cluster.apply(`${path()}/gitops`, { ...applied, metadata: { name: 'gitops' } });
      const { labels, annotations, finalizers } = (await cluster.get(`${path()}/gitops`)).metadata;
      expect({ labels, annotations, finalizers }).toEqual({});
    });

    it('watches every kind, Secrets by our label and without their data', async () => {
      const stop = new AbortController();
      const cache = createClusterCache(client, ambient);
      const told: string[] = [];
      cache.onChange((kind: WatchedKind, before, after) => {
        const one = after ?? before;
        if (one?.namespace === namespace && one.name.startsWith('watched')) {
          told.push(`${before === undefined ? '+' : after === undefined ? '-' : '~'}${kind}`);
        }
      });
      const running = cache.run(stop.signal);
      await eventually('the cache to be synced', () => cache.synced());
      const made = await create('watched');
      await create('watched-not', { labels: {} });
      await cluster.create(path(), externalSecret('watched'));
      await eventually('both to be told', () => told.length === 2);
      expect(told.toSorted()).toEqual(['+ExternalSecret', '+Secret']);
      expect(cache.meta('Secret', { namespace, name: 'watched' })).toEqual(made);
      expect(cache.resource('ExternalSecret', { namespace, name: 'watched' })).toMatchObject({
        metadata: { annotations: {} },
        spec: { secretStoreRef: { name: 'aws', kind: 'SecretStore' } },
      });
      // A label that is taken off looks like a delete: nobody may conclude that the Secret is gone.
      await storage().replace(manifest('watched', { labels: {} }), made, signal);
      await eventually('the Secret to leave the cache', () => told.includes('-Secret'));
      expect(await read('watched')).toBeDefined();
      // The API server may end a watch of a kind whose CRD it has only just installed: what counts is that all are well again.
      await eventually('every watch to be well', () =>
        [...cache.health().values()].every(({ synced, trouble }) => synced && trouble === undefined),
      );
      stop.abort();
      await running;
    });
  });

  describe('of workloads', () => {
    const labels = { app: 'web' };
    const template = {
      metadata: { labels, annotations: { a: 'b' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    };
    const spec = { selector: { matchLabels: labels }, template };
    const workloads = [
      { kind: 'Deployment', plural: 'deployments', body: { spec: { ...spec, replicas: 2 } }, pods: 2 },
      {
        kind: 'StatefulSet',
        plural: 'statefulsets',
        body: { spec: { ...spec, replicas: 1, serviceName: 's' } },
        pods: 1,
      },
      { kind: 'DaemonSet', plural: 'daemonsets', body: { spec }, pods: 2 },
    ] as const;

    for (const { kind, plural, body, pods } of workloads) {
      it(`reads a ${kind} with the ages of its own pods, and patches the very version that was read`, async () => {
        const home = await createNamespace(cluster, plural);
        const path = `/apis/apps/v1/namespaces/${home}/${plural}`;
        await cluster.create(path, { metadata: { name: 'web' }, ...body });
        // A pod that the selector selects and that nobody owns.
        await cluster.create(`/api/v1/namespaces/${home}/pods`, {
          metadata: {
            name: 'stray',
            labels: { app: 'web', 'pod-template-hash': 'x', 'controller-revision-hash': 'x' },
            ownerReferences: [
              {
                apiVersion: 'v1',
                kind: 'ConfigMap',
                name: 'other',
                uid: STRANGER,
                controller: true,
              },
            ],
          },
          spec: template.spec,
        });
        const storage = createWorkloadStorage(client);
        const key = { namespace: home, name: 'web' };
        const live = await eventually(`the pods of the ${kind}`, async () => {
          const read = await storage.read(kind, key, signal);
          return read.ok && read.value?.podsCreatedS.length === pods && read.value;
        });
        expect(live).toMatchObject({ templateAnnotations: { a: 'b' }, podSpec: { containers: [{ name: 'c' }] } });
        for (const createdS of live.podsCreatedS) expect(Math.abs(createdS - Date.now() / 1000)).toBeLessThan(60);
        const patch = async (version: typeof live.metadata) =>
          storage.patch(
            kind,
            key,
            version,
            { 'keyferry.dev/seen-revisions': '{}', none: null },
            { restarted: 'now' },
            signal,
          );
        const fresh = async () => {
          const read = await storage.read(kind, key, signal);
          if (!read.ok || read.value === undefined) throw new Error('gone');
          return read.value;
        };
        // Its controller writes the status, so the first version may be old already.
        await eventually(
          'the patch to be taken',
          async () => (await patch((await fresh()).metadata)).kind === 'written',
        );
        expect(await patch(live.metadata)).toEqual({ kind: 'conflict' });
        expect(await patch({ ...(await fresh()).metadata, uid: STRANGER })).toEqual({ kind: 'conflict' });
        const after = await fresh();
        expect(after.templateAnnotations).toEqual({ a: 'b', restarted: 'now' });
        expect(after.metadata.annotations['keyferry.dev/seen-revisions']).toBe('{}');
        expect(await storage.read(kind, { namespace: home, name: 'none' }, signal)).toEqual({
          ok: true,
          value: undefined,
        });
        await deleteNamespace(cluster, home);
      });
    }
  });

  it('keeps one installation key, whoever makes it', async () => {
    const load = () => loadInstallationKey(client, namespace, randomBytes, signal);
    const [one, two] = await Promise.all([load(), load()]);
    expect(one).toMatchObject({ ok: true, value: { id: expect.stringMatching(/^[0-9a-f]{8}$/) } });
    expect(two).toEqual(one);
    expect(await load()).toEqual(one);
    expect(await read(INSTALLATION_KEY)).toMatchObject({
      immutable: true,
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'keyferry' } },
    });
    expect(await loadInstallationKey(client, 'no-such', randomBytes, signal)).toMatchObject({
      faults: [{ kind: 'ClusterUnavailable' }],
    });
  });

  it('says a thing once, where kubectl describe finds it', async () => {
    const stop = new AbortController();
    const recorder = createRecorder(client, ambient, { instance: 'pod-1' });
    const running = recorder.run(stop.signal);
    const { metadata } = await cluster.get(`/api/v1/namespaces/${namespace}`);
    const uid = metadata.uid ?? '';
    const target = { apiVersion: 'keyferry.dev/v1alpha1', kind: 'ExternalSecret', namespace, name: 'db', uid };
    recorder.event(target, 'Warning', 'AccessDenied', 'é'.repeat(2000));
    recorder.event(target, 'Warning', 'AccessDenied', 'é'.repeat(2000));
    recorder.event(target, 'Normal', 'Synced', 'done');
    stop.abort();
    await running;
    const events = await cluster.list<{ metadata: { name: string }; reason: string; note: string }>(
      `/apis/events.k8s.io/v1/namespaces/${namespace}/events?fieldSelector=regarding.uid=${uid}`,
    );
    expect(events.map(({ reason }) => reason).toSorted()).toEqual(['AccessDenied', 'Synced']);
  });
});
