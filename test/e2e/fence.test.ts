import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRollout, installRollouts } from '../support/argo-rollouts.ts';
import { type ApiError, type Cluster, openCluster } from '../support/cluster.ts';
import { entry } from '../support/entry.ts';
import { attachEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { installChart, RELEASE } from '../support/installed.ts';
import { createNamespace, deleteNamespace } from '../support/namespace.ts';
import { createServiceAccount, requestToken } from '../support/service-account.ts';
import { API, type Team } from '../support/stage.ts';
import { createWorkload, type WorkloadKind } from '../support/workloads.ts';

// As whoever got hold of the operator's token would: its rights, and the fence around them.

const environment = attachEnvironment();
const { cluster, url, caPem, issuer } = environment;
let namespace: string;
/** The API server, as the operator's ServiceAccount. */
let us: Cluster;

const secrets = (inside = namespace): string => `/api/v1/namespaces/${inside}/secrets`;
const MANAGED = { 'keyferry.dev/managed': 'true' };

beforeAll(async () => {
  namespace = await createNamespace(cluster, 'fence');
  const token = await requestToken(cluster, RELEASE.namespace, RELEASE.serviceAccount, issuer);
  us = openCluster({ url, caPem, token });
  // The API server takes up admission policies some time after they were made.
  const metadata = { name: 'probe', labels: MANAGED };
  const spec = { audiences: ['elsewhere'] };
  await eventually('the fence to be up', async () => {
    await refusalOf(us.create(`${secrets()}?dryRun=All`, { metadata, type: 'helm.sh/release.v1' }));
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default/token?dryRun=All`;
    await refusalOf(us.create(path, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }));
    return true;
  });
});
afterAll(async () => {
  await deleteNamespace(cluster, namespace);
  us?.close();
  cluster.close();
});

/** The words of the refusal. */
async function refusalOf(call: Promise<unknown>): Promise<string> {
  const error: ApiError = await call.then(
    () => {
      throw new Error('it was let through');
    },
    (refused) => refused,
  );
  if (error.status !== 403) throw error;
  return error.message;
}

let count = 0;
/** A Secret that somebody else made. */
async function theirs(metadata: object = {}, more: object = {}): Promise<string> {
  const name = `theirs-${count++}`;
  await cluster.create(secrets(), { metadata: { name, ...metadata }, ...more });
  return `${secrets()}/${name}`;
}

/** Replaces it as the operator does, with what it is then to have. */
async function replace(path: string, metadata: object): Promise<unknown> {
  const { metadata: before, ...rest } = await cluster.get(path);
  return us.replace(path, { ...rest, metadata: { ...before, ...metadata } });
}

describe('with the operator’s token, of Secrets', () => {
  it('those that it may make are let through', async () => {
    for (const type of ['Opaque', 'example.com/own', 'kubernetes.io/basic-auth']) {
      const body = { metadata: { name: `made-${count++}`, labels: MANAGED }, type, stringData: { username: 'a' } };
      await expect(us.create(secrets(), body)).resolves.toMatchObject({ type });
    }
  });

  const types = [
    'kubernetes.io/service-account-token',
    'bootstrap.kubernetes.io/token',
    'helm.sh/release.v1',
    'example.k8s.io/own',
  ];
  for (const type of types) {
    it(`none of type ${type} is made`, async () => {
      const annotations = { 'kubernetes.io/service-account.name': 'default' };
      const body = { metadata: { name: `made-${count++}`, labels: MANAGED, annotations }, type };
      expect(await refusalOf(us.create(secrets(), body))).toContain('no Secret of this type');
    });
  }

  it('none is made without our label, but for the installation key, and that at home', async () => {
    const bare = { metadata: { name: `bare-${count++}` } };
    expect(await refusalOf(us.create(secrets(), bare))).toContain('is labelled keyferry.dev/managed');
    const other = { metadata: { name: `bare-${count++}`, labels: { 'keyferry.dev/managed': 'false' } } };
    expect(await refusalOf(us.create(secrets(), other))).toContain('is labelled keyferry.dev/managed');
    const key = { metadata: { name: 'keyferry-installation-key' } };
    expect(await refusalOf(us.create(secrets(), key))).toContain('is labelled keyferry.dev/managed');
    const dryRun = `${secrets(RELEASE.namespace)}?dryRun=All`;
    await cluster.delete(`${secrets(RELEASE.namespace)}/keyferry-installation-key`);
    await expect(us.create(dryRun, key)).resolves.toMatchObject(key);
  });

  it('one of others is neither changed nor deleted', async () => {
    const path = await theirs();
    expect(await refusalOf(replace(path, { labels: MANAGED }))).toContain('does not accept it');
    expect(await refusalOf(us.delete(path))).toContain('does not accept it');
  });

  it('one that accepts is taken over, and what it accepts is left as it is', async () => {
    const annotations = { 'keyferry.dev/accept': 'a' };
    const path = await theirs({ annotations });
    expect(await refusalOf(replace(path, { labels: MANAGED, annotations: {} }))).toContain('for others to set');
    expect(await refusalOf(us.delete(path))).toContain('does not accept it');
    await expect(replace(path, { labels: MANAGED })).resolves.toMatchObject({ metadata: { annotations } });
  });

  it('no consent is forged', async () => {
    const metadata = { name: `forged-${count++}`, labels: MANAGED, annotations: { 'keyferry.dev/accept': 'a' } };
    expect(await refusalOf(us.create(secrets(), { metadata }))).toContain('for others to set');
  });

  it('one that we merge into is changed, also to take that back, and not deleted', async () => {
    const path = await theirs({ labels: MANAGED });
    await expect(replace(path, { annotations: { 'keyferry.dev/revision.a': 'b' } })).resolves.toBeDefined();
    expect(await refusalOf(us.delete(path))).toContain('does not accept it');
    await expect(replace(path, { labels: {} })).resolves.toBeDefined();
  });

  it('one with our owner label, or of an ExternalSecret, is changed and deleted', async () => {
    const body = { spec: { secretStoreRef: { name: 'a' }, suspend: true, data: [entry('a', 'a')] } };
    const object = { ...body, apiVersion: 'keyferry.dev/v1alpha1', kind: 'ExternalSecret', metadata: { name: 'a' } };
    const { apiVersion, kind, metadata } = await cluster.create(
      `${API}/namespaces/${namespace}/externalsecrets`,
      object,
    );
    const owned = { ownerReferences: [{ apiVersion, kind, name: 'a', uid: metadata.uid, controller: true }] };
    const labelled = { labels: { ...MANAGED, 'keyferry.dev/owner': 'a' } };
    for (const each of [owned, labelled]) {
      const path = await theirs(each);
      await expect(replace(path, { labels: labelled.labels })).resolves.toBeDefined();
      await expect(us.delete(path)).resolves.toBe(true);
    }
  });
});

describe('with the operator’s token, of tokens', () => {
  const request = (spec: object): Promise<unknown> =>
    us.create(`/api/v1/namespaces/${namespace}/serviceaccounts/default/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec,
    });

  it('only those for AWS STS, for an hour at most, are given', async () => {
    const aws = { audiences: ['sts.amazonaws.com'], expirationSeconds: 3600 };
    await expect(request(aws)).resolves.toBeDefined();
    expect(await refusalOf(request({ ...aws, audiences: [issuer] }))).toContain('for the audience sts.amazonaws.com');
    expect(await refusalOf(request({ ...aws, audiences: ['sts.amazonaws.com', issuer] }))).toContain(
      'for the audience',
    );
    expect(await refusalOf(request({ expirationSeconds: 3600 }))).toContain('for the audience');
    expect(await refusalOf(request({ ...aws, expirationSeconds: 7200 }))).toContain('for an hour at most');
  });

  it('none is given of ServiceAccounts that the values do not name', async () => {
    const release = await createNamespace(cluster, 'keyferry');
    const place = { name: release, namespace: release };
    const values = ['replicas=0', 'crds.install=false', 'rbac.tokenServiceAccounts={reader}'];
    await installChart(environment.helmPath, environment.kubeconfigPath, place, values);
    await createServiceAccount(cluster, namespace, 'reader');
    const token = await requestToken(cluster, release, release, issuer);
    const narrow = openCluster({ url, caPem, token });
    const ask = (name: string): Promise<string> => requestToken(narrow, namespace, name);
    await eventually('the rights to be in force', async () => (await ask('reader')) !== '');
    expect(await refusalOf(ask('default'))).toContain('cannot create resource "serviceaccounts/token"');
    narrow.close();
    await environment.kubectl(['delete', 'clusterrole,clusterrolebinding', release]);
    await deleteNamespace(cluster, release);
  });
});

describe('with the operator’s token, of workloads', () => {
  const RESTART = {
    metadata: { annotations: { 'keyferry.dev/seen-revisions': '{}', 'keyferry.dev/last-restart': '{}' } },
    spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-21T00:00:00Z' } } } },
  };
  const container = (change: object): object => ({
    spec: { template: { spec: { containers: [{ name: 'app', image: 'app', ...change }] } } },
  });
  const changes: readonly { it: string; kind: WorkloadKind; patch: object; says: string }[] = [
    { it: 'the image', kind: 'Deployment', patch: container({ image: 'other' }), says: 'neither spec nor labels' },
    { it: 'a command', kind: 'DaemonSet', patch: container({ command: ['sh'] }), says: 'neither spec nor labels' },
    {
      it: 'the ServiceAccount',
      kind: 'StatefulSet',
      patch: { spec: { template: { spec: { serviceAccountName: 'admin' } } } },
      says: 'neither spec nor labels',
    },
    {
      it: 'another annotation of the pods',
      kind: 'Deployment',
      patch: { spec: { template: { metadata: { annotations: { 'example.com/note': 'changed' } } } } },
      says: "pod template's annotations",
    },
    {
      it: 'away an annotation of the pods',
      kind: 'Deployment',
      patch: { spec: { template: { metadata: { annotations: { 'example.com/note': null } } } } },
      says: "pod template's annotations",
    },
    {
      it: 'another annotation',
      kind: 'StatefulSet',
      patch: { metadata: { annotations: { 'keyferry.dev/restart-on': '*' } } },
      says: "workload's annotations",
    },
    { it: 'a label', kind: 'DaemonSet', patch: { metadata: { labels: { a: 'b' } } }, says: 'annotations alone' },
    { it: 'the replicas', kind: 'Deployment', patch: { spec: { replicas: 0 } }, says: "Deployment's spec" },
    { it: 'a pause', kind: 'Deployment', patch: { spec: { paused: true } }, says: "Deployment's spec" },
    { it: 'the replicas', kind: 'StatefulSet', patch: { spec: { replicas: 0 } }, says: "StatefulSet's spec" },
    {
      it: 'the strategy',
      kind: 'DaemonSet',
      patch: { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } },
      says: "DaemonSet's spec",
    },
  ];
  const paths = new Map<WorkloadKind, string>();
  beforeAll(async () => {
    for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet'] satisfies WorkloadKind[]) {
      const made = await createWorkload(cluster, { namespace } as Team, kind.toLowerCase(), { kind });
      paths.set(kind, made.path);
    }
  });
  const pathOf = (kind: WorkloadKind): string => paths.get(kind) ?? '';

  for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet'] satisfies WorkloadKind[]) {
    it(`a restart of a ${kind} is let through`, async () => {
      await expect(us.mergePatch(pathOf(kind), RESTART)).resolves.toBeDefined();
      const undone = { metadata: { annotations: { 'keyferry.dev/seen-revisions': null } } };
      await expect(us.mergePatch(pathOf(kind), undone)).resolves.toBeDefined();
    });
  }

  for (const { it: what, kind, patch, says } of changes) {
    it(`nobody changes ${what} of a ${kind}`, async () => {
      expect(await refusalOf(us.mergePatch(pathOf(kind), patch))).toContain(says);
    });
  }
});

describe('with the operator’s token, of Rollouts', () => {
  const image = { spec: { template: { spec: { containers: [{ name: 'app', image: 'other' }] } } } };
  let uninstall: () => Promise<void> = async () => {};
  let path: string;
  beforeAll(async () => {
    uninstall = await installRollouts(cluster);
    path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/rollouts/web`;
    await createRollout(cluster, { namespace } as Team, 'web', 'db');
  });
  afterAll(() => uninstall());

  it('a restart is let through', async () => {
    const annotations = { 'keyferry.dev/seen-revisions': '{}', 'keyferry.dev/last-restart': '{}' };
    const restart = { metadata: { annotations }, spec: { restartAt: '2026-11-21T00:00:00Z' } };
    await expect(us.mergePatch(path, restart)).resolves.toMatchObject({ spec: restart.spec });
    const undone = { metadata: { annotations: { 'keyferry.dev/seen-revisions': null } } };
    await expect(us.mergePatch(path, undone)).resolves.toBeDefined();
  });

  const changes: readonly { it: string; patch: object; says: string }[] = [
    { it: 'the image', patch: image, says: 'restartAt alone' },
    { it: 'the replicas', patch: { spec: { replicas: 0 } }, says: 'restartAt alone' },
    { it: 'away a field', patch: { spec: { selector: null } }, says: 'restartAt alone' },
    { it: 'a field of its own', patch: { spec: { paused: true } }, says: 'restartAt alone' },
    { it: 'an annotation', patch: { metadata: { annotations: { a: 'b' } } }, says: "Rollout's annotations" },
    { it: 'a label', patch: { metadata: { labels: { a: 'b' } } }, says: 'annotations alone' },
  ];
  for (const { it: what, patch, says } of changes) {
    it(`nobody changes ${what}`, async () => {
      expect(await refusalOf(us.mergePatch(path, patch))).toContain(says);
    });
  }
});
