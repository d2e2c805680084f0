import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TEST_ACCOUNT } from '../support/aws.ts';
import type { KubeObject } from '../support/cluster.ts';
import { expectNoDrift } from '../support/drift.ts';
import { eventually } from '../support/eventually.ts';
import { ignoredPathsOf } from '../support/gitops-examples.ts';
import { verdictsOn } from '../support/gitops-verdict.ts';
import { judge } from '../support/judge.ts';
import { inRepository } from '../support/repository.ts';
import { type Rotation, rotationOf } from '../support/rotation.ts';
import { subjectOf } from '../support/service-account.ts';
import { API, type ExternalSecretObject, type Stage, setStage, type Team } from '../support/stage.ts';
import { eventOf, eventsOf } from '../support/workload-events.ts';
import {
  countTemplateChanges,
  openWorkload,
  type TemplateChanges,
  type Workload,
  type WorkloadKind,
  type WorkloadObject,
} from '../support/workloads.ts';

// All at once: each of them waits for rollouts, most of the time.
vi.setConfig({ maxConcurrency: 20, testTimeout: 120_000 });

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
const manifestOf = (kind: WorkloadKind, name: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, namespace: team.namespace, annotations: { 'keyferry.dev/restart-on': name } },
  spec: {
    ...(kind === 'DaemonSet' ? {} : { replicas: 1 }),
    ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations: NOTE },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    },
  },
});

/** What Argo CD applies for it by RespectIgnoreDifferences, with the paths that examples/argocd ignores. */
async function respecting(kind: WorkloadKind, name: string): Promise<KubeObject> {
  const live = await stage.cluster.find(pathOf(kind, name));
  if (live === undefined) return manifestOf(kind, name);
  const { status: _status, ...object } = live;
  const target = manifestOf(kind, name);
  const [answer] = await judge([{ ask: 'respect', object, target, paths: ignoredPathsOf('apps') }]);
  return answer?.object as KubeObject;
}

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

async function replaceByArgo(kind: WorkloadKind, name: string): Promise<void> {
  const path = pathOf(kind, name);
  const object = await respecting(kind, name);
  if (await stage.cluster.exists(path)) await stage.cluster.replace(path, object);
  else await stage.cluster.create(path.slice(0, -name.length - 1), object);
}
/** How tools bring to the cluster what is in Git, as the documents configure them. */
const ways: readonly { way: string; kinds: readonly WorkloadKind[]; apply: typeof serverSide }[] = [
  { way: 'server-side', kinds: KINDS, apply: serverSide },
  { way: 'three-way', kinds: KINDS, apply: threeWay },
  {
    way: 'argocd-server-side',
    kinds: ['Deployment'],
    apply: async (kind, name) => stage.cluster.apply(pathOf(kind, name), await respecting(kind, name)),
  },
  { way: 'argocd-replace', kinds: KINDS, apply: replaceByArgo },
];

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
  for (const { way, kinds, apply } of ways) {
    for (const kind of kinds) {
      it(`leaves the restart where it is, and none is lost or doubled: ${way} apply of a ${kind}`, async () => {
        const name = `${way}-${kind.toLowerCase()}`;
        const workload = await begin(kind, name, () => apply(kind, name));
        for (const restarts of [1, 2]) {
          await secrets.rotate(name);
          await workload.hasRolled(restarts);
          await workload.hasSeen(name);
          const restartedAt = await workload.restartedAt();
          expect(restartedAt).toBeDefined();
          await apply(kind, name);
          await apply(kind, name);
          await workload.hasSeen(name);
          expect(await workload.restartedAt()).toBe(restartedAt);
          await hasState(workload, 'Restarted');
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

describe.concurrent('the Kustomize overlay', () => {
  const namespace = 'shop-prod';

  it('is applied again without a change though keyferry has been at work, and is well to every tool', async () => {
    stage.front.trust(`arn:aws:iam::${TEST_ACCOUNT}:role/shop-prod-reader`, {
      subject: subjectOf(namespace, 'reader'),
    });
    await stage.aws.createSecret('prod/shop/db', JSON.stringify({ username: 'ada', password: 'one' }));
    const text = await stage.kubectl(['kustomize', inRepository('examples', 'kustomize', 'overlays', 'prod')]);
    const secretPath = `${API}/namespaces/${namespace}/externalsecrets/db`;
    const storePath = `${API}/namespaces/${namespace}/secretstores/aws`;
    const deploymentPath = `/apis/apps/v1/namespaces/${namespace}/deployments/shop`;
    try {
      await stage.kubectl(['apply', '-f', '-'], text);
      const deployment = openWorkload(stage.cluster, team, 'Deployment', 'shop', deploymentPath);
      await eventually('keyferry to be done with it', async () => {
        const { status } = await stage.cluster.get<ExternalSecretObject>(secretPath);
        const { metadata } = await deployment.rolledOut();
        const isReady = status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True');
        return isReady && metadata.annotations?.['keyferry.dev/seen-revisions'] !== undefined;
      });
      await expectNoDrift(stage, text);
      const live = await Promise.all([secretPath, storePath].map((path) => stage.cluster.get(path)));
      const verdicts = await verdictsOn(live.map((object) => ({ ...object, kind: object.kind ?? '' })));
      expect(verdicts.map(({ argocd, kstatus, flux }) => [argocd.status, kstatus.status, flux.status])).toEqual([
        ['Healthy', 'Current', 'Current'],
        ['Healthy', 'Current', 'Current'],
      ]);
    } finally {
      await stage.cluster.delete(`/api/v1/namespaces/${namespace}`);
    }
  });
});
