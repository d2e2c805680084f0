import type { LeaseClaim, LeaseOutcome, LeaseRecord, LeaseStorage } from '../core/lease.ts';
import type { Ambient } from '../core/ports.ts';
import type { Timers } from './key-queue.ts';
import { campaign, type LeaseTimes, leaseTimes, leftOf, type Sighting, type Tenure } from './leadership.ts';
import { pause } from './pause.ts';

/** Hears of the election; it must not throw. */
export interface ElectionObserver {
  /** Another holds the lease; called once for each holder that is seen. '' where there is no lease. */
  waiting(holder: string): void;
  elected(): void;
  /** The lease cannot be read or written, and why; called when the reason changes. */
  troubled(reason: string): void;
}

export interface ElectionOptions {
  readonly storage: LeaseStorage;
  /** Which process this is: no other, and none before it, may have the same name. */
  readonly me: string;
  /** Whether nobody has ever led here; asked where there is no lease, to tell a new installation from a lease that was deleted. */
  readonly isNew: (signal: AbortSignal) => Promise<boolean>;
  /** Never jumps. What is decided is decided by it. */
  readonly steady: Ambient;
  /** For the times that are written into the lease. */
  readonly wall: Pick<Ambient, 'nowMs'>;
  readonly timers: Timers;
  readonly observer: ElectionObserver;
  /** How long the lease outlives its last renewal. */
  readonly durationMs: number;
}

/** Whether this process may act: work that is not about to end asks right before each write. */
export interface Leadership {
  /** False from the moment in which the lease may be another's. Then the work is told to stop, too. */
  holds(): boolean;
}

/** How long work that was told to stop is waited for once the lease is lost; the process then ends anyway. */
const LOST_MS = 3_000;
const CALL_MS = 5_000;
/** No round takes longer, the waits for the lease apart, unless a call hangs in spite of its limit. */
const ROUND_MS = 60_000;
const TOO_LATE = 'it could not be renewed in time';

/** One process's part in the election of a leader. */
export class Election implements Leadership {
  readonly #options: ElectionOptions;
  readonly #times: LeaseTimes;
  readonly #lost = new AbortController();
  #tenure: Tenure | undefined;
  #sighting: Sighting | undefined;
  /** Since when nobody else can think that the lease is his; and whether we have come to it. */
  #provenMs = 0;
  #isProven = false;
  /** When the last round began; undefined while there is no election. */
  #roundMs: number | undefined;
  /** What was told last. */
  #holder: string | undefined;
  #trouble = '';

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#times = leaseTimes(options.durationMs);
  }

  holds(): boolean {
    if (this.#tenure === undefined || !this.#isProven || this.#lost.signal.aborted) return false;
    if (this.#isOurs()) return true;
    // A process that was stopped and goes on comes here before its timers ring.
    this.#lost.abort();
    return false;
  }

  /** Whether no time is up yet, and nobody else can have taken it. */
  #isOurs(): boolean {
    const { steady } = this.#options;
    return (
      this.#tenure !== undefined && !this.#lost.signal.aborted && leftOf(this.#tenure, steady.nowMs(), this.#times) > 0
    );
  }

  /** What stands still, in a line; none while all is well. One that stands by must be able to take over. */
  health(): readonly string[] {
    const { steady } = this.#options;
    const stillMs = this.#roundMs === undefined ? 0 : steady.nowMs() - this.#roundMs;
    return stillMs > ROUND_MS + this.#times.durationMs ? ['the election of the leader has stopped moving'] : [];
  }

  /**
   * Waits for the lease, does the work while it is held, and gives it back. The work's signal aborts when `signal` does, and when
   * the lease is lost; the answer is then why. Rejects with what the work throws.
   */
  async lead(work: (stop: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<string | undefined> {
    if (!(await this.#win(signal))) {
      await this.#release();
      return undefined;
    }
    const ended = new AbortController();
    const renewed = this.#renew(ended.signal);
    const working = work(AbortSignal.any([signal, this.#lost.signal]));
    try {
      const why = await Promise.race([renewed, working.then(() => undefined)]);
      // Work may hear of the loss, and end, before the renewal does.
      if (!this.#lost.signal.aborted) return undefined;
      await Promise.race([working, pause(this.#options.timers, LOST_MS, ended.signal)]);
      return why ?? TOO_LATE;
    } finally {
      ended.abort();
      await renewed;
      await this.#release();
    }
  }

  /** Looks until the lease is ours; false when told to stop first. */
  async #win(signal: AbortSignal): Promise<boolean> {
    const { observer, steady, timers } = this.#options;
    while (!signal.aborted) {
      this.#roundMs = steady.nowMs();
      const waitMs = await this.#look(signal);
      if (this.#tenure !== undefined && (await this.#prove(signal))) {
        this.#isProven = true;
        observer.elected();
        return true;
      }
      await pause(timers, waitMs * (1 + steady.random() / 10), signal);
    }
    return false;
  }

  /**
   * Keeps a lease that we have made anew, without work, until the time of any other holder is up: it may have been deleted under one that
   * has not noticed. False when it is lost meanwhile.
   */
  async #prove(signal: AbortSignal): Promise<boolean> {
    const { steady } = this.#options;
    while (steady.nowMs() < this.#provenMs && !signal.aborted) {
      this.#roundMs = steady.nowMs();
      const other = await this.#renewOnce(signal);
      if (other !== undefined || !this.#isOurs()) {
        this.#tenure = undefined;
        return false;
      }
    }
    return !signal.aborted;
  }

  /** One look at the lease, and the move that it asks for; answers with the wait before the next. */
  async #look(signal: AbortSignal): Promise<number> {
    const { storage, me, steady, isNew } = this.#options;
    const { retryMs } = this.#times;
    const found = await orAborted(storage.read(CALL_MS, signal), signal);
    if (found === undefined) return 0;
    if (!found.ok) {
      this.#tellTrouble(found.faults[0].detail);
      return retryMs;
    }
    this.#tellTrouble('');
    const lease = found.value;
    const isFree = this.#sighting === undefined && lease === undefined && (await orAborted(isNew(signal), signal));
    const { sighting, move } = campaign(this.#sighting, lease, me, steady.nowMs(), this.#times);
    this.#sighting = sighting;
    if (move.kind === 'wait' && isFree !== true) {
      this.#tellHolder(lease?.holder ?? '');
      return move.ms;
    }
    await this.#claim(lease, CALL_MS, signal);
    // Where nobody has ever led, there is no other holder.
    if (isFree === true) this.#provenMs = 0;
    return retryMs;
  }

  #tellHolder(holder: string): void {
    if (this.#holder !== holder) this.#options.observer.waiting(holder);
    this.#holder = holder;
  }

  /** Writes our name into the lease; when that succeeds, the tenure is good from when it was sent. */
  async #claim(
    lease: LeaseRecord | undefined,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<LeaseOutcome | undefined> {
    const { storage, steady } = this.#options;
    const sentMs = steady.nowMs();
    const claim = this.#claimOver(lease);
    const call =
      lease === undefined ? storage.create(claim, timeoutMs, signal) : storage.replace(lease, claim, timeoutMs, signal);
    const outcome = await orAborted(call, signal);
    if (outcome?.kind === 'written') {
      this.#tenure = { record: outcome.record, sentMs };
      if (lease === undefined) this.#provenMs = steady.nowMs() + this.#times.deadlineMs;
    } else if (outcome?.kind === 'unavailable') this.#tellTrouble(outcome.fault.detail);
    else if (outcome?.kind === 'refused') this.#tellTrouble(`the API server refuses the write: ${outcome.cause}`);
    return outcome;
  }

  #claimOver(lease: LeaseRecord | undefined): LeaseClaim {
    const { me, wall } = this.#options;
    const nowMs = wall.nowMs();
    const isOurs = lease?.holder === me;
    return {
      holder: me,
      durationMs: this.#times.durationMs,
      acquiredMs: isOurs ? lease.acquiredMs : nowMs,
      renewedMs: nowMs,
      transitions: (lease?.transitions ?? 0) + (lease === undefined || isOurs ? 0 : 1),
    };
  }

  /** Renews until told to end (undefined), or until the lease is lost: then why, and the work has been told to stop. */
  async #renew(ended: AbortSignal): Promise<string | undefined> {
    const { timers, steady } = this.#options;
    while (!ended.aborted) {
      this.#roundMs = steady.nowMs();
      const leftMs = this.#tenure === undefined ? 0 : leftOf(this.#tenure, steady.nowMs(), this.#times);
      // The deadline rings by itself: a call that hangs must not hide it.
      const late = new AbortController();
      const cancel = timers.set(Math.max(0, leftMs), () => late.abort());
      const stop = AbortSignal.any([ended, late.signal, this.#lost.signal]);
      const other = await this.#renewOnce(stop);
      cancel();
      if (other !== undefined) return this.#lose(`${other} holds it now`);
      if (ended.aborted) return undefined;
      if (!this.holds()) return this.#lose(TOO_LATE);
    }
    return undefined;
  }

  /** Waits its time and renews; answers with the name of another holder where there is one. */
  async #renewOnce(stop: AbortSignal): Promise<string | undefined> {
    await pause(this.#options.timers, this.#times.retryMs, stop);
    const { storage, me } = this.#options;
    let lease: LeaseRecord | undefined = this.#tenure?.record;
    // Once more after a conflict: somebody changed the object, or an answer of ours was lost.
    for (let tries = 0; tries < 3 && !stop.aborted; tries++) {
      const outcome = await this.#claim(lease, CALL_MS, stop);
      if (outcome?.kind === 'written') this.#tellTrouble('');
      if (outcome === undefined || outcome.kind === 'written' || outcome.kind === 'unavailable') return undefined;
      const found = await orAborted(storage.read(CALL_MS, stop), stop);
      if (found === undefined || !found.ok) return undefined;
      lease = found.value;
      if (lease !== undefined && lease.holder !== me) return lease.holder === '' ? 'nobody' : lease.holder;
    }
    return undefined;
  }

  #lose(why: string): string {
    this.#lost.abort();
    this.#tenure = undefined;
    return why;
  }

  /** Gives the lease back, so that nobody has to wait for its end. What fails is left to the clock. */
  async #release(): Promise<void> {
    const { storage, wall, me } = this.#options;
    const { signal } = new AbortController();
    let record = this.#isOurs() ? this.#tenure?.record : undefined;
    this.#tenure = undefined;
    for (let tries = 0; tries < 2 && record?.holder === me; tries++) {
      const claim = { ...record, holder: '', renewedMs: wall.nowMs() };
      const outcome = await storage.replace(record, claim, LOST_MS, signal);
      if (outcome.kind !== 'conflict') return;
      // A renewal that was cut short may have gone through.
      const found = await storage.read(LOST_MS, signal);
      record = found.ok ? found.value : undefined;
    }
  }

  #tellTrouble(reason: string): void {
    if (this.#trouble === reason) return;
    this.#trouble = reason;
    if (reason !== '') this.#options.observer.troubled(reason);
  }
}

/** The answer, or undefined when the call was aborted, also where it does not hear that at once. */
async function orAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const answer = call.catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw error;
  });
  return Promise.race([answer, aborted]);
}
