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
      workers: 32,
      restarts: { inAll: 50, perNamespace: 20 },
      reloaderAnnotations: false,
      awsRates: {},
      logLevel: 'info',
      logFormat: 'json',
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
  const cases: readonly { it: string; args: readonly string[]; env?: Environment; names: readonly string[] }[] = [
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
    { it: 'for no cluster', args: ['operator'], env: {}, names: ['--kubeconfig', 'KUBECONFIG', 'pod'] },
    { it: 'for half of a pod', args: ['operator'], env: { KUBERNETES_SERVICE_HOST: 'h' }, names: ['--kubeconfig'] },
    {
      it: 'for certificate checks that are off',
      args: ['operator'],
      env: { ...inPod, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      names: ['NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_EXTRA_CA_CERTS'],
    },
  ];
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
    '--workers',
    '--max-restarts',
    '--max-restarts-per-namespace',
    '--reloader-annotations',
    '--aws-rate',
    '--log-level',
    '--log-format',
  ];
  const VARIABLES = [
    'KUBECONFIG',
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_SECRETS_MANAGER',
    'AWS_ENDPOINT_URL_SSM',
    'AWS_ENDPOINT_URL_STS',
    'AWS_USE_FIPS_ENDPOINT',
    'AWS_USE_DUALSTACK_ENDPOINT',
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
