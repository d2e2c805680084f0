import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { type Cluster, openCluster } from './cluster.ts';
import { eventually } from './eventually.ts';
import { Failure } from './failure.ts';
import { freePort } from './free-port.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { ensureParts, type Parts } from './parts.ts';
import { type Child, runCommand, runDirectory, startChild } from './processes.ts';

export interface ControlPlaneOptions {
  /** By default all that are needed are found or built. */
  readonly parts?: Parts;
  /** How many nodes there are for pods. */
  readonly nodes?: number;
  /** Keeps a log of what ServiceAccounts ask for, without bodies, as JSON lines in `auditLog`. */
  readonly audit?: boolean;
  /** YAML that is applied before the controllers start: kinds that the garbage collector is to know from the first. */
  readonly manifests?: readonly string[];
  /** More flags for the kube-apiserver. */
  readonly apiServerFlags?: readonly string[];
}

/** A running control plane: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and nodes that kwok plays. */
export interface ControlPlane {
  readonly url: string;
  readonly caPem: string;
  /** A bearer token in system:masters. */
  readonly adminToken: string;
  /** An admin's kubeconfig. */
  readonly kubeconfigPath: string;
  readonly directory: string;
  /** Of ServiceAccount tokens. */
  readonly issuer: string;
  /** The private key that signs ServiceAccount tokens, PEM. */
  readonly serviceAccountKeyPath: string;
  readonly auditLog: string;
  readonly cluster: Cluster;
  /** Runs kubectl as admin and returns what it printed. */
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  stopApiServer(): Promise<void>;
  /** On the same port, with the same data; returns when it is ready. */
  startApiServer(): Promise<void>;
  restartApiServer(): Promise<void>;
  stop(): Promise<void>;
}

const READY_MS = 60_000;

/** Starts a control plane and returns when workloads can roll out in it. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const parts = options.parts ?? (await ensureParts());
  const directory = runDirectory('control-plane');
  const files = prepareFiles(directory);
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const url = `https://127.0.0.1:${port}`;
  const part = (name: string, command: string, args: readonly string[]): Child =>
    startChild(command, args, { name, directory, reapWith: 'SIGKILL', env: minimalEnvironment(directory) });

  const etcd = part('etcd', parts.etcd, etcdFlags(directory, etcdPort, peerPort));
  const apiServerFlags = flagsOfApiServer({ directory, files, port, etcdPort, url, options });
  const startServer = (): Child => part('kube-apiserver', parts.kubeApiserver, apiServerFlags);
  let apiServer = startServer();

  const caPem = await whenWritten(join(directory, 'pki', 'apiserver.crt'), apiServer);
  writeKubeconfig(files.kubeconfig, { url, caPem, token: files.adminToken });
  await whenReady(url, caPem, files.adminToken, [etcd, apiServer]);

  const cluster = openCluster({ url, caPem, token: files.adminToken });
  for (const manifest of options.manifests ?? []) await cluster.applyYaml(manifest);
  const others = startOthers(part, parts, files);
  await createNodes(cluster, options.nodes ?? 2);
  await whenPopulated(cluster, [etcd, apiServer, ...others]);

  const stopApiServer = async (): Promise<void> => {
    await apiServer.stop('SIGKILL');
  };
  const startApiServer = async (): Promise<void> => {
    apiServer = startServer();
    await whenReady(url, caPem, files.adminToken, [etcd, apiServer]);
  };
  return {
    url,
    caPem,
    adminToken: files.adminToken,
    kubeconfigPath: files.kubeconfig,
    directory,
    issuer: url,
    serviceAccountKeyPath: files.serviceAccountKey,
    auditLog: join(directory, 'audit.log'),
    cluster,
    kubectl: (args, stdin) => kubectl(parts.kubectl, files.kubeconfig, args, stdin),
    stopApiServer,
    startApiServer,
    restartApiServer: async () => {
      await stopApiServer();
      await startApiServer();
    },
    stop: async () => {
      cluster.close();
      await Promise.all([...others, apiServer, etcd].map((child) => child.stop('SIGKILL')));
    },
  };
}

interface Files {
  readonly adminToken: string;
  readonly tokens: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  readonly auditPolicy: string;
  readonly kubeconfig: string;
}

function prepareFiles(directory: string): Files {
  const adminToken = randomBytes(24).toString('hex');
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return {
    adminToken,
    tokens: write('tokens.csv', `${adminToken},admin,admin,system:masters\n`),
    serviceAccountKey: write('service-account.key', privateKey),
    serviceAccountPublicKey: write('service-account.pub', publicKey),
    auditPolicy: write('audit-policy.yaml', AUDIT_POLICY),
    kubeconfig: join(directory, 'kubeconfig'),
  };
}

const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, userGroups: ["system:serviceaccounts"]}
- {level: None}
`;

const minimalEnvironment = (directory: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: directory,
  // The Go runtime of a busy test machine gains nothing from more garbage collection.
  GOGC: '200',
});

const etcdFlags = (directory: string, port: number, peerPort: number): string[] => [
  `--data-dir=${join(directory, 'etcd')}`,
  `--listen-client-urls=http://127.0.0.1:${port}`,
  `--advertise-client-urls=http://127.0.0.1:${port}`,
  `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
  `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
  '--unsafe-no-fsync',
  '--log-level=warn',
];

interface ApiServerSettings {
  readonly directory: string;
  readonly files: Files;
  readonly port: number;
  readonly etcdPort: number;
  readonly url: string;
  readonly options: ControlPlaneOptions;
}

function flagsOfApiServer({ directory, files, port, etcdPort, url, options }: ApiServerSettings): string[] {
  const audit = [`--audit-log-path=${join(directory, 'audit.log')}`, `--audit-policy-file=${files.auditPolicy}`];
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(directory, 'pki')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // Loopback is no valid endpoint of the `kubernetes` service, and nobody needs that service here.
    '--endpoint-reconciler-type=none',
    '--authorization-mode=RBAC',
    `--token-auth-file=${files.tokens}`,
    `--service-account-issuer=${url}`,
    `--service-account-key-file=${files.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    ...(options.audit === true ? audit : []),
    ...(options.apiServerFlags ?? []),
  ];
}

function startOthers(
  part: (name: string, command: string, args: readonly string[]) => Child,
  parts: Parts,
  files: Files,
): Child[] {
  const client = `--kubeconfig=${files.kubeconfig}`;
  const caFile = join(files.kubeconfig, '..', 'pki', 'apiserver.crt');
  return [
    part('kube-controller-manager', parts.kubeControllerManager, [
      client,
      '--leader-elect=false',
      '--secure-port=0',
      `--service-account-private-key-file=${files.serviceAccountKey}`,
      `--root-ca-file=${caFile}`,
      // How soon a node that has become ready loses its taint.
      '--node-monitor-period=1s',
    ]),
    part('kube-scheduler', parts.kubeScheduler, [client, '--leader-elect=false', '--secure-port=0']),
    part('kwok', parts.kwok, [client, `--config=${parts.kwokStages}`, '--manage-all-nodes=true']),
  ];
}

const deadPart = (children: readonly Child[]): Child | undefined => children.find((child) => !child.running());

/** Polls with an eye on the parts: one that has died ends the wait at once, with what it said last. */
async function whenTrue(what: string, children: readonly Child[], probe: () => Promise<boolean>): Promise<void> {
  let dead: Child | undefined;
  const check = async (): Promise<boolean> => {
    dead = deadPart(children);
    return dead !== undefined || (await probe());
  };
  await eventually(what, check, { timeoutMs: READY_MS }).catch((error: unknown) => {
    const logs = children.map((child) => `--- ${child.name}\n${child.tail(8)}`).join('\n');
    throw new Failure(`${error instanceof Error ? error.message : String(error)}\n${logs}`);
  });
  if (dead !== undefined) throw new Failure(`${dead.name} ended while it was to start; it said:\n${dead.tail()}`);
}

async function whenWritten(path: string, child: Child): Promise<string> {
  await whenTrue(
    'the API server to make its certificate',
    [child],
    async () => existsSync(path) && readFileSync(path, 'utf8').trimEnd().endsWith('-----END CERTIFICATE-----'),
  );
  return readFileSync(path, 'utf8');
}

async function whenReady(url: string, ca: string, token: string, children: readonly Child[]): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  await whenTrue(
    'the API server to be ready',
    children,
    () =>
      new Promise((resolve, reject) => {
        const asked = get(`${url}/readyz`, { ca, headers, agent: false, timeout: 2_000 }, (response) => {
          response.resume();
          if (response.statusCode === 200) resolve(true);
          else reject(new Error(`/readyz answers ${response.statusCode}`));
        });
        asked.on('error', reject).on('timeout', () => asked.destroy(new Error('/readyz does not answer')));
      }),
  );
}

// As much as any test may ask for. kwok's own idea of a node has no place for files.
const ALLOCATABLE = { cpu: '1k', memory: '1Ti', pods: '1M', 'ephemeral-storage': '1Ti' };

async function createNodes(cluster: Cluster, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const name = `node-${index}`;
    await cluster.create('/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', type: 'kwok' } },
      status: { allocatable: ALLOCATABLE, capacity: ALLOCATABLE },
    });
  }
}

async function whenPopulated(cluster: Cluster, children: readonly Child[]): Promise<void> {
  await whenTrue('the nodes to be ready', children, async () => {
    const nodes = await cluster.list<NodeObject>('/api/v1/nodes');
    return nodes.every(({ spec, status }) => {
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === 'True' && (spec?.taints ?? []).length === 0;
    });
  });
  await whenTrue('the ServiceAccount `default`', children, () =>
    cluster.exists('/api/v1/namespaces/default/serviceaccounts/default'),
  );
}

type NodeObject = Awaited<ReturnType<Cluster['get']>> & {
  spec?: { taints?: unknown[] };
  status?: { conditions?: { type: string; status: string }[] };
};

/** Runs kubectl against a kubeconfig; throws with its error text when it fails. */
export async function kubectl(
  command: string,
  kubeconfigPath: string,
  args: readonly string[],
  stdin?: string,
): Promise<string> {
  const env = { ...process.env, KUBECONFIG: kubeconfigPath };
  const input = stdin === undefined ? {} : { input: stdin };
  const { code, stdout, stderr } = await runCommand(command, args, { env, ...input });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}
