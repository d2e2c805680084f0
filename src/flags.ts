import { type Command, Option } from 'commander';
import type { QueueAddress } from './aws/queue-address.ts';
import type { ObjectKey } from './core/ports.ts';
import {
  address,
  leaseDuration,
  namespaceName,
  QUOTA_GROUPS,
  queueUrl,
  rate,
  serviceAccount,
  width,
} from './flag-values.ts';

/** The flags of the operator, as they were given. */
export interface OperatorOptions {
  readonly kubeconfig?: string;
  readonly metricsAddress: string;
  readonly operatorNamespace?: string;
  readonly namespace: readonly string[];
  readonly leaderElect?: boolean;
  readonly leaseDuration: number;
  readonly workers: number;
  readonly maxRestarts: number;
  readonly maxRestartsPerNamespace: number;
  readonly reloaderAnnotations: boolean;
  readonly awsRate: Readonly<Record<string, number>>;
  readonly rotationHints: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'json' | 'text';
  readonly allowOperatorIdentity?: 'cluster' | 'all';
  readonly eventsQueueUrl?: QueueAddress;
  readonly eventsServiceAccount?: ObjectKey;
}

/** Adds the command `operator` with all its flags; `run` gets what was given. */
export function operatorCommand(program: Command, run: (options: OperatorOptions) => void): Command {
  return program
    .command('operator')
    .description('Run the operator.')
    .option('--kubeconfig <file>', 'cluster to work on (default: $KUBECONFIG, else the cluster of the pod)')
    .addOption(
      new Option('--metrics-address <host:port>', 'where /metrics, /healthz and /readyz are served')
        .default(':8080')
        .argParser(address),
    )
    .option(
      '--operator-namespace <name>',
      'namespace of the installation key and the lease (default: that of the pod, else "default")',
      namespaceName,
    )
    .addOption(
      new Option('--namespace <name>', 'keep to this namespace, without ClusterSecretStores; can be repeated')
        .default([], 'all')
        .argParser((text: string, before: readonly string[]) => [...new Set([...before, namespaceName(text)])]),
    )
    .option('--leader-elect', 'work only while holding the lease, so that several operators may run')
    .addOption(
      new Option('--lease-duration <seconds>', 'how long nobody else works after the last sign of life of a leader')
        .default(15)
        .argParser(leaseDuration),
    )
    .addOption(
      new Option('--workers <n>', 'calls to the API server at once for the ExternalSecrets of a namespace')
        .default(32)
        .argParser(width),
    )
    .addOption(new Option('--max-restarts <n>', 'workloads restarting at once').default(50).argParser(width))
    .addOption(
      new Option('--max-restarts-per-namespace <n>', 'workloads of one namespace restarting at once')
        .default(20)
        .argParser(width),
    )
    .option(
      '--reloader-annotations',
      'restart workloads that ask for it by the annotations of Stakater Reloader, too',
      false,
    )
    .addOption(
      new Option(
        '--aws-rate <group=n>',
        `calls a second to begin with; groups: ${QUOTA_GROUPS.join(', ')}; can be repeated`,
      )
        .default(
          {},
          'secrets-manager-batch=50, secrets-manager-get=500, secrets-manager-describe=50, parameter-store=10',
        )
        .argParser(rate),
    )
    .option('--rotation-hints', 'say at the store which secrets have a rotation that did not finish', false)
    .addOption(
      new Option(
        '--allow-operator-identity [stores]',
        'lend the AWS identity of the operator: to ClusterSecretStores alone, or to "all" stores',
      )
        .choices(['cluster', 'all'])
        .preset('cluster'),
    )
    .option(
      '--events-queue-url <url>',
      'SQS queue with events of AWS about changes; read with the AWS identity of the operator, unless another is named',
      queueUrl,
    )
    .option(
      '--events-service-account <namespace/name>',
      'ServiceAccount with a role that reads the queue of events',
      serviceAccount,
    )
    .addOption(
      new Option('--log-level <level>', 'least level to log')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addOption(
      new Option('--log-format <format>', 'JSON lines, or text for people').choices(['json', 'text']).default('json'),
    )
    .allowExcessArguments(false)
    .action((options: OperatorOptions) => run(options));
}
