import type { ControlPlane } from '../support/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { startChild } from '../support/processes.ts';
import { inRepository } from '../support/repository.ts';
import type { AwsOrder, AwsProcessInput, AwsProcessOutput, Tally } from './aws-orders.ts';

/** The AWS stand-in in its process. */
export interface BenchAws extends Pick<AwsProcessOutput, 'endpoint' | 'account' | 'region'> {
  tell(order: Exclude<AwsOrder, { order: 'tally' }>): Promise<void>;
  /** The calls since they were last forgotten. */
  calls(): Promise<Calls>;
  stop(): Promise<void>;
}

const LATENCY_MS = 10;
/** The documented quotas of an account in one Region, calls a second. */
export const QUOTAS = {
  'secrets-manager-batch': 100,
  'secrets-manager-get': 10_000,
  'secrets-manager-describe': 40_000,
  'parameter-store': 40,
} as const;

/** The calls of a time. Whose the keys are (GetCallerIdentity) is asked of STS, too, but trades no token: it is left out. */
class Calls {
  readonly #tallies: readonly Tally[];

  constructor(tallies: readonly Tally[]) {
    this.#tallies = tallies;
  }

  /** Calls that read values, throttled ones too. */
  get reads(): readonly Tally[] {
    return this.#tallies.filter(([, operation]) => /^(Batch)?Get(SecretValue|Parameters?)$/.test(operation));
  }

  get sts(): number {
    return this.#tallies.filter(([, operation]) => operation.startsWith('AssumeRole')).length;
  }

  get throttled(): number {
    return this.reads.filter(([, , status]) => status === 400).length;
  }

  /** `BatchGetSecretValue 50, GetSecretValue 1`. */
  get text(): string {
    const counts = new Map<string, number>();
    for (const [, operation] of this.#tallies) counts.set(operation, (counts.get(operation) ?? 0) + 1);
    return [...counts].map(([operation, count]) => `${operation} ${count}`).join(', ');
  }

  /** The most reads that came within any one second. */
  get mostInASecond(): number {
    const times = this.reads.map(([at]) => at).toSorted((a, b) => a - b);
    let [most, from] = [0, 0];
    for (const [index, at] of times.entries()) {
      while ((times[from] ?? at) <= at - 1_000) from++;
      most = Math.max(most, index - from + 1);
    }
    return most;
  }
}

/** Starts it with the latency and the quotas of an account. */
export async function startBenchAws({ url, caPem, adminToken, issuer }: ControlPlane): Promise<BenchAws> {
  const input: AwsProcessInput = { cluster: { url, caPem, token: adminToken }, issuer };
  const script = inRepository('test', 'bench', 'aws-process.ts');
  const child = startChild(process.execPath, ['--expose-gc', script], {
    name: 'aws',
    reapWith: 'SIGKILL',
    input: JSON.stringify(input),
  });
  const said = await eventually('the AWS stand-in to be there', () => {
    if (!child.running()) throw new Error(child.tail());
    return child.log().includes('\n') && child.log();
  });
  const { control, ...place }: AwsProcessOutput = JSON.parse(said);
  const order = async (what: AwsOrder): Promise<unknown> => {
    const response = await fetch(control, { method: 'POST', body: JSON.stringify(what) });
    if (!response.ok) throw new Error(`the AWS stand-in: ${await response.text()}`);
    return response.json();
  };
  await order({ order: 'latency', ms: LATENCY_MS });
  for (const group of [
    'secrets-manager-batch',
    'secrets-manager-get',
    'secrets-manager-describe',
    'parameter-store',
  ] as const) {
    await order({ order: 'limit', group, perSecond: QUOTAS[group] });
  }
  return {
    ...place,
    tell: async (what) => void (await order(what)),
    calls: async () => new Calls((await order({ order: 'tally' })) as Tally[]),
    stop: async () => void (await child.stop('SIGKILL')),
  };
}
