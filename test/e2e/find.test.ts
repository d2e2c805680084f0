import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { accessDenied } from '../support/aws-errors.ts';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync, refresh } from '../support/force-sync.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { createStore, storePath } from '../support/stores.ts';

let stage: Stage;
let team: Team;

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
});
afterAll(() => stage?.end());

const parameters = { service: 'ParameterStore' };
const strip = (text: string) => [{ prefix: { remove: text } }, { replace: { from: '/', to: '_' } }];
const sourcesOf = async (name: string): Promise<readonly string[]> => {
  const { status } = await team.get(name);
  const sources = status?.sources as readonly { key: string; region: string; version?: number; versionId?: string }[];
  return sources.map(({ key, region, version, versionId }) => `${key} ${region} ${version ?? typeof versionId}`);
};

describe.concurrent('a find', () => {
  it('follows the parameters of a path as they come, change and go', async () => {
    const path = `/${team.namespace}/db`;
    await stage.aws.putParameter(`${path}/host`, 'db.example', 'String');
    await stage.aws.putParameter(`${path}/deep/password`, 'one', 'SecureString');
    await stage.aws.putParameter(`${path}-other`, 'not asked for');
    await team.externalSecret('by-path', { dataFrom: [{ find: { path, ...parameters }, rewrite: strip(`${path}/`) }] });
    await team.holds('by-path', { host: 'db.example', deep_password: 'one' });
    await team.ready('by-path', 'True', 'Synced');
    expect(await sourcesOf('by-path')).toEqual([
      `${path}/deep/password ${TEST_REGION} 1`,
      `${path}/host ${TEST_REGION} 1`,
    ]);
    await stage.aws.putParameter(`${path}/port`, '5432');
    await stage.aws.putParameter(`${path}/deep/password`, 'two', 'SecureString');
    await stage.aws.deleteParameter(`${path}/host`);
    await refresh(team, 'by-path');
    expect(await team.secretData('by-path')).toEqual({ port: '5432', deep_password: 'two' });
  });

  it('takes the secrets that bear the tags, and no other, and none marked for deletion', async () => {
    const name = (key: string): string => `${team.namespace}/tagged/${key}`;
    const tags = { env: 'prod', team: team.namespace };
    for (const [key, value] of Object.entries({ a: tags, b: tags, c: { ...tags, env: 'production' }, doomed: tags })) {
      await stage.aws.createSecret(name(key), `value of ${key}`);
      await stage.aws.tagSecret(name(key), value);
    }
    await stage.aws.deleteSecret(name('doomed'), 'marked');
    await team.externalSecret('by-tags', {
      dataFrom: [{ find: { tags }, rewrite: strip(`${team.namespace}/tagged/`) }],
    });
    await team.holds('by-tags', { a: 'value of a', b: 'value of b' });
    await team.ready('by-tags', 'True', 'Synced');
    expect(await sourcesOf('by-tags')).toEqual(['a', 'b'].map((key) => `${name(key)} ${TEST_REGION} string`));
  });

  it('names the member that is denied, and leaves the Secret whole', async () => {
    const path = `/${team.namespace}/guarded`;
    const tags = { guarded: team.namespace };
    for (const key of ['a', 'b', 'c']) {
      await stage.aws.putParameter(`${path}/${key}`, key);
      await stage.aws.tagParameter(`${path}/${key}`, tags);
    }
    await team.externalSecret('guarded', {
      dataFrom: [{ find: { path, tags, ...parameters }, rewrite: strip(`${path}/`) }],
    });
    await team.holds('guarded', { a: 'a', b: 'b', c: 'c' });
    const resource = `arn:aws:ssm:${TEST_REGION}:${TEST_ACCOUNT}:parameter${path}/b`;
    const fault = stage.front.inject({
      match: ({ ids }) => ids.includes(`${path}/b`),
      respond: accessDenied('ssm:GetParameters', resource, team.roleArn),
    });
    await stage.aws.putParameter(`${path}/a`, 'new');
    await forceSync(team, 'guarded');
    const { message } = await team.ready('guarded', 'False', 'AccessDenied');
    expect(message).toContain(`spec.dataFrom[0] "${path}/b"`);
    expect(await team.secretData('guarded')).toEqual({ a: 'a', b: 'b', c: 'c' });
    fault.remove();
    await refresh(team, 'guarded');
    expect(await team.secretData('guarded')).toEqual({ a: 'new', b: 'b', c: 'c' });
  });

  it('that comes to nothing leaves the Secret as it is', async () => {
    const key = `${team.namespace}/lonely/a`;
    await stage.aws.createSecret(key, 'one');
    await team.externalSecret('lonely', {
      dataFrom: [
        { find: { name: { glob: `${team.namespace}/lonely/*` } }, rewrite: strip(`${team.namespace}/lonely/`) },
      ],
    });
    await team.holds('lonely', { a: 'one' });
    await stage.aws.deleteSecret(key);
    await forceSync(team, 'lonely');
    const { message } = await team.ready('lonely', 'False', 'SecretNotFound');
    expect(message).toContain(`begins with "${team.namespace}/lonely/"`);
    expect(await team.secretData('lonely')).toEqual({ a: 'one' });
  });
});

describe.concurrent('an item with a store of its own', () => {
  it('is read as that store says, and again when that store changes', async () => {
    const auth = { serviceAccountRef: { name: 'reader' } };
    const keyPrefix = `${team.namespace}/one/`;
    await stage.aws.createSecret(`${team.namespace}/main`, 'main');
    await stage.aws.createSecret(`${team.namespace}/one/own`, 'one');
    await stage.aws.createSecret(`${team.namespace}/two/own`, 'two');
    await team.externalSecret('two-stores', {
      data: [
        entry('main', `${team.namespace}/main`),
        entry('own', 'own', {}, { secretStoreRef: { name: 'prefixed' } }),
      ],
    });
    const { message } = await team.ready('two-stores', 'False', 'StoreNotFound');
    expect(message).toContain('spec.data[1].secretStoreRef: there is no SecretStore/prefixed');
    await createStore(stage.cluster, team.namespace, 'prefixed', { keyPrefix, auth });
    await team.holds('two-stores', { main: 'main', own: 'one' });
    const moved = { spec: { keyPrefix: `${team.namespace}/two/` } };
    await stage.cluster.mergePatch(storePath(team.namespace, 'prefixed'), moved);
    await team.holds('two-stores', { main: 'main', own: 'two' });
    await team.ready('two-stores', 'True', 'Synced');
  });
});

describe.concurrent('metadata', () => {
  it('stand in the Secret in place of the value, whole, in part, and as keys', async () => {
    const key = `${team.namespace}/described`;
    const { arn, versionId } = await stage.aws.createSecret(key, 'canary');
    await stage.aws.tagSecret(key, { env: 'prod', owner: 'shop' });
    const metadataPolicy = 'Fetch';
    await team.externalSecret('described', {
      data: [
        entry('value', key),
        entry('version', key, { metadataPolicy, property: 'versionId' }),
        entry('stage', key, { metadataPolicy, property: 'versionStages[0]' }),
      ],
      dataFrom: [
        { extract: { key, metadataPolicy, property: 'tags' }, rewrite: [{ prefix: { add: 'tag-' } }] },
        { extract: { key, metadataPolicy, property: '{arn: arn}' } },
      ],
    });
    await team.holds('described', {
      value: 'canary',
      version: versionId,
      stage: 'AWSCURRENT',
      'tag-env': 'prod',
      'tag-owner': 'shop',
      arn,
    });
    await team.ready('described', 'True', 'Synced');
    const next = await stage.aws.putSecret(key, 'canary-two');
    await refresh(team, 'described');
    expect(await team.secretData('described')).toMatchObject({ value: 'canary-two', version: next });
  });
});

describe.concurrent('a rotation between two calls of one look', () => {
  it('gives all keys of the secret one version', async () => {
    const key = `${team.namespace}/rotating`;
    const bridge = `/aws/reference/secretsmanager/${key}`;
    await stage.aws.createSecret(key, '{"user":"old","password":"old"}');
    const late = stage.front.inject({ match: ({ ids }) => ids.includes(bridge), respond: { delayMs: 2_000 } });
    await team.externalSecret('rotating', {
      data: [
        entry('user', key, { property: 'user' }),
        entry('password', bridge, { ...parameters, property: 'password' }),
      ],
    });
    await eventually('the one call to wait, and the other to be answered', () => {
      const read = stage.front.journal.some(({ service, ids }) => service === 'secretsmanager' && ids.includes(key));
      return late.hits() > 0 && read;
    });
    await stage.aws.putSecret(key, '{"user":"new","password":"new"}');
    await team.ready('rotating', 'True', 'Synced');
    const { user, password } = (await team.secretData('rotating')) ?? {};
    expect(user).toMatch(/^(old|new)$/);
    expect(password).toBe(user);
    late.remove();
    await refresh(team, 'rotating');
    expect(await team.secretData('rotating')).toEqual({ user: 'new', password: 'new' });
  });
});
