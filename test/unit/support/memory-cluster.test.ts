import { type ClusterWorld, describeCluster } from '../../conformance/cluster.suite.ts';
import { specOf } from '../../support/builders.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

const cluster = new MemoryCluster();
const namespace = 'shop';

const world: ClusterWorld = {
  namespace,
  secrets: cluster.secrets,
  status: cluster.status,
  workloads: cluster.workloads,
  createExternalSecret: async (name) => cluster.apply('ExternalSecret', { namespace, name }, specOf()),
  createDeployment: async (name) => void cluster.createDeployment({ namespace, name }, { containers: [] }, {}),
  rolledOut: async () => {
    while (cluster.stepControllers()) cluster.nowMs += 100;
  },
};

describeCluster('the cluster in memory', () => world);
