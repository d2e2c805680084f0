import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync } from '../support/force-sync.ts';
import { openHistory } from '../support/history.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { eventsOf } from '../support/workload-events.ts';
import { createWorkload, type Workload, type WorkloadObject } from '../support/workloads.ts';

const [IN_ALL, PER_NAMESPACE] = [3, 2];
const DEPLOYMENTS = '/apis/apps/v1/deployments';
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

let stage: Stage;

beforeAll(async () => {
  stage = await setStage(['--max-restarts', `${IN_ALL}`, '--max-restarts-per-namespace', `${PER_NAMESPACE}`]);
});
afterAll(() => stage?.end());

/** A team with that many workloads that restart for one Secret. */
async function crowd(count: number): Promise<{ team: Team; workloads: readonly Workload[] }> {
  const team = await stage.team();
  // Slow enough that the others come to wait.
  const options = { restartOn: 'db', spec: { minReadySeconds: 3 } };
  const names = Array.from({ length: count }, (_, at) => `web-${at}`);
  const workloads = await Promise.all(names.map((name) => createWorkload(stage.cluster, team, name, options)));
  await stage.aws.createSecret(`${team.namespace}/db`, 'one');
  await team.externalSecret('db', { data: [entry('password', `${team.namespace}/db`)] });
  await Promise.all(workloads.map((workload) => workload.rolledOut()));
  await Promise.all(workloads.map((workload) => workload.hasSeen('db')));
  return { team, workloads };
}

const isThrough = ({ metadata, status = {} }: WorkloadObject): boolean =>
  status.observedGeneration === metadata.generation &&
  status.updatedReplicas === 1 &&
  status.availableReplicas === 1 &&
  status.replicas === 1;

/** What happened, in order: how many were restarting at once at most, and whose restarts began one after the other. */
function read(objects: readonly WorkloadObject[], namespaces: readonly string[]) {
  const underWay = new Map<string, string>();
  const restartedAt = new Map<string, string>();
  const begun: string[] = [];
  let [inAll, perNamespace] = [0, 0];
  for (const object of objects) {
    const { namespace = '', name } = object.metadata;
    const id = `${namespace}/${name}`;
    const time = object.spec.template.metadata.annotations?.[RESTARTED_AT];
    if (!namespaces.includes(namespace) || time === undefined) continue;
    if (restartedAt.get(id) !== time) {
      restartedAt.set(id, time);
      underWay.set(id, namespace);
      begun.push(namespace);
    } else if (isThrough(object)) underWay.delete(id);
    const ofThis = [...underWay.values()].filter((each) => each === namespace).length;
    [inAll, perNamespace] = [Math.max(inAll, underWay.size), Math.max(perNamespace, ofThis)];
  }
  return { inAll, perNamespace, begun };
}

/** The age of the oldest restart that is owed, in seconds, as Prometheus is told. */
async function oldestOwedS(): Promise<number> {
  const line = /^keyferry_restart_oldest_owed_seconds (\S+)$/m;
  return Number(line.exec(await stage.operator.metrics())?.[1]);
}

describe('many workloads of several namespaces', () => {
  it('restart so many at once and no more, all of them, and nobody waits for a whole namespace', async () => {
    const crowds = [await crowd(5), await crowd(3), await crowd(1)];
    const held = await crowd(1);
    const [paused = expect.fail()] = held.workloads;
    await stage.cluster.mergePatch(paused.path, { spec: { paused: true } });
    const history = await openHistory(stage.cluster, DEPLOYMENTS);
    // All are owed their restarts at the same time: they changed while nobody was there.
    await stage.operator.stop();
    for (const { team } of [...crowds, held]) {
      await stage.aws.putSecret(`${team.namespace}/db`, 'two');
      await forceSync(team, 'db');
    }
    await stage.restartOperator();
    await Promise.all(crowds.flatMap(({ workloads }) => workloads.map((workload) => workload.hasRolled(1))));
    await Promise.all(crowds.flatMap(({ workloads }) => workloads.map((workload) => workload.hasSeen('db'))));
    const objects = (await history.changes()).map(({ object }) => object as WorkloadObject);
    const namespaces = crowds.map(({ team }) => team.namespace);
    const { inAll, perNamespace, begun } = read(objects, namespaces);
    const counts = namespaces.map((namespace) => begun.filter((each) => each === namespace).length);
    expect(counts).toEqual([5, 3, 1]);
    expect(inAll).toBeLessThanOrEqual(IN_ALL);
    expect(perNamespace).toBeLessThanOrEqual(PER_NAMESPACE);
    // Some were under way together, else this would prove nothing.
    expect(inAll).toBeGreaterThan(1);
    // The one of the smallest does not come last, as it would if the largest went first.
    expect(begun.indexOf(namespaces[2] ?? '')).toBeLessThan(begun.length - 1);
    const [first = expect.fail()] = crowds;
    const reasons = (await eventsOf(stage.cluster, first.team)).map(({ reason }) => reason);
    expect(reasons).toContain('RestartWaitingForTurn');
    // Who is paused is in nobody's way, and is the only one that is still owed its restart.
    const age = await eventually('the age of the restart that is owed', async () => (await oldestOwedS()) || undefined);
    await eventually('that age to rise', async () => (await oldestOwedS()) > age);
    expect(await paused.restartedAt()).toBeUndefined();
    await stage.cluster.mergePatch(paused.path, { spec: { paused: false } });
    await paused.hasRolled(1);
    await eventually('no restart to be owed any more', async () => (await oldestOwedS()) === 0);
  }, 120_000);
});
