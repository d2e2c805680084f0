import type { ClusterView, ObjectKey, ObjectMeta, Recorder, WorkloadKind } from '../core/ports.ts';
import type { WatchedSecret } from '../core/restart.ts';
import { isSilent, lastRestart } from '../core/restart-note.ts';
import {
  isTold,
  type RestartReport,
  type RestartState,
  restartOf,
  restartStates,
  tellsOfRestart,
} from '../core/restart-status.ts';
import type { Status } from '../core/summarize.ts';
import { idOf, kindedId } from './key.ts';
import type { Observer, RestartOutcome } from './observer.ts';
import { restartEvent, type Turn } from './restart-event.ts';

interface Ports {
  readonly view: ClusterView;
  readonly recorder: Recorder;
  readonly observer: Pick<Observer, 'restarted'>;
  /** The ExternalSecrets whose target is the Secret. */
  readonly writers: (secret: ObjectKey) => Iterable<ObjectMeta>;
  /** Has the restarts in the status of the ExternalSecret looked at. */
  readonly restartsChanged: (externalSecret: string) => void;
}

/** How the restart of a workload stands, beside which workload it is. */
export type Finding = Pick<RestartReport, 'state' | 'sinceS' | 'restartedAtS' | 'owedSinceS'>;

/** A Secret for whose last change a workload was restarted, though it says so no longer, and what was told of that last. */
export interface Taken {
  readonly name: string;
  readonly state: string;
}

/**
 * How the restarts of workloads stand, on the way to Events and to the status of ExternalSecrets. It may be lost without harm: what is
 * not told yet is found again, as the status does not hold the end of the workload's last restart.
 */
export class RestartJournal {
  readonly #ports: Ports;
  readonly #reports = new Map<string, RestartReport>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Those of the Secrets for which the status of an ExternalSecret does not tell how the workload's last restart has ended. */
  untold(kind: WorkloadKind, meta: ObjectMeta, secrets: readonly string[]): readonly string[] {
    const last = lastRestart(meta);
    const workload = { kind, name: meta.name };
    const report = this.#reports.get(kindedId(kind, meta));
    // A Secret may have outlived its ExternalSecret: then only this process knows of a restart for it that has not ended.
    const isOpen = report !== undefined && !restartStates[report.state].isEnd;
    return secrets.filter(
      (name) =>
        (isOpen && report.secrets.includes(name)) ||
        this.#statusesOf(meta.namespace, name).some(({ status }) => !isTold(status, workload, name, last)),
    );
  }

  /** Those of the Secrets for whose last change the workload was restarted, by what was told of it, though it says so no longer. */
  taken(kind: WorkloadKind, meta: ObjectMeta, secrets: readonly WatchedSecret[]): readonly Taken[] {
    return secrets.flatMap((secret) => {
      const state = isSilent(meta, secret.name) ? this.#stateSince(kind, meta, secret) : undefined;
      return state === undefined ? [] : [{ name: secret.name, state }];
    });
  }

  /** Of a workload that is younger than the change, what was told was told of another. */
  #stateSince(kind: WorkloadKind, meta: ObjectMeta, { name, changedAtS }: WatchedSecret): string | undefined {
    if (changedAtS === undefined || Date.parse(meta.creationTimestamp) > changedAtS * 1_000) return undefined;
    const report = this.#reports.get(kindedId(kind, meta));
    const workload = { kind, name: meta.name };
    const entries = this.#statusesOf(meta.namespace, name).flatMap(({ status }) => restartOf(status, workload) ?? []);
    const known = [
      ...(report?.secrets.includes(name) === true ? [report] : []),
      ...entries.map(({ state, since }) => ({ state, sinceS: Date.parse(since) / 1_000 })),
    ];
    return known.find(({ state, sinceS }) => tellsOfRestart(state, sinceS, changedAtS))?.state;
  }

  tell(turn: Turn, finding: Finding): void {
    const { kind, metadata, secrets } = turn;
    const { namespace, name, uid } = metadata;
    const id = kindedId(kind, metadata);
    const report = { kind, namespace, name, secrets, ...finding };
    const statuses = secrets.flatMap((secret) => this.#statusesOf(namespace, secret));
    const entry = statuses.map(({ status }) => restartOf(status, report)).find((found) => found !== undefined);
    const told = entry && { state: entry.state, sinceS: Date.parse(entry.since) / 1_000 };
    const isNews = isNewsAfter(this.#reports.get(id) ?? told, report);
    this.#reports.set(id, report);
    const outcome = isNews ? outcomes[report.state] : undefined;
    if (outcome !== undefined) this.#ports.observer.restarted(id, kind, outcome, secrets);
    const event = isNews ? restartEvent(report.state, turn) : undefined;
    if (event !== undefined) {
      const apiVersion = kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1';
      const regarding = { apiVersion, kind, namespace, name, uid };
      this.#ports.recorder.event(regarding, event.type, event.reason, event.message);
    }
    for (const { id: externalSecret } of statuses) this.#ports.restartsChanged(externalSecret);
  }

  /** The workload is gone, or asks for nothing any more. */
  forget(workload: string): void {
    this.#reports.delete(workload);
  }

  /** What is known of restarts for the Secret. */
  reportsOn(secret: ObjectKey): readonly RestartReport[] {
    return [...this.#reports.values()].filter(
      ({ namespace, secrets }) => namespace === secret.namespace && secrets.includes(secret.name),
    );
  }

  /** Whether the caches let it be that a restart of the workload is under way. */
  mayBeUnderWay(kind: WorkloadKind, meta: ObjectMeta): boolean {
    return lastRestart(meta).secrets.some((name) =>
      this.#statusesOf(meta.namespace, name).some(({ status }) => {
        const state = restartOf(status, { kind, name: meta.name })?.state;
        return (
          state === 'Restarting' ||
          (state !== 'Failed' && !isTold(status, { kind, name: meta.name }, name, lastRestart(meta)))
        );
      }),
    );
  }

  /** Since when the oldest restart is owed (Unix seconds); undefined when none is. */
  oldestOwedS(): number | undefined {
    const times = [...this.#reports.values()].map(({ owedSinceS }) => owedSinceS).filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #statusesOf(namespace: string, secret: string): readonly { readonly id: string; readonly status: Status }[] {
    return [...this.#ports.writers({ namespace, name: secret })]
      .map((meta) => ({ id: idOf(meta), status: this.#statusOf(meta) }))
      .filter(({ status }) => status.binding?.name === secret);
  }

  #statusOf(externalSecret: ObjectKey): Status {
    const status = this.#ports.view.resource('ExternalSecret', externalSecret)?.status;
    return typeof status === 'object' && status !== null ? status : {};
  }
}

/** The states that are counted when they begin. */
const outcomes: Readonly<Partial<Record<RestartState, RestartOutcome>>> = {
  Restarted: 'restarted',
  Failed: 'failed',
  Undone: 'undone',
  Stripped: 'stripped',
};

/** Another state, or another restart that has come to it. */
const isNewsAfter = (
  known: { readonly state: string; readonly sinceS: number } | undefined,
  { state, sinceS }: RestartReport,
): boolean => known?.state !== state || (restartStates[state].isUnderWay && sinceS > known.sinceS);
