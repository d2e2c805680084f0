import { type Aws, openAws } from '../support/aws.ts';
import { type AwsFront, startAwsFront } from '../support/aws-front.ts';
import { type Cluster, openCluster } from '../support/cluster.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { Failure } from '../support/failure.ts';
import { freePort } from '../support/free-port.ts';
import { startMoto } from '../support/moto.ts';
import { ensurePart, ensureParts } from '../support/parts.ts';
import { startChild } from '../support/processes.ts';
import { subjectOf } from '../support/service-account.ts';
import type { DemoOptions } from './options.ts';
import type { Teller } from './teller.ts';

/** A cluster that the story plays in. */
export interface Scene {
  readonly kubeconfigPath: string;
  readonly kubectlPath: string;
  readonly helmPath: string;
  readonly cluster: Cluster;
}

/** An AWS that the story plays in. */
export interface AwsScene {
  readonly aws: Aws;
  /** Where the operator finds it. */
  readonly endpoint: string;
  /** Absent when the stand-in is somebody else's. */
  readonly front?: AwsFront;
}

/** The role in examples/, and who may assume it. */
const ROLE_ARN = 'arn:aws:iam::123456789012:role/shop-reader';
const SUBJECT = subjectOf('shop', 'reader');

/** Builds or finds what the story needs, before its clock starts. */
export async function prepareParts({ kubeconfig, awsEndpoint }: DemoOptions): Promise<void> {
  if (kubeconfig === undefined || awsEndpoint === undefined) await ensureParts();
  else for (const part of ['kubectl', 'helm'] as const) await ensurePart(part);
}

/** The cluster: one of our own, or the one that a kubeconfig names. */
export async function openScene({ kubeconfig }: DemoOptions, tell: Teller): Promise<Scene> {
  const [kubectlPath, helmPath] = [await ensurePart('kubectl'), await ensurePart('helm')];
  if (kubeconfig !== undefined) {
    const cluster = await openThroughProxy(kubectlPath, kubeconfig);
    tell.done('cluster', `Kubernetes ${await versionOf(cluster)}, by ${kubeconfig}`);
    return { kubeconfigPath: kubeconfig, kubectlPath, helmPath, cluster };
  }
  tell.doing('cluster', 'starting etcd, kube-apiserver, controller-manager, scheduler and kwok');
  const { cluster, kubeconfigPath, url } = await startControlPlane();
  tell.done('cluster', `Kubernetes ${await versionOf(cluster)} on ${url}, with 2 nodes`);
  return { kubeconfigPath, kubectlPath, helmPath, cluster };
}

async function versionOf(cluster: Cluster): Promise<string> {
  const { gitVersion }: { gitVersion: string } = JSON.parse(await cluster.text('/version'));
  return gitVersion;
}

/** Through kubectl, which knows every way to log in to a cluster. */
async function openThroughProxy(kubectlPath: string, kubeconfig: string): Promise<Cluster> {
  const port = await freePort();
  const args = ['proxy', '--kubeconfig', kubeconfig, '--port', String(port)];
  const child = startChild(kubectlPath, args, { name: 'kubectl-proxy' });
  const cluster = openCluster({ url: `http://127.0.0.1:${port}`, caPem: '', token: '' });
  const check = async (): Promise<boolean> => !child.running() || (await cluster.text('/version')) !== '';
  await eventually('the cluster to answer', check).catch((error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    throw new Failure(`the cluster of ${kubeconfig} cannot be reached: ${text}`);
  });
  if (!child.running()) throw new Failure(`kubectl cannot use ${kubeconfig}: ${child.tail(3)}`);
  return cluster;
}

/** AWS: moto behind an STS that checks tokens against the cluster's own keys, or the stand-in that a URL names. */
export async function openAwsScene({ awsEndpoint }: DemoOptions, cluster: Cluster, tell: Teller): Promise<AwsScene> {
  if (awsEndpoint !== undefined) {
    await fetch(awsEndpoint).catch(() => {
      throw new Failure(`--aws-endpoint: nobody answers at ${awsEndpoint}`);
    });
    tell.done('AWS', `the stand-in at ${awsEndpoint}`);
    return { aws: openAws(awsEndpoint), endpoint: awsEndpoint };
  }
  const moto = await startMoto();
  const { issuer }: { issuer: string } = JSON.parse(await cluster.text('/.well-known/openid-configuration'));
  const fetchKeys = async () => JSON.parse(await cluster.text('/openid/v1/jwks'));
  const front = await startAwsFront({ motoEndpoint: moto.endpoint, issuer: { issuer, fetchKeys }, accessKeyIds: [] });
  front.trust(ROLE_ARN, { subject: SUBJECT });
  tell.done('AWS', `moto on ${front.endpoint}; its STS trusts ${SUBJECT} only`);
  return { aws: openAws(moto.endpoint), endpoint: front.endpoint, front };
}
