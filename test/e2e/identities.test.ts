import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAws, TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { accessDenied, internalError, stsError } from '../support/aws-errors.ts';
import type { JournalEntry } from '../support/aws-front.ts';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { refresh } from '../support/force-sync.ts';
import { type PodIdentityAgent, startPodIdentityAgent } from '../support/pod-identity-agent.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import {
  clusterStorePath,
  createClusterStore,
  createStore,
  type StoreObject,
  storePath,
  storeReady,
} from '../support/stores.ts';

const POD_KEY = 'ASIAKEYFERRYPOD00001';
const OTHER_REGION = 'us-west-2';

let stage: Stage;
let team: Team;
let agent: PodIdentityAgent;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pod-identity-'));
  writeFileSync(join(folder, 'token'), 'pod-token');
  const Expiration = new Date(Date.now() + 3_600_000).toISOString();
  const keys = { AccessKeyId: POD_KEY, SecretAccessKey: 'shh', Token: 'session', Expiration };
  agent = await startPodIdentityAgent('pod-token', keys);
  const env = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(folder, 'token'),
  };
  stage = await setStage(['--allow-operator-identity'], { accessKeyIds: [POD_KEY], env });
  team = await stage.team();
});
afterAll(async () => {
  await stage?.cluster.delete(clusterStorePath(lent()));
  await stage?.end();
  await agent?.stop();
  rmSync(folder, { recursive: true });
});

const lent = (): string => `lent-${team.namespace}`;
const reader = { serviceAccountRef: { name: 'reader' } };
const nameOf = (name: string): string => `${team.namespace}/${name}`;
const readsOf = (name: string): JournalEntry[] =>
  stage.front.journal.filter(({ ids, service }) => ids.includes(nameOf(name)) && service === 'secretsmanager');
const storeOf = (name: string): string => storePath(team.namespace, name);

describe.concurrent("a store with the operator's own identity", () => {
  const auth = { operatorIdentity: {} };

  it('reads with the keys of the agent of EKS Pod Identity, and says who that is', async () => {
    await createClusterStore(stage.cluster, lent(), { auth, allowedNamespaces: { names: [team.namespace] } });
    await stage.aws.createSecret(nameOf('lent'), 'one');
    const secretStoreRef = { kind: 'ClusterSecretStore', name: lent() };
    await team.externalSecret('lent', { secretStoreRef, data: [entry('value', nameOf('lent'))] });
    await team.holds('lent', { value: 'one' });
    expect(readsOf('lent').map(({ accessKeyId }) => accessKeyId)).toEqual([POD_KEY]);
    expect(agent.tokens).toEqual(['pod-token']);
    const { status } = await storeReady(stage.cluster, clusterStorePath(lent()), 'True', 'Valid');
    expect(status?.identityArn).toBe(`arn:aws:sts::${TEST_ACCOUNT}:user/moto`);
  });

  it('is not allowed in a namespace, and the message has the flag that would allow it', async () => {
    await createStore(stage.cluster, team.namespace, 'taken', { auth });
    await stage.aws.createSecret(nameOf('taken'), 'one');
    const data = [entry('value', nameOf('taken'))];
    await team.externalSecret('taken', { secretStoreRef: { name: 'taken' }, data });
    const { message } = await team.ready('taken', 'False', 'StoreNotAllowed');
    expect(message).toContain('--allow-operator-identity=all');
    await storeReady(stage.cluster, storeOf('taken'), 'False', 'StoreNotAllowed');
    expect(readsOf('taken')).toEqual([]);
    expect(await team.secret('taken')).toBeUndefined();
  });
});

describe.concurrent('a store that goes through other roles', () => {
  const roleOf = (name: string): string => `arn:aws:iam::${TEST_ACCOUNT}:role/${team.namespace}-${name}`;

  it('reads as the last of them, and its status says so', async () => {
    const assumeRoles = [{ roleArn: roleOf('hub') }, { roleArn: roleOf('leaf'), externalId: 'shop-42' }];
    await createStore(stage.cluster, team.namespace, 'chain', { auth: reader, assumeRoles });
    await stage.aws.createSecret(nameOf('chain'), 'one');
    await team.externalSecret('chain', {
      secretStoreRef: { name: 'chain' },
      data: [entry('value', nameOf('chain'))],
    });
    await team.holds('chain', { value: 'one' });
    expect(readsOf('chain').map(({ roleArn }) => roleArn)).toEqual([roleOf('leaf')]);
    const { status } = await storeReady(stage.cluster, storeOf('chain'), 'True', 'Valid');
    const session = `keyferry-${team.namespace}-chain`;
    expect(status?.identityArn).toBe(`arn:aws:sts::${TEST_ACCOUNT}:assumed-role/${team.namespace}-leaf/${session}`);
  });

  it('names the link that is denied and what would help', async () => {
    const denied = roleOf('denied');
    const message = `User: x is not authorized to perform: sts:AssumeRole on resource: ${denied}`;
    stage.front.inject({
      operation: 'AssumeRole',
      match: ({ ids }) => ids.includes(denied),
      respond: stsError('AccessDenied', message, 403),
    });
    const assumeRoles = [{ roleArn: roleOf('hub') }, { roleArn: denied }];
    await createStore(stage.cluster, team.namespace, 'barred', { auth: reader, assumeRoles });
    const { status } = await storeReady(stage.cluster, storeOf('barred'), 'False', 'AssumeRoleDenied');
    const told = JSON.stringify(status?.conditions);
    expect(told).toContain(`spec.assumeRoles[1]: AWS STS denied ${roleOf('hub')} sts:AssumeRole on ${denied}`);
    expect(told).toContain('its trust policy must allow');
  });
});

describe.concurrent('a store', () => {
  const hinted = (name: string, want: RegExp): Promise<StoreObject> =>
    eventually(`the store ${name} to have the hint ${want}`, async () => {
      const store = await stage.cluster.get<StoreObject>(storeOf(name));
      if (store.status?.hints?.some((hint) => want.test(hint)) === true) return store;
      throw new Error(JSON.stringify(store.status));
    });

  it('with a failover Region reads the replicas while its own Region fails, and says so', async () => {
    await createStore(stage.cluster, team.namespace, 'replicated', { auth: reader, failoverRegions: [OTHER_REGION] });
    const elsewhere = openAws(stage.motoEndpoint, OTHER_REGION);
    await Promise.all([
      stage.aws.createSecret(nameOf('replicated'), 'one'),
      elsewhere.createSecret(nameOf('replicated'), 'one'),
    ]);
    stage.front.inject({
      region: TEST_REGION,
      match: ({ ids }) => ids.includes(nameOf('replicated')),
      respond: internalError(),
    });
    const data = [entry('value', nameOf('replicated'))];
    await team.externalSecret('replicated', { secretStoreRef: { name: 'replicated' }, data });
    await team.holds('replicated', { value: 'one' });
    await team.ready('replicated', 'True', 'Synced');
    const { status } = await team.get('replicated');
    expect(status?.sources).toMatchObject([{ key: nameOf('replicated'), region: OTHER_REGION }]);
    await hinted('replicated', new RegExp(`^${TEST_REGION} failed .*${OTHER_REGION} serves`));
    elsewhere.secrets.destroy();
    elsewhere.parameters.destroy();
  });

  it('whose identity may not read in batches has the statement to add in its hints, and no other fault', async () => {
    await createStore(stage.cluster, team.namespace, 'single', { auth: reader });
    const names = ['single-a', 'single-b'].map(nameOf);
    await Promise.all(names.map((name) => stage.aws.createSecret(name, 'one')));
    stage.front.inject({
      operation: 'BatchGetSecretValue',
      match: ({ ids }) => names.every((name) => ids.includes(name)),
      respond: accessDenied('secretsmanager:BatchGetSecretValue', '*', team.roleArn),
    });
    const data = names.map((name, at) => entry(`key-${at}`, name));
    await team.externalSecret('single', { secretStoreRef: { name: 'single' }, data });
    await team.holds('single', { 'key-0': 'one', 'key-1': 'one' });
    const { metadata } = await hinted('single', /\{"Effect":"Allow","Action":"secretsmanager:BatchGetSecretValue"/);
    await storeReady(stage.cluster, storeOf('single'), 'True', 'Valid');
    await refresh(team, 'single');
    const after = await stage.cluster.get<StoreObject>(storeOf('single'));
    expect(after.metadata.resourceVersion).toBe(metadata.resourceVersion);
  });
});
