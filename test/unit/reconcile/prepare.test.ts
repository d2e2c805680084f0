import { describe, expect, it } from 'vitest';
import { ROLE_ARN_ANNOTATION } from '../../../src/api/names.ts';
import type { ObjectMeta } from '../../../src/core/ports.ts';
import { ParsedSpecs } from '../../../src/reconcile/parsed-specs.ts';
import { Plans } from '../../../src/reconcile/plans.ts';
import { type Prepared, prepare } from '../../../src/reconcile/prepare.ts';
import { metaOf, ROLE_ARN, rawOf, specOf } from '../../support/builders.ts';
import { MemoryView } from '../../support/memory-view.ts';

const own = (secretKey: string, secretStoreRef?: object) => ({
  secretKey,
  remoteRef: { key: 'k' },
  ...(secretStoreRef === undefined ? {} : { secretStoreRef }),
});
const SPEC = specOf({
  data: [
    own('a'),
    own('b', { name: 'other' }),
    own('c', { name: 'other' }),
    own('d', { name: 'shared', kind: 'ClusterSecretStore' }),
  ],
});

/** A cluster with the stores `aws`, `other` and `shared`, each with a ServiceAccount of its own. */
class World {
  readonly view = new MemoryView();
  // What was made once is not to outlive what it was made of.
  readonly specs = new ParsedSpecs();
  readonly plans = new Plans();
  #annotations: Record<string, string> = {};

  constructor() {
    this.store('SecretStore', 'aws');
    this.store('SecretStore', 'other');
    this.store('ClusterSecretStore', 'shared', {}, { allowedNamespaces: { names: ['shop'] } });
    for (const name of ['aws', 'other', 'shared']) this.account(name);
  }

  wish(text: string): void {
    this.#annotations = { 'keyferry.dev/force-sync': text };
  }

  store(
    kind: 'SecretStore' | 'ClusterSecretStore',
    name: string,
    meta: Partial<ObjectMeta> = {},
    spec: object = {},
  ): void {
    const namespace = kind === 'SecretStore' ? 'shop' : '';
    const auth = { serviceAccountRef: { name: `${name}-reader` } };
    const raw = rawOf(kind, { region: 'eu-west-1', auth, ...spec }, { name, namespace, uid: `uid-${name}`, ...meta });
    this.view.put(kind, raw.metadata, raw);
  }

  account(store: string, role = ROLE_ARN): void {
    const annotations = { [ROLE_ARN_ANNOTATION]: role };
    this.view.put('ServiceAccount', metaOf({ name: `${store}-reader`, uid: `uid-${store}-reader`, annotations }));
  }

  prepare(meta: Partial<ObjectMeta> = {}): Prepared {
    return prepare(
      this.view,
      rawOf('ExternalSecret', SPEC, { annotations: this.#annotations, ...meta }),
      'none',
      this.specs,
      this.plans,
    );
  }

  faults(): readonly string[] {
    const { plan } = this.prepare();
    return plan.ok ? [] : plan.faults.map(({ kind, subject, detail }) => `${kind} ${subject}: ${detail}`);
  }
}

describe('an ExternalSecret with stores of their own for some items', () => {
  it('is planned when all of them serve it', () => {
    const { plan } = new World().prepare();
    const stores = plan.ok ? plan.value.requests.map(({ access }) => access.store) : plan.faults;
    expect(stores).toEqual(['SecretStore/aws', 'SecretStore/other', 'ClusterSecretStore/shared']);
  });

  const changes: readonly { it: string; change: (world: World) => void }[] = [
    { it: 'the store of an item changes', change: (world) => world.store('SecretStore', 'other', { generation: 2 }) },
    {
      it: 'the store of an item is made again',
      change: (world) => world.store('SecretStore', 'other', { uid: 'uid-2' }),
    },
    {
      it: 'the store of an item goes',
      change: (world) => void world.view.drop('SecretStore', { namespace: 'shop', name: 'other' }),
    },
    { it: 'the role of such a store changes', change: (world) => world.account('other', `${ROLE_ARN}-2`) },
    { it: 'somebody wishes for a refresh now', change: (world) => world.wish('now') },
    { it: 'the main store changes', change: (world) => world.store('SecretStore', 'aws', { generation: 2 }) },
  ];
  for (const { it: name, change } of changes) {
    it(`has other inputs when ${name}, and the same when nothing does`, () => {
      const world = new World();
      const before = world.prepare().inputs;
      expect(world.prepare().inputs).toBe(before);
      change(world);
      expect(world.prepare().inputs).not.toBe(before);
    });
  }

  it('is planned once as long as nothing changes, and again when it has another generation', () => {
    const world = new World();
    const before = world.prepare().plan;
    expect(world.prepare().plan).toBe(before);
    expect(world.prepare({ generation: 2 }).plan).not.toBe(before);
  });

  it('is planned again when it is another of the same name', () => {
    const world = new World();
    const before = world.prepare();
    expect(world.prepare({ uid: 'uid-of-another' }).grounds).not.toBe(before.grounds);
  });

  it('is planned again when nobody remembers it', () => {
    const world = new World();
    const before = world.prepare().plan;
    world.plans.forget('shop/db');
    expect(world.prepare().plan).not.toBe(before);
    expect(world.prepare().plan).toEqual(before);
  });

  const refusals: readonly { it: string; change: (world: World) => void; want: readonly RegExp[] }[] = [
    {
      it: 'is not there, for each that names it',
      change: (world) => void world.view.drop('SecretStore', { namespace: 'shop', name: 'other' }),
      want: [1, 2].map(
        (at) => new RegExp(`^StoreNotFound spec\\.data\\[${at}\\]\\.secretStoreRef: there is no SecretStore/other `),
      ),
    },
    {
      it: 'is of a kind that the operator does not see',
      change: (world) => {
        world.view.drop('ClusterSecretStore', { namespace: '', name: 'shared' });
        world.view.unseen.add('ClusterSecretStore');
      },
      want: [
        /^StoreNotFound spec\.data\[3\]\.secretStoreRef: the operator keeps to some namespaces .* name a SecretStore of the namespace shop$/,
      ],
    },
    {
      it: 'does not admit the namespace',
      change: (world) => world.store('ClusterSecretStore', 'shared'),
      want: [/^StoreNotAllowed spec\.data\[3\]\.secretStoreRef: ClusterSecretStore\/shared admits no namespace/],
    },
    {
      it: 'has no ServiceAccount',
      change: (world) => void world.view.drop('ServiceAccount', { namespace: 'shop', name: 'shared-reader' }),
      want: [
        /^CredentialsInvalid spec\.data\[3\]\.secretStoreRef: ClusterSecretStore\/shared spec\.auth: there is no ServiceAccount/,
      ],
    },
    {
      it: 'is wrong, as the main one is',
      change: (world) => {
        world.store('SecretStore', 'aws', {}, { region: 'nowhere' });
        world.store('SecretStore', 'other', {}, { region: 'nowhere' });
      },
      want: [
        /^InvalidSpec SecretStore\/aws spec\.region: /,
        /^InvalidSpec spec\.data\[1\]\.secretStoreRef: SecretStore\/other spec\.region: /,
        /^InvalidSpec spec\.data\[2\]\.secretStoreRef: SecretStore\/other spec\.region: /,
      ],
    },
  ];
  for (const { it: name, change, want } of refusals) {
    it(`is told which store of which item ${name}`, () => {
      const world = new World();
      change(world);
      const faults = world.faults();
      expect(faults).toHaveLength(want.length);
      for (const [at, pattern] of want.entries()) expect(faults[at]).toMatch(pattern);
    });
  }
});
