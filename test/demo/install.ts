import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { helm } from '../support/chart.ts';
import { kubectl } from '../support/control-plane.ts';
import { Failure } from '../support/failure.ts';
import { flagsOf, installChart } from '../support/installed.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { runDirectory } from '../support/processes.ts';
import { requestToken } from '../support/service-account.ts';
import { HOME } from './shop.ts';
import type { Scene } from './stage.ts';

/** As long as a cluster may give a token for: the demo stays up until Ctrl-C. */
const TOKEN_S = 24 * 3600;

/** Installs the chart. Its pods would want an image, so there are none: the operator runs here, as a process. */
export async function install({ helmPath, kubeconfigPath }: Scene): Promise<void> {
  await installChart(helmPath, kubeconfigPath, HOME, ['replicas=0'], ['--take-ownership', '--wait']);
}

export async function uninstall({ helmPath, kubeconfigPath }: Scene): Promise<void> {
  const args = ['uninstall', HOME.name, '--namespace', HOME.namespace, '--wait', '--ignore-not-found'];
  const { code, stderr } = await helm(helmPath, args, kubeconfigPath);
  if (code !== 0) throw new Failure(`the chart could not be uninstalled: ${stderr.trim()}`);
}

/** The operator as a pod of the Deployment would run it: with its flags, and as its ServiceAccount. */
export async function startInstalled(scene: Scene, awsEndpoint: string): Promise<Operator> {
  const args = await flagsOf(scene.cluster, HOME);
  return startOperator({ kubeconfigPath: await kubeconfigOf(scene), awsEndpoint, args });
}

/** The scene's kubeconfig with the ServiceAccount for a user: whatever else is in it, a proxy say, stays. */
async function kubeconfigOf({ cluster, kubectlPath, kubeconfigPath }: Scene): Promise<string> {
  const { issuer }: { issuer: string } = JSON.parse(await cluster.text('/.well-known/openid-configuration'));
  const token = await requestToken(cluster, HOME.namespace, HOME.serviceAccount, issuer, TOKEN_S);
  const view = ['config', 'view', '--raw', '--minify', '--flatten', '--output=json'];
  const config = JSON.parse(await kubectl(kubectlPath, kubeconfigPath, view));
  for (const user of config.users) user.user = { token };
  const path = join(runDirectory('service-account'), 'kubeconfig');
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
