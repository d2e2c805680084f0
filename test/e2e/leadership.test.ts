import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED_KEYS } from '../support/aws.ts';
import { entry } from '../support/entry.ts';
import { createQueue, type SeededQueue } from '../support/event-queue.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync } from '../support/force-sync.ts';
import { openReplicas, type Replicas, type RunningReplica } from '../support/replicas.ts';
import { subjectOf } from '../support/service-account.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';

/** Shorter than in a cluster, and as long as a busy machine needs. */
const LEASE_S = 9;
const NAMES = ['first', 'second', 'third'] as const;
const PATIENCE = { timeoutMs: 60_000 };

let stage: Stage;
let team: Team;
let replicas: Replicas;
/** Ends the changes that keep whoever leads at work all the time. */
let rest: () => Promise<void>;
let turn = 0;
/** All of them are told to read it. */
let queue: SeededQueue;

beforeAll(async () => {
  stage = await setStage();
  await stage.operator.stop();
  queue = await createQueue(stage.front.seedEndpoint, `leadership-${process.pid}`);
  team = await stage.team();
  replicas = await openReplicas(stage, LEASE_S, (front) =>
    front.trust(team.roleArn, { subject: subjectOf(team.namespace, 'reader') }),
  );
  for (const name of NAMES) {
    await stage.aws.createSecret(`${team.namespace}/${name}`, 'turn 0');
    await team.externalSecret(name, { data: [entry('value', `${team.namespace}/${name}`)] });
  }
  rest = keepBusy();
});
afterAll(async () => {
  await rest?.();
  await replicas?.end();
  await stage?.end();
  queue?.close();
});

const start = (): Promise<RunningReplica> =>
  replicas.start({
    flags: ['--events-queue-url', queue.url],
    env: { AWS_ACCESS_KEY_ID: SEED_KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: SEED_KEYS.secretAccessKey },
  });

/** Whatever is in the queue of events is read by the one who leads, and by nobody who stands by. */
async function expectToRead(leader: RunningReplica, others: readonly RunningReplica[]): Promise<void> {
  await queue.send(['no event']);
  await eventually('the queue to be empty', async () => (await queue.size()) === 0, PATIENCE);
  expect(leader.front.calls('ReceiveMessage')).not.toEqual([]);
  expect(others.flatMap(({ front }) => front.calls('ReceiveMessage'))).toEqual([]);
}

/** Changes every secret again and again, so that every moment has its write. */
function keepBusy(): () => Promise<void> {
  let isOn = true;
  const busy = (async () => {
    while (isOn) {
      turn++;
      for (const name of NAMES) {
        await stage.aws.putSecret(`${team.namespace}/${name}`, `turn ${turn}`);
        await forceSync(team, name);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return async () => {
    isOn = false;
    await busy;
  };
}

/** Waits until one of them leads, and does what is asked for now. */
async function whoLeads(candidates: readonly RunningReplica[]): Promise<RunningReplica> {
  const leader = await eventually(
    'one to lead',
    async () => {
      for (const each of candidates) if (each.operator.running() && (await each.leads())) return each;
      return undefined;
    },
    PATIENCE,
  );
  const from = turn;
  await eventually(
    'the work to go on',
    async () => Number((await team.secretData('first'))?.value?.split(' ')[1]) > from,
    PATIENCE,
  );
  return leader;
}

/** Their writes, as turns: a user for each stretch in which nobody else wrote. */
const turnsOf = (users: readonly string[]): string[] => users.filter((user, at) => user !== users[at - 1]);

/** Nobody wrote, or called AWS, after another had begun to. */
function expectNoTwoWriters(line: readonly RunningReplica[]): void {
  const names = (users: readonly string[]): number[] =>
    users.map((user) => line.findIndex((each) => each.user === user));
  expect(names(turnsOf(replicas.writes().map(({ user }) => user)))).toEqual(line.map((_, at) => at));
  const calls = line
    .flatMap(({ user, front }) => front.journal.map(({ at }) => ({ user, at })))
    .sort((a, b) => a.at - b.at);
  expect(names(turnsOf(calls.map(({ user }) => user)))).toEqual(line.map((_, at) => at));
}

describe('several operators', () => {
  /** In the order in which they led. */
  const line: RunningReplica[] = [];
  const standby: RunningReplica[] = [];
  const last = (): RunningReplica => {
    const found = line.at(-1);
    if (found === undefined) throw new Error('nobody has led yet');
    return found;
  };
  const goesOn = async (): Promise<RunningReplica> => {
    const next = await whoLeads(standby);
    standby.splice(standby.indexOf(next), 1);
    line.push(next);
    return next;
  };

  it('have one that works, and others that are ready', async () => {
    standby.push(await start());
    await goesOn();
    standby.push(await start(), await start());
    for (const { operator } of [...line, ...standby]) {
      expect([await operator.health('/readyz'), await operator.health('/healthz')]).toEqual([200, 200]);
    }
    expect(await Promise.all(standby.map((each) => each.leads()))).toEqual([false, false]);
    await expectToRead(last(), standby);
    expectNoTwoWriters(line);
  });

  it('hand over when the leader is told to stop', async () => {
    expect(await last().operator.stop()).toBe(0);
    await goesOn();
    await expectToRead(last(), standby);
    expectNoTwoWriters(line);
  });

  it('keep their leader when the Lease is deleted', async () => {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${replicas.home}/leases/keyferry`;
    const before = await stage.cluster.get(path);
    await stage.cluster.delete(path);
    await eventually('the Lease to be made again', async () => {
      const after = await stage.cluster.find(path);
      return after !== undefined && after.metadata.uid !== before.metadata.uid;
    });
    expect(await whoLeads([...line.slice(-1), ...standby])).toBe(last());
    expectNoTwoWriters(line);
  });

  it('replace a leader that was stopped for longer than the lease, and it writes nothing when it goes on', async () => {
    const stopped = last();
    process.kill(stopped.operator.pid, 'SIGSTOP');
    await goesOn();
    process.kill(stopped.operator.pid, 'SIGCONT');
    expect((await stopped.operator.exited).code).toBe(1);
    await eventually('the reason in the log', () => stopped.operator.log().includes('is lost'));
    await whoLeads([last()]);
    expectNoTwoWriters(line);
  });

  it('replace a leader that is cut off, after it has ended', async () => {
    standby.push(await start());
    const cutOff = last();
    await cutOff.relay.close();
    expect((await cutOff.operator.exited).code).toBe(1);
    await goesOn();
    expectNoTwoWriters(line);
  });

  it('replace a leader that dies', async () => {
    standby.push(await start());
    await last().operator.kill();
    await goesOn();
    await rest();
    expectNoTwoWriters(line);
  });
});
