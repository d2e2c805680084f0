import { describe, expect, it } from 'vitest';
import type { Status } from '../../../src/core/summarize.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { ROLE_ARN, specOf } from '../../support/builders.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import type { MemoryDeployment } from '../../support/memory-deployment.ts';
import { type CrashPoint, MemoryOperator } from '../../support/memory-operator.ts';

const at = (name: string) => ({ namespace: 'shop', name });
const RESTART_ON = 'keyferry.dev/restart-on';

/** A cluster with a store, an operator, and a Deployment that asks to be restarted for `db`, `tls` and `moved`. */
class World {
  readonly cluster = new MemoryCluster();
  readonly aws = new Map([
    ['prod/db', 'one'],
    ['prod/tls', 'one'],
  ]);
  readonly operator = new MemoryOperator(this.cluster, this.aws);
  readonly deployment: MemoryDeployment;

  constructor() {
    const { cluster } = this;
    cluster.put('Namespace', cluster.stamp({ namespace: '', name: 'shop' }));
    const role = { annotations: { 'eks.amazonaws.com/role-arn': ROLE_ARN } };
    cluster.put('ServiceAccount', cluster.stamp(at('reader'), role));
    const auth = { serviceAccountRef: { name: 'reader' } };
    cluster.apply('SecretStore', at('aws'), { region: 'eu-west-1', auth });
    // Its pods are older than the Secrets.
    this.deployment = cluster.createDeployment(at('web'), { containers: [] }, { [RESTART_ON]: 'db,tls,moved' });
    cluster.nowMs += 2_000;
  }

  apply(name: string, more: object = {}, wish?: string): void {
    const data = [{ secretKey: 'password', remoteRef: { key: `prod/${name}` } }];
    const annotations: Record<string, string> = wish === undefined ? {} : { 'keyferry.dev/force-sync': wish };
    this.cluster.apply('ExternalSecret', at(name), specOf({ data, ...more }), annotations);
  }

  /** All that people care about, without what differs from one run to the next: versions and times. */
  image(): object {
    const secrets = this.cluster.secretNames().map((id) => {
      const secret = this.cluster.secret(at(id.split('/')[1] ?? ''));
      const { labels = {}, annotations = {}, ownerReferences = [] } = secret?.metadata ?? {};
      const { 'keyferry.dev/changed-at': changedAt, ...others } = annotations;
      const data = [...(secret?.data ?? [])].map(([key, value]) => [key, new TextDecoder().decode(value.reveal())]);
      return { id, data, labels, others, ownerReferences, hasChanged: changedAt !== undefined };
    });
    const statuses = ['db', 'tls'].map((name) => {
      const status = (this.cluster.resource('ExternalSecret', at(name))?.status ?? {}) as Status;
      const { observedGeneration, binding, lastForceSync, sources, conditions = [] } = status;
      const findings = conditions.map(({ type, status: value, reason, message }) => ({ type, value, reason, message }));
      return { observedGeneration, binding, lastForceSync, sources, findings };
    });
    const seen = JSON.parse(this.deployment.metadata.annotations['keyferry.dev/seen-revisions'] ?? '{}');
    const revisions = Object.entries<string>(seen).map(([name, entry]) => [name, entry.split('@')[0]]);
    return { secrets, statuses, revisions, templateChanges: this.deployment.templateChanges };
  }

  /** When the data last changed that the Deployment's pods were to see. */
  lastChangeMs(): number {
    const times = this.cluster.secretNames().map((id) => {
      const annotations = this.cluster.secret(at(id.split('/')[1] ?? ''))?.metadata.annotations ?? {};
      return Date.parse(annotations['keyferry.dev/changed-at'] ?? '');
    });
    return Math.max(0, ...times.filter((time) => !Number.isNaN(time)));
  }
}

interface Story {
  readonly it: string;
  /** False where nothing is in sync before. */
  readonly synced?: boolean;
  /** What has happened, and has come to its end. */
  readonly before?: (world: World) => void;
  readonly happens: (world: World) => void;
  readonly templateChanges: number;
  readonly data: Readonly<Record<string, string>>;
}

const rotation: Story = {
  it: 'a rotation with its restart',
  happens: (world) => {
    world.aws.set('prod/db', 'two');
    world.apply('db', {}, 'now');
  },
  templateChanges: 1,
  data: { db: 'two', tls: 'one' },
};

const stories: readonly Story[] = [
  {
    it: 'a first sync',
    synced: false,
    happens: (world) => {
      world.apply('db');
      world.apply('tls');
    },
    templateChanges: 0,
    data: { db: 'one', tls: 'one' },
  },
  rotation,
  {
    it: 'two rotations with their one restart',
    happens: (world) => {
      for (const name of ['db', 'tls']) {
        world.aws.set(`prod/${name}`, 'two');
        world.apply(name, {}, 'now');
      }
    },
    templateChanges: 1,
    data: { db: 'two', tls: 'two' },
  },
  {
    it: 'a target that is renamed',
    happens: (world) => world.apply('db', { target: { name: 'moved' } }),
    templateChanges: 0,
    data: { moved: 'one', tls: 'one' },
  },
  {
    it: 'a target that is renamed while its data changes',
    happens: (world) => {
      world.aws.set('prod/db', 'two');
      world.apply('db', { target: { name: 'moved' } });
    },
    templateChanges: 0,
    data: { moved: 'two', tls: 'one' },
  },
  {
    it: 'an edit that is put right',
    happens: ({ cluster }) =>
      cluster.editSecret(at('db'), { data: new Map([['password', SecretValue.ofText('eve')]]) }),
    templateChanges: 0,
    data: { db: 'one', tls: 'one' },
  },
  {
    it: 'a Secret that is deleted and made again',
    happens: ({ cluster }) => cluster.deleteSecret(at('db')),
    templateChanges: 0,
    data: { db: 'one', tls: 'one' },
  },
  {
    it: 'a Secret that is deleted while its data changes',
    happens: (world) => {
      world.aws.set('prod/db', 'two');
      world.cluster.deleteSecret(at('db'));
    },
    templateChanges: 1,
    data: { db: 'two', tls: 'one' },
  },
  {
    it: 'a rollback of the restart by people',
    before: rotation.happens,
    happens: ({ cluster, deployment }) => cluster.undoRollout(deployment),
    templateChanges: 2,
    data: { db: 'two', tls: 'one' },
  },
  {
    it: 'a lost installation key',
    happens: (world) => {
      world.operator.installation = { id: '00000002', key: new Uint8Array(32).fill(2) };
      world.apply('db', {}, 'now');
      world.apply('tls', {}, 'now');
    },
    templateChanges: 0,
    data: { db: 'one', tls: 'one' },
  },
  {
    it: 'a lost installation key, with data that changes in one of the two',
    happens: (world) => {
      world.operator.installation = { id: '00000002', key: new Uint8Array(32).fill(2) };
      world.aws.set('prod/db', 'two');
      world.apply('db', {}, 'now');
      world.apply('tls', {}, 'now');
    },
    templateChanges: 1,
    data: { db: 'two', tls: 'one' },
  },
];

/** Runs the story from its begin, with a crash if there is to be one, until the cluster is at rest. */
async function tell(
  { synced = true, before: earlier, happens }: Story,
  ...crashes: readonly CrashPoint[]
): Promise<World> {
  const world = new World();
  if (synced) {
    await world.operator.run(() => {
      world.apply('db');
      world.apply('tls');
    });
  }
  if (earlier !== undefined) await world.operator.run(() => earlier(world));
  const before = world.operator.calls.length;
  world.operator.crashAt = crashes.map(({ call, when }) => ({ call: before + call, when }));
  await world.operator.run(() => happens(world));
  world.operator.calls.splice(0, before);
  return world;
}

for (const story of stories) {
  describe(story.it, () => {
    it('comes to its end, and then nothing is written any more', async () => {
      const world = await tell(story);
      expect(world.image()).toMatchObject({
        secrets: Object.entries(story.data).map(([name, password]) => ({
          id: `shop/${name}`,
          data: [['password', password]],
        })),
        templateChanges: story.templateChanges,
      });
      const { calls } = world.operator;
      const before = calls.length;
      await world.operator.run();
      expect(calls.slice(before).filter((call) => /create|replace|remove|patch/.test(call))).toEqual([]);
    });

    it('comes to the same end wherever the operator dies on the way', async () => {
      const whole = await tell(story);
      for (const [at, call] of whole.operator.calls.entries()) {
        for (const when of ['before', 'after'] as const) {
          const world = await tell(story, { call: at + 1, when });
          expectSameEnd(world, whole, 1, `${when} ${call}, call ${at + 1}`);
        }
      }
    });
  });
}

describe('a rotation on which the operator dies twice', () => {
  it('comes to the same end', async () => {
    const whole = await tell(rotation);
    const count = whole.operator.calls.length;
    for (let first = 1; first < count; first++) {
      for (let second = first + 1; second <= count; second++) {
        const world = await tell(rotation, { call: first, when: 'after' }, { call: second, when: 'after' });
        expectSameEnd(world, whole, 2, `after calls ${first} and ${second}`);
      }
    }
  });
});

function expectSameEnd(world: World, whole: World, crashes: number, where: string): void {
  expect({ where, crashes: world.operator.crashes, image: world.image() }).toEqual({
    where,
    crashes,
    image: whole.image(),
  });
  if (world.deployment.templateChanges === 0) return;
  const oldestS = Math.min(...world.deployment.podsCreatedS);
  expect(oldestS * 1_000, where).toBeGreaterThan(world.lastChangeMs());
}
