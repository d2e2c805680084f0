import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TEST_ACCOUNT } from '../support/aws.ts';
import type { JournalEntry } from '../support/aws-front.ts';
import { entry } from '../support/entry.ts';
import { forceSync } from '../support/force-sync.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { clusterStorePath, createClusterStore, storeReady } from '../support/stores.ts';

let stage: Stage;
let shop: Team;
let bank: Team;
const made: string[] = [];

beforeAll(async () => {
  stage = await setStage();
  [shop, bank] = await Promise.all([stage.team('shop'), stage.team('bank')]);
});
// Cluster-scoped, so they do not go with a namespace.
afterEach(() => Promise.all(made.splice(0).map((name) => stage.cluster.delete(clusterStorePath(name)))));
afterAll(() => stage?.end());

const reader = { serviceAccountRef: { name: 'reader' } };

async function createShared(name: string, spec: object): Promise<void> {
  await createClusterStore(stage.cluster, name, { auth: reader, ...spec });
  made.push(name);
}

/** An ExternalSecret of the team that reads one secret of its own from the ClusterSecretStore. */
async function reads(team: Team, store: string, keys: readonly string[] = []): Promise<void> {
  const own = `${team.namespace}/${store}`;
  await stage.aws.createSecret(own, `of ${team.namespace}`);
  const secretStoreRef = { kind: 'ClusterSecretStore', name: store };
  const data = [own, ...keys].map((key, at) => entry(`key-${at}`, key));
  await team.externalSecret(store, { secretStoreRef, data });
}

const synced = async (team: Team, name: string): Promise<void> => {
  await team.holds(name, { 'key-0': `of ${team.namespace}` });
  await team.ready(name, 'True', 'Synced');
};

const readsOf = (key: string): JournalEntry[] => stage.front.journal.filter(({ ids }) => ids.includes(key));
const label = (team: Team, labels: object): Promise<unknown> =>
  stage.cluster.mergePatch(`/api/v1/namespaces/${team.namespace}`, { metadata: { labels } });

describe('a ClusterSecretStore', () => {
  it('serves nobody until it says whom', async () => {
    await createShared('silent', {});
    await reads(shop, 'silent');
    const { message } = await shop.ready('silent', 'False', 'StoreNotAllowed');
    expect(message).toContain('spec.allowedNamespaces');
    expect(readsOf(`${shop.namespace}/silent`)).toEqual([]);
    const allowedNamespaces = { names: [shop.namespace] };
    await stage.cluster.mergePatch(clusterStorePath('silent'), { spec: { allowedNamespaces } });
    await synced(shop, 'silent');
  });

  it('serves the namespaces whose names its globs match, as a whole', async () => {
    await createShared('by-name', { allowedNamespaces: { names: ['sho?-*', 'ban'] } });
    await Promise.all([reads(shop, 'by-name'), reads(bank, 'by-name')]);
    await synced(shop, 'by-name');
    const { message } = await bank.ready('by-name', 'False', 'StoreNotAllowed');
    expect(message).toContain(bank.namespace);
    expect(await bank.secret('by-name')).toBeUndefined();
  });

  it('serves the namespaces whose labels its selector matches, as long as they do', async () => {
    const matchExpressions = [{ key: 'retired', operator: 'DoesNotExist' }];
    const selector = { matchLabels: { env: 'prod' }, matchExpressions };
    await createShared('by-label', { allowedNamespaces: { selector } });
    await reads(shop, 'by-label');
    await shop.ready('by-label', 'False', 'StoreNotAllowed');
    await label(shop, { env: 'prod' });
    await synced(shop, 'by-label');

    const before = await shop.secret('by-label');
    const callsBefore = readsOf(`${shop.namespace}/by-label`).length;
    await label(shop, { retired: 'yes' });
    await shop.ready('by-label', 'False', 'StoreNotAllowed');
    await stage.aws.putSecret(`${shop.namespace}/by-label`, 'not for them any more');
    await forceSync(shop, 'by-label');
    // The status of another ExternalSecret, forced later, shows that the wish was heard.
    await createShared('witness', { allowedNamespaces: { names: ['*'] } });
    await reads(shop, 'witness');
    await synced(shop, 'witness');
    expect(await shop.secret('by-label')).toEqual(before);
    expect(readsOf(`${shop.namespace}/by-label`)).toHaveLength(callsBefore);

    await label(shop, { retired: null });
    await shop.holds('by-label', { 'key-0': 'not for them any more' });
  });

  it('stops serving a namespace that it no longer admits, and the Secret stays', async () => {
    await createShared('withdrawn', { allowedNamespaces: { names: ['shop-*', 'bank-*'] } });
    await Promise.all([reads(shop, 'withdrawn'), reads(bank, 'withdrawn')]);
    await Promise.all([synced(shop, 'withdrawn'), synced(bank, 'withdrawn')]);
    const before = await bank.secret('withdrawn');
    const allowedNamespaces = { names: ['shop-*'] };
    await stage.cluster.mergePatch(clusterStorePath('withdrawn'), { spec: { allowedNamespaces } });
    const { message } = await bank.ready('withdrawn', 'False', 'StoreNotAllowed');
    expect(message).toContain('keeps what it has');
    expect(await bank.secret('withdrawn')).toEqual(before);
    await synced(shop, 'withdrawn');
  });

  it('lets each namespace read what allowedKeys name, and its own', async () => {
    await stage.aws.createSecret('shared/ca', 'for all');
    await createShared('by-key', {
      allowedNamespaces: { names: ['*'] },
      allowedKeys: ['shared/*', '{{namespace}}/*'],
    });
    await reads(bank, 'by-key');
    const foreign = `${bank.namespace}/by-key`;
    await reads(shop, 'by-key', ['shared/ca', foreign]);
    const { message } = await shop.ready('by-key', 'False', 'StoreNotAllowed');
    expect(message).toContain(`spec.data[2]`);
    expect(message).toContain(foreign);
    expect(message).not.toContain('spec.data[1]');
    await synced(bank, 'by-key');
    expect(readsOf(foreign).map(({ roleArn }) => roleArn)).toEqual([bank.roleArn]);
    expect(await shop.secret('by-key')).toBeUndefined();

    const data = [entry('key-0', `${shop.namespace}/by-key`), entry('ca', 'shared/ca')];
    await shop.change('by-key', { spec: { data } });
    await shop.holds('by-key', { 'key-0': `of ${shop.namespace}`, ca: 'for all' });
  });

  it('stops reading a key that it no longer allows, and the Secret stays', async () => {
    const shared = { allowedNamespaces: { names: ['*'] }, allowedKeys: ['{{namespace}}/*'] };
    await createShared('narrowed', shared);
    await Promise.all([reads(shop, 'narrowed'), reads(bank, 'narrowed')]);
    await Promise.all([synced(shop, 'narrowed'), synced(bank, 'narrowed')]);
    const before = await bank.secret('narrowed');
    const allowedKeys = [`${shop.namespace}/*`];
    await stage.cluster.mergePatch(clusterStorePath('narrowed'), { spec: { allowedKeys } });
    const { message } = await bank.ready('narrowed', 'False', 'StoreNotAllowed');
    expect(message).toContain(`${bank.namespace}/narrowed`);
    expect(await bank.secret('narrowed')).toEqual(before);
    await synced(shop, 'narrowed');
  });

  it("reads as each namespace's own ServiceAccount where its reference names no namespace", async () => {
    await createShared('borrowed', { allowedNamespaces: { names: ['*'] } });
    for (const team of [shop, bank]) {
      await reads(team, 'borrowed');
      await synced(team, 'borrowed');
      const roles = readsOf(`${team.namespace}/borrowed`).map(({ roleArn }) => roleArn);
      expect(roles).toEqual([team.roleArn]);
    }
    const { status } = await storeReady(stage.cluster, clusterStorePath('borrowed'), 'True', 'Valid');
    expect(status).not.toHaveProperty('identityArn');
  });

  it('reads for all as the ServiceAccount of the namespace that it names', async () => {
    const auth = { serviceAccountRef: { name: 'reader', namespace: bank.namespace } };
    await createShared('central', { auth, allowedNamespaces: { names: ['*'] } });
    await reads(shop, 'central');
    await synced(shop, 'central');
    expect(readsOf(`${shop.namespace}/central`).map(({ roleArn }) => roleArn)).toEqual([bank.roleArn]);
    const { status } = await storeReady(stage.cluster, clusterStorePath('central'), 'True', 'Valid');
    expect(status?.identityArn).toContain(`arn:aws:sts::${TEST_ACCOUNT}:assumed-role/${bank.namespace}/`);
  });

  it("reads with the keys in each namespace's own Secret where its reference names no namespace", async () => {
    const keysOf = async (team: Team, id: string): Promise<unknown> =>
      stage.cluster.create(`/api/v1/namespaces/${team.namespace}/secrets`, {
        metadata: { name: 'aws-keys' },
        stringData: { id, secret: 'any' },
      });
    const ref = (key: string): object => ({ name: 'aws-keys', key });
    const auth = { secretRef: { accessKeyId: ref('id'), secretAccessKey: ref('secret') } };
    await createShared('keyed', { auth, allowedNamespaces: { names: ['*'] } });
    for (const [team, id] of [
      [shop, 'AKIAKEYFERRYSHOP0001'],
      [bank, 'AKIAKEYFERRYBANK0001'],
    ] as const) {
      await keysOf(team, id);
      await reads(team, 'keyed');
      await synced(team, 'keyed');
      expect(readsOf(`${team.namespace}/keyed`).map(({ accessKeyId }) => accessKeyId)).toEqual([id]);
    }
  });

  it('says what is wrong with the identity that it names', async () => {
    const auth = { serviceAccountRef: { name: 'nobody', namespace: shop.namespace } };
    await createShared('broken', { auth, allowedNamespaces: { names: ['*'] } });
    const { status } = await storeReady(stage.cluster, clusterStorePath('broken'), 'False', 'CredentialsInvalid');
    expect(JSON.stringify(status?.conditions)).toContain(`${shop.namespace}/nobody`);
  });
});
