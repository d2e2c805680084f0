import { REVISION_ANNOTATION } from '../api/names.ts';
import { refusalOf } from '../core/diff.ts';
import type {
  Ambient,
  ClusterView,
  LiveSecret,
  ObjectKey,
  ObjectMeta,
  Recorder,
  ResourceStatus,
  SecretStorage,
  ValueSource,
} from '../core/ports.ts';
import { renderData, type SecretData } from '../core/render.ts';
import { rivalFault } from '../core/rival.ts';
import { type Next, nextRefreshMs, retryAfter } from '../core/schedule.ts';
import { sourcesOf } from '../core/sources.ts';
import { type Outcome, readyOf } from '../core/summarize.ts';
import { isOwned } from '../core/target.ts';
import type { Fault } from '../model/fault.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import { applySecret, removeFormerTargets } from './apply.ts';
import { isEnding } from './ending.ts';
import { keyOf } from './key.ts';
import { isNewer, type Memo, memoOfStatus } from './memo.ts';
import type { Observer } from './observer.ts';
import { type Prepared, prepare } from './prepare.ts';
import { report } from './report.ts';

export interface Ports {
  readonly view: ClusterView;
  readonly secrets: SecretStorage;
  readonly status: ResourceStatus;
  readonly values: ValueSource;
  readonly recorder: Recorder;
  readonly ambient: Ambient;
  readonly observer: Observer;
  /** The revision of data in a Secret. */
  readonly revise: (secret: ObjectKey, data: SecretData) => string;
  /** The other ExternalSecrets that name this Secret as their target. */
  readonly claimants: (secret: ObjectKey) => Iterable<ObjectMeta>;
  /** The Secrets that say they belong to the ExternalSecret of this uid. */
  readonly possessions: (uid: string) => Iterable<ObjectKey>;
}

/** The fruit of a pass that went well. */
interface Pass {
  readonly outcome: Outcome & { readonly kind: 'synced' };
  readonly revision: string;
}

/** The spec of a pass that has got past all that the caches can object to. */
type Ready = Prepared & {
  readonly spec: NonNullable<Prepared['spec']>;
  readonly store: NonNullable<Prepared['store']>;
};

const LOOK_AT_ONCE: Next = { after: 'delay', ms: 0 };

/** Runs the pipeline for one ExternalSecret at a time; what it remembers between passes can be lost without harm. */
export class ExternalSecretReconciler {
  readonly #ports: Ports;
  readonly #memos = new Map<string, Memo>();
  /** When the values were last read whole, by ExternalSecret. */
  readonly #refreshedMs = new Map<string, number>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Looks at the ExternalSecret `namespace/name`, does what is owed, and says when to look again. */
  async reconcile(id: string, signal: AbortSignal): Promise<Next> {
    const raw = this.#ports.view.resource('ExternalSecret', keyOf(id));
    if (raw === undefined || isEnding(this.#ports.view, raw)) {
      this.#memos.delete(id);
      this.#refreshedMs.delete(id);
      this.#ports.observer.forgotten('ExternalSecret', id);
      return { after: 'change' };
    }
    const prepared = prepare(this.#ports.view, raw);
    if (prepared.spec?.suspend === true) {
      const told = await report(this.#ports, prepared, { kind: 'suspended' }, undefined, signal);
      return told.ok ? { after: 'change' } : retryAfter(told.faults, prepared.spec);
    }
    const memo = this.#memos.get(id) ?? memoOfStatus(this.#ports.view, prepared, this.#ports.ambient.nowMs());
    if (memo !== undefined && this.#isCurrent(memo, prepared)) {
      const settled = await this.#settleTarget(memo, prepared, signal);
      if (settled !== undefined) {
        this.#memos.set(id, settled);
        const removed = await this.#removeFormer(prepared, signal);
        return removed.ok ? this.#untilDue(settled.dueMs) : retryAfter(removed.faults, prepared.spec);
      }
    }
    return this.#pass(id, prepared, signal);
  }

  async #pass(id: string, prepared: Prepared, signal: AbortSignal): Promise<Next> {
    const { ambient, observer } = this.#ports;
    const startedMs = ambient.nowMs();
    this.#memos.delete(id);
    const done = await this.#sync(prepared, signal).catch((error: unknown): Result<Pass | undefined> => {
      signal.throwIfAborted();
      observer.unexpected(id, error);
      return fail(
        'Internal',
        `ExternalSecret/${prepared.owner.name}`,
        'keyferry met an error of its own; its log has the details',
      );
    });
    if (done.ok && done.value === undefined) return { after: 'change' };
    if (done.ok && done.value !== undefined && !this.#isSameGeneration(prepared)) return LOOK_AT_ONCE;
    const pass = done.ok ? done.value : undefined;
    const faults: readonly Fault[] = done.ok ? [] : done.faults;
    const outcome: Outcome = pass?.outcome ?? { kind: 'failed', faults };
    const told = await report(this.#ports, prepared, outcome, this.#refreshedMs.get(id), signal);
    // What the status could not be told is for the log and the metrics to tell, and to be tried again.
    const all = told.ok ? faults : [...faults, ...told.faults];
    observer.synced(id, all, ambient.nowMs() - startedMs);
    if (pass === undefined || !told.ok) return retryAfter(all, prepared.spec);
    const memo = this.#remember(id, prepared, pass);
    return this.#untilDue(memo.dueMs);
  }

  /** From the plan to the written Secret; undefined when there is nothing to do or the namespace is going away. */
  async #sync(prepared: Prepared, signal: AbortSignal): Promise<Result<Pass | undefined>> {
    if (!prepared.plan.ok) return prepared.plan;
    if (!isReady(prepared)) return fail('Internal', 'spec', 'a plan without a spec');
    const { requests, items } = prepared.plan.value;
    const look = this.#isTargetUntouched(prepared)
      ? succeed<LiveSecret | undefined | 'notRead'>('notRead')
      : await this.#look(prepared, signal);
    if (!look.ok) return look;
    if (prepared.spec.refreshPolicy === 'CreatedOnce') {
      const kept = look.value === 'notRead' ? await this.#look(prepared, signal) : succeed(look.value);
      if (!kept.ok) return kept;
      if (kept.value !== undefined) return succeed(this.#keep(prepared, kept.value));
    }

    const fetched = await this.#ports.values.fetch(requests, signal);
    const refreshedMs = this.#ports.ambient.nowMs();
    const data = renderData(items, fetched, prepared.spec.target.template);
    if (!data.ok) return data;
    if (!this.#isSameGeneration(prepared)) return succeed(undefined);

    const revision = this.#ports.revise(prepared.target, data.value);
    const resourceVersion = await this.#write(prepared, data.value, revision, look.value, signal);
    if (!resourceVersion.ok) return resourceVersion;
    if (resourceVersion.value === undefined) return succeed(undefined);
    return succeed({
      revision,
      outcome: {
        kind: 'synced',
        refreshedMs,
        secretName: prepared.target.name,
        keyCount: data.value.size,
        targetResourceVersion: resourceVersion.value,
        store: { uid: prepared.store.uid, generation: prepared.store.generation },
        sources: sourcesOf(items, fetched),
      },
    });
  }

  /** Whether the target is as a good pass over this very generation left it, so that only new data can call for a write. */
  #isTargetUntouched({ target, status, generation }: Ready): boolean {
    const ready = readyOf(status);
    const cached = this.#ports.view.meta('Secret', target);
    const isLeftSo = cached !== undefined && cached.resourceVersion === status.targetResourceVersion;
    return isLeftSo && ready?.status === 'True' && ready.observedGeneration === generation;
  }

  /** CreatedOnce: a Secret that is there is as asked, whatever people made of it since. */
  #keep({ target, status, store }: Ready, live: LiveSecret): Pass {
    const refreshedMs = Date.parse(status.refreshTime ?? live.metadata.creationTimestamp);
    return {
      revision: this.#ports.revise(target, live.data),
      outcome: {
        kind: 'synced',
        refreshedMs,
        secretName: target.name,
        keyCount: live.data.size,
        targetResourceVersion: live.metadata.resourceVersion,
        store: { uid: store.uid, generation: store.generation },
        sources: status.sources ?? [],
      },
    };
  }

  /** A live look at the target before AWS is asked: what it refuses, it refuses without a call. */
  async #look(prepared: Ready, signal: AbortSignal): Promise<Result<LiveSecret | undefined>> {
    const { target, owner, spec } = prepared;
    const read = await this.#ports.secrets.read(target, signal);
    if (!read.ok) return read;
    const fault =
      read.value === undefined
        ? rivalFault(prepared, this.#ports.claimants(prepared.target))
        : refusalOf({ key: target, owner, target: spec.target }, read.value);
    return fault === undefined ? read : { ok: false, faults: [fault] };
  }

  /** The resourceVersion of the target once it is as desired, and its predecessor is gone; undefined in a namespace that goes away. */
  async #write(
    prepared: Ready,
    data: SecretData,
    revision: string,
    look: LiveSecret | undefined | 'notRead',
    signal: AbortSignal,
  ): Promise<Result<string | undefined>> {
    const { target, owner, spec } = prepared;
    const cached = this.#ports.view.meta('Secret', target);
    if (look === 'notRead' && cached?.annotations[REVISION_ANNOTATION] === revision)
      return succeed(cached.resourceVersion);
    const desired = { key: target, owner, target: spec.target, data, revision };
    // Read again after the fetch: changed-at goes by the read's clock, and no pod that starts before the write may look younger.
    const known = look === undefined ? undefined : 'notRead';
    const applied = await applySecret(this.#ports.secrets, this.#ports.observer, desired, known, signal);
    if (!applied.ok) return applied;
    if (applied.value === 'terminating') return succeed(undefined);
    const removed = await this.#removeFormer(prepared, signal);
    return removed.ok ? succeed(applied.value.resourceVersion) : removed;
  }

  /** New first: to be called once the target is as it is to be. The status may have missed a name that changed again at once. */
  #removeFormer({ target, owner, status }: Prepared, signal: AbortSignal): Promise<Result<undefined>> {
    const former = new Set<string>();
    if (status.binding?.name !== undefined) former.add(status.binding.name);
    for (const { namespace, name } of this.#ports.possessions(owner.uid)) {
      if (namespace === owner.namespace) former.add(name);
    }
    former.delete(target.name);
    const keys = [...former].map((name) => ({ namespace: owner.namespace, name }));
    // The revision is keyed over the name, so a copy under another name does not bear its own.
    const isOriginal = ({ metadata, data }: LiveSecret): boolean =>
      metadata.name === status.binding?.name ||
      metadata.annotations[REVISION_ANNOTATION] === this.#ports.revise(metadata, data);
    return removeFormerTargets(this.#ports.secrets, this.#ports.observer, keys, owner, isOriginal, signal);
  }

  /**
   * Where only the target can have changed: the memo as it is now, or undefined when the data has to be fetched again. Data that still has
   * the revision that we gave it is its own witness, so labels and owners are put right without a call to AWS.
   */
  async #settleTarget(memo: Memo, prepared: Prepared, signal: AbortSignal): Promise<Memo | undefined> {
    const cached = this.#ports.view.meta('Secret', memo.secret);
    if (cached !== undefined && !isNewer(cached.resourceVersion, memo.targetResourceVersion)) return memo;
    if (!isReady(prepared)) return undefined;
    const read = await this.#ports.secrets.read(memo.secret, signal);
    if (!read.ok || read.value === undefined) return undefined;
    const { metadata, data } = read.value;
    if (metadata.resourceVersion === memo.targetResourceVersion) return memo;
    if (prepared.spec.refreshPolicy === 'CreatedOnce')
      return { ...memo, targetResourceVersion: metadata.resourceVersion };
    if (!isOwned(metadata, prepared.owner.uid) || this.#ports.revise(memo.secret, data) !== memo.revision)
      return undefined;
    const { owner, spec } = prepared;
    const desired = { key: memo.secret, owner, target: spec.target, data, revision: memo.revision };
    const applied = await applySecret(this.#ports.secrets, this.#ports.observer, desired, read.value, signal);
    if (!applied.ok || applied.value === 'terminating') return undefined;
    return { ...memo, targetResourceVersion: applied.value.resourceVersion };
  }

  #isCurrent(memo: Memo, prepared: Prepared): boolean {
    const dueMs = memo.dueMs ?? Number.POSITIVE_INFINITY;
    return memo.inputs === prepared.inputs && this.#ports.ambient.nowMs() < dueMs;
  }

  #remember(id: string, prepared: Prepared, { outcome, revision }: Pass): Memo {
    const dueMs =
      prepared.spec === undefined ? undefined : nextRefreshMs(prepared.spec, prepared.owner.uid, outcome.refreshedMs);
    const { inputs, target } = prepared;
    const memo: Memo = {
      inputs,
      secret: target,
      targetResourceVersion: outcome.targetResourceVersion,
      revision,
      dueMs,
    };
    this.#memos.set(id, memo);
    this.#refreshedMs.set(id, outcome.refreshedMs);
    return memo;
  }

  /** Whether the ExternalSecret is still the one that the pass began with; else its result is old and must not be published. */
  #isSameGeneration({ owner, generation }: Prepared): boolean {
    const now = this.#ports.view.resource('ExternalSecret', owner)?.metadata;
    return now?.uid === owner.uid && now.generation === generation && now.deletionTimestamp === undefined;
  }

  #untilDue(dueMs: number | undefined): Next {
    return dueMs === undefined
      ? { after: 'change' }
      : { after: 'delay', ms: Math.max(0, dueMs - this.#ports.ambient.nowMs()) };
  }
}

const isReady = (prepared: Prepared): prepared is Ready => prepared.spec !== undefined && prepared.store !== undefined;
