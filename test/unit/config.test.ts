import { describe, expect, it } from 'vitest';
import { type Environment, type Invocation, type OperatorConfig, readConfig } from '../../src/config.ts';

const inPod: Environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

const read = (args: readonly string[], env: Environment = inPod): Invocation => readConfig(args, env, '1.2.3');

function configOf(args: readonly string[], env: Environment = inPod): OperatorConfig {
  const invocation = read(['operator', ...args], env);
  if (invocation.kind !== 'operator') throw new Error(invocation.text);
  return invocation.config;
}

function printed(args: readonly string[], env: Environment = inPod): { text: string; exitCode: number } {
  const invocation = read(args, env);
  if (invocation.kind !== 'print') throw new Error('it would run');
  return invocation;
}

describe('the operator', () => {
  it('needs no flag in a pod', () => {
    expect(configOf([])).toEqual({
      cluster: { pod: { host: '10.0.0.1', port: '443' } },
      metricsAddress: ':8080',
      operatorNamespace: undefined,
      namespaces: [],
      leaderElect: false,
      leaseDurationS: 15,
      workers: 32,
      restarts: { inAll: 50, perNamespace: 20 },
      reloaderAnnotations: false,
      awsRates: {},
      rotationHints: false,
      logLevel: 'info',
      logFormat: 'json',
      endpoints: { fips: false, dualStack: false },
      awsHosts: [],
      operatorIdentity: { use: 'none', source: undefined },
      events: undefined,
    });
  });

  const flags: readonly { it: string; args: readonly string[]; want: Partial<OperatorConfig> }[] = [
    { it: 'takes a kubeconfig', args: ['--kubeconfig', '/k'], want: { cluster: { file: '/k' } } },
    { it: 'takes flags with an equals sign', args: ['--kubeconfig=/k=1'], want: { cluster: { file: '/k=1' } } },
    {
      it: 'takes a metrics address',
      args: ['--metrics-address', '127.0.0.1:0'],
      want: { metricsAddress: '127.0.0.1:0' },
    },
    { it: 'takes an IPv6 address', args: ['--metrics-address', '[::1]:8080'], want: { metricsAddress: '[::1]:8080' } },
    {
      it: 'takes an address of a port alone',
      args: ['--metrics-address', ':65535'],
      want: { metricsAddress: ':65535' },
    },
    {
      it: 'takes a namespace of its own',
      args: ['--operator-namespace', 'keyferry'],
      want: { operatorNamespace: 'keyferry' },
    },
    {
      it: 'keeps to namespaces, each once',
      args: ['--namespace', 'a', '--namespace', 'b', '--namespace', 'a'],
      want: { namespaces: ['a', 'b'] },
    },
    { it: 'may be one of several', args: ['--leader-elect'], want: { leaderElect: true } },
    { it: 'takes the duration of the lease', args: ['--lease-duration', '60'], want: { leaseDurationS: 60 } },
    { it: 'takes a number of workers', args: ['--workers', '1'], want: { workers: 1 } },
    { it: 'takes the greatest number of workers', args: ['--workers', '1000'], want: { workers: 1_000 } },
    {
      it: 'takes widths of restarts',
      args: ['--max-restarts', '1000', '--max-restarts-per-namespace', '1'],
      want: { restarts: { inAll: 1_000, perNamespace: 1 } },
    },
    {
      it: 'takes the annotations of Reloader',
      args: ['--reloader-annotations'],
      want: { reloaderAnnotations: true },
    },
    { it: 'may look for unfinished rotations', args: ['--rotation-hints'], want: { rotationHints: true } },
    { it: 'takes a log level', args: ['--log-level', 'debug'], want: { logLevel: 'debug' } },
    { it: 'takes a log format', args: ['--log-format', 'text'], want: { logFormat: 'text' } },
    {
      it: 'takes a rate for each quota group, the last for one of them',
      args: [
        '--aws-rate',
        'parameter-store=5',
        '--aws-rate',
        'secrets-manager-get=0.5',
        '--aws-rate',
        'parameter-store=40',
      ],
      want: { awsRates: { 'parameter-store': 40, 'secrets-manager-get': 0.5 } },
    },
    {
      it: 'takes the other groups',
      args: ['--aws-rate=secrets-manager-batch=50', '--aws-rate=secrets-manager-describe=9'],
      want: { awsRates: { 'secrets-manager-batch': 50, 'secrets-manager-describe': 9 } },
    },
  ];
  for (const { it: name, args, want } of flags) it(name, () => expect(configOf(args)).toMatchObject(want));

  it('carries nothing from one reading to the next', () => {
    configOf(['--aws-rate', 'parameter-store=5']);
    expect(configOf([]).awsRates).toEqual({});
  });

  it('takes the switches for endpoints from the environment', () => {
    const on = configOf([], { ...inPod, AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'True' });
    expect(on.endpoints).toEqual({ fips: true, dualStack: true });
    const off = configOf([], { ...inPod, AWS_USE_FIPS_ENDPOINT: 'false', AWS_USE_DUALSTACK_ENDPOINT: '' });
    expect(off.endpoints).toEqual({ fips: false, dualStack: false });
  });

  it('knows the hosts that the SDK will ask in place of AWS, and that it is told to overlook them', () => {
    const hosts = {
      AWS_ENDPOINT_URL: 'http://localhost:5000',
      AWS_ENDPOINT_URL_SSM: 'http://localhost:5001',
      AWS_ENDPOINT_URL_STS: '',
    };
    const named = ['AWS_ENDPOINT_URL=http://localhost:5000', 'AWS_ENDPOINT_URL_SSM=http://localhost:5001'];
    expect(configOf([], { ...inPod, ...hosts }).awsHosts).toEqual(named);
    const overlooked = { ...inPod, ...hosts, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' };
    expect(configOf([], overlooked).awsHosts).toEqual([]);
  });

  describe('reads a queue of events', () => {
    const url = 'https://sqs.eu-west-1.amazonaws.com/111122223333/keyferry-events';
    const queue = { url, region: 'eu-west-1', account: '111122223333', name: 'keyferry-events' };
    const keys = { ...inPod, AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' };

    it('as itself, which lends its identity to nobody', () => {
      const { events, operatorIdentity } = configOf(['--events-queue-url', url], keys);
      expect(events).toMatchObject({ queue, source: { kind: 'keys', accessKeyId: 'AKIA' } });
      expect(events?.serviceAccount).toBeUndefined();
      expect(operatorIdentity).toEqual({ use: 'none', source: undefined });
    });

    it('as a ServiceAccount, and then not as itself', () => {
      const args = ['--events-queue-url', url, '--events-service-account', 'keyferry/events'];
      const serviceAccount = { namespace: 'keyferry', name: 'events' };
      expect(configOf(args, keys).events).toEqual({ queue, serviceAccount, source: undefined });
      expect(configOf([...args, '--namespace', 'keyferry'], keys).events?.serviceAccount).toEqual(serviceAccount);
    });
  });

  describe('lends its own identity', () => {
    const irsa = { AWS_ROLE_ARN: 'arn:aws:iam::1:role/k', AWS_WEB_IDENTITY_TOKEN_FILE: '/token' };
    const agent = 'http://169.254.170.23/v1/credentials';
    const pod = { AWS_CONTAINER_CREDENTIALS_FULL_URI: agent, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/pod-token' };
    const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'shh' };
    const ownOf = (flag: string, env: Environment) => configOf([flag], { ...inPod, ...env }).operatorIdentity;

    it('to nobody unless it is told to, whatever the environment holds', () => {
      expect(configOf([], { ...inPod, ...irsa, ...pod, ...keys }).operatorIdentity).toEqual({ use: 'none' });
    });

    it('to ClusterSecretStores, and to all stores where the flag says so', () => {
      expect(ownOf('--allow-operator-identity', {}).use).toBe('cluster');
      expect(ownOf('--allow-operator-identity=cluster', {}).use).toBe('cluster');
      expect(ownOf('--allow-operator-identity=all', {}).use).toBe('all');
    });

    const sources: readonly { it: string; env: Environment; want: object | undefined }[] = [
      {
        it: 'of its ServiceAccount first',
        env: { ...keys, ...pod, ...irsa },
        want: { kind: 'webIdentity', roleArn: irsa.AWS_ROLE_ARN, tokenFile: '/token' },
      },
      {
        it: 'of EKS Pod Identity next',
        env: { ...keys, ...pod, AWS_ROLE_ARN: irsa.AWS_ROLE_ARN },
        want: { kind: 'container', url: agent, tokenFile: '/pod-token' },
      },
      { it: 'of the environment last', env: keys, want: { kind: 'keys', accessKeyId: 'AKIA' } },
      { it: 'of nothing where half is missing', env: { AWS_ACCESS_KEY_ID: 'AKIA' }, want: undefined },
      {
        it: 'of no profile and no file',
        env: { AWS_PROFILE: 'p', AWS_SHARED_CREDENTIALS_FILE: '/f' },
        want: undefined,
      },
    ];
    for (const { it: name, env, want } of sources) {
      it(name, () => {
        const { source } = ownOf('--allow-operator-identity', env);
        if (want === undefined) expect(source).toBeUndefined();
        else expect(source).toMatchObject(want);
        expect(JSON.stringify(source) ?? '').not.toContain('shh');
      });
    }

    for (const url of [
      'http://127.0.0.1:1/c',
      'http://localhost:1/c',
      'http://[::1]:1/c',
      'http://[fd00:ec2::23]/v1/c',
    ]) {
      it(`of the agent at ${url}`, () => {
        const { source } = ownOf('--allow-operator-identity', { AWS_CONTAINER_CREDENTIALS_FULL_URI: url });
        expect(source).toEqual({ kind: 'container', url });
      });
    }
  });

  const clusters: readonly { it: string; args?: readonly string[]; env: Environment; want: object }[] = [
    {
      it: 'is that of --kubeconfig first',
      args: ['--kubeconfig', '/flag'],
      env: { ...inPod, KUBECONFIG: '/env' },
      want: { file: '/flag' },
    },
    { it: 'is that of KUBECONFIG next', env: { ...inPod, KUBECONFIG: '/a:/b' }, want: { environment: '/a:/b' } },
    {
      it: 'is that of the pod when KUBECONFIG is empty',
      env: { ...inPod, KUBECONFIG: '' },
      want: { pod: { host: '10.0.0.1', port: '443' } },
    },
  ];
  describe('works on a cluster that', () => {
    for (const { it: name, args = [], env, want } of clusters)
      it(name, () => expect(configOf(args, env).cluster).toEqual(want));
  });
});

describe('a mistake ends with code 2 and names what is wrong', () => {
  const cases: { it: string; args: readonly string[]; env?: Environment; names: readonly string[] }[] = [
    {
      it: 'for a switch that is neither on nor off',
      args: ['operator'],
      env: { ...inPod, AWS_USE_FIPS_ENDPOINT: 'yes' },
      names: ['AWS_USE_FIPS_ENDPOINT=yes', 'true or false'],
    },
    {
      it: 'for a host of one’s own and a switch that chooses hosts',
      args: ['operator'],
      env: { ...inPod, AWS_USE_DUALSTACK_ENDPOINT: 'true', AWS_ENDPOINT_URL_STS: 'https://sts.example.com' },
      names: ['AWS_ENDPOINT_URL_STS', 'AWS_USE_DUALSTACK_ENDPOINT'],
    },
    {
      it: 'for another kind of store to lend to',
      args: ['operator', '--allow-operator-identity=everyone'],
      names: ['--allow-operator-identity', 'everyone', 'cluster, all'],
    },
    { it: 'for an unknown flag', args: ['operator', '--frobnicate'], names: ['--frobnicate'] },
    {
      it: 'for a misspelt flag, with the right one',
      args: ['operator', '--metric-address', ':1'],
      names: ['--metric-address', '--metrics-address'],
    },
    { it: 'for an unknown flag without a command', args: ['--frobnicate'], names: ['--frobnicate'] },
    { it: 'for an unknown command', args: ['operate'], names: ['operate', 'operator'] },
    { it: 'for a word too many', args: ['operator', 'now'], names: ['operator', 'argument'] },
    { it: 'for a flag without its value', args: ['operator', '--kubeconfig'], names: ['--kubeconfig'] },
    {
      it: 'for an address without a port',
      args: ['operator', '--metrics-address', 'localhost'],
      names: ['--metrics-address', 'localhost', 'HOST:PORT'],
    },
    {
      it: 'for a port beyond the last',
      args: ['operator', '--metrics-address', ':65536'],
      names: ['--metrics-address', ':65536'],
    },
    {
      it: 'for an address with a path',
      args: ['operator', '--metrics-address', 'http://x:80'],
      names: ['--metrics-address'],
    },
    {
      it: 'for a lease that is too short',
      args: ['operator', '--lease-duration', '2'],
      names: ['--lease-duration', '3'],
    },
    {
      it: 'for a lease of no number',
      args: ['operator', '--lease-duration', '15s'],
      names: ['--lease-duration', '15s'],
    },
    { it: 'for a namespace that is none', args: ['operator', '--namespace', 'a,b'], names: ['--namespace', 'a,b'] },
    { it: 'for no workers', args: ['operator', '--workers', '0'], names: ['--workers', '1 to 1000'] },
    { it: 'for too many workers', args: ['operator', '--workers', '1001'], names: ['--workers'] },
    { it: 'for half a worker', args: ['operator', '--workers', '1.5'], names: ['--workers'] },
    { it: 'for workers in words', args: ['operator', '--workers', 'many'], names: ['--workers', 'many'] },
    { it: 'for no restarts', args: ['operator', '--max-restarts', '0'], names: ['--max-restarts', '1 to 1000'] },
    { it: 'for an empty number of workers', args: ['operator', '--workers', ''], names: ['--workers'] },
    {
      it: 'for an unknown quota group',
      args: ['operator', '--aws-rate', 'kms=5'],
      names: ['--aws-rate', 'kms=5', 'parameter-store'],
    },
    { it: 'for a rate of nothing', args: ['operator', '--aws-rate', 'parameter-store=0'], names: ['--aws-rate'] },
    { it: 'for a negative rate', args: ['operator', '--aws-rate', 'parameter-store=-1'], names: ['--aws-rate'] },
    { it: 'for a rate without a group', args: ['operator', '--aws-rate', '40'], names: ['--aws-rate', 'GROUP=CALLS'] },
    {
      it: 'for a quota group that is a member of every object',
      args: ['operator', '--aws-rate', 'constructor=1'],
      names: ['--aws-rate'],
    },
    {
      it: 'for an unknown log level',
      args: ['operator', '--log-level', 'loud'],
      names: ['--log-level', 'loud', 'debug'],
    },
    {
      it: 'for an unknown log format',
      args: ['operator', '--log-format', 'xml'],
      names: ['--log-format', 'xml', 'json'],
    },
    {
      it: 'for a namespace that is none',
      args: ['operator', '--operator-namespace', 'A/b'],
      names: ['--operator-namespace', 'A/b'],
    },
    {
      it: 'for a namespace with 64 letters',
      args: ['operator', '--operator-namespace', 'a'.repeat(64)],
      names: ['--operator-namespace'],
    },
    {
      it: 'for a queue that is none of SQS',
      args: ['operator', '--events-queue-url', 'arn:aws:sqs:eu-west-1:111122223333:keyferry-events'],
      names: ['--events-queue-url', 'https://sqs.', 'AWS_ENDPOINT_URL_SQS'],
    },
    {
      it: 'for a ServiceAccount without its namespace',
      args: ['operator', '--events-service-account', 'events'],
      names: ['--events-service-account', 'NAMESPACE/NAME'],
    },
    {
      it: 'for a ServiceAccount without a queue',
      args: ['operator', '--events-service-account', 'keyferry/events'],
      names: ['--events-service-account', '--events-queue-url'],
    },
    {
      it: 'for a ServiceAccount that is out of reach',
      args: [
        'operator',
        '--namespace=shop',
        '--events-service-account=keyferry/events',
        '--events-queue-url=https://sqs.eu-west-1.amazonaws.com/111122223333/keyferry-events',
      ],
      names: ['--events-service-account', 'keyferry/events', 'shop'],
    },
    { it: 'for no cluster', args: ['operator'], env: {}, names: ['--kubeconfig', 'KUBECONFIG', 'pod'] },
    { it: 'for half of a pod', args: ['operator'], env: { KUBERNETES_SERVICE_HOST: 'h' }, names: ['--kubeconfig'] },
    {
      it: 'for certificate checks that are off',
      args: ['operator'],
      env: { ...inPod, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      names: ['NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_EXTRA_CA_CERTS'],
    },
  ];
  for (const url of [
    'http://169.254.169.254/latest/',
    'http://169.254.170.23.example.com/',
    'http://127.0.0.1@example.com/',
    'http://127.example.com/',
    'ftp://127.0.0.1/',
    'not a url',
  ]) {
    cases.push({
      it: `for an agent at ${url}`,
      args: ['operator', '--allow-operator-identity'],
      env: { ...inPod, AWS_CONTAINER_CREDENTIALS_FULL_URI: url },
      names: ['AWS_CONTAINER_CREDENTIALS_FULL_URI', '169.254.170.23'],
    });
  }
  for (const { it: name, args, env, names } of cases) {
    it(name, () => {
      const { text, exitCode } = printed(args, env);
      expect(exitCode).toBe(2);
      for (const part of names) expect(text).toContain(part);
    });
  }
});

describe('help', () => {
  for (const args of [['--help'], ['-h'], ['help']]) {
    it(`is printed by ${args.join(' ')}, with examples`, () => {
      const { text, exitCode } = printed(args, {});
      expect(exitCode).toBe(0);
      expect(text).toContain('Usage: keyferry');
      expect(text).toContain('keyferry operator --kubeconfig');
    });
  }

  const FLAGS = [
    '--kubeconfig',
    '--metrics-address',
    '--operator-namespace',
    '--namespace',
    '--leader-elect',
    '--lease-duration',
    '--workers',
    '--max-restarts',
    '--max-restarts-per-namespace',
    '--reloader-annotations',
    '--aws-rate',
    '--rotation-hints',
    '--log-level',
    '--log-format',
    '--allow-operator-identity',
    '--events-queue-url',
    '--events-service-account',
  ];
  const VARIABLES = [
    'KUBECONFIG',
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_SECRETS_MANAGER',
    'AWS_ENDPOINT_URL_SSM',
    'AWS_ENDPOINT_URL_STS',
    'AWS_ENDPOINT_URL_SQS',
    'AWS_USE_FIPS_ENDPOINT',
    'AWS_USE_DUALSTACK_ENDPOINT',
    'AWS_ROLE_ARN',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
  ];
  it('of the operator tells of every flag, every variable and the exit codes', () => {
    const { text, exitCode } = printed(['operator', '--help'], {});
    expect(exitCode).toBe(0);
    for (const word of [...FLAGS, ...VARIABLES, 'Examples:', 'Exit codes: 0']) expect(text).toContain(word);
  });

  it('of the operator tells of no flag that the tests do not know', () => {
    const named = [...printed(['operator', '--help'], {}).text.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(
      ([, flag]) => flag,
    );
    expect(named.sort()).toEqual([...FLAGS, '--help'].sort());
  });

  it('is what a call without a command gets, as a mistake', () => {
    const { text, exitCode } = printed([]);
    expect(exitCode).toBe(2);
    expect(text).toContain('Usage: keyferry');
  });
});

it('prints its version', () => expect(printed(['--version'], {})).toMatchObject({ text: '1.2.3\n', exitCode: 0 }));
