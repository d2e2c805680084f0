import { join } from 'node:path';
import { CHART, helm } from './chart.ts';
import type { Cluster } from './cluster.ts';
import { Failure } from './failure.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { runDirectory } from './processes.ts';
import type { Rendered } from './rendered.ts';
import { requestToken, subjectOf } from './service-account.ts';

/** Where the chart is installed for all end-to-end tests. Their operators run as its ServiceAccount, with its rights and within its fence. */
export const RELEASE = { name: 'keyferry', namespace: 'keyferry', serviceAccount: 'keyferry' } as const;
export const OPERATOR_USER = subjectOf(RELEASE.namespace, RELEASE.serviceAccount);

/** Installs the chart, or changes what is installed. The pods are the caller's affair. */
export async function installChart(
  helmPath: string,
  kubeconfigPath: string,
  { name, namespace }: { readonly name: string; readonly namespace: string },
  values: readonly string[],
  flags: readonly string[] = [],
): Promise<void> {
  const sets = values.flatMap((value) => ['--set', value]);
  const args = ['upgrade', '--install', name, CHART, '--namespace', namespace, '--create-namespace', ...sets, ...flags];
  const { code, stderr } = await helm(helmPath, args, kubeconfigPath);
  if (code !== 0) throw new Failure(`the chart could not be installed: ${stderr.trim()}`);
}

/** How the Deployment of a release starts its pods; where metrics are served is for who starts the process to say. */
export async function launchOf(
  cluster: Cluster,
  { name, namespace }: { readonly name: string; readonly namespace: string },
): Promise<{ readonly args: string[]; readonly env: Record<string, string> }> {
  const { spec } = await cluster.get<Rendered>(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
  const { template } = spec as { template: { spec: { containers: Container[] } } };
  const { args = [], env = [] } = template.spec.containers[0] ?? {};
  return {
    args: args.filter((arg) => !/^(operator$|--metrics-address=)/.test(arg)),
    env: Object.fromEntries(env.flatMap(({ name: key, value }) => (value === undefined ? [] : [[key, value]]))),
  };
}

interface Container {
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/** The flags alone. */
export const flagsOf = async (...release: Parameters<typeof launchOf>): Promise<string[]> =>
  (await launchOf(...release)).args;

interface Access {
  readonly cluster: Cluster;
  readonly url: string;
  readonly caPem: string;
  readonly issuer: string;
}

/** A kubeconfig with a fresh token of a ServiceAccount, by default the operator's. */
export async function kubeconfigOf(
  { cluster, url, caPem, issuer }: Access,
  { namespace, serviceAccount }: { readonly namespace: string; readonly serviceAccount: string } = RELEASE,
  lifetimeS = 600,
): Promise<string> {
  const token = await requestToken(cluster, namespace, serviceAccount, issuer, lifetimeS);
  return writeKubeconfig(join(runDirectory('kubeconfig'), 'kubeconfig'), { url, caPem, token });
}
