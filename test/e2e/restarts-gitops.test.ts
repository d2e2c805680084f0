import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Rotation, rotationOf } from '../support/rotation.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { eventOf, eventsOf } from '../support/workload-events.ts';
import {
  countTemplateChanges,
  openWorkload,
  type TemplateChanges,
  type Workload,
  type WorkloadKind,
  type WorkloadObject,
} from '../support/workloads.ts';

const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;
const NOTE = { 'example.com/note': 'of others' };

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

/** What the tool has in its repository. */
const manifestOf = (kind: WorkloadKind, name: string): { metadata: { annotations: Record<string, string> } } => ({
  ...{ apiVersion: 'apps/v1', kind },
  metadata: {
    ...{ name, namespace: team.namespace },
    annotations: { 'keyferry.dev/restart-on': name },
  },
  ...{
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas: 1 }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations: NOTE },
        spec: { containers: [{ name: 'app', image: 'app' }] },
      },
    },
  },
});

const pathOf = (kind: WorkloadKind, name: string): string =>
  `/apis/apps/v1/namespaces/${team.namespace}/${kind.toLowerCase()}s/${name}`;

/** A workload that the tool has made, and whose Secret is there. */
async function begin(kind: WorkloadKind, name: string, apply: () => Promise<unknown>): Promise<Workload> {
  await apply();
  const workload = openWorkload(stage.cluster, team, kind, name, pathOf(kind, name));
  await workload.rolledOut();
  await secrets.publish(name);
  await workload.hasSeen(name);
  return workload;
}

const serverSide = (kind: WorkloadKind, name: string): Promise<unknown> =>
  stage.cluster.apply(pathOf(kind, name), manifestOf(kind, name));
const threeWay = (kind: WorkloadKind, name: string): Promise<unknown> =>
  stage.kubectl(['apply', '-f', '-'], JSON.stringify(manifestOf(kind, name)));

const hasState = ({ name }: Workload, state: string): Promise<unknown> =>
  eventually(
    `ExternalSecret ${name} to have its workload ${state}`,
    async () => {
      const { restarts = [] } = (await team.get(name)).status ?? {};
      const states = restarts.map((entry) => entry.state).join();
      if (states !== state) throw new Error(states);
      return true;
    },
    { timeoutMs: 40_000 },
  );

/** Puts an object of the tool's making in the place of the workload. */
const replace = ({ path }: Workload, make: (live: WorkloadObject) => object): Promise<unknown> =>
  eventually(`${path} to be replaced`, async () =>
    stage.cluster.replace<WorkloadObject>(path, make(await stage.cluster.get(path))),
  );

const withoutRestart = (live: WorkloadObject): object => ({
  metadata: live.metadata,
  spec: {
    ...live.spec,
    template: { ...live.spec.template, metadata: { ...live.spec.template.metadata, annotations: NOTE } },
  },
});

const withoutAnything =
  (restartOn: string, sync: string) =>
  (live: WorkloadObject): object => ({
    ...withoutRestart(live),
    metadata: { ...live.metadata, annotations: { 'keyferry.dev/restart-on': restartOn, 'example.com/sync': sync } },
  });

/** How often people were told that somebody takes restarts out of it. */
const warnings = async ({ kind, name }: Workload): Promise<number> =>
  (await eventsOf(stage.cluster, team)).filter(
    ({ reason, regarding }) => reason === 'RestartStripped' && regarding.kind === kind && regarding.name === name,
  ).length;

describe.concurrent('a tool that applies the workload again and again', () => {
  const ways = { 'server-side': serverSide, 'three-way': threeWay } as const;
  for (const kind of KINDS) {
    for (const [way, apply] of Object.entries(ways)) {
      it(`leaves the restart where it is, and none is lost or doubled: ${way} apply of a ${kind}`, async () => {
        const name = `${way}-${kind.toLowerCase()}`;
        const workload = await begin(kind, name, () => apply(kind, name));
        for (const restarts of [1, 2]) {
          await secrets.rotate(name);
          await workload.hasRolled(restarts);
          const restartedAt = await workload.restartedAt();
          expect(restartedAt).toBeDefined();
          await apply(kind, name);
          await workload.hasSeen(name);
          expect(await workload.restartedAt()).toBe(restartedAt);
        }
        expect((await templateChanges())[name]).toBe(2);
      });
    }
  }
});

describe.concurrent('a tool that takes the restart away', () => {
  for (const kind of KINDS) {
    it(`with the whole template is told so once, and not fought: ${kind}`, async () => {
      const name = `stripped-${kind.toLowerCase()}`;
      const workload = await begin(kind, name, () => serverSide(kind, name));
      await secrets.rotate(name);
      await workload.hasRolled(1);
      await hasState(workload, 'Restarted');
      await replace(workload, withoutRestart);
      await eventOf(stage.cluster, team, workload, 'RestartStripped');
      await hasState(workload, 'Stripped');
      await workload.hasRolled(2);
      expect(await workload.restartedAt()).toBeUndefined();
      await secrets.rotate(name);
      await workload.hasRolled(3);
      expect((await templateChanges())[name]).toBe(3);
      expect(await warnings(workload)).toBe(1);
    });

    it(`with all that keyferry noted is told so once, and not fought: ${kind}`, async () => {
      const name = `replaced-${kind.toLowerCase()}`;
      const workload = await begin(kind, name, () => serverSide(kind, name));
      await secrets.rotate(name);
      await workload.hasRolled(1);
      await hasState(workload, 'Restarted');
      await replace(workload, withoutAnything(name, '1'));
      await eventOf(stage.cluster, team, workload, 'RestartStripped');
      await hasState(workload, 'Stripped');
      await workload.hasRolled(2);
      for (const sync of ['2', '3']) await replace(workload, withoutAnything(name, sync));
      const { metadata } = await workload.get();
      expect(Object.keys(metadata.annotations ?? {})).not.toContain('keyferry.dev/seen-revisions');
      await secrets.rotate(name);
      await workload.hasRolled(3);
      await workload.hasSeen(name);
      expect((await templateChanges())[name]).toBe(3);
      expect(await warnings(workload)).toBe(1);
    });
  }
});
