import type { WriteOutcome } from '../../src/core/ports.ts';
import { readOwnWish } from '../../src/core/restart-wish.ts';
import type { InstallationKey } from '../../src/core/revision.ts';
import { revisionOf } from '../../src/core/revision.ts';
import type { Next } from '../../src/core/schedule.ts';
import { ExternalSecretReconciler } from '../../src/reconcile/external-secret.ts';
import type { Observer } from '../../src/reconcile/observer.ts';
import { RestartJournal } from '../../src/reconcile/restart-journal.ts';
import { RestartStatusReconciler } from '../../src/reconcile/restart-status.ts';
import { RestartWidth } from '../../src/reconcile/restart-width.ts';
import { Triggers } from '../../src/reconcile/triggers.ts';
import { WorkloadReconciler } from '../../src/reconcile/workload.ts';
import type { MemoryCluster } from './memory-cluster.ts';
import type { MemoryValues } from './memory-values.ts';
import { silentObserver } from './silent-observer.ts';

/** Which call to die at, and whether its effect takes place first; or a write that takes effect, and of which the process gets no answer. */
export interface CrashPoint {
  readonly call: number;
  readonly when: 'before' | 'after' | 'unanswered';
  /** How long nobody works after a crash. */
  readonly awayMs?: number;
}

const UNANSWERED: WriteOutcome = {
  kind: 'unavailable',
  fault: { kind: 'ClusterUnavailable', subject: 'API server', detail: 'gave no answer' },
};

class Crash extends Error {}

const CALL_MS = 70;
/** Later than anything that a change is followed by, earlier than the next refresh. */
const QUIET_MS = 10 * 60_000;

/**
 * The reconcilers on a cluster in memory, one key after another. At a crash point everything that the process knew is gone, and another
 * takes its place.
 */
export class MemoryOperator {
  readonly #cluster: MemoryCluster;
  readonly #aws: MemoryValues;
  /** The calls of all processes, by name. */
  readonly calls: string[] = [];
  installation: InstallationKey = { id: '00000001', key: new Uint8Array(32).fill(1) };
  crashAt: readonly CrashPoint[] = [];
  crashes = 0;
  width = { inAll: 50, perNamespace: 20 };
  awsHosts: readonly string[] = [];
  observer: Observer = silentObserver;
  /** What people do when everything is quiet; false when they do nothing. */
  meddle = (): boolean => false;

  constructor(cluster: MemoryCluster, aws: MemoryValues) {
    this.#cluster = cluster;
    this.#aws = aws;
  }

  /** Starts a process, and lets it work until nothing is left to do; when it crashes, so does the next. */
  async run(happens: () => void = () => {}): Promise<void> {
    let left = happens;
    for (;;) {
      const process = this.#start();
      try {
        await process.settle(left);
        return;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        this.crashes++;
        left = () => {};
      }
    }
  }

  #start(): Process {
    const dying = new AbortController();
    const port = <P extends object>(name: string, target: P): P => this.#mortal(name, target, dying);
    const cluster = this.#cluster;
    const queue = new Queue(cluster, () => this.meddle());
    const wakes = {
      externalSecret: (id: string) => queue.add(`ExternalSecret ${id}`),
      store: () => {},
      workload: (id: string) => queue.add(`Workload ${id}`),
      restarts: (id: string) => queue.add(`Restarts ${id}`),
      runs: () => {},
    };
    const triggers = new Triggers(cluster.view, wakes, readOwnWish);
    cluster.listen((...change) => triggers.onChange(...change));
    const nothing = (): void => {};
    const shared = {
      view: cluster.view,
      readWish: readOwnWish,
      ambient: { nowMs: () => cluster.nowMs, random: () => 0.5 },
      recorder: { event: nothing },
      operatorIdentity: 'none' as const,
      observer: {
        ...this.observer,
        unexpected: (_key: string, error: unknown) => {
          throw error;
        },
      },
    };
    const externalSecrets = new ExternalSecretReconciler({
      ...shared,
      awsHosts: this.awsHosts,
      secrets: port('secrets', cluster.secrets),
      status: port('status', cluster.status),
      values: port('values', this.#aws),
      revise: (secret, data) => revisionOf(this.installation, secret, data),
      claimants: (secret) => triggers.claimants(secret),
      possessions: (uid) => triggers.possessions(uid),
    });
    const journal = new RestartJournal({
      ...shared,
      writers: (secret) => triggers.writers(secret),
      restartsChanged: (id) => queue.add(`Restarts ${id}`),
    });
    const width = new RestartWidth({ ...this.width, wake: (id) => queue.add(`Workload ${id}`) });
    const reconcilers: Readonly<Record<string, { reconcile(id: string, signal: AbortSignal): Promise<Next> }>> = {
      ExternalSecret: externalSecrets,
      Workload: new WorkloadReconciler({ ...shared, workloads: port('workloads', cluster.workloads), journal, width }),
      Restarts: new RestartStatusReconciler({ ...shared, status: port('status', cluster.status), journal }),
    };
    return new Process(cluster, queue, (key) => {
      const [kind = '', id = ''] = key.split(' ');
      const reconciler = reconcilers[kind];
      if (reconciler === undefined) throw new Error(`nobody looks at ${kind}`);
      return reconciler.reconcile(id, dying.signal);
    });
  }

  /** Every call of the port counts, and one of them may be the last; a dead process does nothing any more. */
  #mortal<P extends object>(name: string, target: P, dying: AbortController): P {
    const die = ({ call, awayMs = 0 }: CrashPoint): never => {
      this.#cluster.nowMs += awayMs;
      const crash = new Crash(`at call ${call}`);
      dying.abort(crash);
      throw crash;
    };
    return new Proxy(target, {
      get:
        (_target, method) =>
        async (...args: readonly unknown[]) => {
          dying.signal.throwIfAborted();
          const call = this.calls.push(`${name}.${String(method)}`);
          this.#cluster.nowMs += CALL_MS;
          const point = this.crashAt.find((crash) => crash.call === call);
          if (point?.when === 'before') die(point);
          const perform = Reflect.get(target, method) as (...args: readonly unknown[]) => Promise<unknown>;
          const answer = await perform.apply(target, [...args]);
          if (point?.when === 'unanswered') return UNANSWERED;
          return point?.when === 'after' ? die(point) : answer;
        },
    });
  }
}

class Process {
  readonly #cluster: MemoryCluster;
  readonly #queue: Queue;
  readonly #reconcile: (key: string) => Promise<Next>;

  constructor(cluster: MemoryCluster, queue: Queue, reconcile: (key: string) => Promise<Next>) {
    this.#cluster = cluster;
    this.#queue = queue;
    this.#reconcile = reconcile;
  }

  async settle(happens: () => void): Promise<void> {
    this.#cluster.replay();
    happens();
    for (let key = this.#queue.take(); key !== undefined; key = this.#queue.take()) {
      this.#queue.after(key, await this.#reconcile(key));
    }
  }
}

/** Keys to look at, now or later. While nobody has anything to do, the cluster's own controllers work, and then time passes. */
class Queue {
  readonly #cluster: MemoryCluster;
  readonly #meddle: () => boolean;
  readonly #now = new Set<string>();
  readonly #due = new Map<string, number>();

  constructor(cluster: MemoryCluster, meddle: () => boolean) {
    this.#cluster = cluster;
    this.#meddle = meddle;
  }

  add(key: string): void {
    this.#now.add(key);
  }

  after(key: string, next: Next): void {
    if (next.after === 'change') this.#due.delete(key);
    else this.#due.set(key, this.#cluster.nowMs + (next.after === 'delay' ? next.ms : 1_000));
  }

  /** The next key; undefined when nothing is due before the next refresh. */
  take(): string | undefined {
    for (;;) {
      const [key] = this.#now;
      if (key !== undefined) {
        this.#now.delete(key);
        return key;
      }
      this.#cluster.nowMs += 300;
      if (this.#cluster.stepControllers()) continue;
      const [next] = [...this.#due].toSorted(([, a], [, b]) => a - b);
      if (next === undefined || next[1] > this.#cluster.nowMs + QUIET_MS) {
        if (!this.#meddle()) return undefined;
        continue;
      }
      this.#cluster.nowMs = Math.max(this.#cluster.nowMs, next[1]);
      this.#due.delete(next[0]);
      this.#now.add(next[0]);
    }
  }
}
