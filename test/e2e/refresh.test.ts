import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAws } from '../support/aws.ts';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync, refresh } from '../support/force-sync.ts';
import { openHistory, told } from '../support/history.ts';
import { API, type Stage, setStage, type Team } from '../support/stage.ts';
import { createStore, storePath } from '../support/stores.ts';

let stage: Stage;
let team: Team;

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
});
afterAll(() => stage?.end());

/** An ExternalSecret and the secret that it reads, both of that name, in sync. */
async function inSync(name: string, spec: object = {}): Promise<void> {
  await stage.aws.createSecret(`${team.namespace}/${name}`, 'one');
  await team.externalSecret(name, { data: [entry('value', `${team.namespace}/${name}`)], ...spec });
  await team.holds(name, { value: 'one' });
  await team.ready(name, 'True', 'Synced');
}

const rotate = (name: string, value: string): Promise<string> =>
  stage.aws.putSecret(`${team.namespace}/${name}`, value);

/** When AWS was asked for the secret. */
const readsOf = (name: string): number[] =>
  stage.front.journal.filter(({ ids }) => ids.includes(`${team.namespace}/${name}`)).map(({ at }) => at);

/** Waits until AWS was asked for the secret so many times. */
const readTimes = (name: string, count: number): Promise<number[]> =>
  eventually(
    `${count} reads of ${name}`,
    () => {
      const times = readsOf(name);
      return times.length >= count && times;
    },
    { timeoutMs: 15_000 * count },
  );

const editSecret = (name: string, value: string): Promise<unknown> =>
  stage.cluster.mergePatch(team.secretPath(name), { data: { value: Buffer.from(value).toString('base64') } });

describe.concurrent('by the clock', () => {
  it('follows a rotation within the interval', async () => {
    await inSync('interval', { refreshInterval: '10s' });
    await rotate('interval', 'two');
    await team.holds('interval', { value: 'two' });
    const [first = 0, second = 0] = readsOf('interval');
    // A tenth early at most; late only by what the machine is slow.
    expect(second - first).toBeGreaterThanOrEqual(8_900);
  });

  it('writes nothing when nothing has changed', async () => {
    await inSync('quiet', { refreshInterval: '10s' });
    const place = `namespaces/${team.namespace}`;
    const paths = [`${API}/${place}/externalsecrets`, `/api/v1/${place}/secrets`];
    const histories = await Promise.all(paths.map((path) => openHistory(stage.cluster, path)));
    await readTimes('quiet', 2);
    // A key is never worked on twice at once, so this begins after all that the read has led to.
    await refresh(team, 'quiet');
    const changes = await Promise.all(histories.map((history) => history.changes()));
    const ofQuiet = changes.map((all) => all.filter(({ object }) => object.metadata.name === 'quiet'));
    // The wish, and that it was heard.
    expect(ofQuiet.map(told)).toEqual([['MODIFIED quiet', 'MODIFIED quiet'], []]);
  });

  it('reads nothing again with the interval "0s", OnChange or CreatedOnce', async () => {
    const names = ['zero', 'on-change', 'created-once'];
    await inSync('zero', { refreshInterval: '0s' });
    await inSync('on-change', { refreshInterval: '10s', refreshPolicy: 'OnChange' });
    await inSync('created-once', { refreshInterval: '10s', refreshPolicy: 'CreatedOnce' });
    const startedMs = Date.now();
    const isOver = (): boolean => Date.now() - startedMs > 11_000;
    await eventually('more than an interval to have passed', isOver, { timeoutMs: 30_000 });
    expect(names.map((name) => readsOf(name).length)).toEqual([1, 1, 1]);
    for (const name of names) expect((await team.get(name)).status).not.toHaveProperty('nextRefreshTime');
  });
});

describe.concurrent('by a change', () => {
  it('follows a change of the spec', async () => {
    await inSync('spec');
    const key = `${team.namespace}/spec`;
    await team.change('spec', { spec: { data: [entry('value', key), entry('copy', key)] } });
    await team.holds('spec', { value: 'one', copy: 'one' });
    await team.change('spec', { spec: { data: [entry('copy', key)] } });
    await team.holds('spec', { copy: 'one' });
    await team.ready('spec', 'True', 'Synced');
  });

  for (const [name, spec] of Object.entries({
    'forced-periodic': {},
    'forced-zero': { refreshInterval: '0s' },
    'forced-on-change': { refreshPolicy: 'OnChange' },
  })) {
    it(`follows a rotation when a refresh is forced (${name})`, async () => {
      await inSync(name, spec);
      await rotate(name, 'two');
      const { status } = await refresh(team, name);
      expect(await team.secretData(name)).toEqual({ value: 'two' });
      await rotate(name, 'three');
      expect((await refresh(team, name)).status?.lastForceSync).not.toBe(status?.lastForceSync);
      expect(await team.secretData(name)).toEqual({ value: 'three' });
    });
  }

  it('changes only the status when a refresh is forced and nothing has changed', async () => {
    await inSync('forced-quiet');
    const [secret, owner] = [await team.secret('forced-quiet'), await team.get('forced-quiet')];
    const after = await refresh(team, 'forced-quiet');
    expect(readsOf('forced-quiet')).toHaveLength(2);
    expect((await team.secret('forced-quiet'))?.metadata.resourceVersion).toBe(secret?.metadata.resourceVersion);
    const { refreshTime: _then, nextRefreshTime: _next, ...before } = owner.status ?? {};
    const { refreshTime: _now, nextRefreshTime: _later, lastForceSync, ...rest } = after.status ?? {};
    expect(rest).toEqual(before);
    expect(lastForceSync).toMatch(/^wish-/);
  });

  it('follows a change of the store, be it the prefix or the Region', async () => {
    await stage.aws.createSecret(`${team.namespace}/old/name`, 'old');
    await stage.aws.createSecret(`${team.namespace}/new/name`, 'new');
    const elsewhere = openAws(stage.motoEndpoint, 'us-east-1');
    await elsewhere.createSecret(`${team.namespace}/new/name`, 'new, elsewhere');
    const auth = { serviceAccountRef: { name: 'reader' } };
    await createStore(stage.cluster, team.namespace, 'moving', { auth, keyPrefix: `${team.namespace}/old/` });
    await team.externalSecret('moving', { secretStoreRef: { name: 'moving' }, data: [entry('value', 'name')] });
    await team.holds('moving', { value: 'old' });

    const store = storePath(team.namespace, 'moving');
    await stage.cluster.mergePatch(store, { spec: { keyPrefix: `${team.namespace}/new/` } });
    await team.holds('moving', { value: 'new' });
    await stage.cluster.mergePatch(store, { spec: { region: 'us-east-1' } });
    await team.holds('moving', { value: 'new, elsewhere' });
    const status = await eventually('the status to tell of the new Region', async () => {
      const { sources } = (await team.get('moving')).status ?? {};
      return JSON.stringify(sources).includes('us-east-1') && sources;
    });
    expect(status).toMatchObject([{ key: `${team.namespace}/new/name`, service: 'SecretsManager' }]);
  });
});

describe.concurrent('as the policy says', () => {
  it('lets an edited Secret be, but makes a deleted one again, with CreatedOnce', async () => {
    await inSync('once', { refreshPolicy: 'CreatedOnce' });
    await editSecret('once', 'by hand');
    await rotate('once', 'two');
    await refresh(team, 'once');
    expect(await team.secretData('once')).toEqual({ value: 'by hand' });
    expect(readsOf('once')).toHaveLength(1);

    await stage.cluster.delete(team.secretPath('once'));
    await team.holds('once', { value: 'two' });
    await team.ready('once', 'True', 'Synced');
  });

  it('does nothing at all while suspended, and catches up afterwards', async () => {
    await inSync('suspended');
    await inSync('witness');
    await team.change('suspended', { spec: { suspend: true } });
    // The watches of ExternalSecrets and of Secrets are two, and neither waits for the other.
    await eventually('the operator to have seen it', async () =>
      (await team.get('suspended')).status?.conditions?.some(({ reason }) => reason === 'Suspended'),
    );
    await rotate('suspended', 'two');
    await forceSync(team, 'suspended');
    await editSecret('suspended', 'by hand');
    await refresh(team, 'witness');
    // What comes later than the deletion and is done shows that the deletion was passed over, and not only not yet seen.
    await stage.cluster.delete(team.secretPath('suspended'));
    await stage.cluster.delete(team.secretPath('witness'));
    await team.holds('witness', { value: 'one' });
    expect(await team.secret('suspended')).toBeUndefined();
    expect(readsOf('suspended')).toHaveLength(1);

    await team.change('suspended', { spec: { suspend: false } });
    await team.holds('suspended', { value: 'two' });
    await team.ready('suspended', 'True', 'Synced');
  });
});
