import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessDenied } from '../support/aws-errors.ts';
import type { JournalEntry } from '../support/aws-front.ts';
import { entry } from '../support/entry.ts';
import { refresh } from '../support/force-sync.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { createStore } from '../support/stores.ts';

const COUNT = 25;

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage?.end());

/** What AWS was asked as the team. */
const callsOf = (team: Team, operation: string): JournalEntry[] =>
  stage.front.calls(operation).filter(({ roleArn, ids }) => roleArn === team.roleArn || ids.includes(team.roleArn));

const names = Array.from({ length: COUNT }, (_, at) => `db-${at}`);

/** Makes a secret and an ExternalSecret of each name. */
async function createAll(team: Team, spec: object = {}): Promise<void> {
  await Promise.all(names.map((name) => stage.aws.createSecret(`${team.namespace}/${name}`, `value of ${name}`)));
  await Promise.all(
    names.map((name) => team.externalSecret(name, { data: [entry('value', `${team.namespace}/${name}`)], ...spec })),
  );
}

const allHold = (team: Team): Promise<unknown> =>
  Promise.all(names.map((name) => team.holds(name, { value: `value of ${name}` })));

/** How many calls read values, of whatever kind. */
const readsOf = (team: Team): number =>
  callsOf(team, 'BatchGetSecretValue').length + callsOf(team, 'GetSecretValue').length;

describe.concurrent('few calls', () => {
  it('fetch 25 secrets for ExternalSecrets that are made at once, with one call to STS', async () => {
    const team = await stage.team();
    await createAll(team);
    await allHold(team);
    expect(callsOf(team, 'AssumeRoleWithWebIdentity')).toHaveLength(1);
    // They come one by one through the API server, so how many meet in one batch is for the machine to say.
    expect(readsOf(team)).toBeLessThan(25);
  });

  it('fetch 25 secrets for ExternalSecrets that begin at the same moment, when their store appears', async () => {
    const team = await stage.team();
    await createAll(team, { secretStoreRef: { name: 'late' } });
    await Promise.all(names.map((name) => team.ready(name, 'False', 'StoreNotFound')));
    await createStore(stage.cluster, team.namespace, 'late', { auth: { serviceAccountRef: { name: 'reader' } } });
    await allHold(team);
    // Two batches where the machine is idle; one that is busy spreads the moment.
    expect(readsOf(team)).toBeLessThan(25);
    // The team's own store is another session of the same role.
    expect(callsOf(team, 'AssumeRoleWithWebIdentity')).toHaveLength(2);
  });

  it('fetch a secret once for all keys of an ExternalSecret, and less than once for each of ten', async () => {
    const team = await stage.team();
    const key = `${team.namespace}/shared`;
    await stage.aws.createSecret(key, '{"a":"1","b":"2"}');
    const data = [entry('a', key, { property: 'a' }), entry('b', key, { property: 'b' }), entry('whole', key)];
    const held = { a: '1', b: '2', whole: '{"a":"1","b":"2"}' };
    await team.externalSecret('single', { data, dataFrom: [{ extract: { key } }] });
    await team.holds('single', held);
    expect(readsOf(team)).toBe(1);

    const ten = names.slice(0, 10);
    await Promise.all(ten.map((name) => team.externalSecret(name, { secretStoreRef: { name: 'late' }, data })));
    await Promise.all(ten.map((name) => team.ready(name, 'False', 'StoreNotFound')));
    await createStore(stage.cluster, team.namespace, 'late', { auth: { serviceAccountRef: { name: 'reader' } } });
    await Promise.all(ten.map((name) => team.holds(name, held)));
    expect(readsOf(team) - 1).toBeLessThan(10);
  });
});

describe('an identity that may not call BatchGetSecretValue', () => {
  it('gets its secrets one by one, and is not asked to try the batch again', async () => {
    const team = await stage.team();
    const keys = ['a', 'b', 'c'].map((name) => `${team.namespace}/${name}`);
    await Promise.all(keys.map((key) => stage.aws.createSecret(key, `value of ${key}`)));
    const denial = stage.front.inject({
      operation: 'BatchGetSecretValue',
      match: ({ ids }) => ids.some((id) => keys.includes(id)),
      respond: accessDenied('secretsmanager:BatchGetSecretValue', '*', team.roleArn),
    });
    await team.externalSecret('db', { data: keys.map((key, at) => entry(`key-${at}`, key)) });
    await team.holds('db', Object.fromEntries(keys.map((key, at) => [`key-${at}`, `value of ${key}`])));
    await team.ready('db', 'True', 'Synced');
    expect(denial.hits()).toBe(1);
    await refresh(team, 'db');
    expect(denial.hits()).toBe(1);
    expect(callsOf(team, 'GetSecretValue')).toHaveLength(6);
    const lines = stage.operator.log().split('\n');
    expect(lines.filter((line) => line.includes('secretsmanager:BatchGetSecretValue'))).toHaveLength(1);
    denial.remove();
  });
});
