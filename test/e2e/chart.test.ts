import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRollout, installRollouts } from '../support/argo-rollouts.ts';
import { type AuditEntry, readAudit } from '../support/audit.ts';
import { helm } from '../support/chart.ts';
import type { KubeObject } from '../support/cluster.ts';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync, refresh } from '../support/force-sync.ts';
import { flagsOf, installChart, kubeconfigOf } from '../support/installed.ts';
import { createNamespace, deleteNamespace } from '../support/namespace.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import type { Rendered, Rule } from '../support/rendered.ts';
import { createCronJob, createJob } from '../support/runs.ts';
import { subjectOf } from '../support/service-account.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { clusterStorePath, createClusterStore, storeReady } from '../support/stores.ts';
import { createWorkload, envFrom, type WorkloadKind } from '../support/workloads.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

let stage: Stage;
let team: Team;
const namespaces: string[] = [];
const started: Operator[] = [];

beforeAll(async () => {
  stage = await setStage();
  await stage.operator.stop();
  team = await stage.team();
});
afterEach(async () => {
  for (const operator of started.splice(0)) if (operator.running()) await operator.kill();
});
afterAll(async () => {
  for (const namespace of namespaces) await deleteNamespace(stage.cluster, namespace);
  await stage?.end();
});

interface Pod extends KubeObject {
  readonly status?: { readonly phase?: string };
}

/** A release of the chart, of which one pod is a process of this machine. */
interface Release {
  readonly name: string;
  readonly user: string;
  install(): Promise<void>;
  uninstall(): Promise<void>;
  /** Runs what the Deployment says, as its ServiceAccount. */
  start(): Promise<Operator>;
  /** What it asked of the API server. */
  asked(): AuditEntry[];
}

async function openRelease(values: readonly string[]): Promise<Release> {
  const name = await createNamespace(stage.cluster, 'keyferry');
  namespaces.push(name);
  const enforce = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await stage.cluster.mergePatch(`/api/v1/namespaces/${name}`, { metadata: { labels: enforce } });
  const place = { name, namespace: name, serviceAccount: name };
  const user = subjectOf(name, name);
  return {
    name,
    user,
    // The tests' own CRDs are there already.
    install: () => installChart(stage.helmPath, stage.kubeconfigPath, place, values, ['--take-ownership', '--wait']),
    async uninstall() {
      const { code, stderr } = await helm(
        stage.helmPath,
        ['uninstall', name, '-n', name, '--wait'],
        stage.kubeconfigPath,
      );
      if (code !== 0) throw new Error(stderr);
    },
    async start() {
      const args = await flagsOf(stage.cluster, place);
      const kubeconfigPath = await kubeconfigOf(stage, place);
      const operator = await startOperator({ kubeconfigPath, awsEndpoint: stage.front.endpoint, args });
      started.push(operator);
      return operator;
    },
    asked: () => readAudit(stage.auditLog, (each) => each === user),
  };
}

const textOf = ({ verb, resource, group }: Pick<AuditEntry, 'verb' | 'resource' | 'group'>): string =>
  `${verb} ${resource}.${group}`;

const grantsOf = (rules: readonly Rule[] = []): string[] =>
  rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => textOf({ verb, resource, group }))),
    ),
  );

describe('the chart, installed by helm', () => {
  it('lets the operator do its work with exactly the rights that it uses', async () => {
    const release = await openRelease([]);
    await release.install();
    const uninstallRollouts = await installRollouts(stage.cluster);
    const rollout = await createRollout(stage.cluster, team, 'rollout', 'db');
    const operator = await release.start();
    const key = `${team.namespace}/db`;
    await stage.aws.createSecret(key, 'one');
    const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'] satisfies WorkloadKind[];
    const workloads = await Promise.all(
      kinds.map((kind) =>
        createWorkload(stage.cluster, team, kind.toLowerCase(), { kind, restartOn: 'db', container: envFrom('db') }),
      ),
    );
    await createCronJob(stage.cluster, team, 'nightly', '*', 'db');
    await createJob(stage.cluster, team, 'import', 'db');
    await createClusterStore(stage.cluster, release.name, {
      auth: { serviceAccountRef: { name: 'reader', namespace: team.namespace } },
      allowedNamespaces: { names: ['nobody'] },
    });
    await team.externalSecret('db', { data: [entry('password', key)] });
    await team.holds('db', { password: 'one' });
    await stage.aws.putSecret(key, 'two');
    await refresh(team, 'db');
    await team.holds('db', { password: 'two' });
    await changeBesides('db');
    await Promise.all(workloads.map((workload) => workload.hasSeen('db')));
    await eventually('the Rollout to be restarted', async () => (await rollout.get()).spec.restartAt);
    await stage.cluster.create(`/api/v1/namespaces/${team.namespace}/secrets`, {
      metadata: { name: 'others', annotations: { 'keyferry.dev/accept': 'merged' } },
    });
    const merging = { target: { name: 'others', creationPolicy: 'Merge' }, data: [entry('password', key)] };
    await team.externalSecret('merged', merging);
    await team.holds('others', { password: 'two' });
    await team.change('db', { spec: { target: { name: 'db-too' } } });
    await team.holds('db-too', { password: 'two' });
    await eventually('the former target to be gone', async () => (await team.secret('db')) === undefined);
    await storeReady(stage.cluster, clusterStorePath(release.name), 'True');
    const [role, clusterRole] = [
      await stage.cluster.get<Rendered>(`${RBAC}/namespaces/${release.name}/roles/${release.name}-self`),
      await stage.cluster.get<Rendered>(`${RBAC}/clusterroles/${release.name}`),
    ];
    const grants = [...grantsOf(role.rules), ...grantsOf(clusterRole.rules)];
    await eventually('every right to have been used', () => {
      const used = new Set(release.asked().map(textOf));
      const idle = grants.filter((grant) => !used.has(grant));
      if (idle.length > 0) throw new Error(`not used: ${idle.join(', ')}`);
      return true;
    });
    expect(release.asked().filter(({ forbidden }) => forbidden)).toEqual([]);
    expect(await operator.stop()).toBe(0);
    await uninstallRollouts();
    await stage.cluster.delete(clusterStorePath(release.name));
    await release.uninstall();
  });

  it('has its pods let in where Pod Security enforces restricted, and leads on with commands that work', async () => {
    const release = await openRelease([]);
    await release.install();
    const pods = `/api/v1/namespaces/${release.name}/pods`;
    const made = await stage.cluster.list<Pod>(pods);
    expect(made.map(({ status }) => status?.phase)).toEqual(['Running', 'Running']);
    const loose = { metadata: { name: 'loose' }, spec: { containers: [{ name: 'loose', image: 'loose' }] } };
    await expect(stage.cluster.create(`${pods}?dryRun=All`, loose)).rejects.toThrow(
      'violates PodSecurity "restricted:',
    );
    const operator = await release.start();
    await eventually('somebody to lead', () =>
      stage.cluster.exists(`/apis/coordination.k8s.io/v1/namespaces/${release.name}/leases/keyferry`),
    );
    const { stdout } = await helm(
      stage.helmPath,
      ['get', 'notes', release.name, '-n', release.name],
      stage.kubeconfigPath,
    );
    const commands = [...stdout.matchAll(/^ {2}kubectl (.+)$/gm)].map(([, command = '']) => command);
    expect(commands).toHaveLength(3);
    // Each throws where it fails.
    for (const command of commands) await stage.kubectl(command.split(' '));
    expect(await operator.stop()).toBe(0);
    await release.uninstall();
  });

  it('can be uninstalled, installed again and upgraded, and nobody loses a Secret', async () => {
    const release = await openRelease([]);
    const path = `/apis/apps/v1/namespaces/${release.name}/deployments/${release.name}`;
    await release.install();
    const first = await release.start();
    const key = `${team.namespace}/kept`;
    await stage.aws.createSecret(key, 'one');
    await team.externalSecret('kept', { data: [entry('password', key)] });
    const before = await team.holds('kept', { password: 'one' });
    await first.stop();
    const crds = (await stage.cluster.list(CRDS)).map(({ metadata }) => metadata.uid);

    await release.uninstall();
    expect(await stage.cluster.exists(path)).toBe(false);
    expect((await stage.cluster.list(CRDS)).map(({ metadata }) => metadata.uid)).toEqual(crds);
    expect((await team.get('kept')).metadata.deletionTimestamp).toBeUndefined();
    // The garbage collector is awake: an object whose owner is gone goes.
    await stage.cluster.create(`/api/v1/namespaces/${team.namespace}/secrets`, {
      metadata: {
        name: 'orphan',
        ownerReferences: [{ ...ownerOf('kept'), uid: 'f0000000-0000-4000-8000-000000000000' }],
      },
    });
    await eventually('the orphan to be collected', async () => (await team.secret('orphan')) === undefined);
    expect(await team.secret('kept')).toMatchObject({ metadata: { uid: before.metadata.uid }, data: before.data });

    await release.install();
    const { generation } = (await stage.cluster.get(path)).metadata;
    await release.install();
    expect((await stage.cluster.get(path)).metadata.generation).toBe(generation);
    const second = await release.start();
    await stage.aws.putSecret(key, 'two');
    await refresh(team, 'kept');
    const after = await team.holds('kept', { password: 'two' });
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(await second.stop()).toBe(0);
    await release.uninstall();
  });

  it('keeps to the namespaces that it is given, with Roles in them alone', async () => {
    const release = await openRelease([`namespaces={${team.namespace}}`]);
    const other = await stage.team('other');
    await release.install();
    const operator = await release.start();
    const key = `${team.namespace}/narrow`;
    await stage.aws.createSecret(key, 'one');
    for (const each of [other, team]) await each.externalSecret('narrow', { data: [entry('password', key)] });
    await team.holds('narrow', { password: 'one' });
    const secretStoreRef = { name: 'shared', kind: 'ClusterSecretStore' };
    await team.externalSecret('wide', { secretStoreRef, data: [entry('password', key)] });
    const { message } = await team.ready('wide', 'False', 'StoreNotFound');
    expect(message).toContain(
      'the operator keeps to some namespaces (--namespace), where no ClusterSecretStore serves',
    );
    expect((await other.get('narrow')).status?.conditions).toBeUndefined();
    expect(await stage.cluster.exists(`${RBAC}/clusterroles/${release.name}`)).toBe(false);
    expect(release.asked().filter(({ forbidden }) => forbidden)).toEqual([]);
    expect(await operator.stop()).toBe(0);
    await release.uninstall();
  });
});

/** Somebody else changes the ExternalSecret while the operator is about to write its status. */
async function changeBesides(name: string): Promise<void> {
  const hold = stage.front.inject({ operation: 'GetSecretValue', times: 1, respond: { delayMs: 1_000 } });
  const wish = await forceSync(team, name);
  await eventually('the read to be on its way', () => hold.hits() > 0);
  await team.change(name, { metadata: { labels: { changed: 'besides' } } });
  await eventually('the status to be written', async () => (await team.get(name)).status?.lastForceSync === wish);
}

const ownerOf = (name: string): object => ({ apiVersion: 'keyferry.dev/v1alpha1', kind: 'ExternalSecret', name });
