import { LAST_RESTART_ANNOTATION, RESTARTED_AT_ANNOTATION, SEEN_REVISIONS_ANNOTATION } from '../api/names.ts';
import { rfc3339 } from '../core/conditions.ts';
import type { Ambient, ClusterView, ObjectKey, ObjectMeta, WorkloadKind, WriteOutcome } from '../core/ports.ts';
import {
  hasSeen,
  planRestart,
  type Restart,
  seenRevisions,
  type WatchedSecret,
  watchedSecret,
} from '../core/restart.ts';
import { closedGate } from '../core/restart-gate.ts';
import { lastRestart, retryWish, toNote } from '../core/restart-note.ts';
import type { RestartState } from '../core/restart-status.ts';
import { type ReadWish, saidInterval } from '../core/restart-wish.ts';
import type { Next } from '../core/schedule.ts';
import type { LiveTemplate, LiveWorkload, WorkloadStorage } from '../core/workload-storage.ts';
import type { Fault } from '../model/fault.ts';
import { type Result, succeed } from '../model/result.ts';
import { followRestart } from './follow-restart.ts';
import { kindedId, kindedKeyOf, WORKLOADS } from './key.ts';
import type { Observer } from './observer.ts';
import type { RestartJournal, Taken } from './restart-journal.ts';
import { RestartMemory } from './restart-memory.ts';
import type { RestartWidth } from './restart-width.ts';

interface Ports {
  readonly view: ClusterView;
  readonly workloads: WorkloadStorage;
  readonly ambient: Ambient;
  readonly observer: Observer;
  readonly journal: RestartJournal;
  readonly width: RestartWidth;
  readonly readWish: ReadWish;
}

const SOON: Next = { after: 'backoff', capMs: 60_000 };
const REFUSED: Next = { after: 'backoff', capMs: 600_000 };
const DONE: Next = { after: 'change' };

/** A workload of which a look is to decide, and what the look has found so far. */
interface Subject {
  readonly id: string;
  readonly kind: WorkloadKind;
  readonly live: LiveWorkload;
  readonly secrets: readonly WatchedSecret[];
}

type Roll = Restart & { readonly kind: 'roll' };
type Patch = Restart & { readonly kind: 'roll' | 'record' };

/** Restarts one workload at a time, by state alone: what was missed while nobody looked is found at the next look. */
export class WorkloadReconciler {
  readonly #ports: Ports;
  readonly #memory: RestartMemory;
  #isSeeded = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#memory = new RestartMemory(ports.view, ports.readWish);
  }

  /** Looks at the workload `Kind/namespace/name`, and rolls it when its pods are older than the data that they were started with. */
  async reconcile(id: string, signal: AbortSignal): Promise<Next> {
    this.#seedWidth();
    const { kind, key } = kindedKeyOf<WorkloadKind>(id);
    const cached = this.#ports.view.meta(kind, key);
    if (cached === undefined || cached.deletionTimestamp !== undefined || this.#ports.readWish(cached) === undefined) {
      this.#memory.forget(id);
      this.#ports.journal.forget(id);
      this.#ports.observer.forgotten('Workload', id);
      return this.#settle(kind, key, DONE);
    }
    if (this.#isOwed(id, kind, cached)) return this.#decide(id, kind, key, signal);
    const untold = this.#untold(id, kind, cached);
    const mayBeStripped = lastRestart(cached).atS !== undefined && this.#memory.isChanged(id, cached);
    const isTaken = this.#taken(id, kind, cached).some(({ state }) => state !== 'Stripped');
    if (untold.length === 0 && !mayBeStripped && !isTaken) return this.#settle(kind, key, DONE);
    const read = await this.#ports.workloads.readTemplate(kind, key, signal);
    if (!read.ok) return this.#unread(kind, key, read.faults);
    if (read.value === undefined) return this.#settle(kind, key, DONE);
    this.#memory.remember(id, read.value);
    if (this.#isOwed(id, kind, read.value.metadata)) return this.#decide(id, kind, key, signal);
    return this.#follow(id, kind, read.value, signal);
  }

  #isOwed(id: string, kind: WorkloadKind, meta: ObjectMeta): boolean {
    const taken = this.#taken(id, kind, meta).map(({ name }) => name);
    return this.#memory.isOwed(id, meta, taken);
  }

  /** The Secrets for which the workload was restarted since they changed, and says so no longer; and what was told of that last. */
  #taken(id: string, kind: WorkloadKind, meta: ObjectMeta): readonly Taken[] {
    return this.#ports.journal.taken(kind, meta, this.#memory.cachedSecrets(id, meta));
  }

  async #decide(id: string, kind: WorkloadKind, key: ObjectKey, signal: AbortSignal): Promise<Next> {
    const read = await this.#ports.workloads.read(kind, key, signal);
    if (!read.ok) return this.#unread(kind, key, read.faults);
    const live = read.value;
    if (live === undefined || live.metadata.deletionTimestamp !== undefined) return this.#settle(kind, key, DONE);
    this.#memory.remember(id, live);
    if (!this.#isOwed(id, kind, live.metadata)) return this.#follow(id, kind, live, signal);
    const secrets = await this.#readSecrets(id, live.metadata, signal);
    if (!secrets.ok) return this.#unread(kind, key, secrets.faults);
    this.#ports.observer.workloadRead(id, []);
    return this.#act({ id, kind, live, secrets: secrets.value }, signal);
  }

  /** Nobody restarts what cannot be read; a place that was held for it goes to another. */
  #unread(kind: WorkloadKind, key: ObjectKey, faults: readonly Fault[]): Next {
    this.#ports.observer.workloadRead(kindedId(kind, key), faults);
    return this.#settle(kind, key, SOON);
  }

  #settle(kind: WorkloadKind, key: ObjectKey, next: Next, isRestarting = false): Next {
    this.#ports.width.settle(kindedId(kind, key), key.namespace, isRestarting);
    return next;
  }

  /** A cache may lag behind what another operator has written, so the Secrets, too, are read live before anything is decided. */
  async #readSecrets(id: string, meta: ObjectMeta, signal: AbortSignal): Promise<Result<WatchedSecret[]>> {
    const secrets: WatchedSecret[] = [];
    for (const { name } of this.#memory.cachedSecrets(id, meta)) {
      const read = await this.#ports.workloads.readSecretMeta({ namespace: meta.namespace, name }, signal);
      if (!read.ok) return read;
      const secret = read.value && watchedSecret(read.value.metadata, read.value.writtenS);
      if (secret !== undefined) secrets.push(secret);
    }
    return succeed(secrets);
  }

  async #act(subject: Subject, signal: AbortSignal): Promise<Next> {
    const { id, kind, live, secrets } = subject;
    const { metadata, podsCreatedS, outdatedPodsCreatedS, formerAnnotations, serverTimeS: nowS } = live;
    const restart = planRestart(secrets, {
      asked: this.#memory.namesAsked(id, metadata),
      seen: seenRevisions(metadata),
      podsCreatedS,
      outdatedPodsCreatedS,
      formerSeen: formerAnnotations.map((annotations) => seenRevisions({ annotations })),
      taken: this.#ports.journal.taken(kind, metadata, secrets).map(({ name }) => name),
      isRetry: retryWish(metadata) !== undefined,
      nowS,
    });
    if (restart.kind === 'rest') return this.#settle(kind, metadata, DONE);
    if (restart.kind === 'wait') return this.#settle(kind, metadata, { after: 'delay', ms: restart.ms });
    const held = restart.kind === 'roll' ? this.#hold(subject, restart) : undefined;
    return held ?? this.#patch(subject, restart, signal);
  }

  /** What stands between the workload and its restart; undefined when nothing does. */
  #hold(subject: Subject, { causes }: Roll): Next | undefined {
    const { id, kind, live } = subject;
    const { metadata, rollout, podsCreatedS, serverTimeS: nowS } = live;
    const said = saidInterval(metadata, this.#ports.readWish);
    const closed = closedGate({
      rollout,
      podsCreatedS,
      knownSinceS: this.#memory.knownSinceS(id, metadata) ?? nowS,
      lastRestartS: lastRestart(metadata).atS,
      minIntervalS: said === undefined ? 0 : said.seconds,
      isRetry: retryWish(metadata) !== undefined,
      nowS,
    });
    if (closed !== undefined) {
      this.#tell(subject, closed.gate, causes);
      const next: Next = closed.ms === undefined ? DONE : { after: 'delay', ms: closed.ms };
      // It may be a restart of ours that it waits for, which keeps its place.
      return closed.gate === 'WaitingForRollout' ? next : this.#settle(kind, metadata, next);
    }
    if (this.#ports.width.admit(id, metadata.namespace)) return undefined;
    this.#tell(subject, 'WaitingForTurn', causes);
    return DONE;
  }

  /** Before its first look a process holds places for what its predecessor may have left on the way: each of those is looked at soon. */
  #seedWidth(): void {
    if (this.#isSeeded) return;
    this.#isSeeded = true;
    for (const kind of WORKLOADS) {
      for (const meta of this.#ports.view.list(kind)) {
        const isUnderWay = this.#ports.readWish(meta) !== undefined && this.#ports.journal.mayBeUnderWay(kind, meta);
        if (isUnderWay) this.#ports.width.settle(kindedId(kind, meta), meta.namespace, true);
      }
    }
  }

  async #patch(subject: Subject, restart: Patch, signal: AbortSignal): Promise<Next> {
    const { kind, live } = subject;
    const { uid, resourceVersion, namespace, name } = live.metadata;
    const retry = retryWish(live.metadata);
    const before = lastRestart(live.metadata);
    const news =
      restart.kind === 'roll'
        ? { atS: live.serverTimeS, secrets: restart.causes, undone: [] }
        : { undone: restart.undone.length > 0 ? restart.undone : before.undone };
    const isNote = restart.kind === 'roll' || restart.undone.length > 0 || retry !== undefined;
    const own = {
      [SEEN_REVISIONS_ANNOTATION]: JSON.stringify(restart.seen),
      ...(isNote ? { [LAST_RESTART_ANNOTATION]: toNote({ ...before, ...news, retry: retry ?? before.retry }) } : {}),
    };
    const template = restart.kind === 'roll' ? { [RESTARTED_AT_ANNOTATION]: this.#restartedAt(live) } : {};
    const key = { namespace, name };
    const outcome = await this.#ports.workloads.patch(kind, key, { uid, resourceVersion }, own, template, signal);
    return outcome.kind === 'written' ? this.#wrote(subject, restart) : this.#failed(subject, restart, outcome);
  }

  #wrote(subject: Subject, restart: Patch): Next {
    const { id, kind, live } = subject;
    const { rollout, metadata } = live;
    if (restart.kind === 'roll') {
      this.#ports.observer.restarted(id, kind, 'rolled', restart.causes);
      const { isOnDelete, deadlineS } = rollout;
      this.#tell(subject, isOnDelete ? 'OnDelete' : 'Restarting', restart.causes, live.serverTimeS);
      const next: Next = deadlineS === undefined ? DONE : { after: 'delay', ms: deadlineS * 1_000 };
      return this.#settle(kind, metadata, next, !isOnDelete);
    }
    this.#ports.observer.restarted(id, kind, 'recorded', []);
    if (restart.undone.length > 0) this.#tell(subject, 'Undone', restart.undone);
    else if (rollout.desiredPods === 0) this.#tellOfNoPods(subject);
    return this.#settle(kind, metadata, DONE);
  }

  /** What has changed since its pods were last made to see it would have been a restart, had it any. */
  #tellOfNoPods(subject: Subject): void {
    const seen = seenRevisions(subject.live.metadata);
    const changed = subject.secrets.filter((secret) => Object.hasOwn(seen, secret.name) && !hasSeen(seen, secret));
    if (changed.length > 0)
      this.#tell(
        subject,
        'NoPods',
        changed.map(({ name }) => name),
      );
  }

  #failed(subject: Subject, restart: Patch, outcome: WriteOutcome): Next {
    const { id, kind, live } = subject;
    const causes = restart.kind === 'roll' ? restart.causes : [];
    if (outcome.kind === 'refused') {
      this.#ports.observer.restarted(id, kind, 'refused', causes);
      this.#tell(subject, 'Refused', causes, undefined, outcome.cause);
      return this.#settle(kind, live.metadata, REFUSED);
    }
    if (outcome.kind === 'conflict' && causes.length > 0) {
      this.#ports.observer.restarted(id, kind, 'conflict', causes);
      this.#tell(subject, 'Conflict', causes);
    }
    const isGone = outcome.kind === 'notFound' || outcome.kind === 'namespaceTerminating';
    return this.#settle(kind, live.metadata, isGone ? DONE : SOON);
  }

  #tell(
    { kind, live, secrets }: Subject,
    state: RestartState,
    causes: readonly string[],
    restartedAtS?: number,
    cause?: string,
  ): void {
    const { metadata, serverTimeS: sinceS } = live;
    const sinces = secrets.filter(({ name }) => causes.includes(name)).map((secret) => secret.sinceS);
    const isOwed = restartedAtS === undefined && state !== 'Undone' && state !== 'NoPods';
    const owedSinceS = isOwed && sinces.length > 0 ? Math.min(...sinces) : undefined;
    const interval = saidInterval(metadata, this.#ports.readWish);
    const turn = { kind, metadata, secrets: causes, interval, cause };
    this.#ports.journal.tell(turn, { state, sinceS, restartedAtS, owedSinceS });
  }

  /** Nothing is owed; how far the last restart has come may still be to be told. */
  async #follow(id: string, kind: WorkloadKind, live: LiveTemplate, signal: AbortSignal): Promise<Next> {
    const { metadata } = live;
    const key = metadata;
    const silence = {
      untold: this.#untold(id, kind, metadata),
      taken: this.#taken(id, kind, metadata).map(({ name }) => name),
    };
    const followed = await followRestart(this.#ports.workloads, kind, live, silence, signal);
    if (!followed.ok) return this.#unread(kind, key, followed.faults);
    if (followed.value === undefined) return this.#settle(kind, key, DONE);
    const { finding, secrets, ms } = followed.value;
    this.#ports.journal.tell({ kind, metadata, secrets, interval: undefined, cause: undefined }, finding);
    const next: Next = ms === undefined ? DONE : { after: 'delay', ms };
    return this.#settle(kind, key, next, finding.state === 'Restarting');
  }

  #untold(id: string, kind: WorkloadKind, meta: ObjectMeta): readonly string[] {
    return this.#ports.journal.untold(kind, meta, this.#memory.namesAsked(id, meta));
  }

  /** Now, in kubectl's spelling; one second later where the template already says so, since only a difference rolls. */
  #restartedAt({ templateAnnotations, serverTimeS }: LiveWorkload): string {
    // Argo restarts what is older than this, by the API server's clock.
    const nowMs = Math.max(this.#ports.ambient.nowMs(), serverTimeS * 1_000);
    const now = rfc3339(nowMs);
    return templateAnnotations[RESTARTED_AT_ANNOTATION] === now ? rfc3339(nowMs + 1_000) : now;
  }
}
