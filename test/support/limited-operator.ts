import { join } from 'node:path';
import type { Cluster, KubeObject } from './cluster.ts';
import type { AttachedEnvironment } from './environment.ts';
import { eventually } from './eventually.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import { runDirectory } from './processes.ts';
import { createServiceAccount, requestToken, subjectOf } from './service-account.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const rule = (group: string, resources: readonly string[], verbs: readonly string[]): Rule => ({
  apiGroups: [group],
  resources,
  verbs,
});

/** What the operator needs everywhere, before it can work in any namespace. */
const EVERYWHERE: readonly Rule[] = [
  rule('keyferry.dev', ['externalsecrets', 'secretstores', 'clustersecretstores'], ['get', 'list', 'watch']),
  rule('keyferry.dev', ['secretstores/status', 'clustersecretstores/status'], ['update']),
  rule('', ['secrets', 'serviceaccounts', 'namespaces'], ['list', 'watch']),
  rule('apps', ['deployments', 'statefulsets', 'daemonsets'], ['list', 'watch']),
  rule('events.k8s.io', ['events'], ['create', 'patch']),
];

/** What it needs in a namespace where it works, by what it is for. */
const WORK = {
  'read Secrets': rule('', ['secrets'], ['get']),
  'write Secrets': rule('', ['secrets'], ['create', 'update', 'patch', 'delete']),
  'request tokens': rule('', ['serviceaccounts/token'], ['create']),
  'write status': rule('keyferry.dev', ['externalsecrets/status'], ['update']),
} as const;

export type Right = keyof typeof WORK;
const RIGHTS = Object.keys(WORK) as readonly Right[];

/** A ServiceAccount for an operator that may do only what it is told it may. */
export interface LimitedOperator {
  readonly args: readonly string[];
  /** Lets it do everything everywhere that it needs to be ready. */
  allowEverywhere(): Promise<void>;
  /** Lets it work in a namespace, but for what it `lacks`. A second call changes the first. */
  allow(namespace: string, lacks?: readonly Right[]): Promise<void>;
  /** Takes away what it may do everywhere. */
  end(): Promise<void>;
}

/** `hidden`: a resource that it may not see at first. */
export async function limitOperator(environment: AttachedEnvironment, hidden?: string): Promise<LimitedOperator> {
  const { cluster, url, caPem, issuer } = environment;
  const home = await createNamespace(cluster, 'keyferry');
  await createServiceAccount(cluster, home, 'keyferry');
  const token = await requestToken(cluster, home, 'keyferry', issuer);
  const kubeconfig = writeKubeconfig(join(runDirectory('limited'), 'kubeconfig'), { url, caPem, token });
  const subjects = [{ kind: 'ServiceAccount', name: 'keyferry', namespace: home }];
  const visible = EVERYWHERE.map((each) => ({ ...each, resources: each.resources.filter((name) => name !== hidden) }));
  await cluster.create(`${RBAC}/clusterroles`, { metadata: { name: home }, rules: visible });
  await cluster.create(`${RBAC}/clusterrolebindings`, {
    metadata: { name: home },
    roleRef: refTo('ClusterRole', home),
    subjects,
  });
  const allow = async (namespace: string, lacks: readonly Right[] = []): Promise<void> => {
    const allowed = RIGHTS.filter((right) => !lacks.includes(right));
    await bind(
      cluster,
      namespace,
      subjects,
      allowed.map((right) => WORK[right]),
    );
    await whenInForce(cluster, namespace, subjectOf(home, 'keyferry'), allowed);
  };
  await allow(home);
  return {
    args: ['--kubeconfig', kubeconfig, '--operator-namespace', home],
    allow,
    async allowEverywhere() {
      await cluster.mergePatch(`${RBAC}/clusterroles/${home}`, { rules: EVERYWHERE });
    },
    async end() {
      await cluster.delete(`${RBAC}/clusterrolebindings/${home}`);
      await cluster.delete(`${RBAC}/clusterroles/${home}`);
      await cluster.delete(`/api/v1/namespaces/${home}`);
    },
  };
}

const refTo = (kind: string, name: string): object => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });

async function bind(cluster: Cluster, namespace: string, subjects: object[], rules: readonly Rule[]): Promise<void> {
  const base = `${RBAC}/namespaces/${namespace}`;
  const metadata = { name: 'keyferry', namespace };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  await cluster.apply(`${base}/roles/keyferry`, { apiVersion, kind: 'Role', metadata, rules });
  const roleRef = refTo('Role', 'keyferry');
  await cluster.apply(`${base}/rolebindings/keyferry`, {
    apiVersion,
    kind: 'RoleBinding',
    metadata,
    roleRef,
    subjects,
  });
}

interface Review extends KubeObject {
  readonly status: { readonly allowed: boolean };
}

/** The API server takes in what it has stored about rights a moment later. */
async function whenInForce(
  cluster: Cluster,
  namespace: string,
  user: string,
  allowed: readonly Right[],
): Promise<void> {
  const agrees = async (right: Right): Promise<boolean> => {
    const { apiGroups, resources, verbs } = WORK[right];
    const [resource = '', subresource = ''] = resources[0]?.split('/') ?? [];
    const review = await cluster.create<Review>('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: { name: '' },
      spec: { user, resourceAttributes: { namespace, group: apiGroups[0], resource, subresource, verb: verbs[0] } },
    });
    return review.status.allowed === allowed.includes(right);
  };
  await eventually(`the rights in ${namespace} to be in force`, async () =>
    (await Promise.all(RIGHTS.map(agrees))).every((each) => each),
  );
}
