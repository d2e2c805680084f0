import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_ACCOUNT } from '../support/aws.ts';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync } from '../support/force-sync.ts';
import { createServiceAccount, subjectOf } from '../support/service-account.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { createStore, storePath, storeReady } from '../support/stores.ts';

const GOOD_KEY = 'AKIAKEYFERRYGOOD0001';
const OTHER_GOOD_KEY = 'AKIAKEYFERRYGOOD0002';
const WRONG_KEY = 'AKIAKEYFERRYWRONG001';

let stage: Stage;
let team: Team;

beforeAll(async () => {
  stage = await setStage([], { accessKeyIds: [GOOD_KEY, OTHER_GOOD_KEY] });
  team = await stage.team();
});
afterAll(() => stage?.end());

const roleOf = (name: string): string => `arn:aws:iam::${TEST_ACCOUNT}:role/${team.namespace}-${name}`;

/** An ExternalSecret that reads a secret of its own from a store of that name. */
async function reads(name: string, spec: object = {}): Promise<void> {
  await stage.aws.createSecret(`${team.namespace}/${name}`, 'one');
  const data = [entry('value', `${team.namespace}/${name}`)];
  await team.externalSecret(name, { secretStoreRef: { name }, data, ...spec });
}

const synced = async (name: string): Promise<void> => {
  await team.holds(name, { value: 'one' });
  await team.ready(name, 'True', 'Synced');
};

const readsOf = (name: string) =>
  stage.front.journal.filter(({ ids, status }) => ids.includes(`${team.namespace}/${name}`) && status === 200);

const storeOf = (name: string): string => storePath(team.namespace, name);
const makeStore = (name: string, auth: object): Promise<void> =>
  createStore(stage.cluster, team.namespace, name, { auth });

describe.concurrent('a store with a serviceAccountRef', () => {
  it("reads as the role in the ServiceAccount's annotation, and says who that is", async () => {
    await createServiceAccount(stage.cluster, team.namespace, 'annotated', roleOf('annotated'));
    stage.front.trust(roleOf('annotated'), { subject: subjectOf(team.namespace, 'annotated') });
    await makeStore('annotated', { serviceAccountRef: { name: 'annotated' } });
    await reads('annotated');
    await synced('annotated');
    expect(readsOf('annotated').map(({ roleArn }) => roleArn)).toEqual([roleOf('annotated')]);
    const { status } = await storeReady(stage.cluster, storeOf('annotated'), 'True', 'Valid');
    const role = `${team.namespace}-annotated`;
    const session = `keyferry-${team.namespace}-annotated`;
    expect(status?.identityArn).toBe(`arn:aws:sts::${TEST_ACCOUNT}:assumed-role/${role}/${session}`);
  });

  it('reads as its roleArn where it has one, whatever the annotation says', async () => {
    await createServiceAccount(stage.cluster, team.namespace, 'overruled', roleOf('never-trusted'));
    stage.front.trust(roleOf('explicit'), { subject: subjectOf(team.namespace, 'overruled') });
    await makeStore('overruled', { serviceAccountRef: { name: 'overruled', roleArn: roleOf('explicit') } });
    await reads('overruled');
    await synced('overruled');
    expect(readsOf('overruled').map(({ roleArn }) => roleArn)).toEqual([roleOf('explicit')]);
  });

  it('names the role and the subject that its trust policy lacks, and recovers when it is added', async () => {
    await createServiceAccount(stage.cluster, team.namespace, 'stranger', roleOf('stranger'));
    await makeStore('stranger', { serviceAccountRef: { name: 'stranger' } });
    await reads('stranger', { refreshInterval: '10s' });
    const { message } = await team.ready('stranger', 'False', 'AssumeRoleDenied');
    expect(message).toContain(roleOf('stranger'));
    expect(message).toContain(subjectOf(team.namespace, 'stranger'));
    const { status } = await storeReady(stage.cluster, storeOf('stranger'), 'False', 'AssumeRoleDenied');
    expect(status).not.toHaveProperty('identityArn');
    expect(await team.secret('stranger')).toBeUndefined();

    stage.front.trust(roleOf('stranger'), { subject: subjectOf(team.namespace, 'stranger') });
    await synced('stranger');
  });

  it('is turned away by a role that trusts another ServiceAccount', async () => {
    await createServiceAccount(stage.cluster, team.namespace, 'thief', team.roleArn);
    await makeStore('thief', { serviceAccountRef: { name: 'thief' } });
    await reads('thief');
    await team.ready('thief', 'False', 'AssumeRoleDenied');
    expect(await team.secret('thief')).toBeUndefined();
  });

  it('prints the annotation that is missing, and recovers within seconds when it is added', async () => {
    await createServiceAccount(stage.cluster, team.namespace, 'bare');
    stage.front.trust(roleOf('bare'), { subject: subjectOf(team.namespace, 'bare') });
    await makeStore('bare', { serviceAccountRef: { name: 'bare' } });
    await reads('bare');
    // Of two watches, that of the store may come first, and then the ServiceAccount is not there yet.
    const line = await eventually('the annotation to be told', async () => {
      const { message } = await team.ready('bare', 'False', 'CredentialsInvalid');
      return /kubectl (annotate serviceaccount [^;]+ROLE)/.exec(message)?.[1];
    });
    await storeReady(stage.cluster, storeOf('bare'), 'False', 'CredentialsInvalid');
    await stage.kubectl(line.replace('arn:aws:iam::ACCOUNT:role/ROLE', roleOf('bare')).split(' '));
    await synced('bare');
    await storeReady(stage.cluster, storeOf('bare'), 'True');
  });

  it('names the ServiceAccount that is missing, and recovers within seconds when it is made', async () => {
    stage.front.trust(roleOf('absent'), { subject: subjectOf(team.namespace, 'absent') });
    await makeStore('absent', { serviceAccountRef: { name: 'absent' } });
    await reads('absent');
    const { message } = await team.ready('absent', 'False', 'CredentialsInvalid');
    expect(message).toContain(`${team.namespace}/absent`);
    await createServiceAccount(stage.cluster, team.namespace, 'absent', roleOf('absent'));
    await synced('absent');
    await storeReady(stage.cluster, storeOf('absent'), 'True');
  });

  it('reads as another role from the moment that the annotation names it', async () => {
    await createServiceAccount(stage.cluster, team.namespace, 'promoted', roleOf('junior'));
    for (const role of ['junior', 'senior']) {
      stage.front.trust(roleOf(role), { subject: subjectOf(team.namespace, 'promoted') });
    }
    await makeStore('promoted', { serviceAccountRef: { name: 'promoted' } });
    await reads('promoted');
    await synced('promoted');
    const path = `/api/v1/namespaces/${team.namespace}/serviceaccounts/promoted`;
    const annotations = { 'eks.amazonaws.com/role-arn': roleOf('senior') };
    await stage.cluster.mergePatch(path, { metadata: { annotations } });
    const roles = await eventually('a read as the new role', () => {
      const seen = readsOf('promoted').map(({ roleArn }) => roleArn);
      return seen.length > 1 && seen;
    });
    expect(roles).toEqual([roleOf('junior'), roleOf('senior')]);
  });
});

describe.concurrent('a store with a secretRef', () => {
  const createKeys = (name: string, keys: { id: string; secret?: string }): Promise<unknown> =>
    stage.cluster.create(secretsPath(), { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: keys });
  const secretRef = (name: string): object => ({
    secretRef: { accessKeyId: { name, key: 'id' }, secretAccessKey: { name, key: 'secret' } },
  });
  const secretsPath = (): string => `/api/v1/namespaces/${team.namespace}/secrets`;

  it('reads with the access key in the Secret', async () => {
    await createKeys('static-keys', { id: `${GOOD_KEY}\n`, secret: 'any' });
    await makeStore('static', secretRef('static-keys'));
    await reads('static');
    await synced('static');
    expect(readsOf('static').map(({ accessKeyId }) => accessKeyId)).toEqual([GOOD_KEY]);
    const { status } = await storeReady(stage.cluster, storeOf('static'), 'True', 'Valid');
    expect(status?.identityArn).toBe(`arn:aws:sts::${TEST_ACCOUNT}:user/moto`);
  });

  it('says where the keys are that AWS does not take, and recovers when they are put right', async () => {
    await createKeys('wrong-keys', { id: WRONG_KEY, secret: 'any' });
    await makeStore('wrong', secretRef('wrong-keys'));
    await reads('wrong', { refreshInterval: '10s' });
    const { message } = await team.ready('wrong', 'False', 'CredentialsInvalid');
    expect(message).toContain(`${team.namespace}/wrong-keys`);
    expect(message).not.toContain(WRONG_KEY);
    await storeReady(stage.cluster, storeOf('wrong'), 'False', 'CredentialsInvalid');
    expect(await team.secret('wrong')).toBeUndefined();

    await stage.cluster.mergePatch(`${secretsPath()}/wrong-keys`, { stringData: { id: OTHER_GOOD_KEY } });
    await synced('wrong');
    expect(readsOf('wrong').map(({ accessKeyId }) => accessKeyId)).toEqual([OTHER_GOOD_KEY]);
  });

  it('names the Secret that is missing, and recovers when it is made', async () => {
    await makeStore('keyless', secretRef('no-keys'));
    await reads('keyless', { refreshInterval: '10s' });
    const { message } = await team.ready('keyless', 'False', 'CredentialsInvalid');
    expect(message).toContain(`there is no Secret no-keys in namespace ${team.namespace}`);
    await createKeys('no-keys', { id: GOOD_KEY, secret: 'any' });
    await synced('keyless');
  });

  it('names the key that the Secret lacks, and recovers when it has it', async () => {
    await createKeys('half-keys', { id: GOOD_KEY });
    await makeStore('half', secretRef('half-keys'));
    await reads('half', { refreshInterval: '10s' });
    const { message } = await team.ready('half', 'False', 'CredentialsInvalid');
    expect(message).toContain('it has no key secret');
    await stage.cluster.mergePatch(`${secretsPath()}/half-keys`, { stringData: { secret: 'any' } });
    await synced('half');
  });
});

describe.concurrent('a store that comes and goes', () => {
  it('is taken up within seconds when it appears, and the Secret stays when it goes', async () => {
    await reads('late');
    const { message } = await team.ready('late', 'False', 'StoreNotFound');
    expect(message).toContain('SecretStore/late');
    await makeStore('late', { serviceAccountRef: { name: 'reader' } });
    await synced('late');

    const before = await team.secret('late');
    await stage.cluster.delete(storeOf('late'));
    await team.ready('late', 'False', 'StoreNotFound');
    await forceSync(team, 'late');
    expect(await team.secret('late')).toEqual(before);
    await makeStore('late', { serviceAccountRef: { name: 'reader' } });
    await synced('late');
  });
});

describe('every token that reached AWS', () => {
  it('was for the audience sts.amazonaws.com alone', () => {
    const audiences = stage.front.calls('AssumeRoleWithWebIdentity').map((call) => call.audiences?.join());
    expect(audiences.length).toBeGreaterThan(5);
    expect(new Set(audiences)).toEqual(new Set(['sts.amazonaws.com']));
  });
});
