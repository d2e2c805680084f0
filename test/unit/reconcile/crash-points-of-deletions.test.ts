import { describeStory, type Story } from '../../support/crash-story.ts';
import type { MemoryWorld } from '../../support/memory-world.ts';

const DELETE = { target: { deletionPolicy: 'Delete' } };
const FOUND = {
  ...DELETE,
  data: [],
  dataFrom: [{ find: { name: { glob: 'prod/d?' } }, rewrite: [{ replace: { from: 'prod/db', to: 'password' } }] }],
};
const made = (world: MemoryWorld): void => {
  world.apply('db', DELETE);
  world.apply('tls', DELETE);
};
/** The secret is taken away for good, and that is seen. */
const gone = (world: MemoryWorld): void => {
  world.aws.delete('prod/db');
  world.apply('db', DELETE, 'gone');
};
const stillGone = (world: MemoryWorld): void => {
  world.cluster.nowMs += 11 * 60_000;
  world.apply('db', DELETE, 'still gone');
};

/** From its next start on, the operator asks another host in place of AWS. */
const moved = (world: MemoryWorld): void => {
  world.operator.awsHosts = ['AWS_ENDPOINT_URL=http://localhost:5000'];
};

const deletions: readonly Story[] = [
  {
    it: 'a secret that is gone at first sight',
    before: [made],
    happens: gone,
    templateChanges: 0,
    data: { db: 'one', tls: 'one' },
  },
  {
    it: 'a secret that is surely gone',
    before: [made, gone],
    happens: stillGone,
    templateChanges: 0,
    data: { tls: 'one' },
  },
  {
    it: 'a secret that is gone, and back with the same data',
    before: [made, gone, stillGone],
    happens: (world) => {
      world.aws.set('prod/db', 'one');
      world.apply('db', DELETE, 'back');
    },
    templateChanges: 0,
    data: { db: 'one', tls: 'one' },
  },
  {
    it: 'a secret that is gone, and back with other data',
    before: [made, gone, stillGone],
    happens: (world) => {
      world.aws.set('prod/db', 'two');
      world.apply('db', DELETE, 'back');
    },
    templateChanges: 1,
    data: { db: 'two', tls: 'one' },
  },
  {
    it: 'a secret that is not there on another host in place of AWS',
    before: [made, moved, gone],
    happens: stillGone,
    templateChanges: 0,
    data: { db: 'one', tls: 'one' },
  },
  {
    it: 'a secret that is surely gone from the host that it was read from',
    before: [moved, made, gone],
    happens: stillGone,
    templateChanges: 0,
    data: { tls: 'one' },
  },
  {
    it: 'all members of a find, of which nobody can be sure',
    before: [
      (world: MemoryWorld): void => {
        world.apply('db', FOUND);
        world.apply('tls', DELETE);
      },
      (world: MemoryWorld): void => {
        world.aws.delete('prod/db');
        world.apply('db', FOUND, 'gone');
      },
    ],
    happens: (world) => {
      world.cluster.nowMs += 11 * 60_000;
      world.apply('db', FOUND, 'still gone');
    },
    templateChanges: 0,
    data: { db: 'one', tls: 'one' },
  },
  {
    it: 'a secret that is surely gone, of one that merges',
    before: [
      (world: MemoryWorld): void => {
        world.share('db, tls');
        world.merge('db', 'shared', DELETE);
        world.merge('tls', 'shared');
      },
      (world: MemoryWorld): void => {
        world.aws.delete('prod/db');
        world.merge('db', 'shared', DELETE, 'gone');
      },
    ],
    happens: (world) => {
      world.cluster.nowMs += 11 * 60_000;
      world.merge('db', 'shared', DELETE, 'still gone');
    },
    templateChanges: 2,
    data: { shared: { theirs: 'x', tls: 'one' } },
  },
];

for (const story of deletions) describeStory({ synced: false, ...story });
