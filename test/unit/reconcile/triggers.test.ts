import { describe, expect, it } from 'vitest';
import { FORCE_SYNC_ANNOTATION, OWNER_LABEL } from '../../../src/api/names.ts';
import type { ObjectMeta, RawResource } from '../../../src/core/ports.ts';
import { metaOf, rawOf } from '../../support/builders.ts';
import { TriggerWorld } from '../../support/trigger-world.ts';

const externalSecret = (
  name: string,
  spec: object = {},
  meta: Partial<ObjectMeta> = {},
  status: unknown = {},
): RawResource =>
  rawOf('ExternalSecret', { secretStoreRef: { name: 'aws' }, ...spec }, { name, uid: `uid-${name}`, ...meta }, status);

const store = (
  meta: Partial<ObjectMeta> = {},
  kind: 'SecretStore' | 'ClusterSecretStore' = 'SecretStore',
): RawResource =>
  rawOf(
    kind,
    { auth: { serviceAccountRef: { name: 'reader' } } },
    { name: 'aws', uid: 'uid-aws', namespace: kind === 'SecretStore' ? 'shop' : '', ...meta },
  );

const secret = (meta: Partial<ObjectMeta> = {}): ObjectMeta => metaOf({ uid: 'uid-secret', ...meta });

/** A namespace with two ExternalSecrets of one store and one of another. */
function settled(): TriggerWorld {
  const world = new TriggerWorld();
  world.resource(store());
  world.resource(externalSecret('db'));
  world.resource(externalSecret('tls', { target: { name: 'cert' } }));
  world.resource(externalSecret('other', { secretStoreRef: { name: 'other' } }));
  world.queued();
  return world;
}

describe('an ExternalSecret', () => {
  it('is looked at when it appears, before all others if it was never synced', () => {
    const world = new TriggerWorld();
    expect(world.resource(externalSecret('db'))).toEqual(['ExternalSecret shop/db neverSynced']);
    expect(world.resource(externalSecret('old', {}, {}, { refreshTime: '2026-01-01T00:00:00Z' }))).toEqual([
      'ExternalSecret shop/old changed',
    ]);
  });

  const news: readonly { it: string; meta: Partial<ObjectMeta> }[] = [
    { it: 'its spec changes', meta: { generation: 2 } },
    { it: 'it is made again', meta: { uid: 'uid-2' } },
    { it: 'a refresh is forced', meta: { annotations: { [FORCE_SYNC_ANNOTATION]: 'now' } } },
    { it: 'it is being deleted', meta: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
  ];
  for (const { it: name, meta } of news) {
    it(`is looked at when ${name}`, () => {
      expect(settled().resource(externalSecret('db', {}, meta))).toEqual(['ExternalSecret shop/db neverSynced']);
    });
  }

  it('is looked at when it is gone, so that what is remembered of it goes too', () => {
    expect(settled().drop('ExternalSecret', { namespace: 'shop', name: 'db' })).toEqual([
      'ExternalSecret shop/db neverSynced',
    ]);
  });

  it('is not woken by our own write of its status, nor by labels and other annotations', () => {
    const status = { refreshTime: '2026-01-01T00:00:00Z' };
    const world = settled();
    expect(world.resource(externalSecret('db', {}, { resourceVersion: '101' }, status))).toEqual([]);
    expect(
      world.resource(
        externalSecret('db', {}, { resourceVersion: '102', labels: { a: 'b' }, annotations: { c: 'd' } }, status),
      ),
    ).toEqual([]);
  });
});

describe('a store', () => {
  it('wakes itself and those who name it, and nobody else', () => {
    const woken = ['ExternalSecret shop/db changed', 'ExternalSecret shop/tls changed', 'store SecretStore/shop/aws'];
    expect(settled().resource(store({ generation: 2 }))).toEqual(woken);
    expect(settled().resource(store({ uid: 'uid-2' }))).toEqual(woken);
    expect(settled().drop('SecretStore', { namespace: 'shop', name: 'aws' })).toEqual(woken);
  });

  it('wakes those who waited for it when it appears', () => {
    const world = settled();
    world.drop('SecretStore', { namespace: 'shop', name: 'aws' });
    expect(world.resource(store())).toContain('ExternalSecret shop/db changed');
  });

  it('wakes nobody by our own write of its status', () => {
    expect(settled().resource(store({ resourceVersion: '200' }))).toEqual([]);
  });

  it('wakes nobody of another namespace', () => {
    expect(settled().resource(store({ namespace: 'other', generation: 2 }))).toEqual(['store SecretStore/other/aws']);
  });

  it('wakes no one any more who has turned to another', () => {
    const world = settled();
    world.resource(externalSecret('db', { secretStoreRef: { name: 'other' } }, { generation: 2 }));
    expect(world.resource(store({ generation: 2 }))).toEqual([
      'ExternalSecret shop/tls changed',
      'store SecretStore/shop/aws',
    ]);
  });

  it('wakes those of whom only an item names it, as long as one does', () => {
    const world = settled();
    const item = { secretKey: 'a', remoteRef: { key: 'k' }, secretStoreRef: { name: 'extra' } };
    const from = { extract: { key: 'k' }, secretStoreRef: { name: 'extra', kind: 'SecretStore' } };
    world.resource(externalSecret('db', { data: [item, item] }, { generation: 2 }));
    world.resource(externalSecret('tls', { dataFrom: [from] }, { generation: 2 }));
    world.queued();
    const extra = (generation: number) => world.resource(store({ name: 'extra', uid: 'uid-extra', generation }));
    expect(extra(1)).toEqual([
      'ExternalSecret shop/db changed',
      'ExternalSecret shop/tls changed',
      'store SecretStore/shop/extra',
    ]);
    expect(world.resource(store({ generation: 2 }))).toContain('ExternalSecret shop/db changed');
    world.resource(externalSecret('tls', {}, { generation: 3 }));
    expect(extra(2)).toEqual(['ExternalSecret shop/db changed', 'store SecretStore/shop/extra']);
  });

  it('wakes those of whom only an item names it when its ServiceAccount changes', () => {
    const world = settled();
    const spec = { auth: { serviceAccountRef: { name: 'extra-reader' } } };
    world.resource({ ...store({ name: 'extra', uid: 'uid-extra' }), spec });
    const data = [{ secretKey: 'a', remoteRef: { key: 'k' }, secretStoreRef: { name: 'extra' } }];
    world.resource(externalSecret('db', { data }, { generation: 2 }));
    world.queued();
    expect(world.put('ServiceAccount', metaOf({ name: 'extra-reader', uid: 'uid-sa' }))).toEqual([
      'ExternalSecret shop/db changed',
      'store SecretStore/shop/extra',
    ]);
  });

  it('of the cluster wakes its users in every namespace, and is no SecretStore of the same name', () => {
    const world = settled();
    const users = { secretStoreRef: { name: 'aws', kind: 'ClusterSecretStore' } };
    for (const namespace of ['a', 'b'])
      world.resource(externalSecret('x', users, { namespace, uid: `uid-${namespace}` }));
    world.queued();
    expect(world.resource(store({}, 'ClusterSecretStore'))).toEqual([
      'ExternalSecret a/x changed',
      'ExternalSecret b/x changed',
      'store ClusterSecretStore//aws',
    ]);
  });

  it('of the cluster wakes its users when its status first tells the account, since ARNs are held against that', () => {
    const world = settled();
    const users = { secretStoreRef: { name: 'aws', kind: 'ClusterSecretStore' } };
    world.resource(store({}, 'ClusterSecretStore'));
    world.resource(externalSecret('x', users, { namespace: 'a' }));
    world.queued();
    const told = (account: string): RawResource => ({
      ...store({ resourceVersion: account }, 'ClusterSecretStore'),
      status: { observedGeneration: 1, identityArn: `arn:aws:iam::${account}:user/reader` },
    });
    expect(world.resource(told('111111111111'))).toEqual(['ExternalSecret a/x changed']);
    expect(world.resource(told('111111111111'))).toEqual([]);
    expect(world.resource(told('222222222222'))).toEqual(['ExternalSecret a/x changed']);
  });
});

describe('a Secret', () => {
  it('wakes the ExternalSecret whose target it is, however it changed', () => {
    const world = settled();
    expect(world.put('Secret', secret())).toEqual(['ExternalSecret shop/db changed']);
    expect(world.put('Secret', secret({ resourceVersion: '101' }))).toEqual(['ExternalSecret shop/db changed']);
    expect(world.drop('Secret', secret())).toEqual(['ExternalSecret shop/db changed']);
  });

  it('wakes nobody who knows it as it is, but all who do not', () => {
    const world = settled();
    world.resource(externalSecret('rival', { target: { name: 'db' } }));
    world.known.add('shop/db 101');
    expect(world.put('Secret', secret({ resourceVersion: '101' }))).toEqual(['ExternalSecret shop/rival changed']);
    expect(world.put('Secret', secret({ resourceVersion: '102' }))).toContain('ExternalSecret shop/db changed');
    world.known.add('shop/db 102');
    expect(world.drop('Secret', secret())).toContain('ExternalSecret shop/db changed');
  });

  it('is known by the name that the spec gives', () => {
    expect(settled().put('Secret', secret({ name: 'cert' }))).toEqual(['ExternalSecret shop/tls changed']);
    expect(settled().put('Secret', secret({ name: 'tls' }))).toEqual([]);
    expect(settled().put('Secret', secret({ namespace: 'other' }))).toEqual([]);
  });

  it('is no one’s target any more after a rename, though its owner is still told of it', () => {
    const world = settled();
    world.resource(externalSecret('db', { target: { name: 'new' } }, { generation: 2 }));
    expect(world.put('Secret', secret())).toEqual([]);
    expect(world.put('Secret', secret({ labels: { [OWNER_LABEL]: 'uid-db' } }))).toEqual([
      'ExternalSecret shop/db changed',
    ]);
    expect(world.put('Secret', secret({ name: 'new' }))).toEqual(['ExternalSecret shop/db changed']);
  });

  it('comes to a rival when its holder turns away', () => {
    const world = settled();
    expect(world.resource(externalSecret('rival', { target: { name: 'db' } }))).toEqual([
      'ExternalSecret shop/rival neverSynced',
    ]);
    expect([...world.triggers.claimants(secret())].map(({ name }) => name)).toEqual(['db', 'rival']);
    expect(world.drop('ExternalSecret', { namespace: 'shop', name: 'db' })).toContain(
      'ExternalSecret shop/rival changed',
    );
    expect([...world.triggers.claimants(secret())].map(({ name }) => name)).toEqual(['rival']);
  });

  it('is a possession of whom it names, until it names another or is gone', () => {
    const world = settled();
    world.put('Secret', secret({ labels: { [OWNER_LABEL]: 'uid-db' } }));
    world.put('Secret', secret({ name: 'past', labels: { [OWNER_LABEL]: 'uid-db' } }));
    expect(world.triggers.possessions('uid-db').map(({ name }) => name)).toEqual(['db', 'past']);
    world.put('Secret', secret({ name: 'past', labels: { [OWNER_LABEL]: 'uid-tls' } }));
    expect(world.triggers.possessions('uid-db').map(({ name }) => name)).toEqual(['db']);
    world.drop('Secret', secret());
    expect(world.triggers.possessions('uid-db')).toEqual([]);
  });
});

describe('a ServiceAccount', () => {
  const reader = (annotations: Record<string, string>, more: Partial<ObjectMeta> = {}) =>
    metaOf({ name: 'reader', uid: 'uid-reader', annotations, ...more });
  const woken = ['ExternalSecret shop/db changed', 'ExternalSecret shop/tls changed', 'store SecretStore/shop/aws'];

  it('wakes the stores that read as it, and their users', () => {
    const world = settled();
    expect(world.put('ServiceAccount', reader({}))).toEqual(woken);
    expect(world.put('ServiceAccount', reader({ role: 'a' }))).toEqual(woken);
    expect(world.put('ServiceAccount', reader({ role: 'a' }, { uid: 'uid-2' }))).toEqual(woken);
    expect(world.drop('ServiceAccount', reader({}))).toEqual(woken);
  });

  it('wakes nobody by what is not its role, nor under another name or in another namespace', () => {
    const world = settled();
    world.put('ServiceAccount', reader({}));
    expect(world.put('ServiceAccount', reader({}, { resourceVersion: '200', labels: { a: 'b' } }))).toEqual([]);
    expect(world.put('ServiceAccount', reader({}, { name: 'default' }))).toEqual([]);
    expect(world.put('ServiceAccount', reader({}, { namespace: 'other' }))).toEqual([]);
  });
});

describe('a Namespace', () => {
  const namespace = (labels: Record<string, string>, more: Partial<ObjectMeta> = {}) =>
    metaOf({ name: 'shop', namespace: '', uid: 'uid-shop', labels, ...more });

  it('wakes all that is in it when it appears, since its own watch may be late', () => {
    expect(settled().put('Namespace', namespace({}))).toEqual([
      'ExternalSecret shop/db changed',
      'ExternalSecret shop/other changed',
      'ExternalSecret shop/tls changed',
      'store SecretStore/shop/aws',
    ]);
    expect(settled().put('Namespace', namespace({}, { name: 'elsewhere' }))).toEqual([]);
  });

  it('wakes those of its ExternalSecrets that use a store of the cluster, when its labels change', () => {
    const world = settled();
    world.put('Namespace', namespace({}));
    const user = { secretStoreRef: { name: 'aws', kind: 'ClusterSecretStore' } };
    world.resource(store({}, 'ClusterSecretStore'));
    world.resource(externalSecret('shared', user));
    world.resource(externalSecret('shared', user, { namespace: 'shop-2' }));
    world.queued();
    expect(world.put('Namespace', namespace({ a: 'b' }))).toEqual(['ExternalSecret shop/shared changed']);
    expect(world.put('Namespace', namespace({ a: 'b' }, { resourceVersion: '200' }))).toEqual([]);
    expect(world.put('Namespace', namespace({ a: 'c' }))).toEqual(['ExternalSecret shop/shared changed']);
  });
});

it('is not upset by a spec that is anything at all', () => {
  const world = new TriggerWorld();
  for (const [at, spec] of [
    undefined,
    null,
    'x',
    [],
    { secretStoreRef: 7 },
    { target: { name: {} } },
    { secretStoreRef: { name: 'a', kind: 'Nonsense' } },
  ].entries()) {
    const raw = rawOf('ExternalSecret', spec, { name: `es${at}`, uid: `uid-${at}` });
    expect(world.resource(raw)).toEqual([`ExternalSecret shop/es${at} neverSynced`]);
    expect([...world.triggers.claimants(raw.metadata)].map(({ name }) => name)).toEqual([`es${at}`]);
  }
});

describe('a Secret that several merge into', () => {
  const merged = (...uids: string[]): ObjectMeta =>
    secret({
      name: 'shared',
      annotations: Object.fromEntries(uids.map((uid) => [`keyferry.dev/revision.${uid}`, 'r'])),
    });
  const both = ['ExternalSecret shop/db changed', 'ExternalSecret shop/tls changed'];

  it('wakes all of them, whatever their target is by now', () => {
    expect(settled().put('Secret', merged('uid-db', 'uid-tls', 'uid-gone'))).toEqual(both);
  });

  it('is a possession of each, until it says nothing of them any more', () => {
    const world = settled();
    const possessions = () => ['uid-db', 'uid-tls'].map((uid) => world.triggers.possessions(uid).length);
    world.put('Secret', merged('uid-db', 'uid-tls'));
    expect(possessions()).toEqual([1, 1]);
    world.put('Secret', merged('uid-tls'));
    expect(possessions()).toEqual([0, 1]);
    world.drop('Secret', merged());
    expect(possessions()).toEqual([0, 0]);
  });

  it('is made by none of them', () => {
    const world = new TriggerWorld();
    world.resource(externalSecret('db', { target: { name: 'shared', creationPolicy: 'Merge' } }));
    world.resource(externalSecret('tls', { target: { name: 'shared' } }));
    const claimants = [...world.triggers.claimants({ namespace: 'shop', name: 'shared' })];
    expect(claimants.map(({ name }) => name)).toEqual(['tls']);
    const writers = [...world.triggers.writers({ namespace: 'shop', name: 'shared' })];
    expect(writers.map(({ name }) => name)).toEqual(['db', 'tls']);
  });
});
