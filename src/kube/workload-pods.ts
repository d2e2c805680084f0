import { GROUP } from '../api/names.ts';
import type { ObjectMeta, WorkloadKind } from '../core/ports.ts';
import type { LiveTemplate, LiveWorkload } from '../core/workload-storage.ts';
import { type Result, succeed } from '../model/result.ts';
import type { ApiClient } from './client.ts';
import { listAll } from './list-all.ts';
import { fieldsOf, itemsOf, type Keep, readObjectMeta, readTexts, textOf } from './object-meta.ts';
import { isObserved } from './rollout.ts';

/** A workload as the API server sent it. */
export interface SentWorkload {
  readonly kind: WorkloadKind;
  readonly metadata: ObjectMeta;
  readonly spec: unknown;
  readonly status: unknown;
}

type Pods = Omit<LiveWorkload, keyof LiveTemplate>;

/** Whether a pod is the workload's, and if so whether it was made of the present template. */
type Judge = (pod: ObjectMeta) => 'present' | 'outdated' | 'foreign';

interface History {
  readonly judge: Judge;
  readonly formerAnnotations: readonly ObjectMeta['annotations'][];
}

const APPS = '/apis/apps/v1';
const DEPLOYMENT_REVISION = 'deployment.kubernetes.io/revision';
const TEMPLATE_HASH = 'controller-revision-hash';

/** When the workload's live pods were created, by the template that they were made of, and what its former templates bore. */
export async function readPods(client: ApiClient, workload: SentWorkload, signal: AbortSignal): Promise<Result<Pods>> {
  const { namespace } = workload.metadata;
  const history = await readHistory(client, workload, signal);
  if (!history.ok) return history;
  const { judge, formerAnnotations } = history.value;
  const query = { ...selectorOf(workload), fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' };
  const pods = await listAll(client, { root: '/api/v1', plural: 'pods', namespace, query }, signal);
  if (!pods.ok) return pods;
  const live = metasOf(pods.value, KEEP_HASH).filter((pod) => pod.deletionTimestamp === undefined);
  const ages = (of: ReturnType<Judge>): number[] =>
    live.filter((pod) => judge(pod) === of).map((pod) => Date.parse(pod.creationTimestamp) / 1000);
  const [present, outdated] = [ages('present'), ages('outdated')];
  return succeed(
    hasSeenItsTemplate(workload)
      ? { podsCreatedS: present, outdatedPodsCreatedS: outdated, formerAnnotations }
      : { podsCreatedS: [], outdatedPodsCreatedS: [...present, ...outdated], formerAnnotations },
  );
}

/** Whether the workload's controller has taken note of the spec; before that, which template is the present one is not yet told. */
const hasSeenItsTemplate = ({ metadata, status }: SentWorkload): boolean => isObserved(metadata.generation, status);

function readHistory(client: ApiClient, workload: SentWorkload, signal: AbortSignal): Promise<Result<History>> {
  const { kind, metadata, status } = workload;
  // Argo restarts the pods of all ReplicaSets, and numbers them by another annotation: all are of the present template.
  if (kind === 'Deployment' || kind === 'Rollout') return readReplicaSets(client, workload, signal);
  if (kind === 'DaemonSet') return readRevisions(client, workload, signal);
  const judge = judgeByHash(metadata, textOf(fieldsOf(status).updateRevision));
  return Promise.resolve(succeed({ judge, formerAnnotations: [] }));
}

/** Pods of a Deployment belong to its ReplicaSets; that of the present template has the Deployment's own revision. */
async function readReplicaSets(
  client: ApiClient,
  workload: SentWorkload,
  signal: AbortSignal,
): Promise<Result<History>> {
  const { metadata } = workload;
  const place = { root: APPS, plural: 'replicasets', namespace: metadata.namespace };
  const listed = await listAll(client, { ...place, query: selectorOf(workload) }, signal);
  if (!listed.ok) return listed;
  const own = metasOf(listed.value, KEEP_REVISION).filter((replicaSet) => isOwned(replicaSet, metadata.uid));
  const revision = metadata.annotations[DEPLOYMENT_REVISION];
  const present = own.filter(({ annotations }) => annotations[DEPLOYMENT_REVISION] === revision);
  const judge: Judge = (pod) => {
    const of = (replicaSets: readonly ObjectMeta[]): boolean => replicaSets.some(({ uid }) => isOwned(pod, uid));
    if (!of(own)) return 'foreign';
    return present.length === 0 || of(present) ? 'present' : 'outdated';
  };
  const former = own.filter((replicaSet) => !present.includes(replicaSet));
  return succeed({ judge, formerAnnotations: former.map(({ annotations }) => annotations) });
}

/** A DaemonSet does not say which of its ControllerRevisions is of the present template: it is the one with the highest number. */
async function readRevisions(client: ApiClient, workload: SentWorkload, signal: AbortSignal): Promise<Result<History>> {
  const { metadata } = workload;
  const place = { root: APPS, plural: 'controllerrevisions', namespace: metadata.namespace };
  // Whole: the number is no part of the metadata.
  const listed = await listAll(client, { ...place, query: selectorOf(workload), whole: true }, signal);
  if (!listed.ok) return listed;
  const own = listed.value.flatMap((object) => {
    const meta = readObjectMeta(object, KEEP_HASH);
    if (meta === undefined || !isOwned(meta, metadata.uid)) return [];
    return [{ hash: meta.labels[TEMPLATE_HASH] ?? '', number: Number(fieldsOf(object).revision) }];
  });
  const latest = own.toSorted((a, b) => b.number - a.number)[0];
  return succeed({ judge: judgeByHash(metadata, latest?.hash ?? ''), formerAnnotations: [] });
}

/** Where no hash is known, every pod counts as of the present template: a restart too many is better than one too few. */
const judgeByHash =
  ({ uid }: ObjectMeta, hash: string): Judge =>
  (pod) => {
    if (!isOwned(pod, uid)) return 'foreign';
    return hash === '' || pod.labels[TEMPLATE_HASH] === hash ? 'present' : 'outdated';
  };

const isOwned = ({ ownerReferences }: ObjectMeta, uid: string): boolean =>
  ownerReferences.some((owner) => owner.uid === uid);

const KEEP_HASH: Keep = { label: (name) => name === TEMPLATE_HASH, annotation: () => false };
const KEEP_REVISION: Keep = {
  label: () => false,
  annotation: (name) => name === DEPLOYMENT_REVISION || name.startsWith(`${GROUP}/`),
};

const metasOf = (objects: readonly unknown[], keep: Keep): ObjectMeta[] =>
  objects.map((object) => readObjectMeta(object, keep)).filter((meta) => meta !== undefined);

const selectorOf = ({ spec }: SentWorkload): Record<string, string> => ({
  labelSelector: labelSelectorOf(fieldsOf(spec).selector),
});

/** A selector in the form of the query parameter: `app=web,tier in (a,b),!old`. */
export function labelSelectorOf(selector: unknown): string {
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  const labels = Object.entries(readTexts(matchLabels)).map(([name, value]) => `${name}=${value}`);
  return [...labels, ...itemsOf(matchExpressions).map(expressionOf)].join(',');
}

function expressionOf(expression: unknown): string {
  const { key, operator, values } = fieldsOf(expression);
  const name = textOf(key);
  const list = `(${itemsOf(values).map(textOf).join(',')})`;
  switch (operator) {
    case 'In':
      return `${name} in ${list}`;
    case 'NotIn':
      return `${name} notin ${list}`;
    case 'DoesNotExist':
      return `!${name}`;
    default:
      return name;
  }
}
