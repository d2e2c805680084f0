import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { refresh } from '../support/force-sync.ts';
import { type Rotation, rotationOf } from '../support/rotation.ts';
import { API, type SecretObject, type Stage, setStage, type Team } from '../support/stage.ts';
import {
  countTemplateChanges,
  createWorkload,
  envFrom,
  type TemplateChanges,
  type Workload,
  type WorkloadKind,
} from '../support/workloads.ts';

let stage: Stage;
let team: Team;
let secrets: Rotation;
let templateChanges: TemplateChanges;

interface Case {
  readonly it: string;
  /** Of the Secret, its ExternalSecret and the workload. */
  readonly name: string;
  readonly kind?: WorkloadKind;
  /** Happens to a Secret that is in sync, and a workload that has seen it. */
  readonly happens: (workload: Workload) => Promise<unknown>;
  /** How often the template changes by people's hands, or for a change that comes before. */
  readonly changes?: number;
}

const another = (name: string, before: SecretObject | undefined): Promise<SecretObject> =>
  eventually(`another Secret ${name}`, async () => {
    const secret = await team.secret(name);
    return secret !== undefined && secret.metadata.uid !== before?.metadata.uid && secret;
  });

async function deleteAndMakeExternalSecret({ name }: Workload): Promise<void> {
  await stage.cluster.delete(`${API}/namespaces/${team.namespace}/externalsecrets/${name}`);
  await eventually(`the Secret ${name} to go with its owner`, async () => (await team.secret(name)) === undefined);
  await team.externalSecret(name, { data: [entry('password', `${team.namespace}/${name}`)] });
  await team.holds(name, { password: 'first' });
}

async function rollBack(workload: Workload): Promise<void> {
  const { kind, name } = workload;
  await secrets.rotate(name);
  await workload.hasRolled(1);
  await workload.hasSeen(name);
  await stage.kubectl(['rollout', 'undo', '-n', team.namespace, `${kind.toLowerCase()}/${name}`]);
  await workload.hasRolled(2);
  expect(await workload.restartedAt()).toBeUndefined();
  await workload.hasSeen(name);
}

const edited = (name: string): Promise<unknown> =>
  stage.cluster.mergePatch(team.secretPath(name), { data: { password: Buffer.from('by hand').toString('base64') } });

const cases: readonly Case[] = [
  {
    it: 'a rotation to the value that it had',
    name: 'equal',
    happens: async ({ name }) => {
      await secrets.put(name, 'first');
      await refresh(team, name);
    },
  },
  {
    it: 'forced refreshes',
    name: 'forced',
    happens: async ({ name }) => {
      await refresh(team, name);
      await refresh(team, name);
    },
  },
  {
    it: 'another label on the Secret',
    name: 'labelled',
    happens: async ({ name }) => {
      await team.change(name, { spec: { target: { template: { metadata: { labels: { app: 'shop' } } } } } });
      await eventually('the label', async () => (await team.secret(name))?.metadata.labels?.app === 'shop');
    },
  },
  {
    it: 'an edited value that is put right',
    name: 'edited',
    happens: async ({ name }) => {
      await edited(name);
      await team.holds(name, { password: 'first' });
    },
  },
  {
    it: 'a stripped revision that is put back',
    name: 'stripped',
    happens: async ({ name }) => {
      const revision = 'keyferry.dev/revision';
      await stage.cluster.mergePatch(team.secretPath(name), { metadata: { annotations: { [revision]: null } } });
      await eventually('the revision', async () => (await team.secret(name))?.metadata.annotations?.[revision]);
    },
  },
  {
    it: 'a Secret that is deleted and made again',
    name: 'deleted',
    happens: async ({ name }) => {
      const before = await team.secret(name);
      await stage.cluster.delete(team.secretPath(name));
      await another(name, before);
    },
  },
  { it: 'an ExternalSecret that is deleted and made again', name: 'remade', happens: deleteAndMakeExternalSecret },
  {
    it: 'a workload that is scaled and relabelled',
    name: 'scaled',
    happens: async (workload) => {
      await stage.cluster.mergePatch(workload.path, { metadata: { labels: { a: 'b' } }, spec: { replicas: 3 } });
      await workload.rolledOut();
    },
  },
  {
    it: 'a record that somebody has deleted',
    name: 'unrecorded',
    happens: async (workload) => {
      await workload.annotate({ 'keyferry.dev/seen-revisions': null });
      await workload.hasSeen(workload.name);
    },
  },
  {
    it: 'a record that is no record',
    name: 'garbled',
    happens: async (workload) => {
      await workload.annotate({ 'keyferry.dev/seen-revisions': '["what is this"]' });
      await workload.hasSeen(workload.name);
    },
  },
  { it: 'the rollback of a Deployment', name: 'undone', happens: rollBack, changes: 2 },
  { it: 'the rollback of a StatefulSet', name: 'undone-set', kind: 'StatefulSet', happens: rollBack, changes: 2 },
  { it: 'the rollback of a DaemonSet', name: 'undone-daemon', kind: 'DaemonSet', happens: rollBack, changes: 2 },
];

/** By name of the workload, after all that happened. */
let changes: Readonly<Record<string, number>>;
const workloads = new Map<string, Workload>();

async function begin(name: string, kind: WorkloadKind): Promise<Workload> {
  const workload = await createWorkload(stage.cluster, team, name, { kind, restartOn: '*', container: envFrom(name) });
  workloads.set(name, workload);
  // Its pods are older than the Secret: who compares them with its creation takes the least thing for a change.
  await workload.rolledOut();
  await secrets.publish(name);
  await workload.hasSeen(name);
  return workload;
}

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
  secrets = rotationOf(stage, team);
  templateChanges = await countTemplateChanges(stage.cluster, team);
  // Rollbacks take a settling time and two rollouts, so what any of the others had owed would be done before they are.
  await Promise.all(cases.map(async ({ name, kind = 'Deployment', happens }) => happens(await begin(name, kind))));
  changes = await templateChanges();
});
afterAll(() => stage?.end());

describe('no workload is rolled for', () => {
  for (const { it: what, name, changes: expected = 0 } of cases) {
    it(what, () => {
      expect(changes[name]).toBe(expected);
    });
  }
});

describe('the next change', () => {
  it('rolls every one of them once', async () => {
    await Promise.all(cases.map(({ name }) => secrets.rotate(name)));
    await Promise.all(cases.map(({ name, changes: before = 0 }) => workloads.get(name)?.hasRolled(before + 1)));
    await Promise.all(cases.map(({ name }) => workloads.get(name)?.hasSeen(name)));
    const after = await templateChanges();
    const more = cases.map(({ name, changes: before = 0 }) => [name, before + 1] as const);
    expect(after).toEqual(Object.fromEntries(more));
  });
});
