import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessDenied, throttled } from '../support/aws-errors.ts';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync } from '../support/force-sync.ts';
import { API, type Condition, type Stage, setStage, type Team } from '../support/stage.ts';
import { storePath } from '../support/stores.ts';

let stage: Stage;
// Of each test: another's ExternalSecrets would be read in the same calls, and an answer that fails those would end the grace.
const teamOf = (name: string): Promise<Team> => stage.team(`deletion-${name}`);

beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage?.end());

const keyOf = ({ namespace }: Team, name: string): string => `${namespace}/${name}`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const LONG_AGO = '2026-01-01T00:00:00Z';

/** An ExternalSecret that removes what is gone, in sync. */
async function inSync(team: Team, name: string, spec: object = {}, target: object = {}): Promise<void> {
  await stage.aws.createSecret(keyOf(team, name), 'one');
  await team.externalSecret(name, {
    target: { deletionPolicy: 'Delete', ...target },
    data: [entry('value', keyOf(team, name))],
    ...spec,
  });
  await team.ready(name, 'True', 'Synced');
  expect((await team.get(name)).status).toHaveProperty('reading');
}

const goneSince = async (team: Team, name: string): Promise<unknown> => (await team.get(name)).status?.goneSince;

/** Waits until the status tells the reason, as of now. */
const tells = (team: Team, name: string, reason: string): Promise<Condition> =>
  eventually(`ExternalSecret ${name} to tell ${reason}`, async () => {
    const { status } = await team.get(name);
    const found = status?.conditions?.find((condition) => condition.reason === reason);
    if (found !== undefined) return found;
    throw new Error(JSON.stringify(status));
  });

/** As if the first look had been long ago: nobody waits ten minutes here. */
const age = (team: Team, name: string): Promise<unknown> =>
  stage.cluster.mergePatch(`${API}/namespaces/${team.namespace}/externalsecrets/${name}/status`, {
    status: { goneSince: LONG_AGO },
  });

/** Lets the secret be gone for long enough. */
async function surelyGone(team: Team, name: string): Promise<void> {
  await stage.aws.deleteSecret(keyOf(team, name));
  await forceSync(team, name);
  await eventually(`ExternalSecret ${name} to miss its values`, () => goneSince(team, name));
  expect((await team.ready(name, 'False', 'SecretNotFound')).message).toContain('is removed once AWS has said so');
  expect(await team.secret(name)).toBeDefined();
  await age(team, name);
  await forceSync(team, name);
}

describe.concurrent('deletionPolicy Delete, when every value is gone for ten minutes,', () => {
  for (const creationPolicy of ['Owner', 'Orphan']) {
    it(`removes the Secret (${creationPolicy}), says so, and makes it again when they are back`, async () => {
      const name = creationPolicy.toLowerCase();
      const team = await teamOf(name);
      await inSync(team, name, {}, { creationPolicy });
      const before = await team.holds(name, { value: 'one' });
      await surelyGone(team, name);
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

      await stage.aws.createSecret(keyOf(team, name), 'two');
      await forceSync(team, name);
      await team.ready(name, 'True', 'Synced');
      expect((await team.holds(name, { value: 'two' })).metadata.uid).not.toBe(before.metadata.uid);
      expect(await goneSince(team, name)).toBeUndefined();
    });
  }

  it('takes its keys out of a Secret of others (Merge), and leaves the rest', async () => {
    const team = await teamOf('merge');
    const annotations = { 'keyferry.dev/accept': 'merge' };
    const secret = { metadata: { name: 'merge', annotations }, data: { theirs: base64('x') } };
    await stage.cluster.create(`/api/v1/namespaces/${team.namespace}/secrets`, secret);
    await inSync(team, 'merge', {}, { creationPolicy: 'Merge' });
    await team.holds('merge', { theirs: 'x', value: 'one' });
    await surelyGone(team, 'merge');
    await team.holds('merge', { theirs: 'x' });
  });
});

interface NearMiss {
  readonly it: string;
  readonly name: string;
  readonly spec?: (team: Team) => object;
  /** What happens instead of a deletion. */
  readonly happens: (team: Team, name: string) => Promise<unknown>;
  readonly reason: string;
}

const nearMisses: readonly NearMiss[] = [
  {
    it: 'marked for deletion',
    name: 'marked',
    happens: (team, name) => stage.aws.deleteSecret(keyOf(team, name), 'marked'),
    reason: 'MarkedForDeletion',
  },
  {
    it: 'denied',
    name: 'denied',
    happens: async (team, name) =>
      stage.front.inject({
        match: ({ ids }) => ids.includes(keyOf(team, name)),
        respond: accessDenied('secretsmanager:GetSecretValue', keyOf(team, name), team.roleArn),
      }),
    reason: 'AccessDenied',
  },
  {
    it: 'throttled',
    name: 'throttled',
    happens: async (team, name) =>
      stage.front.inject({ match: ({ ids }) => ids.includes(keyOf(team, name)), respond: throttled() }),
    reason: 'Throttled',
  },
  {
    it: 'there, but without the stage',
    name: 'stage',
    // Here the name itself tells nothing.
    spec: (team) => ({ data: [entry('value', keyOf(team, 'stage'), { versionStage: 'AWSCURRENT' })] }),
    happens: (team, name) => stage.aws.deleteSecret(keyOf(team, name)),
    reason: 'SecretNotFound',
  },
  {
    it: 'gone in part',
    name: 'part',
    happens: async (team, name) => {
      await stage.aws.createSecret(keyOf(team, 'part-2'), 'two');
      await team.change(name, {
        spec: { data: [entry('value', keyOf(team, name)), entry('other', keyOf(team, 'part-2'))] },
      });
      await team.holds(name, { value: 'one', other: 'two' });
      await stage.aws.deleteSecret(keyOf(team, 'part-2'));
    },
    reason: 'SecretNotFound',
  },
  {
    it: 'asked for under another name',
    name: 'renamed',
    happens: (team, name) => team.change(name, { spec: { data: [entry('value', keyOf(team, 'no-such-secret'))] } }),
    reason: 'SecretNotFound',
  },
  {
    it: 'looked for in another Region',
    name: 'region',
    happens: (team) => stage.cluster.mergePatch(storePath(team.namespace, 'aws'), { spec: { region: 'eu-central-1' } }),
    reason: 'SecretNotFound',
  },
];

describe.concurrent('deletionPolicy Delete keeps the Secret, however long, of a value that is', () => {
  for (const { it: name, name: object, spec = () => ({}), happens, reason } of nearMisses) {
    it(name, async () => {
      const team = await teamOf(object);
      await inSync(team, object, spec(team));
      await happens(team, object);
      const before = await team.secret(object);
      await forceSync(team, object);
      await tells(team, object, reason);
      expect(await goneSince(team, object)).toBeUndefined();
      // The look that ends the grace is one that would have removed it.
      await age(team, object);
      await forceSync(team, object);
      await eventually('the grace to be over', async () => (await goneSince(team, object)) === undefined);
      expect((await team.secret(object))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    });
  }
});
