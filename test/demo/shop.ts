import { globSync, readFileSync } from 'node:fs';
import type { Aws } from '../support/aws.ts';
import type { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { Failure } from '../support/failure.ts';
import { inRepository } from '../support/repository.ts';

/** What examples/ and this demo agree on. */
export const SECRET_ID = 'shop/db';
export const PARAMETER = '/shop/log-level';
export const NAMESPACE = 'shop';

/** Where the demo installs the chart, and the names of the release and of its ServiceAccount. */
export const HOME = { name: 'keyferry', namespace: 'keyferry-demo', serviceAccount: 'keyferry' } as const;

export const PATHS = {
  externalSecret: `/apis/keyferry.dev/v1alpha1/namespaces/${NAMESPACE}/externalsecrets/db`,
  secret: `/api/v1/namespaces/${NAMESPACE}/secrets/db`,
  deployment: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/shop`,
  replicaSets: `/apis/apps/v1/namespaces/${NAMESPACE}/replicasets`,
  pods: `/api/v1/namespaces/${NAMESPACE}/pods`,
};

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** What is in AWS, as the Secret in the cluster is to show it. */
export type ShopData = Readonly<Record<string, string>>;

export const shopData = (password: string): ShopData => ({
  username: 'shop',
  password,
  host: 'writer.db.example.com',
  port: '5432',
  'log-level': 'info',
});

/** The JSON that the property expressions in examples/ pick from. */
export const secretDocument = ({ username, password, host, port }: ShopData): string =>
  JSON.stringify({
    credentials: { username, password },
    endpoints: [
      { role: 'reader', host: 'reader.db.example.com' },
      { role: 'writer', host },
    ],
    port: Number(port),
  });

const manifests = (folder: string): string[] =>
  globSync('*.yaml', { cwd: inRepository(folder) })
    .sort()
    .map((name) => readFileSync(inRepository(folder, name), 'utf8'));

/** The paths of keyferry's CRDs that the cluster has. */
export async function findCrds(cluster: Cluster): Promise<string[]> {
  const names = (await cluster.list(CRDS)).map(({ metadata }) => metadata.name);
  return names.filter((name) => name.endsWith('.keyferry.dev')).map((name) => `${CRDS}/${name}`);
}

/** Applies examples/. */
export async function applyExamples(cluster: Cluster): Promise<string[]> {
  const paths: string[] = [];
  for (const text of manifests('examples')) paths.push(...(await cluster.applyYaml(text)));
  return paths;
}

/** A namespace of that name may be somebody's, and would be deleted in the end. */
export async function refuseToOverwrite(cluster: Cluster): Promise<void> {
  for (const namespace of [NAMESPACE, HOME.namespace]) {
    if (!(await cluster.exists(`/api/v1/namespaces/${namespace}`))) continue;
    throw new Failure(`the cluster has a namespace ${namespace}, which the demo would make: delete it first`, 2);
  }
}

/** Gives a cluster back as it was, the release of the chart apart. */
export async function cleanCluster(cluster: Cluster, crdPaths: readonly string[]): Promise<void> {
  for (const namespace of [NAMESPACE, HOME.namespace]) {
    const path = `/api/v1/namespaces/${namespace}`;
    await cluster.delete(path);
    const isGone = async (): Promise<boolean> => !(await cluster.exists(path));
    await eventually(`the namespace ${namespace} to be gone`, isGone, { timeoutMs: 90_000, everyMs: 500 });
  }
  for (const path of crdPaths) await cluster.delete(path);
}

/** Puts the secret and the parameter in AWS; a secret that is there already gets a new version. */
export async function seedAws(aws: Aws, data: ShopData): Promise<void> {
  const document = secretDocument(data);
  await aws.createSecret(SECRET_ID, document).catch(() => aws.putSecret(SECRET_ID, document));
  await aws.putParameter(PARAMETER, data['log-level'] ?? '');
}

export async function cleanAws(aws: Aws): Promise<void> {
  await aws.deleteSecret(SECRET_ID);
  await aws.deleteParameter(PARAMETER);
}
