import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Rotation, rotationOf } from '../support/rotation.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { eventOf } from '../support/workload-events.ts';
import {
  countTemplateChanges,
  createWorkload,
  type TemplateChanges,
  type Workload,
  type WorkloadOptions,
} from '../support/workloads.ts';

// All at once: each of them waits for rollouts, most of the time.
vi.setConfig({ maxConcurrency: 20, testTimeout: 120_000 });

let stage: Stage;
let team: Team;
let secrets: Rotation;
let templateChanges: TemplateChanges;

beforeAll(async () => {
  // Who has annotations of keyferry's own does not notice the flag.
  stage = await setStage(['--reloader-annotations']);
  team = await stage.team();
  secrets = rotationOf(stage, team);
  templateChanges = await countTemplateChanges(stage.cluster, team);
});
afterAll(() => stage?.end());

/** A workload that asks for the Secret of its name, has it, and has rolled out. */
async function begin(name: string, options: WorkloadOptions = {}): Promise<Workload> {
  const workload = await createWorkload(stage.cluster, team, name, { restartOn: name, ...options });
  return settle(workload, options.replicas === 0);
}

async function settle(workload: Workload, hasNoPods = false): Promise<Workload> {
  if (!hasNoPods) await workload.rolledOut();
  await secrets.publish(workload.name);
  await workload.hasSeen(workload.name);
  return workload;
}

/** Waits until the status of the ExternalSecret has the workload in that state alone. */
const hasState = ({ kind, name }: Workload, state: string): Promise<{ readonly lastRestartTime?: string }> =>
  eventually(
    `ExternalSecret ${name} to have its workload ${state}`,
    async () => {
      const { restarts = [], lastRestartTime } = (await team.get(name)).status ?? {};
      const states = restarts.map((entry) => `${entry.kind}/${entry.name} ${entry.state}`);
      if (states.join() !== `${kind}/${name} ${state}`) throw new Error(states.join());
      return lastRestartTime === undefined ? {} : { lastRestartTime };
    },
    { timeoutMs: 40_000 },
  );

const changesOf = async ({ name }: Workload): Promise<number | undefined> => (await templateChanges())[name];
const noteOf = async (workload: Workload, reason: string): Promise<string> =>
  (await eventOf(stage.cluster, team, workload, reason)).note;

describe.concurrent('a restart', () => {
  it('is told from its begin to its end, also in the columns of kubectl', async () => {
    const workload = await begin('told');
    await secrets.rotate('told');
    await workload.hasRolled(1);
    const { lastRestartTime } = await hasState(workload, 'Restarted');
    expect(Date.parse(lastRestartTime ?? '')).not.toBeNaN();
    const wide = await stage.kubectl(['get', 'kfes', 'told', '-n', team.namespace, '-o', 'wide']);
    const [head = '', row = ''] = wide.split('\n');
    // The time since, as in 12s.
    expect(row.slice(head.indexOf('LAST RESTART'))).toMatch(/^\d+[sm]/);
    await stage.cluster.delete(workload.path);
    await eventually('nothing to be said of a workload that is gone', async () => {
      const { restarts = [] } = (await team.get('told')).status ?? {};
      return restarts.length === 0;
    });
  });

  it('of a paused Deployment takes place when that is resumed', async () => {
    const workload = await begin('paused', { spec: { paused: false } });
    await stage.cluster.mergePatch(workload.path, { spec: { paused: true } });
    await secrets.rotate('paused');
    expect(await noteOf(workload, 'RestartPaused')).toContain(
      `kubectl rollout resume deployment/paused -n ${team.namespace}`,
    );
    await hasState(workload, 'Paused');
    expect(await changesOf(workload)).toBe(0);
    await stage.kubectl(['rollout', 'resume', 'deployment/paused', '-n', team.namespace]);
    await workload.hasRolled(1);
    await hasState(workload, 'Restarted');
    expect(await changesOf(workload)).toBe(1);
  });

  it('of a StatefulSet whose pods are replaced by hand is over when somebody has deleted them', async () => {
    const workload = await begin('by-hand', { kind: 'StatefulSet', spec: { updateStrategy: { type: 'OnDelete' } } });
    await secrets.rotate('by-hand');
    await noteOf(workload, 'RestartOnDelete');
    await hasState(workload, 'OnDelete');
    await stage.kubectl(['delete', 'pod', '-n', team.namespace, '-l', 'app=by-hand', '--wait=false']);
    await hasState(workload, 'Restarted');
    expect(await changesOf(workload)).toBe(1);
  });

  it('of a workload without pods is none, and they are new when they come', async () => {
    const workload = await begin('empty', { replicas: 0 });
    await secrets.rotate('empty');
    await noteOf(workload, 'RestartNoPods');
    await hasState(workload, 'NoPods');
    await workload.hasSeen('empty');
    await stage.cluster.mergePatch(workload.path, { spec: { replicas: 1 } });
    await workload.rolledOut();
    await workload.hasSeen('empty');
    expect(await changesOf(workload)).toBe(0);
  });

  it('waits for an interval that cannot be read to be mended', async () => {
    const workload = await begin('unread');
    await workload.annotate({ 'keyferry.dev/restart-min-interval': 'daily' });
    await secrets.rotate('unread');
    expect(await noteOf(workload, 'RestartInvalidInterval')).toContain('"daily"');
    await hasState(workload, 'InvalidInterval');
    expect(await changesOf(workload)).toBe(0);
    await workload.annotate({ 'keyferry.dev/restart-min-interval': '1s' });
    await workload.hasRolled(1);
    expect(await changesOf(workload)).toBe(1);
  });

  it('is made by the annotations of Reloader, where they are asked for, and never pauses a Deployment', async () => {
    const workload = await createWorkload(stage.cluster, team, 'reloaded');
    const period = { 'deployment.reloader.stakater.com/pause-period': '1h' };
    await workload.annotate({ 'secret.reloader.stakater.com/reload': 'other, reload.*', ...period });
    await settle(workload);
    await secrets.rotate('reloaded');
    await workload.hasRolled(1);
    await hasState(workload, 'Restarted');
    await secrets.rotate('reloaded');
    expect(await noteOf(workload, 'RestartWaitingForInterval')).toContain('pause-period of 1h');
    expect((await workload.get()).spec).not.toHaveProperty('paused');
    expect(await changesOf(workload)).toBe(1);
  });

  it('is made by the annotations of Reloader on the pod template, where the workload has none', async () => {
    const options = { podSpec: { imagePullSecrets: [{ name: 'templated' }] } };
    const workload = await createWorkload(stage.cluster, team, 'templated', options);
    // Else its controller may see the second template only.
    await workload.rolledOut();
    const ofTemplate = { 'example.com/note': 'of others', 'reloader.stakater.com/auto': 'true' };
    await stage.cluster.mergePatch(workload.path, { spec: { template: { metadata: { annotations: ofTemplate } } } });
    await workload.hasRolled(1);
    await settle(workload);
    await secrets.rotate('templated');
    await workload.hasRolled(2);
    await hasState(workload, 'Restarted');
    expect(await changesOf(workload)).toBe(2);
  });

  it('waits for the rollout of another to end, and then is one for all that came meanwhile', async () => {
    const workload = await begin('in-turn', { replicas: 2, spec: { minReadySeconds: 5 } });
    await secrets.rotate('in-turn');
    await hasState(workload, 'Restarting');
    await secrets.rotate('in-turn');
    await secrets.rotate('in-turn');
    await noteOf(workload, 'RestartWaitingForRollout');
    await hasState(workload, 'Restarted');
    await workload.hasSeen('in-turn');
    expect(await changesOf(workload)).toBe(2);
  });
});

describe.concurrent('a restart that does not come through', () => {
  it('is told, is not made again when people undo it, and is tried once more on request', async () => {
    // What it requests is what the quota goes by, which so leaves the pods of others alone.
    const container = { resources: { requests: { cpu: '1m' } } };
    const workload = await begin('failing', { container, spec: { progressDeadlineSeconds: 4 } });
    const quota = `/api/v1/namespaces/${team.namespace}/resourcequotas`;
    const spec = { hard: { pods: '0' }, scopes: ['NotBestEffort'] };
    await stage.cluster.create(quota, { metadata: { name: 'full' }, spec });
    await eventually('the quota to be known', async () => {
      const { status } = await stage.cluster.get<{ metadata: { name: string }; status?: { hard?: object } }>(
        `${quota}/full`,
      );
      return status?.hard !== undefined;
    });
    await secrets.rotate('failing');
    const retry = `kubectl annotate deployment/failing -n ${team.namespace} --overwrite keyferry.dev/retry-restart=`;
    expect(await noteOf(workload, 'RestartFailed')).toContain(retry);
    await hasState(workload, 'Failed');
    await stage.kubectl(['rollout', 'undo', 'deployment/failing', '-n', team.namespace]);
    expect(await noteOf(workload, 'RestartUndone')).toContain(retry);
    await hasState(workload, 'Undone');
    await workload.hasSeen('failing');
    expect(await changesOf(workload)).toBe(2);
    await stage.cluster.delete(`${quota}/full`);
    await workload.annotate({ 'keyferry.dev/retry-restart': 'please' });
    await hasState(workload, 'Restarted');
    await workload.hasSeen('failing');
    expect(await changesOf(workload)).toBe(3);
  });
});
