import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { refuseRestarts } from '../support/refused-restarts.ts';
import { type Rotation, rotationOf } from '../support/rotation.ts';
import { createCronJob, createJob } from '../support/runs.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { type EventObject, eventsOf, eventOf as findEvent } from '../support/workload-events.ts';
import {
  countTemplateChanges,
  createWorkload,
  envFrom,
  type TemplateChanges,
  type Workload,
  type WorkloadOptions,
} from '../support/workloads.ts';

let stage: Stage;
let team: Team;
let secrets: Rotation;
let templateChanges: TemplateChanges;

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
  secrets = rotationOf(stage, team);
  templateChanges = await countTemplateChanges(stage.cluster, team);
});
afterAll(() => stage?.end());

const make = (name: string, options: WorkloadOptions): Promise<Workload> =>
  createWorkload(stage.cluster, team, name, options);
const makeAll = (all: Readonly<Record<string, WorkloadOptions>>): Promise<Workload[]> =>
  Promise.all(Object.entries(all).map(([name, options]) => make(name, options)));
/** How often the template of each of them has changed. */
const changesOf = async (workloads: readonly Workload[]): Promise<Record<string, number | undefined>> => {
  const changes = await templateChanges();
  return Object.fromEntries(workloads.map(({ name }) => [name, changes[name]]));
};
const each = (workloads: readonly Workload[], times: number): Record<string, number> =>
  Object.fromEntries(workloads.map(({ name }) => [name, times]));

/** The event with that reason about the workload. */
const eventOf = (workload: Workload, reason: string): Promise<EventObject> =>
  findEvent(stage.cluster, team, workload, reason);

const secretKeyRef = { secretKeyRef: { name: 'db', key: 'password', optional: true } };

const asking: Readonly<Record<string, WorkloadOptions>> = {
  'deployment-by-name': { restartOn: 'tls, db' },
  'deployment-env': { restartOn: '*', container: { env: [{ name: 'P', valueFrom: secretKeyRef }] } },
  'deployment-env-from': { restartOn: '*', container: envFrom('db') },
  'deployment-volume': {
    restartOn: '*',
    podSpec: { volumes: [{ name: 'v', secret: { secretName: 'db', optional: true } }] },
  },
  'deployment-projected': {
    restartOn: '*',
    podSpec: { volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 'db', optional: true } }] } }] },
  },
  'deployment-init': {
    restartOn: '*',
    podSpec: { initContainers: [{ name: 'init', image: 'init', ...envFrom('db') }] },
  },
  'deployment-pull': { restartOn: '*', podSpec: { imagePullSecrets: [{ name: 'db' }] } },
  'deployment-replicas': { restartOn: 'db', replicas: 3 },
  'stateful-by-name': { kind: 'StatefulSet', restartOn: 'db', replicas: 2 },
  'stateful-all': { kind: 'StatefulSet', restartOn: '*', container: envFrom('db') },
  'daemon-by-name': { kind: 'DaemonSet', restartOn: 'db' },
  'daemon-all': { kind: 'DaemonSet', restartOn: '*', container: envFrom('db') },
};

const notAsking: Readonly<Record<string, WorkloadOptions>> = {
  'not-opted-in': { container: envFrom('db') },
  'asking-for-another': { restartOn: 'other', container: envFrom('db') },
  'asking-for-all-of-none': { restartOn: '*', container: envFrom('by-hand') },
};

describe.concurrent('a change of the data', () => {
  it('rolls each workload that asked for it once, and none for the first sync', async () => {
    // Their pods are older than the Secret: such a first sync is the easiest to take for a change.
    const [workloads, others] = await Promise.all([makeAll(asking), makeAll(notAsking)]);
    await stage.cluster.create(`/api/v1/namespaces/${team.namespace}/secrets`, { metadata: { name: 'by-hand' } });
    await Promise.all([...workloads, ...others].map((workload) => workload.rolledOut()));
    await secrets.publish('db');
    await Promise.all(workloads.map((workload) => workload.hasSeen('db')));
    await secrets.rotate('db');
    await Promise.all(workloads.map((workload) => workload.hasRolled(1)));
    await Promise.all(workloads.map((workload) => workload.hasSeen('db')));
    expect(await changesOf([...workloads, ...others])).toEqual({ ...each(workloads, 1), ...each(others, 0) });
  });

  it('rolls as kubectl does, says so on the workload, and touches nothing of others', async () => {
    const workload = await make('touched', { restartOn: 'touching', container: envFrom('touching') });
    await secrets.publish('touching');
    await Promise.all([workload.hasSeen('touching'), workload.rolledOut()]);
    const before = await workload.get();
    await secrets.rotate('touching');
    await workload.hasRolled(1);
    const after = await workload.get();
    const restartedAt = { 'kubectl.kubernetes.io/restartedAt': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/) };
    const { metadata, spec } = before.spec.template;
    const annotations = { ...metadata.annotations, ...restartedAt };
    expect(after.spec).toEqual({ ...before.spec, template: { spec, metadata: { ...metadata, annotations } } });
    const ours = [after.metadata.managedFields]
      .flat()
      .find((of) => JSON.stringify(of).includes('"manager":"keyferry"'));
    expect(ours).toMatchObject({
      operation: 'Update',
      fieldsV1: {
        'f:metadata': {
          'f:annotations': { 'f:keyferry.dev/seen-revisions': {}, 'f:keyferry.dev/last-restart': {} },
        },
        'f:spec': {
          'f:template': { 'f:metadata': { 'f:annotations': { 'f:kubectl.kubernetes.io/restartedAt': {} } } },
        },
      },
    });
    expect(JSON.stringify(ours).match(/"f:[^"]*[./][^"]*"/g)).toHaveLength(3);
    const event = await eventOf(workload, 'Restarted');
    expect(event).toMatchObject({
      type: 'Normal',
      note: 'Rolled, since the data of Secret touching changed',
      regarding: { kind: 'Deployment', uid: after.metadata.uid },
    });
    expect(await stage.operator.metrics()).toMatch(
      /^keyferry_restarts_total\{kind="Deployment",outcome="rolled"\} \d+$/m,
    );
  });

  it('makes one rollout with another change that follows within the settling time', async () => {
    const workload = await make('both', { restartOn: '*', container: envFrom('one', 'two') });
    await Promise.all([secrets.publish('one'), secrets.publish('two')]);
    await Promise.all([workload.hasSeen('one'), workload.hasSeen('two'), workload.rolledOut()]);
    await Promise.all([secrets.rotate('one'), secrets.rotate('two')]);
    await workload.hasRolled(1);
    await Promise.all([workload.hasSeen('one'), workload.hasSeen('two')]);
    expect((await eventOf(workload, 'Restarted')).note).toBe('Rolled, since the data of Secret one, two changed');
    expect(await changesOf([workload])).toEqual({ both: 1 });
  });

  it('rolls whoever opts in later, if its pods are older', async () => {
    const older = await make('opting-in', { container: envFrom('opted') });
    await older.rolledOut();
    await secrets.publish('opted');
    await secrets.rotate('opted');
    await secondAfter('opted');
    const younger = await make('opting-in-young', { container: envFrom('opted') });
    await younger.rolledOut();
    await Promise.all([older, younger].map((workload) => workload.annotate({ 'keyferry.dev/restart-on': '*' })));
    await Promise.all([older.hasRolled(1), younger.hasSeen('opted')]);
    expect(await changesOf([older, younger])).toEqual({ 'opting-in': 1, 'opting-in-young': 0 });
  });

  it('is not made twice by a rollout that people have begun since', async () => {
    // Slow, so that old pods are still there when the settling time is over.
    const slow = { restartOn: 'begun', replicas: 2, spec: { minReadySeconds: 6 } };
    const parallel = { minReadySeconds: 6, podManagementPolicy: 'Parallel' };
    const workloads = await makeAll({
      'begun-deployment': slow,
      'begun-stateful': { ...slow, kind: 'StatefulSet', spec: parallel },
      'begun-daemon': { ...slow, kind: 'DaemonSet' },
    });
    await secrets.publish('begun');
    await Promise.all(workloads.flatMap((workload) => [workload.hasSeen('begun'), workload.rolledOut()]));
    await secrets.rotate('begun');
    await secondAfter('begun');
    await Promise.all(workloads.map((workload) => workload.restart()));
    await Promise.all(workloads.map((workload) => workload.hasRolled(1)));
    await Promise.all(workloads.map((workload) => workload.hasSeen('begun')));
    expect(await changesOf(workloads)).toEqual(each(workloads, 1));
  });
});

/** Waits for a second in which a pod is younger than the last change of the Secret, by the clock of this machine's API server. */
async function secondAfter(name: string): Promise<void> {
  const changedAt = (await team.secret(name))?.metadata.annotations?.['keyferry.dev/changed-at'];
  const changedMs = Date.parse(changedAt ?? '');
  expect(changedMs).not.toBeNaN();
  await eventually(`the second after ${changedAt}`, () => Date.now() >= changedMs + 1_000);
}

describe.concurrent('a CronJob and a Job', () => {
  it('are told once that a run reads the new data, and nothing else happens to them', async () => {
    const runs = [
      await createCronJob(stage.cluster, team, 'nightly', 'running'),
      await createJob(stage.cluster, team, 'import', 'running'),
    ];
    const silent = await createCronJob(stage.cluster, team, 'silent', 'other');
    const beside = await make('beside', { restartOn: 'running' });
    await secrets.publish('running');
    await Promise.all([beside.hasSeen('running'), beside.rolledOut()]);
    await secrets.rotate('running');
    for (const run of runs) {
      const { note } = await findEvent(stage.cluster, team, run, 'RestartLeftToNextRun');
      expect(note).toMatch(/^The data of Secret running changed; /);
    }
    await beside.hasRolled(1);
    for (const { path } of [...runs, silent]) {
      const { metadata } = await stage.cluster.get(path);
      expect(JSON.stringify(metadata.managedFields)).not.toContain('"keyferry"');
    }
    const jobs = await stage.cluster.list(`/apis/batch/v1/namespaces/${team.namespace}/jobs`);
    expect(jobs.map(({ metadata }) => metadata.name)).toEqual(['import']);
    const about = (await eventsOf(stage.cluster, team)).filter(({ reason }) => reason === 'RestartLeftToNextRun');
    expect(about.map(({ regarding }) => regarding.name).toSorted()).toEqual(['import', 'nightly']);
  });
});

describe.concurrent('a restart that the cluster refuses', () => {
  it('is told on the workload and in a metric, is tried again, and takes place when nothing refuses it any more', async () => {
    const workload = await make('refused', { restartOn: 'refusing', container: envFrom('refusing') });
    await secrets.publish('refusing');
    await Promise.all([workload.hasSeen('refusing'), workload.rolledOut()]);
    const allow = await refuseRestarts(stage.cluster, team.namespace, 'refused', 'no restarts by day');
    try {
      await secrets.rotate('refusing');
      const event = await eventOf(workload, 'RestartRefused');
      expect(event).toMatchObject({ type: 'Warning', regarding: { kind: 'Deployment' } });
      expect(event.note).toContain('no restarts by day');
      const stateOf = async () => (await team.get('refusing')).status?.restarts?.[0]?.state;
      await eventually('the status to say so', async () => (await stateOf()) === 'Refused');
      const refusals = async (): Promise<number> => {
        const line = /^keyferry_restarts_total\{kind="Deployment",outcome="refused"\} (\d+)$/m;
        return Number(line.exec(await stage.operator.metrics())?.[1]);
      };
      await eventually('another try', async () => (await refusals()) >= 2);
      expect(await changesOf([workload])).toEqual({ refused: 0 });
    } finally {
      await allow();
    }
    await workload.hasRolled(1);
    await workload.hasSeen('refusing');
    expect(await changesOf([workload])).toEqual({ refused: 1 });
  });
});
