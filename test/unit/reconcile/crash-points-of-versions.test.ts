import { SecretValue } from '../../../src/model/secret-value.ts';
import { describeStory, type Story } from '../../support/crash-story.ts';
import { at, type MemoryWorld } from '../../support/memory-world.ts';

// What another version of keyferry may have written in its own form, before this one took its place or between two of its terms: the
// revision, which it computes otherwise and so under another id, what it notes on the workload, and what it says in the status.

const REVISION = 'keyferry.dev/revision';
const CHANGED_AT = 'keyferry.dev/changed-at';
const foreign = (name: string, value = ''): string => `2-00000001.${Buffer.from(name + value).toString('hex')}`;

/** The Secret as the other version writes it; a new value with the time of the change. */
function writeSecret({ cluster }: MemoryWorld, name: string, value?: string): void {
  const annotations = cluster.secret(at(name))?.metadata.annotations ?? {};
  const changed = value === undefined ? {} : { [CHANGED_AT]: new Date((cluster.nowS + 1) * 1_000).toISOString() };
  cluster.editSecret(at(name), {
    metadata: { annotations: { ...annotations, [REVISION]: foreign(name, value), ...changed } },
    ...(value === undefined ? {} : { data: new Map([['password', SecretValue.ofText(value)]]) }),
  });
}

/** The status as the other version writes it. */
function writeStatus({ cluster }: MemoryWorld, name: string): void {
  const { metadata, status } = cluster.resource('ExternalSecret', at(name)) ?? {};
  if (metadata === undefined) throw new Error(`there is no ExternalSecret ${name}`);
  const before = status as { readonly restarts?: readonly object[] };
  const { restarts = [] } = before;
  const told = restarts.map((entry) => ({ ...entry, state: 'Rested' }));
  const after = { ...before, targetRevision: foreign(name), ...(told.length === 0 ? {} : { restarts: told }) };
  void cluster.status.replaceStatus('ExternalSecret', at(name), metadata, after, new AbortController().signal);
}

type Notes = (changedAt: string | undefined) => Record<string, string>;

/** In the form that this version knows, with other revisions, and with more. */
const extended: Notes = (changedAt) => ({
  'keyferry.dev/seen-revisions': JSON.stringify({
    db: `${foreign('db')}${changedAt === undefined ? '' : `@${changedAt}`}`,
    tls: foreign('tls'),
    $version: 2,
  }),
  'keyferry.dev/last-restart': JSON.stringify({ version: 2, ...(changedAt && { at: changedAt, for: ['db'] }) }),
});

/** In a form that this version cannot read. */
const unreadable: Notes = () => ({
  'keyferry.dev/seen-revisions': JSON.stringify({ v2: [{ secret: 'db', revision: foreign('db') }] }),
  'keyferry.dev/last-restart': 'v2;db',
});

/** All that is in the cluster, as the other version would have written it. */
function writeAll(world: MemoryWorld, notes: Notes): void {
  // One process takes the place of another, which is longer than a write can be late.
  world.cluster.nowMs += 60_000;
  const changedAt = world.cluster.secret(at('db'))?.metadata.annotations[CHANGED_AT];
  for (const name of ['db', 'tls']) {
    writeSecret(world, name);
    writeStatus(world, name);
  }
  world.cluster.touchDeployment(world.deployment, notes(changedAt));
}

const rotate = (value: string) => (world: MemoryWorld) => {
  world.aws.set('prod/db', value);
  world.apply('db', {}, value);
};

const stories: readonly Story[] = [
  ...[extended, unreadable].flatMap((notes): Story[] => [
    {
      it: `another version's form of a first sync, ${notes.name}`,
      happens: (world) => writeAll(world, notes),
      templateChanges: 0,
      data: { db: 'one', tls: 'one' },
    },
    {
      it: `another version's form of a restart, ${notes.name}`,
      before: [rotate('two')],
      happens: (world) => writeAll(world, notes),
      templateChanges: 1,
      data: { db: 'two', tls: 'one' },
    },
    {
      it: `a change after all that another version has left, ${notes.name}`,
      before: [rotate('two'), (world) => writeAll(world, notes)],
      happens: rotate('three'),
      templateChanges: 2,
      state: 'Restarted',
      data: { db: 'three', tls: 'one' },
    },
    {
      it: `a change that another version has published and not restarted for, ${notes.name}`,
      before: [rotate('two')],
      happens: (world) => {
        writeAll(world, notes);
        world.aws.set('prod/db', 'three');
        writeSecret(world, 'db', 'three');
      },
      templateChanges: 2,
      state: 'Restarted',
      data: { db: 'three', tls: 'one' },
    },
  ]),
];

for (const story of stories) describeStory(story);
