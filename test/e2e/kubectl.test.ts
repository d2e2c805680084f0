import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_ACCOUNT } from '../support/aws.ts';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { inRepository } from '../support/repository.ts';
import { subjectOf } from '../support/service-account.ts';
import { API, type ExternalSecretObject, type Stage, setStage, type Team } from '../support/stage.ts';
import { clusterStorePath, createClusterStore, storePath, storeReady } from '../support/stores.ts';

let stage: Stage;
let team: Team;

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
});
afterAll(() => stage?.end());

/** The table that kubectl prints, one map from column to cell for each row. */
async function table(args: readonly string[]): Promise<Record<string, string>[]> {
  const [head = '', ...rows] = (await stage.kubectl(args)).trimEnd().split('\n');
  const columns = [...head.matchAll(/\S+(?: \S+)*/g)].map(({ 0: name, index }) => ({ name, index }));
  const cell = (row: string, at: number): string => row.slice(columns[at]?.index, columns[at + 1]?.index).trim();
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, cell(row, at)])));
}

describe('kubectl get', () => {
  it('shows of an ExternalSecret how it fares', async () => {
    await stage.aws.createSecret(`${team.namespace}/db`, 'one');
    const data = [entry('value', `${team.namespace}/db`)];
    await team.externalSecret('db', { refreshInterval: '30m', target: { name: 'db-secret' }, data });
    await team.externalSecret('lost', { secretStoreRef: { name: 'nowhere' }, data });
    await team.ready('db', 'True');
    await team.ready('lost', 'False');
    const get = ['get', 'kfes', '-n', team.namespace];
    const [db, lost] = await table(get);
    const refreshed = expect.stringMatching(/^\d+s$/);
    const known = { NAME: 'db', STORE: 'aws', INTERVAL: '30m', READY: 'True', REASON: 'Synced' };
    expect(db).toEqual({ ...known, 'LAST REFRESH': refreshed });
    const unknown = { NAME: 'lost', STORE: 'nowhere', INTERVAL: '1h', READY: 'False', REASON: 'StoreNotFound' };
    expect(lost).toEqual({ ...unknown, 'LAST REFRESH': '' });

    const [wide, wideLost] = await table([...get, '-o', 'wide']);
    const message = 'Secret db-secret holds 1 key as AWS has them';
    expect(wide).toEqual({
      ...known,
      'LAST REFRESH': refreshed,
      SECRET: 'db-secret',
      'LAST RESTART': '',
      MESSAGE: message,
    });
    expect(wideLost?.MESSAGE).toContain('SecretStore/nowhere');
  });

  it('shows of the stores where they read and as whom', async () => {
    const name = `shared-${team.namespace}`;
    await createClusterStore(stage.cluster, name, { auth: { serviceAccountRef: { name: 'reader' } } });
    try {
      await storeReady(stage.cluster, storePath(team.namespace, 'aws'), 'True');
      await storeReady(stage.cluster, clusterStorePath(name), 'True');
      const age = expect.stringMatching(/^\d+s$/);
      const columns = { REGION: 'eu-west-1', READY: 'True', REASON: 'Valid', AGE: age };
      expect(await table(['get', 'kfss', '-n', team.namespace])).toEqual([{ NAME: 'aws', ...columns }]);
      expect(await table(['get', 'kfcss', name])).toEqual([{ NAME: name, ...columns }]);
      const [wide] = await table(['get', 'kfss', '-n', team.namespace, '-o', 'wide']);
      expect(wide?.IDENTITY).toContain(`arn:aws:sts::${TEST_ACCOUNT}:assumed-role/${team.namespace}/`);
      expect(wide?.MESSAGE).toContain(wide?.IDENTITY);
    } finally {
      await stage.cluster.delete(clusterStorePath(name));
    }
  });

  it('finds the kinds under one category, and ExternalSecrets by their store', async () => {
    const all = await stage.kubectl(['get', 'keyferry', '-n', team.namespace, '-o', 'name']);
    expect(all).toContain('externalsecret.keyferry.dev/db');
    expect(all).toContain('secretstore.keyferry.dev/aws');
    const bySelector = ['--field-selector', 'spec.secretStoreRef.name=aws', '-o', 'name'];
    const found = await stage.kubectl(['get', 'externalsecrets.keyferry.dev', '-n', team.namespace, ...bySelector]);
    expect(found.trim()).toBe('externalsecret.keyferry.dev/db');
  });
});

describe('kubectl explain', () => {
  const paths = [
    'kfes.spec.refreshInterval',
    'kfes.spec.target.template.type',
    'kfes.spec.data.remoteRef.property',
    'kfes.spec.dataFrom.extract',
    'kfss.spec.auth.serviceAccountRef',
    'kfcss.spec.allowedNamespaces.selector',
  ];
  it.for(paths)('describes %s', async (path) => {
    const text = await stage.kubectl(['explain', path]);
    expect(text).toMatch(/^GROUP: +keyferry\.dev$/m);
    const description = /DESCRIPTION:\n([\s\S]*?)(?:\n\s*\n|FIELDS:|$)/.exec(text)?.[1]?.trim() ?? '';
    expect(description).toMatch(/^\w[\s\S]*\.$/);
  });
});

describe('kubectl apply', () => {
  it('says the second time that every example is unchanged, though the operator has been at work', async () => {
    const role = `arn:aws:iam::${TEST_ACCOUNT}:role/shop-reader`;
    stage.front.trust(role, { subject: subjectOf('shop', 'reader') });
    const db = { credentials: { username: 'ada', password: 'one' }, port: 5432 };
    const endpoints = [{ role: 'writer', host: 'db.example.com' }];
    await stage.aws.createSecret('shop/db', JSON.stringify({ ...db, endpoints }));
    await stage.aws.putParameter('/shop/log-level', 'debug');
    const apply = ['apply', '-f', inRepository('examples')];
    try {
      expect(await stage.kubectl(apply)).toMatch(/^externalsecret\.keyferry\.dev\/db created$/m);
      await eventually('the example to be in sync and its Deployment to be known', async () => {
        const { status } = await stage.cluster.get<ExternalSecretObject>(`${API}/namespaces/shop/externalsecrets/db`);
        const { metadata } = await stage.cluster.get('/apis/apps/v1/namespaces/shop/deployments/shop');
        const isReady = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
        return isReady && metadata.annotations?.['keyferry.dev/seen-revisions'] !== undefined;
      });
      const lines = (await stage.kubectl(apply)).trimEnd().split('\n');
      expect(lines.length).toBeGreaterThanOrEqual(5);
      expect(lines.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
    } finally {
      await stage.cluster.delete('/api/v1/namespaces/shop');
    }
  });
});
