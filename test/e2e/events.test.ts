import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { TEST_ACCOUNT } from '../support/aws.ts';
import { jsonError } from '../support/aws-errors.ts';
import { entry } from '../support/entry.ts';
import { attachEnvironment } from '../support/environment.ts';
import { createQueue, type SeededQueue } from '../support/event-queue.ts';
import { labelUpdated, parameterChanged, type SampleEvent, secretCalled } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { createNamespace, deleteNamespace } from '../support/namespace.ts';
import { createServiceAccount, subjectOf } from '../support/service-account.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';

// Nothing is read by the clock: whatever comes, comes by events.
const DAILY = { refreshInterval: '24h' };
const OWN_KEY = 'AKIAOPERATOROPERATOR';

let stage: Stage;
let queue: SeededQueue;
let home: string;

beforeAll(async () => {
  const environment = attachEnvironment();
  queue = await createQueue(inject('environment').motoEndpoint, `events-e2e-${process.pid}`);
  home = await createNamespace(environment.cluster, 'events');
  const roleArn = `arn:aws:iam::${TEST_ACCOUNT}:role/${home}`;
  await createServiceAccount(environment.cluster, home, 'reader', roleArn);
  stage = await setStage(['--events-queue-url', queue.url, '--events-service-account', `${home}/reader`], {
    env: { AWS_ACCESS_KEY_ID: OWN_KEY, AWS_SECRET_ACCESS_KEY: 'own' },
  });
  stage.front.trust(roleArn, { subject: subjectOf(home, 'reader') });
});

afterAll(async () => {
  if (stage !== undefined) await deleteNamespace(stage.cluster, home);
  await stage?.end();
  queue?.close();
});

const send = (events: readonly SampleEvent[]): Promise<void> =>
  queue.send(events.map((event) => JSON.stringify(event)));

/** All messages have been worked off and removed. */
const drained = (): Promise<unknown> =>
  eventually('the queue to be empty', async () => (await queue.size()) === 0, { timeoutMs: 50_000 });

/** How often AWS was asked for values as the team. */
const readsOf = (team: Team): number =>
  ['BatchGetSecretValue', 'GetSecretValue', 'GetParameters']
    .flatMap((operation) => stage.front.calls(operation))
    .filter(({ roleArn }) => roleArn === team.roleArn).length;

/** A team with a secret `NAMESPACE/db` of the value `one` in the Secret `db`; the name of the secret, and the version. */
async function synced(): Promise<{ team: Team; key: string; versionId: string }> {
  const team = await stage.team();
  const key = `${team.namespace}/db`;
  const { versionId } = await stage.aws.createSecret(key, 'one');
  await team.externalSecret('db', { ...DAILY, data: [entry('value', key)] });
  await team.holds('db', { value: 'one' });
  await team.ready('db', 'True', 'Synced');
  return { team, key, versionId };
}

describe('with events an interval of a day is enough', () => {
  it('for a secret that is rotated', async () => {
    const { team, key } = await synced();
    const versionId = await stage.aws.putSecret(key, 'two');
    await send([labelUpdated(key, versionId)]);
    await team.holds('db', { value: 'two' });
    await drained();
  });

  it('for a secret that is made after it was asked for', async () => {
    const team = await stage.team();
    const key = `${team.namespace}/late`;
    await team.externalSecret('late', { ...DAILY, data: [entry('value', key)] });
    await team.ready('late', 'False', 'SecretNotFound');
    const { arn } = await stage.aws.createSecret(key, 'here');
    await send([secretCalled('CreateSecret', { name: key }, { arn })]);
    await team.holds('late', { value: 'here' });
    await drained();
  });

  it('for a parameter', async () => {
    const team = await stage.team();
    const name = `/${team.namespace}/db`;
    await stage.aws.putParameter(name, 'one');
    await team.externalSecret('db', { ...DAILY, data: [entry('value', name, { service: 'ParameterStore' })] });
    await team.holds('db', { value: 'one' });
    await stage.aws.putParameter(name, 'two');
    await send([parameterChanged(name)]);
    await team.holds('db', { value: 'two' });
    await drained();
  });
});

describe('events cost little', () => {
  it('when fifty come at once for one secret', async () => {
    const { team, key } = await synced();
    const before = readsOf(team);
    const events: SampleEvent[] = [];
    for (let at = 1; at <= 50; at++) events.push(labelUpdated(key, await stage.aws.putSecret(key, `value ${at}`)));
    await send(events);
    await team.holds('db', { value: 'value 50' });
    await drained();
    // How many meet in one look is for the machine to say.
    expect(readsOf(team) - before).toBeLessThan(25);
  });

  it('when they tell of what is held, or of another account’s or Region’s secret of the name: nothing', async () => {
    const { team, key, versionId } = await synced();
    const before = readsOf(team);
    await send([
      labelUpdated(key, versionId),
      labelUpdated(key, 'another-version', { account: '999999999999' }),
      labelUpdated(key, 'another-version', { region: 'us-east-1' }),
      labelUpdated(`${key}-of-others`, 'another-version'),
    ]);
    await drained();
    expect(readsOf(team)).toBe(before);
  });
});

describe('a message that is no event', () => {
  it('is counted and removed, and nothing of it is told', async () => {
    await queue.send(['CANARY-no-json', '{"CANARY":1}', `CANARY${'x'.repeat(70_000)}`]);
    await drained();
    const metrics = await stage.operator.metrics();
    for (const outcome of ['notJSON', 'unknownShape', 'tooLarge']) {
      expect(metrics).toMatch(new RegExp(`keyferry_events_total\\{outcome="${outcome}"\\} [1-9]`));
    }
    expect(metrics).toContain('keyferry_events_queue_ready 1\n');
    expect(stage.operator.log()).toContain('A message that is no event was removed');
    expect(stage.operator.log()).not.toContain('CANARY');
  });
});

const queueReady = async (): Promise<string | undefined> =>
  /^keyferry_events_queue_ready (\d)$/m.exec(await stage.operator.metrics())?.[1];

describe('a queue that cannot be read', () => {
  it('is told of, does not harm the rest, and is read again once it can be', async () => {
    const { team, key } = await synced();
    const fault = stage.front.inject({
      operation: 'ReceiveMessage',
      respond: jsonError('AccessDeniedException', 'Access to the resource is denied.'),
    });
    // The call that is under way ends with a message.
    await queue.send(['no event']);
    await eventually('the metric to tell', async () => (await queueReady()) === '0');
    const arn = queue.arn;
    expect(stage.operator.log()).toContain('The queue of events does not work');
    for (const part of [arn, 'sqs:ReceiveMessage', `role/${home}`]) expect(stage.operator.log()).toContain(part);
    await synced();
    fault.remove();
    await send([labelUpdated(key, await stage.aws.putSecret(key, 'two'))]);
    await team.holds('db', { value: 'two' });
    await eventually('the metric to tell', async () => (await queueReady()) === '1');
    await drained();
  });
});

describe('a stop of the operator', () => {
  it('does not wait for the queue, and what comes meanwhile is read after it, as the operator itself too', async () => {
    const { team, key } = await synced();
    const fault = stage.front.inject({ operation: 'ReceiveMessage', respond: { hang: true } });
    await queue.send(['no event']);
    await eventually('a call that hangs', () => fault.hits() > 0);
    await drained();
    // Work that does not hear the signal would make it 1.
    expect(await stage.operator.stop()).toBe(0);
    fault.remove();
    await send([labelUpdated(key, await stage.aws.putSecret(key, 'two'))]);
    await stage.restartOperator(['--events-queue-url', queue.url]);
    await team.holds('db', { value: 'two' });
    await drained();
    const readers = stage.front.calls('ReceiveMessage').map(({ accessKeyId }) => accessKeyId);
    expect(readers.at(0)).not.toBe(OWN_KEY);
    expect(readers.at(-1)).toBe(OWN_KEY);
  });
});
