import { type StandIn, startStandIn } from './aws/stand-in.ts';
import { type Aws, openAws, TEST_ACCOUNT, TEST_REGION } from './aws.ts';
import type { AwsFront } from './aws-front.ts';
import type { KubeObject } from './cluster.ts';
import { readCrds } from './crds.ts';
import { type AttachedEnvironment, attachEnvironment } from './environment.ts';
import { eventually } from './eventually.ts';
import { kubeconfigOf, RELEASE } from './installed.ts';
import { createNamespace, deleteNamespace } from './namespace.ts';
import { type Operator, startOperator } from './operator.ts';
import { watchRights } from './rights.ts';
import { createServiceAccount, subjectOf } from './service-account.ts';

export const API = '/apis/keyferry.dev/v1alpha1';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

interface RestartEntry {
  readonly kind: string;
  readonly name: string;
  readonly state: string;
  readonly since: string;
}

export interface ExternalSecretObject extends KubeObject {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly refreshTime?: string;
    readonly conditions?: readonly Condition[];
    readonly restarts?: readonly RestartEntry[];
    readonly lastRestartTime?: string;
    readonly [field: string]: unknown;
  };
}

export interface SecretObject extends KubeObject {
  readonly type: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
}

/** A namespace with a ServiceAccount `reader` that AWS trusts, and a SecretStore `aws` that reads as it. */
export interface Team {
  readonly namespace: string;
  readonly roleArn: string;
  /** Creates an ExternalSecret that reads from the store `aws`, unless the spec says otherwise. */
  externalSecret(name: string, spec: object, annotations?: Record<string, string>): Promise<void>;
  /** Merge-patches it. */
  change(name: string, patch: object): Promise<void>;
  get(name: string): Promise<ExternalSecretObject>;
  /** Waits until its Ready condition has the status (and the reason), as of its present generation. */
  ready(name: string, status: 'True' | 'False', reason?: string): Promise<Condition>;
  /** The Secret's text values, or undefined when there is none. */
  secretData(name: string): Promise<Record<string, string> | undefined>;
  /** Waits until the Secret has exactly these text values. */
  holds(name: string, data: Record<string, string>): Promise<SecretObject>;
  secret(name: string): Promise<SecretObject | undefined>;
  secretPath(name: string): string;
}

/** What an end-to-end test file plays on: the real API server, moto behind a front of its own or a stand-in, and an operator. */
export interface Stage<Front extends AwsFront = AwsFront> extends AttachedEnvironment {
  readonly aws: Aws;
  readonly front: Front;
  readonly operator: Operator;
  team(prefix?: string): Promise<Team>;
  /** Ends the operator and starts another, as an upgrade does. */
  restartOperator(args?: readonly string[]): Promise<Operator>;
  /** Ends what this file has started, and removes its namespaces. */
  end(): Promise<void>;
}

/** Sets the stage: kinds installed, front and operator running. `accessKeyIds` are all that the front takes, those of its STS apart; `env` is the operator's. */
export async function setStage(
  args: readonly string[] = [],
  { accessKeyIds, env = {} }: { accessKeyIds?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<Stage> {
  const options = accessKeyIds === undefined ? {} : { accessKeyIds };
  return openStage(args, ({ startAwsFront }) => startAwsFront(options), env);
}

/** The same on a stand-in of one's own in place of moto, where every team may do everything. */
export const setStandInStage = (
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Stage<StandIn>> => openStage(args, ({ tokenIssuer }) => startStandIn({ issuer: tokenIssuer }), env);

async function openStage<Front extends AwsFront>(
  args: readonly string[],
  startFront: (environment: AttachedEnvironment) => Promise<Front>,
  env: Readonly<Record<string, string>> = {},
): Promise<Stage<Front>> {
  const environment = attachEnvironment();
  await installKinds(environment);
  await eventually(
    'the ExternalSecrets of earlier files to be gone',
    async () => (await environment.cluster.list(`${API}/externalsecrets`)).length === 0,
    { timeoutMs: 60_000 },
  );
  const front = await startFront(environment);
  const namespaces: string[] = [];
  const launch = async (flags: readonly string[]): Promise<Operator> => {
    const kubeconfigPath = await kubeconfigOf(environment);
    const home = ['--operator-namespace', RELEASE.namespace];
    return startOperator({ kubeconfigPath, awsEndpoint: front.endpoint, args: [...home, ...flags], env });
  };
  const rights = watchRights(environment);
  let operator = await launch(args);
  return {
    ...environment,
    ...rights,
    aws: openAws(front.seedEndpoint),
    front,
    get operator() {
      return operator;
    },
    async team(prefix = 'team') {
      const team = await makeTeam(environment, front, prefix);
      namespaces.push(team.namespace);
      return team;
    },
    async restartOperator(flags = args) {
      if (operator.running()) await operator.stop();
      operator = await launch(flags);
      return operator;
    },
    async end() {
      // A namespace takes its time to go, and the next file's operator counts what is in the whole cluster.
      const left = namespaces.map((namespace) => `${API}/namespaces/${namespace}/externalsecrets`);
      await Promise.all(left.map((path) => environment.cluster.delete(path)));
      await Promise.all(namespaces.map((namespace) => deleteNamespace(environment.cluster, namespace)));
      if (operator.running()) await operator.stop();
      await front.stop();
      environment.cluster.close();
      rights.check();
    },
  };
}

/** Applies crds/ and waits until the API server serves the kinds. */
export async function installKinds({ cluster }: AttachedEnvironment): Promise<void> {
  for (const manifest of readCrds()) await cluster.applyYaml(manifest);
  for (const plural of ['externalsecrets', 'secretstores', 'clustersecretstores']) {
    await eventually(`the API server serves ${plural}`, () => cluster.exists(`${API}/${plural}`));
  }
}

async function makeTeam(environment: AttachedEnvironment, front: AwsFront, prefix: string): Promise<Team> {
  const { cluster } = environment;
  const namespace = await createNamespace(cluster, prefix);
  const roleArn = `arn:aws:iam::${TEST_ACCOUNT}:role/${namespace}`;
  front.trust(roleArn, { subject: subjectOf(namespace, 'reader') });
  await createServiceAccount(cluster, namespace, 'reader', roleArn);
  await cluster.create(`${API}/namespaces/${namespace}/secretstores`, {
    apiVersion: 'keyferry.dev/v1alpha1',
    kind: 'SecretStore',
    metadata: { name: 'aws' },
    spec: { region: TEST_REGION, auth: { serviceAccountRef: { name: 'reader' } } },
  });
  const path = `${API}/namespaces/${namespace}/externalsecrets`;
  const secretPath = (name: string): string => `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const get = (name: string): Promise<ExternalSecretObject> => cluster.get(`${path}/${name}`);
  const secret = (name: string): Promise<SecretObject | undefined> => cluster.find(secretPath(name));
  const secretData = async (name: string): Promise<Record<string, string> | undefined> => textsOf(await secret(name));
  return {
    namespace,
    roleArn,
    get,
    secret,
    secretPath,
    secretData,
    async externalSecret(name, spec, annotations = {}) {
      await cluster.create(path, {
        apiVersion: 'keyferry.dev/v1alpha1',
        kind: 'ExternalSecret',
        metadata: { name, annotations },
        spec: { secretStoreRef: { name: 'aws' }, ...spec },
      });
    },
    async change(name, patch) {
      await cluster.mergePatch(`${path}/${name}`, patch);
    },
    ready: (name, status, reason) =>
      eventually(`ExternalSecret ${namespace}/${name} to be Ready=${status} ${reason ?? ''}`, async () => {
        const object = await get(name);
        const ready = object.status?.conditions?.find(({ type }) => type === 'Ready');
        const isCurrent = object.status?.observedGeneration === object.metadata.generation;
        if (isCurrent && ready?.status === status && (reason === undefined || ready.reason === reason)) return ready;
        throw new Error(JSON.stringify(object.status));
      }),
    holds: (name, data) =>
      eventually(`Secret ${namespace}/${name} to hold what it should`, async () => {
        const object = await secret(name);
        const same = JSON.stringify(sorted(textsOf(object))) === JSON.stringify(sorted(data));
        if (object !== undefined && same) return object;
        throw new Error(`keys ${Object.keys(object?.data ?? {}).join(', ')}`);
      }),
  };
}

const textsOf = (secret: SecretObject | undefined): Record<string, string> | undefined =>
  secret === undefined
    ? undefined
    : Object.fromEntries(
        Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
      );

const sorted = (data: Record<string, string> | undefined): [string, string][] =>
  Object.entries(data ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
