import { Command, CommanderError } from 'commander';
import type { OwnSource } from './aws/own-credentials.ts';
import type { QueueAddress } from './aws/queue-address.ts';
import type { Endpoints } from './aws/sdk-transport.ts';
import type { ObjectKey, OperatorIdentityUse } from './core/ports.ts';
import type { QuotaGroup } from './flag-values.ts';
import { type OperatorOptions, operatorCommand } from './flags.ts';
import { SecretValue } from './model/secret-value.ts';

/** What the operator was asked to be. */
export interface OperatorConfig {
  readonly cluster: ClusterSource;
  readonly metricsAddress: string;
  readonly operatorNamespace: string | undefined;
  /** The namespaces to keep to; none: all, and what belongs to no namespace. */
  readonly namespaces: readonly string[];
  /** True where several operators run, of which one works at a time. */
  readonly leaderElect: boolean;
  /** How long nobody else works after a leader's last sign of life. */
  readonly leaseDurationS: number;
  readonly workers: number;
  /** Workloads that may be restarting at once. */
  readonly restarts: { readonly inAll: number; readonly perNamespace: number };
  /** Whether the annotations of Stakater Reloader count, too. */
  readonly reloaderAnnotations: boolean;
  /** Calls a second that AWS is asked at first, by quota group. */
  readonly awsRates: Readonly<Partial<Record<QuotaGroup, number>>>;
  /** Whether unfinished rotations of secrets are looked for. */
  readonly rotationHints: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'json' | 'text';
  /** How the hosts of AWS are chosen. */
  readonly endpoints: Endpoints;
  /** `VARIABLE=URL` for each host that is named in place of AWS's own. */
  readonly awsHosts: readonly string[];
  /** Which stores may read as the operator itself, and where it has credentials of its own from. */
  readonly operatorIdentity: { readonly use: OperatorIdentityUse; readonly source: OwnSource | undefined };
  /** The queue of events to read, where there is one. */
  readonly events: EventsConfig | undefined;
}

/** A queue that AWS puts its events into, and who reads it: a ServiceAccount, or else the operator itself. */
export interface EventsConfig {
  readonly queue: QueueAddress;
  readonly serviceAccount: ObjectKey | undefined;
  readonly source: OwnSource | undefined;
}

/** Which cluster: the first of these that is there. */
export interface ClusterSource {
  /** --kubeconfig: a path. */
  readonly file?: string;
  /** KUBECONFIG: paths, joined as in PATH. */
  readonly environment?: string;
  /** What every pod is given. */
  readonly pod?: { readonly host: string; readonly port: string };
}

/** What a command line comes to: a command to run, or a text to print and an exit code (0 for help, 2 for a mistake). */
export type Invocation =
  | { readonly kind: 'operator'; readonly config: OperatorConfig }
  | { readonly kind: 'print'; readonly text: string; readonly exitCode: number };

export type Environment = Readonly<Record<string, string | undefined>>;

const EXAMPLES = `
Examples:
  keyferry operator
      in a pod, with the pod's own credentials
  keyferry operator --kubeconfig ~/.kube/config --metrics-address 127.0.0.1:8080 --log-format text
      on a workstation, against the cluster of a kubeconfig
  keyferry operator --aws-rate parameter-store=40
      where the account's Parameter Store quota is known and all of it may be used
  keyferry operator --events-queue-url https://sqs.eu-west-1.amazonaws.com/111122223333/keyferry-events
      where EventBridge tells of changes by an SQS queue

Environment:
  KUBECONFIG               kubeconfig to use where --kubeconfig is not given
  AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_ENDPOINT_URL_SSM, AWS_ENDPOINT_URL_STS,
  AWS_ENDPOINT_URL_SQS
                           other endpoints for AWS's services, as in every AWS SDK
  AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT
                           FIPS and dual-stack endpoints
  With --allow-operator-identity, or --events-queue-url without --events-service-account, the first that is whole:
  AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE
  AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN

Exit codes: 0 after an orderly stop, 1 after an error, 2 for a mistake on the command line or in the environment.`;

/** Reads the arguments (without node and script) and the environment. Nothing else reads either. */
export function readConfig(args: readonly string[], env: Environment, version: string): Invocation {
  const printed: string[] = [];
  const write = (text: string): void => void printed.push(text);
  let invocation: Invocation | undefined;
  const program = new Command('keyferry')
    .description('Ferries secrets from AWS Secrets Manager and SSM Parameter Store into Kubernetes Secrets.')
    .version(version, '--version', 'print the version')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write })
    .showSuggestionAfterError(true);
  operatorCommand(program, (options) => {
    invocation = { kind: 'operator', config: operatorConfig(options, env) };
  }).addHelpText('after', EXAMPLES);
  try {
    refuseUnsafe(env);
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof Mistake) return { kind: 'print', text: `keyferry: ${error.message}\n`, exitCode: 2 };
    if (!(error instanceof CommanderError)) throw error;
    const isHelp = error.exitCode === 0;
    const hint = isHelp ? '' : 'Try: keyferry --help\n';
    return { kind: 'print', text: `${printed.join('')}${hint}`, exitCode: isHelp ? 0 : 2 };
  }
  return invocation ?? { kind: 'print', text: program.helpInformation(), exitCode: 2 };
}

class Mistake extends Error {}

function operatorConfig(options: OperatorOptions, env: Environment): OperatorConfig {
  return {
    cluster: clusterSource(options.kubeconfig, env),
    metricsAddress: options.metricsAddress,
    operatorNamespace: options.operatorNamespace,
    namespaces: options.namespace,
    leaderElect: options.leaderElect === true,
    leaseDurationS: options.leaseDuration,
    workers: options.workers,
    restarts: { inAll: options.maxRestarts, perNamespace: options.maxRestartsPerNamespace },
    reloaderAnnotations: options.reloaderAnnotations,
    awsRates: options.awsRate,
    rotationHints: options.rotationHints,
    logLevel: options.logLevel,
    logFormat: options.logFormat,
    endpoints: endpoints(env),
    awsHosts: awsHosts(env),
    operatorIdentity: {
      use: options.allowOperatorIdentity ?? 'none',
      source: options.allowOperatorIdentity === undefined ? undefined : ownSource(env),
    },
    events: eventsConfig(options, env),
  };
}

/** Whoever names a queue wants it read, so the operator's own identity reads it without being lent to any store. */
function eventsConfig(options: OperatorOptions, env: Environment): EventsConfig | undefined {
  const { eventsQueueUrl: queue, eventsServiceAccount: account, namespace: namespaces } = options;
  if (queue === undefined) {
    if (account === undefined) return undefined;
    throw new Mistake('--events-service-account reads the queue of --events-queue-url, which is not given');
  }
  if (account !== undefined && namespaces.length > 0 && !namespaces.includes(account.namespace)) {
    throw new Mistake(
      `--events-service-account ${account.namespace}/${account.name}: the operator keeps to the namespaces ${namespaces.join(', ')}; name a ServiceAccount in one of them`,
    );
  }
  return { queue, serviceAccount: account, source: account === undefined ? ownSource(env) : undefined };
}

function clusterSource(file: string | undefined, env: Environment): ClusterSource {
  const { KUBECONFIG: environment, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (file !== undefined) return { file };
  if (environment !== undefined && environment !== '') return { environment };
  if (host !== undefined && port !== undefined) return { pod: { host, port } };
  throw new Mistake('no cluster to work on: give --kubeconfig FILE, set KUBECONFIG, or run in a pod');
}

/** The SDK gets these from here, and reads neither them nor a profile itself. */
function endpoints(env: Environment): Endpoints {
  const isOn = (name: string): boolean => {
    const text = env[name] ?? '';
    if (!/^(|true|false)$/i.test(text)) throw new Mistake(`${name}=${text}: want true or false`);
    return /^true$/i.test(text);
  };
  const [fips, dualStack] = [isOn('AWS_USE_FIPS_ENDPOINT'), isOn('AWS_USE_DUALSTACK_ENDPOINT')];
  const own = ENDPOINT_URLS.find((name) => (env[name] ?? '') !== '');
  if (own !== undefined && (fips || dualStack)) {
    throw new Mistake(
      `${own} names the host itself, which leaves nothing for ${fips ? 'AWS_USE_FIPS_ENDPOINT' : 'AWS_USE_DUALSTACK_ENDPOINT'} to choose; unset one of them`,
    );
  }
  return { fips, dualStack };
}

const ENDPOINT_URLS = [
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  'AWS_ENDPOINT_URL_SSM',
  'AWS_ENDPOINT_URL_STS',
  'AWS_ENDPOINT_URL_SQS',
] as const;

/** The hosts that the SDK takes from the environment by itself. */
const awsHosts = (env: Environment): readonly string[] =>
  env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true'
    ? []
    : ENDPOINT_URLS.flatMap((name) => ((env[name] ?? '') === '' ? [] : [`${name}=${env[name]}`]));

/** The operator's own credentials: the first source that is whole, never a profile in a file, never the instance metadata. */
function ownSource(env: Environment): OwnSource | undefined {
  const { AWS_ROLE_ARN: roleArn = '', AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile = '' } = env;
  if (roleArn !== '' && tokenFile !== '') return { kind: 'webIdentity', roleArn, tokenFile };
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url = '', AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: token = '' } = env;
  if (url !== '') {
    if (!isAgent(url)) {
      throw new Mistake(
        'AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that gets no token: want a loopback address, 169.254.170.23 or [fd00:ec2::23]',
      );
    }
    return { kind: 'container', url, ...(token === '' ? {} : { tokenFile: token }) };
  }
  const {
    AWS_ACCESS_KEY_ID: accessKeyId = '',
    AWS_SECRET_ACCESS_KEY: secret = '',
    AWS_SESSION_TOKEN: session = '',
  } = env;
  if (accessKeyId === '' || secret === '') return undefined;
  const sessionToken = session === '' ? {} : { sessionToken: SecretValue.ofText(session) };
  return { kind: 'keys', accessKeyId, secretAccessKey: SecretValue.ofText(secret), ...sessionToken };
}

/** The hosts that the SDKs show a token to. */
function isAgent(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return false;
  const { hostname } = url;
  return (
    ['localhost', '[::1]', '169.254.170.23', '[fd00:ec2::23]'].includes(hostname) ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}

// Without certificate checks anybody on the way could read what passes, and answer in AWS's place.
function refuseUnsafe(env: Environment): void {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    throw new Mistake(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 turns certificate checks off; unset it, and add a CA by NODE_EXTRA_CA_CERTS instead',
    );
  }
}
