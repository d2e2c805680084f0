import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { refresh } from '../support/force-sync.ts';
import { openHistory, told } from '../support/history.ts';
import { API, type SecretObject, type Stage, setStage, type Team } from '../support/stage.ts';
import { createStore } from '../support/stores.ts';

let stage: Stage;
let team: Team;

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
});
afterAll(() => stage?.end());

const secretsPath = (): string => `/api/v1/namespaces/${team.namespace}/secrets`;
const ownerPath = (name: string): string => `${API}/namespaces/${team.namespace}/externalsecrets/${name}`;

/** A secret in AWS whose value is its name. */
const seed = async (name: string): Promise<string> => {
  const key = `${team.namespace}/${name}`;
  await stage.aws.createSecret(key, name);
  return key;
};

/** An ExternalSecret whose Secret holds its name, in sync. */
async function inSync(name: string, target: object = {}): Promise<SecretObject> {
  await team.externalSecret(name, { target, data: [entry('value', await seed(name))] });
  await team.ready(name, 'True', 'Synced');
  return team.holds('name' in target ? String(target.name) : name, { value: name });
}

const gone = (name: string): Promise<unknown> =>
  eventually(`Secret ${name} to be gone`, async () => !(await stage.cluster.exists(team.secretPath(name))));

const retarget = (name: string, target: object): Promise<void> => team.change(name, { spec: { target } });

describe.concurrent('when the ExternalSecret is deleted', () => {
  it('takes the Secret with it (Owner), or leaves it (Orphan)', async () => {
    await inSync('owner');
    const orphan = await inSync('orphan', { creationPolicy: 'Orphan' });
    expect(orphan.metadata).not.toHaveProperty('ownerReferences');
    await stage.cluster.delete(ownerPath('orphan'));
    await stage.cluster.delete(ownerPath('owner'));
    await gone('owner');
    expect((await team.secret('orphan'))?.metadata.resourceVersion).toBe(orphan.metadata.resourceVersion);
  });

  it('leaves what a successor takes over by the line in its message', async () => {
    const before = await inSync('estate', { creationPolicy: 'Orphan' });
    await stage.cluster.delete(ownerPath('estate'));
    await team.externalSecret('estate', { data: [entry('value', `${team.namespace}/estate`)] });
    const { message } = await team.ready('estate', 'False', 'TargetConflict');
    const line = /kubectl (annotate secret \S+ \S+ \S+ \S+?)(?:;|$)/.exec(message)?.[1] ?? '';
    await stage.kubectl(line.split(' '));
    await team.ready('estate', 'True', 'Synced');
    const after = await team.holds('estate', { value: 'estate' });
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.metadata.ownerReferences).toMatchObject([{ uid: (await team.get('estate')).metadata.uid }]);
  });

  it('makes the Secret anew for one that is made again under the same name', async () => {
    const before = await inSync('phoenix');
    await stage.cluster.delete(ownerPath('phoenix'));
    await team.externalSecret('phoenix', { data: [entry('value', `${team.namespace}/phoenix`)] });
    const { metadata } = await team.get('phoenix');
    const after = await eventually('a Secret of the new ExternalSecret', async () => {
      const secret = await team.secret('phoenix');
      return secret?.metadata.ownerReferences?.[0]?.uid === metadata.uid && secret;
    });
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    await team.ready('phoenix', 'True', 'Synced');
    await team.holds('phoenix', { value: 'phoenix' });
  });
});

describe.concurrent('when the creation policy changes', () => {
  it('gives the Secret up and takes it back without a change of its data', async () => {
    const before = await inSync('switched');
    await retarget('switched', { creationPolicy: 'Orphan' });
    await team.ready('switched', 'True', 'Synced');
    const orphan = await team.secret('switched');
    expect(orphan?.metadata).not.toHaveProperty('ownerReferences');
    await retarget('switched', { creationPolicy: 'Owner' });
    await team.ready('switched', 'True', 'Synced');
    const after = await team.secret('switched');
    for (const secret of [orphan, after]) {
      expect(secret?.metadata.uid).toBe(before.metadata.uid);
      expect(secret?.data).toEqual(before.data);
      expect(secret?.metadata.annotations).toEqual(before.metadata.annotations);
    }
    expect(after?.metadata.ownerReferences).toEqual(before.metadata.ownerReferences);
  });
});

describe.concurrent('when the target gets another name', () => {
  it('makes the new Secret first, and then removes the old one and no other', async () => {
    await inSync('renamed');
    await inSync('bystander');
    const history = await openHistory(stage.cluster, secretsPath());
    await retarget('renamed', { name: 'renamed-2' });
    await team.holds('renamed-2', { value: 'renamed' });
    await gone('renamed');
    await team.ready('renamed', 'True', 'Synced');
    const ours = (await history.changes()).filter(({ object }) => /^(renamed|bystander)/.test(object.metadata.name));
    expect(told(ours)).toEqual(['ADDED renamed-2', 'DELETED renamed']);
    expect((await team.get('renamed')).status?.binding).toEqual({ name: 'renamed-2' });
  });

  it('leaves none behind when the name changes again while the last change is being followed', async () => {
    await inSync('hasty');
    for (let round = 1; round <= 20; round++) {
      await retarget('hasty', { name: `hasty-${round}` });
      const path = team.secretPath(`hasty-${round}`);
      await eventually(`Secret hasty-${round}`, () => stage.cluster.exists(path), { everyMs: 1 });
    }
    await team.holds('hasty-20', { value: 'hasty' });
    await team.ready('hasty', 'True', 'Synced');
    await eventually('the other Secrets to be gone', async () => {
      const secrets = await stage.cluster.list(secretsPath());
      const ours = secrets.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('hasty'));
      if (ours.join() === 'hasty-20') return true;
      throw new Error(ours.join());
    });
  });

  it('keeps the old Secret as long as the new one cannot be made', async () => {
    const before = await inSync('hopeful');
    const foreign = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'taken' }, data: { theirs: 'eA==' } };
    await stage.cluster.create(secretsPath(), foreign);
    await retarget('hopeful', { name: 'taken' });
    await team.ready('hopeful', 'False', 'TargetConflict');
    expect((await team.secret('hopeful'))?.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect((await team.secret('taken'))?.data).toEqual(foreign.data);
    await retarget('hopeful', { name: 'free' });
    await team.holds('free', { value: 'hopeful' });
    await gone('hopeful');
    expect((await team.secret('taken'))?.data).toEqual(foreign.data);
  });

  it('leaves the old Secret to whom it belongs by now', async () => {
    await inSync('handed');
    const heir = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'heir', uid: '' }];
    await stage.cluster.create(`/api/v1/namespaces/${team.namespace}/configmaps`, { metadata: { name: 'heir' } });
    const { metadata } = await stage.cluster.get(`/api/v1/namespaces/${team.namespace}/configmaps/heir`);
    await team.change('handed', { spec: { suspend: true } });
    await stage.cluster.mergePatch(team.secretPath('handed'), {
      metadata: {
        ownerReferences: heir.map((reference) => ({ ...reference, uid: metadata.uid })),
        labels: { 'keyferry.dev/owner': null },
      },
    });
    const given = await team.secret('handed');
    await team.change('handed', { spec: { suspend: false, target: { name: 'handed-2' } } });
    await team.holds('handed-2', { value: 'handed' });
    await team.ready('handed', 'True', 'Synced');
    expect((await team.secret('handed'))?.metadata.resourceVersion).toBe(given?.metadata.resourceVersion);
  });
});

describe.concurrent('when two want the same target', () => {
  it('leaves it to its holder, and to the other once the holder is deleted', async () => {
    const before = await inSync('holder', { name: 'contested' });
    await team.externalSecret('rival', { target: { name: 'contested' }, data: [entry('value', await seed('rival'))] });
    const { message } = await team.ready('rival', 'False', 'TargetConflict');
    expect(message).toContain('ExternalSecret holder');
    await refresh(team, 'holder');
    expect((await team.secret('contested'))?.metadata.resourceVersion).toBe(before.metadata.resourceVersion);

    await stage.cluster.delete(ownerPath('holder'));
    await team.holds('contested', { value: 'rival' });
    await team.ready('rival', 'True', 'Synced');
  });

  it('leaves it to its holder, and to the other once the holder has moved on', async () => {
    await inSync('settler', { name: 'plot' });
    await team.externalSecret('heiress', { target: { name: 'plot' }, data: [entry('value', await seed('heiress'))] });
    await team.ready('heiress', 'False', 'TargetConflict');
    await retarget('settler', { name: 'plot-2' });
    await team.holds('plot-2', { value: 'settler' });
    await team.holds('plot', { value: 'heiress' });
    await team.ready('heiress', 'True', 'Synced');
    await team.ready('settler', 'True', 'Synced');
  });

  it('gives it to the older one where nobody holds it', async () => {
    for (const name of ['elder', 'younger']) {
      const spec = { secretStoreRef: { name: 'to-come' }, target: { name: 'prize' } };
      await team.externalSecret(name, { ...spec, data: [entry('value', await seed(name))] });
    }
    const both = await Promise.all(['elder', 'younger'].map((name) => team.get(name)));
    // The API server's clock counts in seconds, and between equals the uid decides.
    const ageOf = ({ metadata }: (typeof both)[number]): string => `${metadata.creationTimestamp} ${metadata.uid}`;
    const [winner = '', loser = ''] = both
      .toSorted((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1))
      .map(({ metadata }) => metadata.name);
    await createStore(stage.cluster, team.namespace, 'to-come', { auth: { serviceAccountRef: { name: 'reader' } } });
    await team.ready(loser, 'False', 'TargetConflict');
    await team.ready(winner, 'True', 'Synced');
    await team.holds('prize', { value: winner });
  });
});
