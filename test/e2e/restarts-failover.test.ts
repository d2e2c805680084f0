import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync } from '../support/force-sync.ts';
import { dyingAt, type Moment } from '../support/moments.ts';
import { openReplicas, type Replicas, type RunningReplica } from '../support/replicas.ts';
import { subjectOf } from '../support/service-account.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { countTemplateChanges, createWorkload, type Workload } from '../support/workloads.ts';

const PATIENCE = { timeoutMs: 60_000 };

let stage: Stage;
let team: Team;
let replicas: Replicas;

beforeAll(async () => {
  stage = await setStage();
  await stage.operator.stop();
  team = await stage.team();
  replicas = await openReplicas(stage, 9, (front) =>
    front.trust(team.roleArn, { subject: subjectOf(team.namespace, 'reader') }),
  );
});
afterAll(async () => {
  await replicas?.end();
  await stage?.end();
});

/** Waits until it dies, as it was started to. */
async function dies({ operator }: RunningReplica, what: string): Promise<void> {
  await eventually(`the leader to die ${what}`, () => !operator.running(), PATIENCE);
  expect((await operator.exited).signal).toBe('SIGKILL');
}

describe('a restart', () => {
  it('is one, whoever leads, when one leader dies between Secret and restart and the next between restart and status', async () => {
    const templateChanges = await countTemplateChanges(stage.cluster, team);
    const make = (name: string, kind: Workload['kind'], restartOn?: string): Promise<Workload> =>
      createWorkload(stage.cluster, team, name, { kind, ...(restartOn === undefined ? {} : { restartOn }) });
    const workloads = await Promise.all([
      make('web', 'Deployment', 'db'),
      make('queue', 'StatefulSet', 'db'),
      make('agent', 'DaemonSet', 'db'),
    ]);
    // Asks in words that only the last of the operators is told to read.
    const reloaded = await make('reloaded', 'Deployment');
    await reloaded.annotate({ 'secret.reloader.stakater.com/reload': 'db' });
    await Promise.all([...workloads, reloaded].map((workload) => workload.rolledOut()));
    const key = `${team.namespace}/db`;
    await stage.aws.createSecret(key, 'one');
    await team.externalSecret('db', { data: [entry('password', key)] });
    const written: Moment = { when: 'after', method: 'PUT', path: '/secrets/db' };
    const rolled: Moment = { when: 'after', method: 'PATCH', path: '/deployments/web', says: 'restartedAt' };
    const first = await replicas.start({ env: dyingAt(written), flags: ['--max-restarts', '1'] });
    await team.holds('db', { password: 'one' });
    await Promise.all(workloads.map((workload) => workload.hasSeen('db')));
    const second = await replicas.start({ env: dyingAt(rolled) });
    // What a newer version may have left on a workload is no reason to restart it.
    const [web = expect.fail()] = workloads;
    const { annotations = {} } = (await web.get()).metadata;
    const seen = JSON.parse(annotations['keyferry.dev/seen-revisions'] ?? '');
    await web.annotate({
      'keyferry.dev/seen-revisions': JSON.stringify({ ...seen, $version: 2 }),
      'keyferry.dev/last-restart': '{"version":2,"because":{"db":"rotation"}}',
    });
    await stage.aws.putSecret(key, 'two');
    await forceSync(team, 'db');
    await dies(first, 'when it has written the Secret');
    await team.holds('db', { password: 'two' });
    expect(await templateChanges()).toEqual({ web: 0, queue: 0, agent: 0, reloaded: 0 });
    // Alone it is sure to be the next leader.
    await dies(second, 'when it has made the restart');
    const third = await replicas.start({ flags: ['--reloader-annotations', '--max-restarts', '2'] });
    await Promise.all([...workloads, reloaded].map((workload) => workload.hasRolled(1)));
    await Promise.all([...workloads, reloaded].map((workload) => workload.hasSeen('db')));
    await eventually(
      'the status to tell how each has ended',
      async () => {
        const { restarts = [] } = (await team.get('db')).status ?? {};
        const states = restarts.map(({ name, state }) => `${name} ${state}`);
        if (states.join() !== 'agent Restarted,reloaded Restarted,web Restarted,queue Restarted')
          throw new Error(states.join());
        return true;
      },
      PATIENCE,
    );
    expect(await templateChanges()).toEqual({ web: 1, queue: 1, agent: 1, reloaded: 1 });
    expect(await third.leads()).toBe(true);
  }, 240_000);
});
