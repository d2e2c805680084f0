import { type Cluster, type ClusterAccess, openCluster } from '../support/cluster.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { readCrds } from '../support/crds.ts';
import { installChart, RELEASE } from '../support/installed.ts';
import { withProgress } from '../support/parts/progress.ts';
import { ensureParts } from '../support/parts.ts';
import { createServiceAccount, requestToken } from '../support/service-account.ts';
import { type BenchAws, startBenchAws } from './aws.ts';
import { BenchOperator, type LaunchOptions } from './operator.ts';

/** A cluster and an AWS of their own, with the chart installed and no operator yet. */
export interface World {
  readonly plane: ControlPlane;
  /** As a client that the API server counts and writes into its audit log as it does the operator. */
  readonly cluster: Cluster;
  /** Of that client. */
  readonly access: ClusterAccess;
  /** For what must not wait behind calls, such as a watch. */
  readonly observer: Cluster;
  readonly aws: BenchAws;
  startOperator(options?: LaunchOptions): Promise<BenchOperator>;
  end(): Promise<void>;
}

/** Of the client that the operator is measured against. */
const CLIENT = 'bench';

// What the floor leaves is taken away in one call.
const API_SERVER_FLAGS = ['--delete-collection-workers=16'];
const PATIENCE_MS = 300_000;

/** Where profiles are to go, if anywhere. */
export interface WorldOptions {
  readonly profileDirectory?: string;
}

export async function openWorld({ profileDirectory }: WorldOptions): Promise<World> {
  const parts = await ensureParts();
  const plane = await withProgress('starting a control plane and an AWS', async () => {
    const started = await startControlPlane({
      parts,
      manifests: readCrds(),
      audit: true,
      apiServerFlags: API_SERVER_FLAGS,
    });
    // No pods: the operator is a process that can be measured.
    await installChart(parts.helm, started.kubeconfigPath, RELEASE, ['replicas=0', 'crds.install=false']);
    return started;
  });
  const aws = await startBenchAws(plane);
  const token = await clientToken(plane);
  const access = { url: plane.url, caPem: plane.caPem, token, patienceMs: PATIENCE_MS };
  const [cluster, observer] = [openCluster(access), openCluster(access)];
  const operators: BenchOperator[] = [];
  return {
    plane,
    cluster,
    access,
    observer,
    aws,
    startOperator: async (options) => {
      const operator = await BenchOperator.start(plane, aws, {
        ...options,
        ...(profileDirectory === undefined ? {} : { profileDirectory }),
      });
      operators.push(operator);
      return operator;
    },
    end: async () => {
      for (const operator of operators) await operator.stop();
      cluster.close();
      observer.close();
      await aws.stop();
      await plane.stop();
    },
  };
}

async function clientToken({ cluster, issuer }: ControlPlane): Promise<string> {
  await createServiceAccount(cluster, 'default', CLIENT);
  await cluster.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: CLIENT },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'default', name: CLIENT }],
  });
  return requestToken(cluster, 'default', CLIENT, issuer, 6 * 3_600);
}
