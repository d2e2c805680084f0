import { RESTARTED_AT_ANNOTATION, SEEN_REVISIONS_ANNOTATION } from '../api/names.ts';
import { rfc3339 } from '../core/conditions.ts';
import type {
  Ambient,
  ClusterView,
  LiveWorkload,
  ObjectKey,
  ObjectMeta,
  Recorder,
  WorkloadKind,
  WorkloadStorage,
  WriteOutcome,
} from '../core/ports.ts';
import { secretsOf } from '../core/references.ts';
import {
  hasSeen,
  planRestart,
  type Restart,
  restartOn,
  seenRevisions,
  type WatchedSecret,
  watchedSecret,
} from '../core/restart.ts';
import type { Next } from '../core/schedule.ts';
import type { Fault } from '../model/fault.ts';
import { type Result, succeed } from '../model/result.ts';
import { kindedKeyOf } from './key.ts';
import type { Observer } from './observer.ts';

interface Ports {
  readonly view: ClusterView;
  readonly workloads: WorkloadStorage;
  readonly recorder: Recorder;
  readonly ambient: Ambient;
  readonly observer: Observer;
}

const SOON: Next = { after: 'backoff', capMs: 60_000 };
const REFUSED: Next = { after: 'backoff', capMs: 600_000 };
const DONE: Next = { after: 'change' };

/** The Secrets that a pod template refers to, as long as it is of this generation. */
interface Template {
  readonly uid: string;
  readonly generation: number;
  readonly secrets: ReadonlySet<string>;
}

/** Restarts one workload at a time, by state alone: what was missed while nobody looked is found at the next look. */
export class WorkloadReconciler {
  readonly #ports: Ports;
  readonly #templates = new Map<string, Template>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Looks at the workload `Kind/namespace/name`, and rolls it when its pods are older than the data that they were started with. */
  async reconcile(id: string, signal: AbortSignal): Promise<Next> {
    const { kind, key } = kindedKeyOf<WorkloadKind>(id);
    const cached = this.#ports.view.meta(kind, key);
    if (cached === undefined || cached.deletionTimestamp !== undefined || restartOn(cached) === undefined) {
      this.#templates.delete(id);
      this.#ports.observer.forgotten('Workload', id);
      return DONE;
    }
    if (this.#hasSeenAll(id, cached)) return DONE;
    const read = await this.#ports.workloads.read(kind, key, signal);
    if (!read.ok) return this.#unread(id, read.faults);
    const live = read.value;
    if (live === undefined || live.metadata.deletionTimestamp !== undefined) return DONE;
    this.#templates.set(id, {
      uid: live.metadata.uid,
      generation: live.metadata.generation,
      secrets: secretsOf(live.podSpec),
    });
    if (this.#hasSeenAll(id, live.metadata)) return DONE;
    const restart = await this.#plan(id, live, signal);
    if (!restart.ok) return this.#unread(id, restart.faults);
    this.#ports.observer.workloadRead(id, []);
    return this.#act(kind, key, live, restart.value, signal);
  }

  #unread(id: string, faults: readonly Fault[]): Next {
    this.#ports.observer.workloadRead(id, faults);
    return SOON;
  }

  /** A cache may lag behind what another operator has written, so the Secrets, too, are read live before anything is decided. */
  async #plan(id: string, live: LiveWorkload, signal: AbortSignal): Promise<Result<Restart>> {
    const asked = this.#namesAsked(id, live.metadata);
    const secrets: WatchedSecret[] = [];
    for (const { name } of this.#cachedSecrets(id, live.metadata)) {
      const read = await this.#ports.workloads.readSecretMeta({ namespace: live.metadata.namespace, name }, signal);
      if (!read.ok) return read;
      const secret = read.value && watchedSecret(read.value.metadata, read.value.writtenS);
      if (secret !== undefined) secrets.push(secret);
    }
    const { podsCreatedS, outdatedPodsCreatedS, serverTimeS: nowS } = live;
    const seen = seenRevisions(live.metadata);
    return succeed(planRestart(secrets, { asked, seen, podsCreatedS, outdatedPodsCreatedS, nowS }));
  }

  async #act(
    kind: WorkloadKind,
    key: ObjectKey,
    live: LiveWorkload,
    restart: Restart,
    signal: AbortSignal,
  ): Promise<Next> {
    if (restart.kind === 'rest') return DONE;
    if (restart.kind === 'wait') return { after: 'delay', ms: restart.ms };
    const { uid, resourceVersion } = live.metadata;
    const seen = { [SEEN_REVISIONS_ANNOTATION]: JSON.stringify(restart.seen) };
    const template = restart.kind === 'roll' ? { [RESTARTED_AT_ANNOTATION]: this.#restartedAt(live) } : {};
    const outcome = await this.#ports.workloads.patch(kind, key, { uid, resourceVersion }, seen, template, signal);
    return this.#follow(kind, live.metadata, restart, outcome);
  }

  #follow(
    kind: WorkloadKind,
    meta: ObjectMeta,
    restart: Restart & { kind: 'roll' | 'record' },
    outcome: WriteOutcome,
  ): Next {
    const { namespace, name, uid } = meta;
    const workload = `${kind}/${namespace}/${name}`;
    const regarding = { apiVersion: 'apps/v1', kind, namespace, name, uid };
    const causes = restart.kind === 'roll' ? restart.causes : [];
    if (outcome.kind === 'written') {
      this.#ports.observer.restarted(workload, kind, restart.kind === 'roll' ? 'rolled' : 'recorded', causes);
      if (restart.kind === 'roll') {
        this.#ports.recorder.event(
          regarding,
          'Normal',
          'Restarted',
          `Rolled, since the data of Secret ${causes.join(', ')} changed`,
        );
      }
      return DONE;
    }
    if (outcome.kind === 'refused') {
      this.#ports.observer.restarted(workload, kind, 'refused', causes);
      this.#ports.recorder.event(
        regarding,
        'Warning',
        'RestartRefused',
        `The cluster refuses the restart: ${outcome.cause}`,
      );
      return REFUSED;
    }
    return outcome.kind === 'notFound' || outcome.kind === 'namespaceTerminating' ? DONE : SOON;
  }

  /** From the caches: whether the workload's own record says that nothing is owed. */
  #hasSeenAll(id: string, meta: ObjectMeta): boolean {
    const template = this.#templates.get(id);
    const isKnown = template?.uid === meta.uid && template.generation === meta.generation;
    if (restartOn(meta) === '*' && !isKnown) return false;
    const seen = seenRevisions(meta);
    return this.#cachedSecrets(id, meta).every((secret) => hasSeen(seen, secret));
  }

  /** Those of the Secrets that the workload asked for in which keyferry has published something, as far as the cache knows. */
  #cachedSecrets(id: string, meta: ObjectMeta): WatchedSecret[] {
    return this.#namesAsked(id, meta).flatMap((name) => {
      const secret = this.#ports.view.meta('Secret', { namespace: meta.namespace, name });
      const watched = secret === undefined ? undefined : watchedSecret(secret);
      return watched === undefined ? [] : [watched];
    });
  }

  #namesAsked(id: string, meta: ObjectMeta): readonly string[] {
    const wish = restartOn(meta) ?? [];
    return (wish === '*' ? [...(this.#templates.get(id)?.secrets ?? [])] : wish).toSorted();
  }

  /** Now, in kubectl's spelling; one second later where the template already says so, since only a difference rolls. */
  #restartedAt({ templateAnnotations }: LiveWorkload): string {
    const nowMs = this.#ports.ambient.nowMs();
    const now = rfc3339(nowMs);
    return templateAnnotations[RESTARTED_AT_ANNOTATION] === now ? rfc3339(nowMs + 1_000) : now;
  }
}
