import { describe, expect, it } from 'vitest';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { describeStory, expectNewPods, expectSameEnd, type Story, tell } from '../../support/crash-story.ts';
import { at } from '../../support/memory-world.ts';

const rotation: Story = {
  it: 'a rotation with its restart',
  happens: (world) => {
    world.aws.set('prod/db', 'two');
    world.apply('db', {}, 'now');
  },
  templateChanges: 1,
  state: 'Restarted',
  data: { db: 'two', tls: 'one' },
};

/** A rotation whose new pods do not become ready, so that people go back to the old ones. */
const undone: Story = {
  it: 'a restart that fails, and is undone by people',
  happens: (world) => {
    world.deployment.isStuck = true;
    rotation.happens(world);
  },
  later: [
    ({ cluster, deployment }) => {
      deployment.isStuck = false;
      cluster.undoRollout(deployment);
    },
  ],
  templateChanges: 2,
  state: 'Undone',
  hasOldPods: true,
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
    state: 'Restarted',
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
    state: 'Restarted',
    templateChanges: 1,
    data: { db: 'two', tls: 'one' },
  },
  {
    it: 'a rollback of the restart by people',
    before: [rotation.happens],
    happens: ({ cluster, deployment }) => cluster.undoRollout(deployment),
    state: 'Restarted',
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
    state: 'Restarted',
    templateChanges: 1,
    data: { db: 'two', tls: 'one' },
  },
  {
    it: 'a change while the restart for another is under way',
    happens: (world) => {
      world.deployment.isStuck = true;
      rotation.happens(world);
    },
    later: [
      (world) => {
        world.aws.set('prod/tls', 'two');
        world.apply('tls', {}, 'now');
        world.deployment.isStuck = false;
      },
    ],
    templateChanges: 2,
    state: 'Restarted',
    data: { db: 'two', tls: 'two' },
  },
  {
    it: 'a restart that fails',
    happens: undone.happens,
    templateChanges: 1,
    state: 'Failed',
    hasOldPods: true,
    data: { db: 'two', tls: 'one' },
  },
  undone,
  {
    it: 'one more try after a restart that was undone',
    happens: undone.happens,
    later: [
      ...(undone.later ?? []),
      ({ cluster, deployment }) => cluster.touchDeployment(deployment, { 'keyferry.dev/retry-restart': 'please' }),
    ],
    templateChanges: 3,
    state: 'Restarted',
    data: { db: 'two', tls: 'one' },
  },
  {
    it: 'a change of a Deployment that is paused for a while',
    happens: (world) => {
      world.deployment.isPaused = true;
      rotation.happens(world);
    },
    later: [
      ({ cluster, deployment }) => {
        deployment.isPaused = false;
        cluster.touchDeployment(deployment);
      },
    ],
    templateChanges: 1,
    state: 'Restarted',
    data: { db: 'two', tls: 'one' },
  },
  {
    it: 'two changes within the least time between two restarts',
    happens: (world) => {
      world.cluster.touchDeployment(world.deployment, { 'keyferry.dev/restart-min-interval': '5m' });
      rotation.happens(world);
    },
    later: [
      (world) => {
        world.aws.set('prod/db', 'three');
        world.apply('db', {}, 'then');
      },
    ],
    templateChanges: 2,
    state: 'Restarted',
    data: { db: 'three', tls: 'one' },
  },
  {
    it: 'a change under an interval that cannot be read, until it is mended',
    happens: (world) => {
      world.cluster.touchDeployment(world.deployment, { 'keyferry.dev/restart-min-interval': 'soon' });
      rotation.happens(world);
    },
    later: [
      ({ cluster, deployment }) => {
        expect(deployment.templateChanges).toBe(0);
        cluster.touchDeployment(deployment, { 'keyferry.dev/restart-min-interval': '1m' });
      },
    ],
    templateChanges: 1,
    state: 'Restarted',
    data: { db: 'two', tls: 'one' },
  },
  {
    it: 'a change for a Deployment that asks no longer',
    before: [rotation.happens],
    happens: (world) => {
      world.cluster.touchDeployment(world.deployment, { 'keyferry.dev/restart-on': 'tls' });
      world.aws.set('prod/db', 'three');
      world.apply('db', {}, 'then');
    },
    state: null,
    templateChanges: 1,
    hasOldPods: true,
    data: { db: 'three', tls: 'one' },
  },
];

for (const story of stories) describeStory(story);

describe('a rotation on which the operator dies twice', () => {
  it('comes to the same end', async () => {
    const whole = await tell(rotation);
    const count = whole.operator.calls.length;
    for (let first = 1; first < count; first++) {
      for (let second = first + 1; second <= count; second++) {
        const world = await tell(rotation, { call: first, when: 'after' }, { call: second, when: 'after' });
        expectSameEnd(world, whole, 2, `after calls ${first} and ${second}`);
        expectNewPods(world);
      }
    }
  });
});

describe('a rotation on which the operator dies, and is away for an hour', () => {
  it('comes to the same end', async () => {
    const whole = await tell(rotation);
    for (const [at, call] of whole.operator.calls.entries()) {
      for (const when of ['before', 'after'] as const) {
        const world = await tell(rotation, { call: at + 1, when, awayMs: 3_600_000 });
        expectSameEnd(world, whole, 1, `${when} ${call}, call ${at + 1}`);
        expectNewPods(world);
      }
    }
  });
});
