import type { Ambient, ClusterView, ObjectMeta, Recorder } from '../core/ports.ts';
import { secretsOf } from '../core/references.ts';
import { SETTLING_S } from '../core/restart.ts';
import type { ReadWish } from '../core/restart-wish.ts';
import { type ChangedSecret, changedLately, isOlder, runNotice } from '../core/run-notice.ts';
import type { RunKind, RunStorage } from '../core/run-storage.ts';
import type { Next } from '../core/schedule.ts';
import { type Result, succeed } from '../model/result.ts';
import { idOf } from './key.ts';

interface Ports {
  readonly view: ClusterView;
  readonly runs: RunStorage;
  readonly recorder: Recorder;
  readonly ambient: Ambient;
  readonly readWish: ReadWish;
}

const DONE: Next = { after: 'change' };
const SOON: Next = { after: 'backoff', capMs: 60_000 };
const KINDS: readonly RunKind[] = ['CronJob', 'Job'];
// Of a namespace that keeps Jobs for ever, those that are over are the older ones.
const MOST_JOBS = 100;

/**
 * Tells the CronJobs and Jobs of one namespace at a time, by an Event, of data that has changed. Nothing else is written to them, and no run
 * is started. What has been told is known to the API server, by the names of the Events; what is remembered here only saves calls.
 */
export class NextRunReconciler {
  readonly #ports: Ports;
  /** When the data changed that was told of last, by Secret. */
  readonly #told = new Map<string, number>();
  /** Until when (Unix seconds) changes in a namespace are left to settle: those that come meanwhile are no reason to look at all its Secrets. */
  readonly #settlesAtS = new Map<string, number>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Looks at what has changed in the namespace. Without a change, nothing is asked of the API server. */
  async reconcile(namespace: string, signal: AbortSignal): Promise<Next> {
    const nowS = this.#ports.ambient.nowMs() / 1_000;
    const leftS = (this.#settlesAtS.get(namespace) ?? nowS) - nowS;
    // A clock that was set back must not make a wait of hours.
    if (leftS > 0 && leftS <= 2 * SETTLING_S) return { after: 'delay', ms: leftS * 1_000 };
    this.#settlesAtS.delete(namespace);
    const lately = changedLately(this.#ports.view.list('Secret', namespace), nowS);
    const news = lately.filter(({ metadata, changedAtS }) => this.#told.get(idOf(metadata)) !== changedAtS);
    if (news.length === 0) return DONE;
    // From the first of them on, so that changes without end do not put it off for ever.
    const unsettledS = Math.min(...news.map(({ changedAtS }) => changedAtS)) + SETTLING_S - nowS;
    if (unsettledS > 0) {
      const waitS = Math.min(unsettledS, 2 * SETTLING_S);
      this.#settlesAtS.set(namespace, nowS + waitS);
      return { after: 'delay', ms: waitS * 1_000 };
    }
    for (const kind of KINDS) {
      const told = await this.#tellAll(kind, namespace, news, signal);
      if (!told.ok) return SOON;
    }
    this.#remember(news, nowS);
    return DONE;
  }

  #remember(news: readonly ChangedSecret[], nowS: number): void {
    for (const { metadata, changedAtS } of news) this.#told.set(idOf(metadata), changedAtS);
    for (const [id, changedAtS] of this.#told) if (changedAtS + 3_600 < nowS) this.#told.delete(id);
  }

  async #tellAll(
    kind: RunKind,
    namespace: string,
    news: readonly ChangedSecret[],
    signal: AbortSignal,
  ): Promise<Result<void>> {
    const listed = await this.#ports.runs.list(kind, namespace, signal);
    if (!listed.ok) return listed;
    const asking = listed.value.filter((meta) => this.#ports.readWish(meta) !== undefined).toSorted(byAge);
    for (const meta of kind === 'Job' ? asking.slice(0, MOST_JOBS) : asking) {
      const asked = await this.#asked(kind, meta, news, signal);
      if (!asked.ok) return asked;
      for (const secret of asked.value) this.#tell(kind, meta, secret);
    }
    return succeed(undefined);
  }

  /** Those of the changes that it asked for, and that are not older than itself. */
  async #asked(
    kind: RunKind,
    meta: ObjectMeta,
    news: readonly ChangedSecret[],
    signal: AbortSignal,
  ): Promise<Result<readonly ChangedSecret[]>> {
    const wish = this.#ports.readWish(meta);
    const candidates = news.filter((secret) => isOlder(meta, secret) && wish?.asksFor(secret.metadata, true) === true);
    if (candidates.length === 0 || (kind === 'CronJob' && wish?.usesTemplate === false)) return succeed(candidates);
    const read = await this.#ports.runs.read(kind, meta, signal);
    if (!read.ok) return read;
    if (read.value === undefined || read.value.isOver) return succeed([]);
    const referenced = secretsOf(read.value.podSpec);
    return succeed(candidates.filter(({ metadata, name }) => wish?.asksFor(metadata, referenced.has(name)) === true));
  }

  #tell(kind: RunKind, { namespace, name, uid }: ObjectMeta, secret: ChangedSecret): void {
    const regarding = { apiVersion: 'batch/v1', kind, namespace, name, uid };
    const occasion = `${secret.name}@${secret.changedAtS}`;
    this.#ports.recorder.event(regarding, 'Normal', 'RestartLeftToNextRun', runNotice(kind, secret), occasion);
  }
}

const byAge = (a: ObjectMeta, b: ObjectMeta): number =>
  Date.parse(b.creationTimestamp) - Date.parse(a.creationTimestamp);
