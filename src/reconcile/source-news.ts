import { afterReading, type Expectation, expect, isHeld, type Reading, subjectOf } from '../core/expectation.ts';
import { intervalMs } from '../core/schedule.ts';
import type { SourceChange } from '../core/source-change.ts';
import { concerns, entriesOf, type Sources } from '../core/source-entry.ts';
import { SourceIndex } from '../core/source-index.ts';
import type { Prepared } from './prepare.ts';

/** How news ended for one ExternalSecret: it was read anew, or had been read already, or does not concern it any more. */
export type NewsEnding = 'read' | 'held';

/** Hears that nothing of the news is owed to the ExternalSecret any more. */
type Settle = (id: string, how: NewsEnding) => void;

/** What one ExternalSecret has been told and not seen yet. */
interface Told {
  /** Since the last pass began: a reading that was under way may be older. */
  readonly fresh: { readonly change: SourceChange; readonly settle: Settle }[];
  readonly open: Map<string, Expectation>;
  readonly waiting: Settle[];
}

// A clock that was set back must not put a reading off: no wait is longer.
const LONGEST_WAIT_MS = 300_000;

/**
 * What AWS has told of secrets and parameters, for the ExternalSecrets that read them, until a pass has dealt with it. All of it can be lost
 * without harm: what was not settled is told again.
 */
export class SourceNews {
  readonly #index = new SourceIndex();
  readonly #told = new Map<string, Told>();

  /** Takes note of what the ExternalSecret reads. To be called at the beginning of each pass, before anything is read. */
  learn(id: string, { spec, plan }: Pick<Prepared, 'spec' | 'plan'>): void {
    this.#index.set(id, plan.ok && spec?.suspend !== true && isWatched(spec) ? entriesOf(plan.value) : []);
  }

  /** The ExternalSecret is gone. */
  forget(id: string): void {
    this.#index.set(id, []);
    const told = this.#told.get(id);
    this.#told.delete(id);
    for (const settle of [...(told?.waiting ?? []), ...(told?.fresh ?? []).map((each) => each.settle)])
      settle(id, 'held');
  }

  /** Notes the change for all whom it concerns: they are to be looked at. `settle` is called once for each, later. */
  tell(change: SourceChange, settle: Settle): readonly string[] {
    const ids = [...this.#index.candidates(change)].filter((id) =>
      this.#index.entries(id).some((entry) => concerns(change, entry)),
    );
    for (const id of ids) {
      const told: Told = this.#told.get(id) ?? { fresh: [], open: new Map(), waiting: [] };
      this.#told.set(id, told);
      told.fresh.push({ change, settle });
    }
    return ids;
  }

  /** Whether the ExternalSecret has to read anew for what it was told, when it holds these sources. To be asked once, after `learn`. */
  isOwed(id: string, sources: Sources | undefined, nowMs: number): boolean {
    const told = this.#told.get(id);
    if (told === undefined) return false;
    for (const { change, settle } of told.fresh.splice(0)) {
      const subject = subjectOf(change);
      told.open.set(subject, expect(told.open.get(subject), change, nowMs));
      told.waiting.push(settle);
    }
    const entries = this.#index.entries(id);
    for (const [subject, expectation] of told.open) {
      const isMoot = !entries.some((entry) => concerns(expectation.change, entry));
      if (isMoot || (sources !== undefined && isHeld(expectation, entries, sources))) told.open.delete(subject);
    }
    // Without sources a pass has to be made, and it is for that pass to tell.
    if (sources !== undefined || entries.length === 0) this.#end(id, told, 'held');
    return [...told.open.values()].some(({ dueMs }) => nowMs >= dueMs || dueMs - nowMs > LONGEST_WAIT_MS);
  }

  /** Judges a reading; true when it was of a time before something that was told, which is owed still. */
  judge(id: string, reading: Reading, nowMs: number): boolean {
    const told = this.#told.get(id);
    if (told === undefined) return false;
    const entries = this.#index.entries(id);
    for (const [subject, expectation] of told.open) {
      const rest = afterReading(expectation, entries, reading, nowMs);
      if (rest === undefined) told.open.delete(subject);
      else told.open.set(subject, rest);
    }
    return blocks(told);
  }

  /** What the pass came to is in the status, so that no crash can lose it. */
  settle(id: string): void {
    const told = this.#told.get(id);
    if (told !== undefined) this.#end(id, told, 'read');
  }

  /** How long until the next reading that is owed; undefined when none is. */
  waitMs(id: string, nowMs: number): number | undefined {
    const open = [...(this.#told.get(id)?.open.values() ?? [])];
    return open.length === 0 ? undefined : Math.max(0, Math.min(...open.map(({ dueMs }) => dueMs)) - nowMs);
  }

  #end(id: string, told: Told, how: NewsEnding): void {
    if (told.open.size + told.fresh.length === 0) this.#told.delete(id);
    if (blocks(told)) return;
    for (const settle of told.waiting.splice(0)) settle(id, how);
  }
}

/** Whether something is still owed that must not be lost. Of a list that lags, the next refresh tells too. */
const blocks = ({ open }: Told): boolean => [...open.values()].some(({ isSlow }) => isSlow !== true);

/** Where nothing is read again by the clock, nothing is by an event. */
const isWatched = (spec: Prepared['spec']): boolean => spec !== undefined && intervalMs(spec) !== undefined;
