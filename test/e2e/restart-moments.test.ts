import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAudit } from '../support/audit.ts';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync } from '../support/force-sync.ts';
import { kubeconfigOf, OPERATOR_USER, RELEASE } from '../support/installed.ts';
import { dyingAt, HELD, heldAt, type Moment } from '../support/moments.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { runDirectory } from '../support/processes.ts';
import { type Rotation, rotationOf } from '../support/rotation.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { eventOf } from '../support/workload-events.ts';
import {
  countTemplateChanges,
  createWorkload,
  type TemplateChanges,
  type Workload,
  type WorkloadKind,
} from '../support/workloads.ts';

let stage: Stage;
let team: Team;
let secrets: Rotation;
let templateChanges: TemplateChanges;
const started: Operator[] = [];

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
  secrets = rotationOf(stage, team);
  templateChanges = await countTemplateChanges(stage.cluster, team);
});
afterAll(async () => {
  for (const operator of started) if (operator.running()) await operator.kill();
  await stage?.end();
});

/** Starts an operator in place of the one before; it may be gone before it is ready. */
async function start(env: Record<string, string>): Promise<Operator> {
  const args = ['--operator-namespace', RELEASE.namespace];
  const kubeconfigPath = await kubeconfigOf(stage);
  const awsEndpoint = stage.front.endpoint;
  const operator = await startOperator({ kubeconfigPath, awsEndpoint, args, env, waitUntilReady: false });
  started.push(operator);
  return operator;
}

/** Starts one operator after the other, each of which dies at its moment. */
async function dieAt(moments: readonly Moment[]): Promise<void> {
  for (const moment of moments) {
    const operator = await start(dyingAt(moment));
    const what = `the operator to die ${moment.when} ${moment.method} ${moment.path} ${moment.says ?? ''}`;
    await eventually(what, () => !operator.running(), { timeoutMs: 60_000 });
    expect(await operator.exited).toEqual({ code: null, signal: 'SIGKILL' });
  }
}

const makeAll = (name: string, kinds: readonly WorkloadKind[]): Promise<Workload[]> =>
  Promise.all(
    kinds.map((kind) =>
      createWorkload(stage.cluster, team, `${name}-${kind.toLowerCase()}`, { kind, restartOn: name }),
    ),
  );
const both = (moment: Omit<Moment, 'when'>): Moment[] => [
  { ...moment, when: 'before' },
  { ...moment, when: 'after' },
];

describe('an operator that is killed', () => {
  it('at each of the moments that matter makes one restart of one change, and none of a first sync', async () => {
    await stage.operator.stop();
    const workloads = await makeAll('killed', ['Deployment', 'StatefulSet', 'DaemonSet']);
    await Promise.all(workloads.map((workload) => workload.rolledOut()));
    const key = `${team.namespace}/killed`;
    await stage.aws.createSecret(key, 'one');
    await team.externalSecret('killed', { data: [entry('password', key)] });
    const patchOfDeployment = { method: 'PATCH', path: '/deployments/killed-deployment' };
    await dieAt([
      ...both({ method: 'POST', path: `/namespaces/${team.namespace}/secrets` }),
      ...both({ ...patchOfDeployment, says: 'seen-revisions' }),
    ]);
    await stage.aws.putSecret(key, 'two');
    await forceSync(team, 'killed');
    const status = { method: 'PUT', path: '/externalsecrets/killed/status' };
    await dieAt([
      ...both({ method: 'PUT', path: '/secrets/killed' }),
      ...both({ ...patchOfDeployment, says: 'restartedAt' }),
      { ...status, when: 'before', says: '"restarts"' },
      ...both({ ...status, says: '"Restarted"' }),
    ]);
    const last = await start({});
    // Those before it may have left nothing to do, and who is told to stop before it listens to signals ends by the signal.
    await eventually('the last operator to be ready', async () => (await last.health('/readyz')) === 200);
    await team.holds('killed', { password: 'two' });
    await Promise.all(workloads.map((workload) => workload.hasRolled(1)));
    await Promise.all(workloads.map((workload) => workload.hasSeen('killed')));
    await eventually('the status to tell how each has ended', async () => {
      const { restarts = [] } = (await team.get('killed')).status ?? {};
      const states = restarts.map(({ kind, state }) => `${kind} ${state}`);
      if (states.join() !== 'DaemonSet Restarted,Deployment Restarted,StatefulSet Restarted')
        throw new Error(states.join());
      return true;
    });
    expect(await templateChanges()).toMatchObject(Object.fromEntries(workloads.map(({ name }) => [name, 1])));
    expect(await last.stop()).toBe(0);
    await stage.restartOperator();
  }, 240_000);
});

describe('a workload that somebody changes at the moment of its restart', () => {
  it('is rolled once: by them, if it was the template, and else by keyferry', async () => {
    const [begun = expect.fail(), set = expect.fail()] = await makeAll('contested', ['Deployment', 'StatefulSet']);
    const labelled = await createWorkload(stage.cluster, team, 'contested-label', { restartOn: 'contested' });
    const workloads = [begun, set, labelled];
    await secrets.publish('contested');
    await Promise.all(workloads.flatMap((workload) => [workload.rolledOut(), workload.hasSeen('contested')]));
    await stage.operator.stop();
    const release = join(runDirectory('release'), 'now');
    // Whatever the workload: its plural comes before its name.
    const held = await Promise.resolve(heldAt({ method: 'PATCH', path: '', says: 'restartedAt' }, release));
    const operator = await start(held);
    const sinceMs = Date.now();
    await secrets.rotate('contested');
    for (const { path } of workloads)
      await eventually(`${path} to be held`, () => operator.log().includes(`${HELD} ${path}`));
    const template = { metadata: { annotations: { 'example.com/note': 'of others, at the same moment' } } };
    for (const { path } of [begun, set]) await stage.cluster.mergePatch(path, { spec: { template } });
    await stage.cluster.mergePatch(labelled.path, { metadata: { labels: { changed: 'at-the-same-moment' } } });
    writeFileSync(release, '');
    for (const workload of workloads) await eventOf(stage.cluster, team, workload, 'RestartConflict');
    const conflicts = readAudit(stage.auditLog, (user) => user === OPERATOR_USER)
      .filter(({ verb, status, receivedMs }) => verb === 'patch' && status === 409 && receivedMs >= sinceMs)
      .map(({ name }) => name);
    expect(conflicts).toEqual(expect.arrayContaining(workloads.map(({ name }) => name)));
    await Promise.all(workloads.map((workload) => workload.hasRolled(1)));
    await Promise.all(workloads.map((workload) => workload.hasSeen('contested')));
    const changes = await templateChanges();
    expect(workloads.map(({ name }) => changes[name])).toEqual([1, 1, 1]);
    const restarted = await Promise.all(workloads.map((workload) => workload.restartedAt()));
    expect(restarted.map((time) => time !== undefined)).toEqual([false, false, true]);
  }, 120_000);
});
