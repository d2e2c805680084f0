import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InjectedFault } from '../support/aws-front.ts';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync, refresh } from '../support/force-sync.ts';
import { openHistory, told } from '../support/history.ts';
import { logLines } from '../support/log-lines.ts';
import { API, type SecretObject, type Stage, setStage, type Team } from '../support/stage.ts';
import { createStore, storePath, storeReady } from '../support/stores.ts';

let stage: Stage;
let team: Team;

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
});
afterAll(() => stage?.end());

/** An ExternalSecret and the secret that it reads, both of that name, in sync. */
async function inSync(name: string, spec: object = {}, where: Team = team): Promise<void> {
  const key = `${where.namespace}/${name}`;
  await stage.aws.createSecret(key, 'one');
  await where.externalSecret(name, { data: [entry('value', key)], ...spec });
  await where.holds(name, { value: 'one' });
  await where.ready(name, 'True', 'Synced');
}

const rotate = (name: string, value: string): Promise<string> =>
  stage.aws.putSecret(`${team.namespace}/${name}`, value);

/** Has AWS keep whoever reads the secret waiting, and waits until somebody does. */
async function whileReading(name: string, fault: { hang: true } | { delayMs: number }): Promise<InjectedFault> {
  const match = ({ ids }: { ids: readonly string[] }): boolean => ids.includes(`${team.namespace}/${name}`);
  const injected = stage.front.inject({ match, respond: fault });
  await forceSync(team, name);
  await eventually(`a read of ${name}`, () => injected.hits() > 0);
  return injected;
}

const metric = async (line: string): Promise<number> => {
  const found = (await stage.operator.metrics()).split('\n').find((each) => each.startsWith(`${line} `));
  if (found === undefined) throw new Error(`there is no metric ${line}`);
  return Number(found.split(' ').at(-1));
};

/** How long each watch has not heard of the API server. */
const watchAgesS = async (): Promise<number[]> =>
  [...(await stage.operator.metrics()).matchAll(/^keyferry_watch_last_activity_seconds\{.*\} (.+)$/gm)].map(([, age]) =>
    Number(age),
  );

describe('an operator that is told to stop', () => {
  it('ends with 0 in time though AWS does not answer', async () => {
    await inSync('hanging');
    await rotate('hanging', 'two');
    const fault = await whileReading('hanging', { hang: true });
    const startedMs = Date.now();
    expect(await stage.operator.stop()).toBe(0);
    expect(Date.now() - startedMs).toBeLessThan(20_000);
    expect(logLines(stage.operator.log()).filter(({ level }) => level === 'error')).toEqual([]);
    expect(await team.secretData('hanging')).toEqual({ value: 'one' });

    fault.remove();
    await stage.restartOperator();
    await team.holds('hanging', { value: 'two' });
  });
});

describe('an operator that is started', () => {
  it('asks AWS for nothing and writes nothing where all is in sync', async () => {
    const settled = await stage.team('settled');
    const auth = { serviceAccountRef: { name: 'reader' } };
    await createStore(stage.cluster, settled.namespace, 'other', { auth });
    await inSync('periodic', {}, settled);
    await inSync('on-change', { refreshPolicy: 'OnChange' }, settled);
    await inSync('once', { refreshPolicy: 'CreatedOnce' }, settled);
    await inSync('zero', { refreshInterval: '0s' }, settled);
    await inSync('orphan', { target: { creationPolicy: 'Orphan' } }, settled);
    await inSync('forced', { secretStoreRef: { name: 'other' } }, settled);
    await refresh(settled, 'forced');
    for (const name of ['aws', 'other']) await storeReady(stage.cluster, storePath(settled.namespace, name), 'True');

    await stage.operator.stop();
    const collections = ['externalsecrets', 'secretstores'].map(
      (plural) => `${API}/namespaces/${settled.namespace}/${plural}`,
    );
    collections.push(`/api/v1/namespaces/${settled.namespace}/secrets`);
    const histories = await Promise.all(collections.map((path) => openHistory(stage.cluster, path)));
    const callsBefore = stage.front.journal.length;
    await stage.restartOperator();
    // What is synced now has come after all that the start had put into the queues.
    await eventually('the queues to be empty', async () => {
      const looks = await metric('keyferry_reconcile_duration_seconds_count{queue="externalsecret"}');
      const stores = await metric('keyferry_reconcile_duration_seconds_count{queue="store"}');
      return looks >= 6 && stores >= 2;
    });
    await inSync('witness');

    const changes = await Promise.all(histories.map((history) => history.changes()));
    expect(changes.flatMap(told)).toEqual([]);
    const calls = stage.front.journal.slice(callsBefore);
    const ours = calls.filter(({ ids }) => ids.some((id) => id.includes(settled.namespace)));
    expect(ours.map(({ operation, ids }) => `${operation} ${ids.join()}`)).toEqual([]);
    expect(calls.length).toBeGreaterThan(0);
  });
});

describe('an operator that is killed', () => {
  it('leaves to its successor what it was about to read', async () => {
    await inSync('killed');
    await rotate('killed', 'two');
    const fault = await whileReading('killed', { delayMs: 2_000 });
    await stage.operator.kill();
    expect(await team.secretData('killed')).toEqual({ value: 'one' });
    fault.remove();
    await stage.restartOperator();
    await team.holds('killed', { value: 'two' });
    await team.ready('killed', 'True', 'Synced');
  });

  it('leaves to its successor the status of what it has written', async () => {
    const key = `${team.namespace}/unsaid`;
    await stage.aws.createSecret(key, 'one');
    await team.externalSecret('unsaid', { data: [entry('value', key)] });
    const before = await eventually('the Secret', () => team.secret('unsaid'), { everyMs: 1 });
    await stage.operator.kill();
    await stage.restartOperator();
    await team.ready('unsaid', 'True', 'Synced');
    const after = await team.holds('unsaid', { value: 'one' });
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });
});

describe('an operator without its API server', () => {
  it('lives on, stays healthy, and follows what has changed since', async () => {
    await inSync('outage');
    const { pid } = stage.operator;
    await stage.stopApiServer();
    // Nobody can be heard of again before this moment, and some watches are back before the API server calls itself ready.
    const stoppedMs = Date.now();
    try {
      await eventually('the operator to have been alone for some seconds', async () => {
        expect(await stage.operator.health()).toBe(200);
        return Math.min(...(await watchAgesS())) > 2;
      });
      await rotate('outage', 'two');
    } finally {
      await stage.startApiServer();
    }
    await forceSync(team, 'outage');
    await eventually(
      'every watch to be there again',
      async () => {
        const agesS = await watchAgesS();
        return agesS.length > 5 && agesS.every((ageS) => ageS < (Date.now() - stoppedMs) / 1_000);
      },
      { timeoutMs: 40_000 },
    );
    await team.holds('outage', { value: 'two' });
    await team.ready('outage', 'True', 'Synced');
    expect(stage.operator.pid).toBe(pid);
    expect(stage.operator.running()).toBe(true);
    expect(await stage.operator.health()).toBe(200);
    expect(await stage.operator.health('/readyz')).toBe(200);
    expect(logLines(stage.operator.log()).filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('a namespace that is deleted', () => {
  it('goes away while work on it is under way, and no error is told', async () => {
    const doomed = await stage.team('doomed');
    const path = `/api/v1/namespaces/${doomed.namespace}`;
    for (const name of ['a', 'b', 'c']) await inSync(name, { refreshInterval: '10s' }, doomed);
    const match = ({ ids }: { ids: readonly string[] }): boolean => ids.some((id) => id.startsWith(doomed.namespace));
    const fault = stage.front.inject({ match, respond: { delayMs: 1_000 } });
    await Promise.all(['a', 'b', 'c'].map((name) => stage.aws.putSecret(`${doomed.namespace}/${name}`, 'two')));
    await Promise.all(['a', 'b', 'c'].map((name) => forceSync(doomed, name)));
    await eventually('the reads to be under way', () => fault.hits() > 0);
    const logged = stage.operator.log().length;
    await stage.cluster.delete(path);
    await eventually('the namespace to be gone', async () => !(await stage.cluster.exists(path)), {
      timeoutMs: 60_000,
    });
    fault.remove();
    const lines = logLines(stage.operator.log().slice(logged)).filter((line) =>
      JSON.stringify(line).includes(doomed.namespace),
    );
    expect(lines.filter(({ level }) => level !== 'info')).toEqual([]);
    await inSync('after-all');
  });
});

describe('the installation key', () => {
  const path = '/api/v1/namespaces/keyferry/secrets/keyferry-installation-key';
  const revisionOf = async (name: string): Promise<string> =>
    (await team.secret(name))?.metadata.annotations?.['keyferry.dev/revision'] ?? '';

  it('is random, frozen, and named in every revision', async () => {
    const { type, immutable, data = {} } = await stage.cluster.get<SecretObject>(path);
    expect({ type, immutable }).toEqual({ type: 'Opaque', immutable: true });
    const id = Buffer.from(data.id ?? '', 'base64').toString();
    expect(Buffer.from(data.key ?? '', 'base64')).toHaveLength(32);
    await inSync('revised');
    expect(await revisionOf('revised')).toMatch(new RegExp(`^${id}[.][0-9a-f]{32}$`));
  });

  it('can be lost: revisions are written anew, and that is no change of the data', async () => {
    await inSync('kept');
    const before = await team.secret('kept');
    await stage.operator.stop();
    await stage.cluster.delete(path);
    await stage.restartOperator();
    await refresh(team, 'kept');
    const after = await team.secret('kept');
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.data).toEqual(before?.data);
    const { 'keyferry.dev/revision': was = '', ...rest } = before?.metadata.annotations ?? {};
    const { 'keyferry.dev/revision': is = '', ...restNow } = after?.metadata.annotations ?? {};
    expect(restNow).toEqual(rest);
    expect(is.split('.')[0]).toMatch(/^[0-9a-f]{8}$/);
    expect(is.split('.')[0]).not.toBe(was.split('.')[0]);

    await rotate('kept', 'two');
    await refresh(team, 'kept');
    expect((await team.secret('kept'))?.metadata.annotations).toHaveProperty(['keyferry.dev/changed-at']);
  });
});
