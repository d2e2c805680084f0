import { randomBytes } from 'node:crypto';
import { RestoreSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { accessDenied, jsonError } from '../support/aws-errors.ts';
import { type BadCase, expectKept, expectOthersSync, expectRest, type Kept, spoil } from '../support/bad-cases.ts';
import { makeCanary } from '../support/canary.ts';
import { forceSync } from '../support/force-sync.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { createStore, storePath } from '../support/stores.ts';

const canary = makeCanary();
const place = `sources-${randomBytes(4).toString('hex')}`;
const at = (name: string): string => `${place}/${name}`;
const where = `${TEST_REGION} of account ${TEST_ACCOUNT}`;
const noVersion = '00000000-0000-4000-8000-000000000000';

let stage: Stage;
let team: Team;
let neighbour: Team;
let kept: Kept;
let keptOfNeighbour: Kept;

const one = (remoteRef: object): object => ({ data: [{ secretKey: 'value', remoteRef }] });
const good = one({ key: at('plain') });
const parameter = (ref: object): object => one({ ...ref, service: 'ParameterStore' });
const reads = (store: string): object => ({ ...good, secretStoreRef: { name: store } });

const makeStore = (namespace: string, name: string, serviceAccount = 'reader'): Promise<void> =>
  createStore(stage.cluster, namespace, name, { auth: { serviceAccountRef: { name: serviceAccount } } });

const cases: readonly BadCase[] = [
  {
    it: 'a store that does not exist',
    name: 'no-store',
    bad: reads('nowhere'),
    reason: 'StoreNotFound',
    says: [
      'spec.secretStoreRef: there is no SecretStore/nowhere in the namespace sources-',
      'create it, or name another',
    ],
  },
  {
    it: 'a store that exists in another namespace only',
    name: 'foreign-store',
    good,
    bad: reads('vault'),
    reason: 'StoreNotFound',
    says: ['there is no SecretStore/vault in the namespace sources-', 'a SecretStore serves its own namespace only'],
  },
  {
    it: 'a ClusterSecretStore that does not exist',
    name: 'no-cluster-store',
    bad: { ...good, secretStoreRef: { name: 'aws', kind: 'ClusterSecretStore' } },
    reason: 'StoreNotFound',
    says: ['spec.secretStoreRef: there is no ClusterSecretStore/aws; create it, or name another'],
  },
  {
    it: 'a store that somebody removed',
    name: 'removed-store',
    good: reads('passing'),
    bad: () => stage.cluster.delete(storePath(team.namespace, 'passing')),
    reason: 'StoreNotFound',
    says: ['spec.secretStoreRef: there is no SecretStore/passing'],
  },
  {
    it: 'a store whose ServiceAccount does not exist',
    name: 'no-account',
    bad: reads('orphaned'),
    reason: 'CredentialsInvalid',
    says: ['SecretStore/orphaned spec.auth: there is no ServiceAccount', 'eks.amazonaws.com/role-arn'],
  },
  {
    it: 'a secret that does not exist',
    name: 'no-secret',
    good,
    bad: one({ key: at('missing') }),
    reason: 'SecretNotFound',
    says: [
      `spec.data[0]: there is no secret "${at('missing')}" in ${where}; check the name, and the Region and account`,
    ],
  },
  {
    it: 'a secret that somebody removed for good',
    name: 'removed-secret',
    good: one({ key: at('removed') }),
    bad: () => stage.aws.deleteSecret(at('removed')),
    reason: 'SecretNotFound',
    says: [`spec.data[0]: there is no secret "${at('removed')}" in ${where}`],
  },
  {
    it: 'a secret that is marked for deletion',
    name: 'marked',
    good: one({ key: at('marked') }),
    bad: () => stage.aws.deleteSecret(at('marked'), 'marked'),
    reason: 'MarkedForDeletion',
    says: [`spec.data[0]: the secret "${at('marked')}" in ${TEST_REGION} is scheduled for deletion`, 'restore-secret'],
  },
  {
    it: 'a staging label that no version has',
    name: 'no-stage',
    good,
    bad: one({ key: at('plain'), versionStage: 'AWSPREVIOUS' }),
    reason: 'VersionNotFound',
    says: [`spec.data[0]: the secret "${at('plain')}" has no version with staging label "AWSPREVIOUS"`],
  },
  {
    it: 'a version id that does not exist',
    name: 'no-version',
    good,
    bad: one({ key: at('plain'), versionId: noVersion }),
    reason: 'VersionNotFound',
    says: [`spec.data[0]: the secret "${at('plain')}" has no version with id "${noVersion}"`],
  },
  {
    it: 'a parameter that does not exist',
    name: 'no-parameter',
    good,
    bad: parameter({ key: `/${at('missing')}` }),
    reason: 'ParameterNotFound',
    says: [`spec.data[0]: there is no parameter "/${at('missing')}" in ${where}; check the name`],
  },
  {
    it: 'a parameter that somebody removed',
    name: 'removed-parameter',
    good: parameter({ key: `/${at('removed')}` }),
    bad: () => stage.aws.deleteParameter(`/${at('removed')}`),
    reason: 'ParameterNotFound',
    says: [`spec.data[0]: there is no parameter "/${at('removed')}"`],
  },
  {
    it: 'a version of a parameter that does not exist',
    name: 'no-parameter-version',
    good,
    bad: parameter({ key: `/${at('plain')}`, version: 7 }),
    reason: 'VersionNotFound',
    says: [`spec.data[0]: there is no parameter "/${at('plain')}" with version 7`],
  },
  {
    it: 'a label that no version of a parameter has',
    name: 'no-label',
    good,
    bad: parameter({ key: `/${at('plain')}`, label: 'gold' }),
    reason: 'VersionNotFound',
    says: [`spec.data[0]: there is no parameter "/${at('plain')}" with label "gold"`],
  },
  {
    it: 'a version number where the store reads secrets',
    name: 'wrong-service',
    good,
    bad: one({ key: at('plain'), version: 3 }),
    reason: 'InvalidSpec',
    says: ['spec.data[0].remoteRef: version and label belong to ParameterStore', 'set service: ParameterStore'],
  },
];

const denied: BadCase = {
  it: 'a secret that the role may not read',
  name: 'denied',
  good: one({ key: at('denied') }),
  bad: async () => {
    const answer = accessDenied('secretsmanager:GetSecretValue', at('denied'), neighbour.roleArn);
    stage.front.inject({ match: ({ ids }) => ids.includes(at('denied')), respond: answer });
  },
  reason: 'AccessDenied',
  says: ['spec.data[0]: ', 'may not secretsmanager:GetSecretValue on arn:aws:secretsmanager:', 'has to act: add {'],
};

beforeAll(async () => {
  stage = await setStage(['--log-level', 'debug']);
  // moto answers a staging label that is not there as if the secret were not there; AWS says which.
  stage.front.inject({
    match: ({ input }) => input.VersionStage === 'AWSPREVIOUS',
    respond: jsonError(
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
    ),
  });
  [team, neighbour] = await Promise.all([stage.team('sources'), stage.team('neighbour')]);
  await Promise.all([
    makeStore(neighbour.namespace, 'vault'),
    makeStore(team.namespace, 'passing'),
    makeStore(team.namespace, 'orphaned', 'nobody'),
    ...['plain', 'removed', 'marked', 'denied'].map((name) => stage.aws.createSecret(at(name), canary.value(name))),
    ...['plain', 'removed'].map((name) => stage.aws.putParameter(`/${at(name)}`, canary.value(`parameter ${name}`))),
  ]);
  [kept, keptOfNeighbour] = await Promise.all([spoil(team, cases), spoil(neighbour, [denied])]);
});
afterAll(() => stage?.end());

describe('the Secret stays, and the status tells why', () => {
  for (const each of cases) it(`of ${each.it}`, () => expectKept(stage, team, each, kept));
  it(`of ${denied.it}`, () => expectKept(stage, neighbour, denied, keptOfNeighbour));

  it('once, however often it is looked at', async () => {
    await expectRest(
      stage,
      team,
      cases.map(({ name }) => name),
    );
    await expectRest(stage, neighbour, [denied.name]);
  });

  it('while the ExternalSecrets beside it are synced', async () => {
    await expectOthersSync(stage, team);
    await expectOthersSync(stage, neighbour);
  });

  it('and AWS was never asked by whom it need not know', () => {
    const roles = stage.front.journal.flatMap(({ roleArn }) => roleArn ?? []);
    expect(new Set(roles)).toEqual(new Set([team.roleArn, neighbour.roleArn]));
    // The neighbour's store was not lent to anybody.
    const asked = stage.front.journal.filter(({ roleArn }) => roleArn === neighbour.roleArn).flatMap(({ ids }) => ids);
    expect(asked.filter((id) => id.startsWith(place))).not.toContain(at('plain'));
  });
});

describe('the Secret follows again', () => {
  it('as soon as the store exists', async () => {
    await makeStore(team.namespace, 'nowhere');
    await team.holds('no-store', { value: canary.value('plain') });
    await team.ready('no-store', 'True', 'Synced');
  });

  it('as soon as the store has its ServiceAccount', async () => {
    const metadata = { name: 'nobody', annotations: { 'eks.amazonaws.com/role-arn': team.roleArn } };
    stage.front.trust(team.roleArn, { subject: `system:serviceaccount:${team.namespace}:nobody` });
    await stage.cluster.create(`/api/v1/namespaces/${team.namespace}/serviceaccounts`, { metadata });
    await team.holds('no-account', { value: canary.value('plain') });
    await team.ready('no-account', 'True', 'Synced');
  });

  it('when the secret is there, or is restored', async () => {
    await stage.aws.createSecret(at('missing'), canary.value('found'));
    await stage.aws.secrets.send(new RestoreSecretCommand({ SecretId: at('marked') }));
    await stage.aws.putSecret(at('marked'), canary.value('restored'));
    await Promise.all(['no-secret', 'marked'].map((name) => forceSync(team, name)));
    await team.holds('no-secret', { value: canary.value('found') });
    await team.holds('marked', { value: canary.value('restored') });
    await team.ready('marked', 'True', 'Synced');
    expect((await team.get('marked')).status?.conditions).toHaveLength(1);
  });
});

it('lets no value out but into Secrets', async () => {
  const { leaks, secrets } = await canary.scan(stage);
  expect(leaks).toEqual([]);
  expect(secrets).toBeGreaterThan(5);
});
