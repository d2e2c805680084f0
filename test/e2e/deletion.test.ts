import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessDenied, throttled } from '../support/aws-errors.ts';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync } from '../support/force-sync.ts';
import { API, type Condition, type Stage, setStage, type Team } from '../support/stage.ts';
import { createStore, storePath } from '../support/stores.ts';

let stage: Stage;
let team: Team;

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
});
afterAll(() => stage?.end());

const keyOf = (name: string): string => `${team.namespace}/${name}`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const LONG_AGO = '2026-01-01T00:00:00Z';

/** An ExternalSecret that removes what is gone, in sync. */
async function inSync(name: string, spec: object = {}, target: object = {}): Promise<void> {
  await stage.aws.createSecret(keyOf(name), 'one');
  await team.externalSecret(name, {
    target: { deletionPolicy: 'Delete', ...target },
    data: [entry('value', keyOf(name))],
    ...spec,
  });
  await team.ready(name, 'True', 'Synced');
  expect((await team.get(name)).status).toHaveProperty('reading');
}

const goneSince = async (name: string): Promise<unknown> => (await team.get(name)).status?.goneSince;

/** Waits until the status tells the reason, as of now. */
const tells = (name: string, reason: string): Promise<Condition> =>
  eventually(`ExternalSecret ${name} to tell ${reason}`, async () => {
    const { status } = await team.get(name);
    const found = status?.conditions?.find((condition) => condition.reason === reason);
    if (found !== undefined) return found;
    throw new Error(JSON.stringify(status));
  });

/** As if the first look had been long ago: nobody waits ten minutes here. */
const age = (name: string): Promise<unknown> =>
  stage.cluster.mergePatch(`${API}/namespaces/${team.namespace}/externalsecrets/${name}/status`, {
    status: { goneSince: LONG_AGO },
  });

/** Lets the secret be gone for long enough. */
async function surelyGone(name: string): Promise<void> {
  await stage.aws.deleteSecret(keyOf(name));
  await forceSync(team, name);
  await eventually(`ExternalSecret ${name} to miss its values`, () => goneSince(name));
  expect((await team.ready(name, 'False', 'SecretNotFound')).message).toContain('is removed once AWS has said so');
  expect(await team.secret(name)).toBeDefined();
  await age(name);
  await forceSync(team, name);
}

describe.concurrent('deletionPolicy Delete, when every value is gone for ten minutes,', () => {
  for (const creationPolicy of ['Owner', 'Orphan']) {
    it(`removes the Secret (${creationPolicy}), says so, and makes it again when they are back`, async () => {
      const name = creationPolicy.toLowerCase();
      await inSync(name, {}, { creationPolicy });
      const before = await team.holds(name, { value: 'one' });
      await surelyGone(name);
      await eventually('the Secret to be gone', async () => {
        if ((await team.secret(name)) === undefined) return true;
        throw new Error(JSON.stringify((await team.get(name)).status));
      });
      const { status } = await eventually('the status to say so', async () => {
        const object = await team.get(name);
        return object.status?.binding === undefined && object;
      });
      const ready = await team.ready(name, 'False', 'SecretNotFound');
      expect(ready.message).toContain('the Secret was removed, as deletionPolicy Delete asks');
      for (const field of ['refreshTime', 'targetResourceVersion', 'sources']) expect(status).not.toHaveProperty(field);

      await stage.aws.createSecret(keyOf(name), 'two');
      await forceSync(team, name);
      await team.ready(name, 'True', 'Synced');
      expect((await team.holds(name, { value: 'two' })).metadata.uid).not.toBe(before.metadata.uid);
      expect(await goneSince(name)).toBeUndefined();
    });
  }

  it('takes its keys out of a Secret of others (Merge), and leaves the rest', async () => {
    const annotations = { 'keyferry.dev/accept': 'merge' };
    const secret = { metadata: { name: 'merge', annotations }, data: { theirs: base64('x') } };
    await stage.cluster.create(`/api/v1/namespaces/${team.namespace}/secrets`, secret);
    await inSync('merge', {}, { creationPolicy: 'Merge' });
    await team.holds('merge', { theirs: 'x', value: 'one' });
    await surelyGone('merge');
    await team.holds('merge', { theirs: 'x' });
  });
});

interface NearMiss {
  readonly it: string;
  readonly name: string;
  readonly spec?: () => object;
  /** What happens instead of a deletion; answers with what takes it back. */
  readonly happens: (name: string) => Promise<unknown>;
  readonly reason: string;
}

const nearMisses: readonly NearMiss[] = [
  {
    it: 'marked for deletion',
    name: 'marked',
    happens: (name) => stage.aws.deleteSecret(keyOf(name), 'marked'),
    reason: 'MarkedForDeletion',
  },
  {
    it: 'denied',
    name: 'denied',
    happens: async (name) =>
      stage.front.inject({
        match: ({ ids }) => ids.includes(keyOf(name)),
        respond: accessDenied('secretsmanager:GetSecretValue', keyOf(name), team.roleArn),
      }),
    reason: 'AccessDenied',
  },
  {
    it: 'throttled',
    name: 'throttled',
    happens: async (name) =>
      stage.front.inject({ match: ({ ids }) => ids.includes(keyOf(name)), respond: throttled() }),
    reason: 'Throttled',
  },
  {
    it: 'there, but without the stage',
    name: 'stage',
    // Here the name itself tells nothing.
    spec: () => ({ data: [entry('value', keyOf('stage'), { versionStage: 'AWSCURRENT' })] }),
    happens: (name) => stage.aws.deleteSecret(keyOf(name)),
    reason: 'SecretNotFound',
  },
  {
    it: 'gone in part',
    name: 'part',
    happens: async (name) => {
      await stage.aws.createSecret(keyOf('part-2'), 'two');
      await team.change(name, { spec: { data: [entry('value', keyOf(name)), entry('other', keyOf('part-2'))] } });
      await team.holds(name, { value: 'one', other: 'two' });
      await stage.aws.deleteSecret(keyOf('part-2'));
    },
    reason: 'SecretNotFound',
  },
  {
    it: 'asked for under another name',
    name: 'renamed',
    happens: (name) => team.change(name, { spec: { data: [entry('value', keyOf('no-such-secret'))] } }),
    reason: 'SecretNotFound',
  },
  {
    it: 'looked for in another Region',
    name: 'region',
    spec: () => ({ secretStoreRef: { name: 'movable' } }),
    happens: () => stage.cluster.mergePatch(storePath(team.namespace, 'movable'), { spec: { region: 'eu-central-1' } }),
    reason: 'SecretNotFound',
  },
];

describe.concurrent('deletionPolicy Delete keeps the Secret, however long, of a value that is', () => {
  beforeAll(async () => {
    await createStore(stage.cluster, team.namespace, 'movable', { auth: { serviceAccountRef: { name: 'reader' } } });
  });

  for (const { it: name, name: object, spec = () => ({}), happens, reason } of nearMisses) {
    it(name, async () => {
      await inSync(object, spec());
      await happens(object);
      const before = await team.secret(object);
      await forceSync(team, object);
      await tells(object, reason);
      expect(await goneSince(object)).toBeUndefined();
      // The look that ends the grace is one that would have removed it.
      await age(object);
      await forceSync(team, object);
      await eventually('the grace to be over', async () => (await goneSince(object)) === undefined);
      expect((await team.secret(object))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    });
  }
});
