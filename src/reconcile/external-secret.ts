import { contentIdOf } from '../core/content-id.ts';
import { askedBy, isNowhere, judgeGone } from '../core/gone.ts';
import type {
  Ambient,
  LiveSecret,
  Need,
  OperatorIdentityUse,
  RawResource,
  Recorder,
  ResourceStatus,
  ValueSource,
} from '../core/ports.ts';
import { renderData } from '../core/render.ts';
import { type Next, patienceMs, retryAfter } from '../core/schedule.ts';
import { sourcesOf } from '../core/sources.ts';
import type { Outcome } from '../core/summarize.ts';
import { type Failed, fail, type Result, succeed } from '../model/result.ts';
import { Echoes } from './echoes.ts';
import { isEnding } from './ending.ts';
import { fetchAnswers } from './fetch-answers.ts';
import { keep } from './keep.ts';
import { idOf, keyOf } from './key.ts';
import { isOfContent, type Memo, memoOfStatus, memoOfSync, type Synced, syncOfMemo } from './memo.ts';
import { ParsedSpecs } from './parsed-specs.ts';
import { Plans } from './plans.ts';
import { isReady, type Prepared, prepare, type Ready } from './prepare.ts';
import { readingNow } from './reading-now.ts';
import { report } from './report.ts';
import type { SourceNews } from './source-news.ts';
import { TargetKeeper, type TargetPorts } from './target.ts';

export interface Ports extends TargetPorts {
  readonly status: ResourceStatus;
  readonly values: ValueSource;
  readonly recorder: Recorder;
  readonly ambient: Ambient;
  readonly operatorIdentity: OperatorIdentityUse;
  /** The hosts that are asked in place of AWS's own; none: AWS itself is. */
  readonly awsHosts: readonly string[];
  /** What AWS has told of changes, where it is listened to. */
  readonly news?: SourceNews | undefined;
  /** Has the ExternalSecret `namespace/name` looked at again. */
  readonly wake: (externalSecret: string) => void;
}

type Gone = Outcome & { readonly kind: 'gone' };

/** That of one who works alone. */
const NO_HURRY: Need = { isUrgent: false, maxAgeMs: 0 };
const LOOK_AT_ONCE: Next = { after: 'delay', ms: 0 };

/** Runs the pipeline for one ExternalSecret at a time; what it remembers between passes can be lost without harm. */
export class ExternalSecretReconciler {
  readonly #ports: Ports;
  readonly #targets: TargetKeeper;
  readonly #specs = new ParsedSpecs();
  readonly #plans = new Plans();
  readonly #memos = new Map<string, Memo>();
  /** What the watch tells of Secrets that were just written. */
  readonly echoes: Echoes;
  /** When the values were last read whole, by ExternalSecret. */
  readonly #refreshedMs = new Map<string, number>();

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#targets = new TargetKeeper(ports);
    this.echoes = new Echoes(this.#memos, ports.wake);
  }

  /** When its values were last read whole by this process (Unix milliseconds). */
  refreshedMs(id: string): number | undefined {
    return this.#refreshedMs.get(id);
  }

  /** Takes note of what the ExternalSecret reads, for news of it that come before the first look. */
  learn(id: string): void {
    const raw = this.#ports.view.resource('ExternalSecret', keyOf(id));
    if (raw !== undefined) this.#ports.news?.learn(id, this.#prepare(raw));
  }

  /** Looks at the ExternalSecret `namespace/name`, does what is owed, and says when to look again. */
  async reconcile(id: string, signal: AbortSignal, need = NO_HURRY): Promise<Next> {
    const raw = this.#ports.view.resource('ExternalSecret', keyOf(id));
    if (raw === undefined || isEnding(this.#ports.view, raw)) {
      this.#memos.delete(id);
      this.#specs.forget(id);
      this.#plans.forget(id);
      this.#refreshedMs.delete(id);
      this.#ports.news?.forget(id);
      this.#ports.observer.forgotten('ExternalSecret', id);
      return { after: 'change' };
    }
    const prepared = this.#prepare(raw);
    if (prepared.spec?.suspend === true) {
      this.#ports.news?.forget(id);
      const told = await report(this.#ports, prepared, { kind: 'suspended' }, undefined, signal);
      return told.ok ? { after: 'change' } : retryAfter(told.faults, prepared.spec, prepared.owner.uid);
    }
    const memo = this.#memos.get(id) ?? memoOfStatus(this.#ports.view, prepared, this.#ports.ambient.nowMs());
    this.#ports.news?.learn(id, prepared);
    const isOwed = this.#ports.news?.isOwed(id, memo?.sources, this.#ports.ambient.nowMs()) ?? false;
    if (!isOwed && memo !== undefined && isReady(prepared) && this.#isCurrent(memo, prepared)) {
      const settled = await this.#targets.settle(memo, prepared, signal);
      if (settled !== undefined) {
        this.#memos.set(id, settled);
        const removed = await this.#targets.removeFormer(prepared, signal);
        return removed.ok
          ? this.#untilDue(id, settled.dueMs)
          : retryAfter(removed.faults, prepared.spec, prepared.owner.uid);
      }
    }
    // What AWS has told of is read at its own time, not at that of the clock.
    const pass = this.#pass(id, prepared, memo, isOwed ? { ...need, patienceMs: 0 } : need, signal);
    return pass.finally(() => this.echoes.end(id));
  }

  async #pass(
    id: string,
    prepared: Prepared,
    former: Memo | undefined,
    need: Need,
    signal: AbortSignal,
  ): Promise<Next> {
    const { ambient, observer } = this.#ports;
    const startedMs = ambient.nowMs();
    this.#memos.delete(id);
    const done = await this.#sync(prepared, former, need, signal).catch(
      (error: unknown): Result<Synced | Gone | undefined> => {
        signal.throwIfAborted();
        observer.unexpected(id, error);
        return fail(
          'Internal',
          `ExternalSecret/${prepared.owner.name}`,
          'keyferry met an error of its own; its log has the details',
        );
      },
    );
    if (done.ok && done.value === undefined) return { after: 'change' };
    if (done.ok && done.value !== undefined && !this.#isSameGeneration(prepared)) return LOOK_AT_ONCE;
    const outcome: Outcome = (done.ok ? done.value : undefined) ?? {
      kind: 'failed',
      faults: done.ok ? [] : done.faults,
    };
    const faults = outcome.kind === 'failed' || outcome.kind === 'gone' ? outcome.faults : [];
    const tale = this.#tale(id, prepared, former, outcome);
    const told = await report(this.#ports, prepared, tale, this.#refreshedMs.get(id), signal);
    if (told.ok) this.#ports.news?.settle(id);
    // What the status could not be told is for the log and the metrics to tell, and to be tried again.
    const all = told.ok ? faults : [...faults, ...told.faults];
    observer.synced(id, all, ambient.nowMs() - startedMs);
    if (outcome.kind === 'gone' && outcome.isRemoved) this.#refreshedMs.delete(id);
    if (outcome.kind !== 'synced' || !told.ok)
      return this.#unlessOwed(id, retryAfter(all, prepared.spec, prepared.owner.uid));
    const memo = memoOfSync(prepared, former, outcome);
    this.#memos.set(id, memo);
    if (tale.kind === 'synced') this.#refreshedMs.set(id, tale.refreshedMs);
    return this.#untilDue(id, memo.dueMs);
  }

  /** The outcome as the status tells it: values older than what AWS has told of are not said to be of now. */
  #tale(id: string, { status }: Prepared, former: Memo | undefined, outcome: Outcome): Outcome {
    const { news, ambient } = this.#ports;
    const after = outcome.kind === 'synced' ? outcome.sources : undefined;
    const isOlder = news?.judge(id, { before: former?.sources, after }, ambient.nowMs()) ?? false;
    if (!isOlder || outcome.kind !== 'synced') return outcome;
    const refreshedMs = this.#refreshedMs.get(id) ?? Date.parse(status.refreshTime ?? '');
    return Number.isNaN(refreshedMs) ? outcome : { ...outcome, refreshedMs };
  }

  /** From the plan to the written Secret; undefined when there is nothing to do or the namespace is going away. */
  async #sync(
    prepared: Prepared,
    former: Memo | undefined,
    need: Need,
    signal: AbortSignal,
  ): Promise<Result<Synced | Gone | undefined>> {
    if (!prepared.plan.ok) return prepared.plan;
    if (!isReady(prepared)) return fail('Internal', 'spec', 'a plan without a spec');
    const { items } = prepared.plan.value;
    const look = await this.#look(prepared, signal);
    if (!look.ok) return look;
    if (prepared.spec.refreshPolicy === 'CreatedOnce') {
      const kept = look.value === 'notRead' ? await this.#targets.look(prepared, signal) : succeed(look.value);
      if (!kept.ok) return kept;
      const data = kept.value && this.#targets.madeIn(prepared, kept.value);
      if (kept.value !== undefined && data !== undefined)
        return succeed(keep(this.#ports.revise, prepared, kept.value, data));
    }

    const mayBeRemoved = prepared.spec.target.deletionPolicy === 'Delete';
    const reader = mayBeRemoved ? await readingNow(this.#ports, prepared, signal) : undefined;
    const fetched = await fetchAnswers(this.#ports.values, prepared.plan.value, this.#needOf(prepared, need), signal);
    // Credentials may become those of another account at any time: a reading is of whoever it was before and after.
    const isSame = reader !== undefined && reader === (await readingNow(this.#ports, prepared, signal));
    const reading = isSame ? reader : undefined;
    const refreshedMs = this.#ports.ambient.nowMs();
    const contentId = contentIdOf(fetched);
    const same = look.value === 'notRead' && former !== undefined && isOfContent(former, prepared, contentId);
    const holding = same ? this.#targets.holding(prepared, former.revision) : undefined;
    if (same && holding !== undefined)
      return succeed({ ...syncOfMemo(former, prepared, holding), refreshedMs, reading });
    const data = renderData(items, fetched, prepared.spec.target.template);
    if (!data.ok) {
      const mayBeGone = mayBeRemoved && isNowhere(askedBy(items, fetched));
      return mayBeGone ? this.#follow(prepared, data, reading, signal) : data;
    }
    if (!this.#isSameGeneration(prepared)) return succeed(undefined);

    const targetRevision = this.#ports.revise(prepared.target, data.value);
    this.echoes.begin(idOf(prepared.owner));
    const resourceVersion = await this.#targets.write(prepared, data.value, targetRevision, look.value, signal);
    if (!resourceVersion.ok) return resourceVersion;
    if (resourceVersion.value === undefined) return succeed(undefined);
    return succeed({
      kind: 'synced',
      refreshedMs,
      secretName: prepared.target.name,
      keyCount: data.value.size,
      targetResourceVersion: resourceVersion.value,
      targetRevision,
      store: { uid: prepared.store.uid, generation: prepared.store.generation },
      sources: sourcesOf(items, fetched),
      reading,
      contentId,
    });
  }

  /** The target, as far as it has to be seen before AWS is asked. Where it can be taken to be absent, the create itself finds out. */
  async #look(prepared: Ready, signal: AbortSignal): Promise<Result<LiveSecret | undefined | 'notRead'>> {
    if (this.#targets.isUntouched(prepared)) return succeed('notRead');
    return this.#targets.isFresh(prepared) ? succeed(undefined) : this.#targets.look(prepared, signal);
  }

  /** Where a reading counts, the values have to be of whoever was asked for it: none may have been read before. */
  #needOf({ spec }: Ready, need: Need): Need {
    const maxAgeMs = spec.target.deletionPolicy === 'Delete' ? 0 : need.maxAgeMs;
    return { ...need, maxAgeMs, patienceMs: Math.min(need.patienceMs ?? 0, patienceMs(spec)) };
  }

  /** Every value is gone: removes the target once that is sure. Any doubt leaves it, and the faults are told as they are. */
  async #follow(
    prepared: Ready,
    { faults }: Failed,
    reading: string | undefined,
    signal: AbortSignal,
  ): Promise<Result<Gone | undefined>> {
    const gone = judgeGone(prepared.status, reading, this.#ports.ambient.nowMs());
    if (gone === undefined) return { ok: false, faults };
    const outcome: Gone = { kind: 'gone', faults, sinceMs: gone.sinceMs, isRemoved: false };
    if (!gone.isSure) return succeed(outcome);
    // Nothing is removed by a spec that the watch has yet to tell of, or a store or an identity that has changed meanwhile.
    const live = await this.#ports.status.readResource('ExternalSecret', prepared.owner, signal);
    if (!live.ok) return succeed({ ...outcome, faults: [...faults, ...live.faults] });
    const now = live.value;
    if (now === undefined || now.metadata.deletionTimestamp !== undefined) return succeed(undefined);
    if (this.#prepare(now).grounds !== prepared.grounds) return succeed(undefined);
    const removed = await this.#targets.remove(prepared, signal);
    return succeed(
      removed.ok ? { ...outcome, isRemoved: true } : { ...outcome, faults: [...faults, ...removed.faults] },
    );
  }

  #prepare(raw: RawResource): Prepared {
    return prepare(this.#ports.view, raw, this.#ports.operatorIdentity, this.#specs, this.#plans);
  }

  #isCurrent(memo: Memo, prepared: Prepared): boolean {
    const dueMs = memo.dueMs ?? Number.POSITIVE_INFINITY;
    return memo.inputs === prepared.inputs && this.#ports.ambient.nowMs() < dueMs;
  }

  /** Whether the ExternalSecret is still the one that the pass began with; else its result is old and must not be published. */
  #isSameGeneration({ owner, generation }: Prepared): boolean {
    const now = this.#ports.view.resource('ExternalSecret', owner)?.metadata;
    return now?.uid === owner.uid && now.generation === generation && now.deletionTimestamp === undefined;
  }

  #untilDue(id: string, dueMs: number | undefined): Next {
    const untilMs = dueMs === undefined ? undefined : Math.max(0, dueMs - this.#ports.ambient.nowMs());
    return this.#unlessOwed(id, untilMs === undefined ? { after: 'change' } : { after: 'delay', ms: untilMs });
  }

  /** As said, or sooner where AWS has told of something that its reads did not show. */
  #unlessOwed(id: string, next: Next): Next {
    const ms = this.#ports.news?.waitMs(id, this.#ports.ambient.nowMs());
    if (ms === undefined || next.after === 'backoff') return next;
    return { after: 'delay', ms: next.after === 'delay' ? Math.min(ms, next.ms) : ms };
  }
}
