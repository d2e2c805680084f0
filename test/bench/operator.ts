import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from '../support/control-plane.ts';
import { kubeconfigOf, launchOf, RELEASE } from '../support/installed.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { execForm, parseDockerfile, textsOf } from '../support/release/dockerfile.ts';
import { inRepository } from '../support/repository.ts';
import type { BenchAws } from './aws.ts';
import { cpuSecondsOf, memoryOf } from './process-figures.ts';
import { describeProfiles } from './profile.ts';

export interface LaunchOptions {
  /** More flags than the chart's. */
  readonly args?: readonly string[];
  /** More variables than the chart's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where to write profiles when the operator ends. */
  readonly profileDirectory?: string;
}

/** The bundle as a pod of the chart's Deployment runs it, with the image's flags of node, as a process that can be measured. */
export class BenchOperator {
  readonly #operator: Operator;
  readonly #profile: string | undefined;
  /** When it was started, by a clock that never jumps. */
  readonly startedMs: number;
  /** Rejects when the operator ends without having been told to. */
  readonly gone: Promise<never>;
  #isStopping = false;

  private constructor(operator: Operator, startedMs: number, profile: string | undefined) {
    this.#operator = operator;
    this.#profile = profile;
    this.startedMs = startedMs;
    this.gone = operator.exited.then(() => {
      if (this.#isStopping) return new Promise<never>(() => {});
      throw new Error(`the operator ended by itself; it said last:\n${operator.log().slice(-2_000)}`);
    });
    this.gone.catch(() => {});
  }

  static async start(plane: ControlPlane, aws: BenchAws, options: LaunchOptions = {}): Promise<BenchOperator> {
    const { args, env } = await launchOf(plane.cluster, RELEASE);
    const kubeconfigPath = await kubeconfigOf(plane, RELEASE, 6 * 3_600);
    const { profileDirectory } = options;
    const image = readImage();
    const profile = profileDirectory === undefined ? undefined : mkdtempSync(join(profileDirectory, 'operator-'));
    const startedMs = performance.now();
    const operator = await startOperator({
      kubeconfigPath,
      awsEndpoint: aws.endpoint,
      args: [...args, ...(options.args ?? [])],
      env: { ...image.env, ...env, ...options.env },
      nodeFlags: [...image.flags, ...(profile === undefined ? [] : profileFlags(profile))],
      waitUntilReady: false,
    });
    return new BenchOperator(operator, startedMs, profile);
  }

  get cpuSeconds(): number {
    return cpuSecondsOf(this.#operator.pid);
  }

  get memory(): ReturnType<typeof memoryOf> {
    return memoryOf(this.#operator.pid);
  }

  /** Whether it says that it can work. */
  async isReady(): Promise<boolean> {
    return (await this.#operator.health('/readyz')) === 200;
  }

  /** The sum of a counter over its labels. */
  async counter(name: string): Promise<number> {
    const lines = (await this.#operator.metrics()).split('\n').filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    await this.#operator.stop();
    if (this.#profile !== undefined) process.stderr.write(`${describeProfiles(this.#profile)}\n`);
  }
}

/** Node's flags and the environment that the image gives the operator. */
function readImage(): { readonly flags: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const stage = parseDockerfile(readFileSync(inRepository('Dockerfile'), 'utf8')).at(-1);
  const [, ...words] = textsOf(stage, 'ENTRYPOINT').flatMap(execForm);
  const env = textsOf(stage, 'ENV').map((text) => text.split('='));
  return {
    flags: words.slice(0, -1),
    env: Object.fromEntries(env.flatMap(([name = '', value = '']) => (name === 'HOME' ? [] : [[name, value]]))),
  };
}

const profileFlags = (directory: string): string[] => [
  '--cpu-prof',
  `--cpu-prof-dir=${directory}`,
  '--heap-prof',
  `--heap-prof-dir=${directory}`,
];
