import { describe, expect, it } from 'vitest';
import { describeStory, type Story } from '../../support/crash-story.ts';
import { dataOf } from '../../support/live-secret.ts';
import { at, MemoryWorld } from '../../support/memory-world.ts';

const shared = (world: MemoryWorld): void => world.share('db, tls');
const merged = (world: MemoryWorld): void => {
  shared(world);
  world.merge('db', 'shared');
  world.merge('tls', 'shared');
};

const ONCE = { spec: { refreshPolicy: 'CreatedOnce' } };
const once = (world: MemoryWorld): void => {
  shared(world);
  world.merge('db', 'shared', ONCE);
};

const merges: readonly Story[] = [
  {
    it: 'a first merge of two',
    happens: merged,
    before: [],
    templateChanges: 1,
    data: { shared: { theirs: 'x', db: 'one', tls: 'one' } },
  },
  {
    it: 'a merge into a Secret that holds the same bytes already',
    happens: (world) => {
      world.cluster.createSecret(at('shared'), dataOf({ db: 'one' }), { 'keyferry.dev/accept': 'db,tls' });
      world.merge('db', 'shared');
      world.merge('tls', 'shared', { secretKey: 'db' });
    },
    templateChanges: 0,
    data: { shared: { db: 'one' } },
  },
  {
    it: 'a second that merges later',
    before: [
      (world) => {
        shared(world);
        world.merge('db', 'shared');
      },
    ],
    happens: (world) => world.merge('tls', 'shared'),
    templateChanges: 2,
    data: { shared: { theirs: 'x', db: 'one', tls: 'one' } },
  },
  {
    it: 'a rotation of one of two that merge',
    before: [merged],
    happens: (world) => {
      world.aws.set('prod/db', 'two');
      world.merge('db', 'shared', {}, 'now');
    },
    templateChanges: 2,
    data: { shared: { theirs: 'x', db: 'two', tls: 'one' } },
  },
  {
    it: 'a rotation of both',
    before: [merged],
    happens: (world) => {
      for (const name of ['db', 'tls']) {
        world.aws.set(`prod/${name}`, 'two');
        world.merge(name, 'shared', {}, 'now');
      }
    },
    templateChanges: 2,
    data: { shared: { theirs: 'x', db: 'two', tls: 'two' } },
  },
  {
    it: 'a key that is asked for under another name',
    before: [merged],
    happens: (world) => world.merge('db', 'shared', { secretKey: 'database' }),
    templateChanges: 2,
    data: { shared: { theirs: 'x', tls: 'one', database: 'one' } },
  },
  {
    it: 'a merged key that is deleted by hand',
    before: [merged],
    happens: ({ cluster }) => cluster.editSecret(at('shared'), { data: dataOf({ theirs: 'x', tls: 'one' }) }),
    templateChanges: 1,
    data: { shared: { theirs: 'x', tls: 'one', db: 'one' } },
  },
  {
    it: 'a change of the keys of others',
    before: [merged],
    happens: ({ cluster }) => cluster.editSecret(at('shared'), { data: dataOf({ new: 'y', db: 'one', tls: 'one' }) }),
    templateChanges: 1,
    data: { shared: { new: 'y', db: 'one', tls: 'one' } },
  },
  {
    it: 'a Secret that its author deletes and makes again',
    before: [merged],
    happens: (world) => {
      world.cluster.deleteSecret(at('shared'));
      shared(world);
    },
    templateChanges: 2,
    data: { shared: { theirs: 'x', db: 'one', tls: 'one' } },
  },
  {
    it: 'a successor of the same name that finds new data',
    before: [merged],
    happens: (world) => {
      world.cluster.deleteExternalSecret(at('db'));
      world.aws.set('prod/db', 'two');
      world.merge('db', 'shared');
    },
    templateChanges: 2,
    data: { shared: { theirs: 'x', tls: 'one', db: 'two' } },
  },
  {
    it: 'one that moves on to another Secret',
    before: [merged],
    happens: (world) => {
      world.cluster.createSecret(at('moved'), dataOf({ others: 'y' }), { 'keyferry.dev/accept': 'db' });
      world.merge('db', 'moved');
    },
    templateChanges: 2,
    data: { moved: { others: 'y', db: 'one' }, shared: { theirs: 'x', tls: 'one' } },
  },
  {
    it: 'new data for what was merged once for all',
    before: [once],
    happens: (world) => {
      world.aws.set('prod/db', 'two');
      world.merge('db', 'shared', ONCE, 'now');
    },
    templateChanges: 1,
    data: { shared: { theirs: 'x', db: 'one' } },
  },
  {
    it: 'a Secret that is made again, of what was merged once for all',
    before: [once],
    happens: (world) => {
      world.aws.set('prod/db', 'two');
      world.cluster.deleteSecret(at('shared'));
      shared(world);
    },
    mayForgetSources: true,
    templateChanges: 2,
    data: { shared: { theirs: 'x', db: 'two' } },
  },
  {
    it: 'a merge under a lost installation key',
    before: [merged],
    happens: (world) => {
      world.operator.installation = { id: '00000002', key: new Uint8Array(32).fill(2) };
      world.merge('db', 'shared', {}, 'now');
      world.merge('tls', 'shared', {}, 'now');
    },
    templateChanges: 1,
    data: { shared: { theirs: 'x', db: 'one', tls: 'one' } },
  },
];

for (const story of merges) describeStory({ synced: false, ...story });

describe('a merge that is settled', () => {
  /** What the operator calls until it is at rest again. */
  async function callsOf(happens: (world: MemoryWorld) => void): Promise<string[]> {
    const world = new MemoryWorld();
    await world.operator.run(() => merged(world));
    const before = world.operator.calls.length;
    await world.operator.run(() => happens(world));
    return world.operator.calls.slice(before).filter((call) => !call.startsWith('workloads.'));
  }

  it('asks AWS nothing and writes nothing when the operator starts again', async () => {
    // Of the two, the first has yet to see what the second wrote.
    expect(await callsOf(() => {})).toEqual(['secrets.read']);
  });

  it('neither reads nor writes the Secret when a refresh finds nothing new', async () => {
    const again = await callsOf((world) => world.merge('tls', 'shared', {}, 'now'));
    expect(again.filter((call) => call !== 'secrets.read')).toEqual(['values.fetch', 'status.replaceStatus']);
  });

  it('is looked at once, and AWS is not asked, when another changes its part', async () => {
    const calls = await callsOf((world) => {
      world.aws.set('prod/tls', 'two');
      world.merge('tls', 'shared', {}, 'now');
    });
    expect(calls.filter((call) => call === 'values.fetch')).toHaveLength(1);
    expect(calls.filter((call) => call === 'secrets.apply')).toHaveLength(1);
  });
});
