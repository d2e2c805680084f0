import { BUNDLE } from './build.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { type Exit, runDirectory, startChild } from './processes.ts';

export interface OperatorOptions {
  readonly kubeconfigPath: string;
  /** Where all AWS services are: a front's endpoint. */
  readonly awsEndpoint: string;
  /** More flags. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What to run instead of the bundle. */
  readonly entry?: string;
  /** Node's own flags; by default stack traces name the sources. */
  readonly nodeFlags?: readonly string[];
  /** False to return at once: for operators that are to fail at start, or wait for a cluster. */
  readonly waitUntilReady?: boolean;
}

/** A running operator. */
export interface Operator {
  readonly pid: number;
  readonly metricsUrl: string;
  readonly exited: Promise<Exit>;
  running(): boolean;
  /** All that it has written to standard output and standard error. */
  log(): string;
  metrics(): Promise<string>;
  /** The status of /healthz or /readyz; 0 when nobody answers. */
  health(path?: '/healthz' | '/readyz'): Promise<number>;
  /** Asks it to end, and returns its exit code; -1 when a signal ended it. */
  stop(): Promise<number>;
  /** As a crash or the kernel does. */
  kill(): Promise<void>;
}

/** Longer than the operator's own drain, so that a stop that hangs is seen as one. */
const STOP_MS = 25_000;

/** Starts the operator as a process of its own, with an environment of its own, and waits until it is ready. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const { kubeconfigPath, awsEndpoint, args = [], env = {}, entry = BUNDLE, waitUntilReady = true } = options;
  const { nodeFlags = ['--enable-source-maps'] } = options;
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const directory = runDirectory('operator');
  const flags = ['operator', '--kubeconfig', kubeconfigPath, '--metrics-address', address, ...args];
  const child = startChild(process.execPath, [...nodeFlags, entry, ...flags], {
    name: 'operator',
    directory,
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      AWS_ENDPOINT_URL: awsEndpoint,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...env,
    },
  });
  const health = async (path = '/healthz'): Promise<number> => {
    const response = await fetch(`${url}${path}`).catch(() => undefined);
    await response?.text();
    return response?.status ?? 0;
  };
  const operator: Operator = {
    pid: child.pid,
    metricsUrl: `${url}/metrics`,
    exited: child.exited,
    running: child.running,
    log: child.log,
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
    health,
    stop: async () => (await child.stop('SIGTERM', STOP_MS)).code ?? -1,
    kill: async () => {
      await child.stop('SIGKILL');
    },
  };
  if (waitUntilReady) {
    await eventually('the operator to be ready', async () => !child.running() || (await health('/readyz')) === 200, {
      timeoutMs: 20_000,
    }).catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : String(error)}; it said:\n${child.tail()}`);
    });
    if (!child.running()) throw new Error(`the operator ended while it was to start; it said:\n${child.tail()}`);
  }
  return operator;
}
