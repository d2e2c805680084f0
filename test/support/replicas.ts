import { join } from 'node:path';
import { type AuditEntry, isWrite, readAudit } from './audit.ts';
import type { AwsFront } from './aws-front.ts';
import type { AttachedEnvironment } from './environment.ts';
import { freePort } from './free-port.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { createNamespace, deleteNamespace } from './namespace.ts';
import { type Operator, startOperator } from './operator.ts';
import { runDirectory } from './processes.ts';
import { createServiceAccount, requestToken, subjectOf } from './service-account.ts';
import { type TcpRelay, tcpRelay } from './tcp-relay.ts';

/** One of several operators, with a user, a way to the API server and an AWS of its own, so that what it does can be told apart. */
export interface RunningReplica {
  readonly user: string;
  readonly operator: Operator;
  readonly front: AwsFront;
  /** Closed, it cuts this one off from the API server. */
  readonly relay: TcpRelay;
  leads(): Promise<boolean>;
}

export interface ReplicaOptions {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The operators of one Lease. */
export interface Replicas {
  /** The namespace of Lease and installation key. */
  readonly home: string;
  /** `flags` and `env` are beside what each has. */
  start(more?: ReplicaOptions): Promise<RunningReplica>;
  /** What they wrote so far (Leases apart), in order. */
  writes(): AuditEntry[];
  end(): Promise<void>;
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** A place for replicas; `trust` lets an AWS front take the tokens of the test's ServiceAccounts. */
export async function openReplicas(
  environment: AttachedEnvironment,
  leaseDurationS: number,
  trust: (front: AwsFront) => void,
): Promise<Replicas> {
  const { cluster, url, caPem, issuer } = environment;
  const home = await createNamespace(cluster, 'replicas');
  const group = `system:serviceaccounts:${home}`;
  await cluster.create(`${RBAC}/clusterrolebindings`, {
    metadata: { name: home },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: group }],
  });
  const started: RunningReplica[] = [];
  const start = async ({ flags = [], env = {} }: ReplicaOptions = {}): Promise<RunningReplica> => {
    const name = `replica-${started.length}`;
    await createServiceAccount(cluster, home, name);
    const token = await requestToken(cluster, home, name, issuer);
    const port = await freePort();
    const relay = tcpRelay(port, Number(new URL(url).port));
    await relay.open();
    const access = { url: `https://127.0.0.1:${port}`, caPem, token };
    const kubeconfigPath = writeKubeconfig(join(runDirectory(name), 'kubeconfig'), access);
    const front = await environment.startAwsFront();
    trust(front);
    const args = ['--leader-elect', '--lease-duration', String(leaseDurationS), '--operator-namespace', home, ...flags];
    const operator = await startOperator({ kubeconfigPath, awsEndpoint: front.endpoint, args, env });
    const leads = async (): Promise<boolean> => (await operator.metrics()).includes('\nkeyferry_leader 1\n');
    const replica = { user: subjectOf(home, name), operator, front, relay, leads };
    started.push(replica);
    return replica;
  };
  return {
    home,
    start,
    writes: () => {
      const isOurs = (user: string): boolean => started.some((each) => each.user === user);
      return readAudit(environment.auditLog, isOurs).filter((each) => isWrite(each) && each.resource !== 'leases');
    },
    async end() {
      for (const { operator, relay, front } of started) {
        if (operator.running()) await operator.kill();
        await relay.close();
        await front.stop();
      }
      await cluster.delete(`${RBAC}/clusterrolebindings/${home}`);
      await deleteNamespace(cluster, home);
    },
  };
}
