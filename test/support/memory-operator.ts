import { backoffMs } from '../../src/controller/backoff.ts';
import type { Need, ValueSource, WriteOutcome } from '../../src/core/ports.ts';
import { readOwnWish } from '../../src/core/restart-wish.ts';
import type { InstallationKey } from '../../src/core/revision.ts';
import { revisionOf } from '../../src/core/revision.ts';
import type { Next } from '../../src/core/schedule.ts';
import { readEvent } from '../../src/core/source-change.ts';
import { ExternalSecretReconciler } from '../../src/reconcile/external-secret.ts';
import { idOf } from '../../src/reconcile/key.ts';
import type { Observer } from '../../src/reconcile/observer.ts';
import { RestartJournal } from '../../src/reconcile/restart-journal.ts';
import { RestartStatusReconciler } from '../../src/reconcile/restart-status.ts';
import { RestartWidth } from '../../src/reconcile/restart-width.ts';
import { SourceNews } from '../../src/reconcile/source-news.ts';
import { Triggers } from '../../src/reconcile/triggers.ts';
import { WorkloadReconciler } from '../../src/reconcile/workload.ts';
import type { MemoryCluster } from './memory-cluster.ts';
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

/** How time passes, in milliseconds. */
interface Pace {
  /** For one call. */
  readonly callMs: number;
  /** Before what is due next, while nothing else is to be done. */
  readonly stepMs: number;
  /** With nothing due before so long, everything is quiet: later than anything that a change is followed by, earlier than the next refresh. */
  readonly quietMs: number;
  /** The Unix time from which on nothing is begun any more. */
  readonly untilMs: number;
}

const RANDOM = 0.5;

/**
 * The reconcilers on a cluster in memory, one key after another. At a crash point everything that the process knew is gone, and another
 * takes its place.
 */
export class MemoryOperator {
  readonly #cluster: MemoryCluster;
  readonly #aws: ValueSource;
  /** The calls of all processes, by name. */
  readonly calls: string[] = [];
  installation: InstallationKey = { id: '00000001', key: new Uint8Array(32).fill(1) };
  crashAt: readonly CrashPoint[] = [];
  crashes = 0;
  width = { inAll: 50, perNamespace: 20 };
  awsHosts: readonly string[] = [];
  /** Hears what the processes do; what is unexpected ends the test all the same. */
  observer: Observer = silentObserver;
  pace: Pace = { callMs: 70, stepMs: 300, quietMs: 10 * 60_000, untilMs: Number.POSITIVE_INFINITY };
  /** When the ExternalSecret was last read, as the present process knows (Unix milliseconds). */
  refreshedMs = (_externalSecret: string): number | undefined => undefined;
  /** Events that wait in a queue, as it gives them: each is removed when all whom it concerns have settled it. */
  readonly events = new Set<string>();
  /** What the queue says of each look. */
  need: Need = { isUrgent: false, maxAgeMs: 0 };
  /** What people do when everything is quiet; false when they do nothing. */
  meddle: () => boolean | Promise<boolean> = () => false;

  constructor(cluster: MemoryCluster, aws: ValueSource) {
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
    const queue = new Queue(cluster, this.pace, async () => this.meddle());
    const wakes = {
      externalSecret: (id: string) => queue.add(`ExternalSecret ${id}`),
      store: () => {},
      workload: (id: string) => queue.add(`Workload ${id}`),
      restarts: (id: string) => queue.add(`Restarts ${id}`),
      runs: () => {},
    };
    const nothing = (): void => {};
    const shared = {
      view: cluster.view,
      readWish: readOwnWish,
      ambient: { nowMs: () => cluster.nowMs, random: () => RANDOM },
      recorder: { event: nothing },
      operatorIdentity: 'none' as const,
      observer: {
        ...this.observer,
        unexpected: (_key: string, error: unknown) => {
          throw error;
        },
      },
    };
    const news = new SourceNews();
    const externalSecrets = new ExternalSecretReconciler({
      ...shared,
      news,
      awsHosts: this.awsHosts,
      secrets: port('secrets', cluster.secrets),
      status: port('status', cluster.status),
      values: port('values', this.#aws),
      revise: (secret, data) => revisionOf(this.installation, secret, data),
      claimants: (secret) => triggers.claimants(secret),
      possessions: (uid) => triggers.possessions(uid),
      wake: wakes.externalSecret,
    });
    const triggers = new Triggers(cluster.view, wakes, readOwnWish, (...told) =>
      externalSecrets.echoes.isEcho(...told),
    );
    cluster.listen((...change) => triggers.onChange(...change));
    this.refreshedMs = (id) => externalSecrets.refreshedMs(id);
    const journal = new RestartJournal({
      ...shared,
      writers: (secret) => triggers.writers(secret),
      restartsChanged: (id) => queue.add(`Restarts ${id}`),
    });
    const width = new RestartWidth({ ...this.width, wake: (id) => queue.add(`Workload ${id}`) });
    const reconcilers: Readonly<
      Record<string, { reconcile(id: string, signal: AbortSignal, need: Need): Promise<Next> }>
    > = {
      ExternalSecret: externalSecrets,
      Workload: new WorkloadReconciler({ ...shared, workloads: port('workloads', cluster.workloads), journal, width }),
      Restarts: new RestartStatusReconciler({ ...shared, status: port('status', cluster.status), journal }),
    };
    const hear = (): void => {
      for (const meta of cluster.view.list('ExternalSecret')) externalSecrets.learn(idOf(meta));
      for (const event of this.events) this.#tell(event, news, (id) => queue.add(`ExternalSecret ${id}`));
    };
    return new Process(cluster, queue, hear, (key) => {
      const [kind = '', id = ''] = key.split(' ');
      const reconciler = reconcilers[kind];
      if (reconciler === undefined) throw new Error(`nobody looks at ${kind}`);
      return reconciler.reconcile(id, dying.signal, this.need);
    });
  }

  #tell(event: string, news: SourceNews, wake: (id: string) => void): void {
    const read = readEvent(event);
    const left = new Set<string>();
    const settle = (id: string): void => {
      left.delete(id);
      if (left.size === 0) this.events.delete(event);
    };
    if (read.kind === 'change') for (const id of news.tell(read.change, settle)) left.add(id);
    for (const id of left) wake(id);
    if (left.size === 0) this.events.delete(event);
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
          this.#cluster.nowMs += this.pace.callMs;
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
  readonly #hear: () => void;
  readonly #reconcile: (key: string) => Promise<Next>;

  constructor(cluster: MemoryCluster, queue: Queue, hear: () => void, reconcile: (key: string) => Promise<Next>) {
    this.#cluster = cluster;
    this.#queue = queue;
    this.#hear = hear;
    this.#reconcile = reconcile;
  }

  async settle(happens: () => void): Promise<void> {
    this.#cluster.replay();
    happens();
    this.#hear();
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) {
      this.#queue.after(key, await this.#reconcile(key));
    }
  }
}

/** Keys to look at, now or later. While nobody has anything to do, the cluster's own controllers work, and then time passes. */
class Queue {
  readonly #cluster: MemoryCluster;
  readonly #pace: Pace;
  readonly #meddle: () => Promise<boolean>;
  readonly #now = new Set<string>();
  readonly #due = new Map<string, number>();
  readonly #failures = new Map<string, number>();

  constructor(cluster: MemoryCluster, pace: Pace, meddle: () => Promise<boolean>) {
    this.#cluster = cluster;
    this.#pace = pace;
    this.#meddle = meddle;
  }

  add(key: string): void {
    this.#now.add(key);
  }

  after(key: string, next: Next): void {
    const failures = next.after === 'backoff' ? (this.#failures.get(key) ?? 0) + 1 : 0;
    this.#failures.set(key, failures);
    if (next.after === 'change') this.#due.delete(key);
    else {
      const waitMs = next.after === 'delay' ? next.ms : backoffMs(failures, next.capMs, RANDOM);
      this.#due.set(key, this.#cluster.nowMs + waitMs);
    }
  }

  /** The next key; undefined when nothing is due before the next refresh. */
  async take(): Promise<string | undefined> {
    while (this.#cluster.nowMs < this.#pace.untilMs) {
      const [key] = this.#now;
      if (key !== undefined) {
        this.#now.delete(key);
        return key;
      }
      this.#cluster.nowMs += this.#pace.stepMs;
      if (this.#cluster.stepControllers()) continue;
      const next = this.#next();
      if (next === undefined || next[1] > this.#cluster.nowMs + this.#pace.quietMs) {
        if (!(await this.#meddle())) return undefined;
        continue;
      }
      this.#cluster.nowMs = Math.max(this.#cluster.nowMs, next[1]);
      this.#due.delete(next[0]);
      this.#now.add(next[0]);
    }
    return undefined;
  }

  /** What is due first; of several, what was put off first. */
  #next(): [key: string, ms: number] | undefined {
    let first: [key: string, ms: number] | undefined;
    for (const each of this.#due) if (first === undefined || each[1] < first[1]) first = each;
    return first;
  }
}
