import type { Cluster, KubeObject } from './cluster.ts';
import { eventually } from './eventually.ts';
import type { Team } from './stage.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const NAME = 'rollouts.argoproj.io';
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** The kind `Rollout` as far as its name goes, with any spec and status. Answers with what takes it away again. */
export async function installRollouts(cluster: Cluster): Promise<() => Promise<void>> {
  await cluster.create(CRDS, {
    metadata: { name: NAME },
    spec: {
      group: 'argoproj.io',
      scope: 'Namespaced',
      names: { kind: 'Rollout', listKind: 'RolloutList', plural: 'rollouts', singular: 'rollout' },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } },
        },
      ],
    },
  });
  await eventually('the API server serves Rollouts', () => cluster.exists('/apis/argoproj.io/v1alpha1/rollouts'));
  return async () => {
    await cluster.delete(`${CRDS}/${NAME}`);
    await eventually('Rollouts to be gone', async () => !(await cluster.exists(`${CRDS}/${NAME}`)));
  };
}

interface RolloutObject extends KubeObject {
  readonly spec: { readonly restartAt?: string };
  readonly status?: { readonly restartedAt?: string };
}

/** A Rollout of one pod, whose controller is played by hand. */
export interface Rollout {
  get(): Promise<RolloutObject>;
  /** Takes note of the spec, as Argo does: of a restart only once its pods are new. */
  settle(): Promise<void>;
  /** Deletes the pods that are older than restartAt, waits for those that take their place, and says so in the status. */
  restartPods(): Promise<void>;
}

/** Creates a Rollout that asks to be restarted for the Secret, and the ReplicaSet that Argo would make for it. */
export async function createRollout(cluster: Cluster, team: Team, name: string, restartOn: string): Promise<Rollout> {
  const { namespace } = team;
  const collection = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/rollouts`;
  const path = `${collection}/${name}`;
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: {
      containers: [{ name: 'app', image: 'app', envFrom: [{ secretRef: { name: restartOn, optional: true } }] }],
    },
  };
  const selector = { matchLabels: labels };
  const { metadata } = await cluster.create(collection, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name, annotations: { 'keyferry.dev/restart-on': '*' } },
    spec: { replicas: 1, selector, template },
  });
  const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name, uid: metadata.uid, controller: true };
  await cluster.create(`/apis/apps/v1/namespaces/${namespace}/replicasets`, {
    metadata: { name, labels, ownerReferences: [owner] },
    spec: { replicas: 1, selector, template },
  });
  const get = (): Promise<RolloutObject> => cluster.get(path);
  const pods = async (): Promise<KubeObject[]> =>
    (await cluster.list(`/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${name}`)).filter(
      (pod) => pod.metadata.deletionTimestamp === undefined,
    );
  const settle = async (restartedAt?: string): Promise<void> => {
    const { generation } = (await get()).metadata;
    const status = { observedGeneration: String(generation), phase: 'Healthy', ...(restartedAt && { restartedAt }) };
    await cluster.mergePatch(`${path}/status`, { status });
  };
  await eventually(`a pod of ${name}`, async () => (await pods()).length === 1);
  await settle();
  return {
    get,
    settle: () => settle(),
    async restartPods() {
      const { restartAt } = (await get()).spec;
      const old = await pods();
      await Promise.all(old.map((pod) => cluster.delete(`/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}`)));
      await eventually(`another pod of ${name}`, async () =>
        (await pods()).some(({ metadata: { uid } }) => !old.some((pod) => pod.metadata.uid === uid)),
      );
      await settle(restartAt);
    },
  };
}
