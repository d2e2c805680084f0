import type { Cluster, KubeObject } from './cluster.ts';
import { eventually } from './eventually.ts';
import { openHistory } from './history.ts';
import type { SecretObject, Team } from './stage.ts';

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

const PLURALS = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const;
const SEEN = 'keyferry.dev/seen-revisions';
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

export interface WorkloadObject extends KubeObject {
  readonly spec: {
    readonly template: { readonly metadata: { readonly annotations?: Record<string, string> }; readonly spec: object };
  };
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface WorkloadOptions {
  readonly kind?: WorkloadKind;
  /** keyferry.dev/restart-on */
  readonly restartOn?: string;
  /** What the pods have beside one container. */
  readonly podSpec?: object;
  /** What the container has beside its image. */
  readonly container?: object;
  readonly replicas?: number;
  /** Of the workload's spec. */
  readonly spec?: object;
}

/** A workload as a test looks at it. */
export interface Workload {
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly path: string;
  get(): Promise<WorkloadObject>;
  restartedAt(): Promise<string | undefined>;
  /** Waits until every pod is of the present template and ready. */
  rolledOut(): Promise<WorkloadObject>;
  /** Waits until it has rolled that many times and every pod is new. */
  hasRolled(times: number): Promise<void>;
  /** Waits until its record says that its pods have seen the Secret as it is now. */
  hasSeen(secretName: string): Promise<void>;
  annotate(annotations: Record<string, string | null>): Promise<void>;
  /** As `kubectl rollout restart` does. */
  restart(): Promise<void>;
}

/** A container's environment out of a whole Secret; pods start without it, too. */
export const envFrom = (...names: readonly string[]): object => ({
  envFrom: names.map((name) => ({ secretRef: { name, optional: true } })),
});

/** Creates a workload in the team's namespace. By default a Deployment of one pod with nothing to it. */
export async function createWorkload(
  cluster: Cluster,
  team: Team,
  name: string,
  { kind = 'Deployment', restartOn, podSpec, container, replicas = 1, spec }: WorkloadOptions = {},
): Promise<Workload> {
  const collection = `/apis/apps/v1/namespaces/${team.namespace}/${PLURALS[kind]}`;
  const labels = { app: name };
  const template = {
    metadata: { labels, annotations: { 'example.com/note': 'of others' } },
    spec: { ...podSpec, containers: [{ name: 'app', image: 'app', ...container }] },
  };
  await cluster.create(collection, {
    metadata: { name, ...(restartOn === undefined ? {} : { annotations: { 'keyferry.dev/restart-on': restartOn } }) },
    spec: {
      selector: { matchLabels: labels },
      template,
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      ...spec,
    },
  });
  return openWorkload(cluster, team, kind, name, `${collection}/${name}`);
}

/** A workload that is there already. */
export function openWorkload(cluster: Cluster, team: Team, kind: WorkloadKind, name: string, path: string): Workload {
  const get = (): Promise<WorkloadObject> => cluster.get(path);
  const label = `${kind} ${team.namespace}/${name}`;
  const rolledOut = (times = 0): Promise<WorkloadObject> =>
    eventually(
      `${label} to have rolled out ${times} times`,
      async () => {
        const object = await get();
        if (rolloutsOf(kind, object) >= times && isRolledOut(kind, object)) return object;
        throw new Error(JSON.stringify([object.metadata.generation, object.metadata.annotations, object.status]));
      },
      { timeoutMs: 40_000 },
    );
  return {
    kind,
    name,
    path,
    get,
    restartedAt: async () => (await get()).spec.template.metadata.annotations?.[RESTARTED_AT],
    rolledOut: () => rolledOut(),
    hasRolled: async (times) => void (await rolledOut(times)),
    hasSeen: (secretName) =>
      eventually(
        `${label} to have seen ${secretName}`,
        async () => {
          const seen = JSON.parse((await get()).metadata.annotations?.[SEEN] ?? '{}')[secretName];
          const entry = entryOf(await team.secret(secretName));
          if (entry === undefined || seen !== entry) throw new Error(`has seen ${seen}, is ${entry}`);
          return true;
        },
        { timeoutMs: 40_000 },
      ).then(() => undefined),
    async restart() {
      const annotations = { [RESTARTED_AT]: new Date().toISOString() };
      await cluster.mergePatch(path, { spec: { template: { metadata: { annotations } } } });
    },
    annotate: async (annotations) => void (await cluster.mergePatch(path, { metadata: { annotations } })),
  };
}

/** What a workload records of the Secret: its revision, and since when where it replaced another. */
function entryOf(secret: SecretObject | undefined): string | undefined {
  const { 'keyferry.dev/revision': revision, 'keyferry.dev/changed-at': changedAt } =
    secret?.metadata.annotations ?? {};
  return revision === undefined || changedAt === undefined ? revision : `${revision}@${changedAt}`;
}

/** How many templates its controller has seen after the first. The generation of a Deployment counts its annotations, too. */
function rolloutsOf(kind: WorkloadKind, { metadata }: WorkloadObject): number {
  const count =
    kind === 'Deployment' ? metadata.annotations?.['deployment.kubernetes.io/revision'] : metadata.generation;
  return Number(count ?? 1) - 1;
}

/** By name, how often the pod template of each workload of the team has changed since it was made. */
export type TemplateChanges = () => Promise<Record<string, number>>;

/** Begins to count; the workloads are made afterwards. */
export async function countTemplateChanges(cluster: Cluster, team: Team): Promise<TemplateChanges> {
  const collections = Object.values(PLURALS).map((plural) => `/apis/apps/v1/namespaces/${team.namespace}/${plural}`);
  const histories = await Promise.all(collections.map((path) => openHistory(cluster, path)));
  return async () => {
    const changes = await Promise.all(histories.map((history) => history.changes()));
    const counts: Record<string, number> = {};
    const last = new Map<string, string>();
    for (const { object } of changes.flat()) {
      const { metadata, spec } = object as WorkloadObject;
      const template = JSON.stringify(spec.template);
      if (last.get(metadata.name) !== template) counts[metadata.name] = (counts[metadata.name] ?? -1) + 1;
      last.set(metadata.name, template);
    }
    return counts;
  };
}

function isRolledOut(kind: WorkloadKind, { metadata, status = {} }: WorkloadObject): boolean {
  const { observedGeneration, replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status;
  if (observedGeneration !== metadata.generation) return false;
  if (kind === 'DaemonSet') {
    const { desiredNumberScheduled: desired, updatedNumberScheduled, numberReady } = status;
    return desired !== 0 && updatedNumberScheduled === desired && numberReady === desired;
  }
  const isWhole = updatedReplicas === replicas && readyReplicas === replicas && replicas !== 0;
  return isWhole && status.currentRevision === status.updateRevision;
}
