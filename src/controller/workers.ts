import type { Ambient } from '../core/ports.ts';
import type { Next } from '../core/schedule.ts';
import { backoffMs } from './backoff.ts';
import type { Breath } from './breath.ts';
import type { Ending, KeyQueue, Lease, Priority } from './key-queue.ts';

/** Hears of the work; it must not throw. */
interface WorkerObserver {
  /** A key was taken, after it waited that long for a worker. */
  started?(key: string, waitedMs: number, priority: Priority): void;
  /** The work on the key ended, as it asked or by a throw (`unexpected` was called then). */
  ended?(key: string, tookMs: number): void;
  /** The reconcile threw, which is a bug; the key is tried again after back-off. */
  unexpected(key: string, error: unknown): void;
}

export interface WorkersOptions {
  readonly queue: KeyQueue;
  /** How many keys are worked on at once. */
  readonly width: number;
  /** Works on one key and says when it is to be looked at next. */
  readonly reconcile: (key: string, signal: AbortSignal, lease: Lease) => Promise<Next>;
  /** The clock is the queue's: one that never jumps. */
  readonly ambient: Ambient;
  readonly observer: WorkerObserver;
  /** Taken before each key, where there is one. */
  readonly breath?: Breath;
  /** The work stands still when keys wait this long and none is finished; default 60 s. */
  readonly waitLimitMs?: number;
  /** No key takes longer than this to work on, unless the work hangs; default 5 min. */
  readonly workLimitMs?: number;
}

export interface Workers {
  /**
   * Works on the queue's keys until the signal aborts; then no new key is taken, the work under way gets the same abort,
   * and the promise resolves when all of it has ended.
   */
  run(signal: AbortSignal): Promise<void>;
  /** What stands still, one line each; none while all is well or `run` is not running. */
  health(): readonly string[];
}

const AFTER_THROW: Next = { after: 'backoff', capMs: 600_000 };

/** The workers of one queue; nothing is worked on before `run`. */
export function createWorkers(options: WorkersOptions): Workers {
  const { queue, ambient } = options;
  let progressMs: number | undefined;

  const lane = async (signal: AbortSignal): Promise<void> => {
    for (let lease = await next(options, signal); lease !== undefined; lease = await next(options, signal)) {
      // The abort may come between the handing out and this line.
      if (signal.aborted) {
        giveBack(queue, lease);
        return;
      }
      await work(options, lease, signal);
      progressMs = ambient.nowMs();
    }
  };

  return {
    async run(signal) {
      progressMs = ambient.nowMs();
      // Each lane has a signal of its own: where hundreds listen to one, each of them takes long to be added and removed.
      const stops = Array.from({ length: options.width }, () => new AbortController());
      const stop = (): void => {
        for (const each of stops) each.abort(signal.reason);
      };
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      await Promise.all(stops.map((each) => lane(each.signal)));
      signal.removeEventListener('abort', stop);
      progressMs = undefined;
    },
    health: () => (progressMs === undefined ? [] : standstills(options, ambient.nowMs() - progressMs)),
  };
}

function next({ queue, breath }: WorkersOptions, signal: AbortSignal): Promise<Lease | undefined> {
  return breath === undefined ? queue.take(signal) : breath.take().then(() => queue.take(signal));
}

async function work(options: WorkersOptions, lease: Lease, signal: AbortSignal): Promise<void> {
  const { queue, ambient, observer } = options;
  const startMs = ambient.nowMs();
  observer.started?.(lease.key, lease.waitedMs, lease.priority);
  const wanted = await attempt(options, lease, signal);
  queue.done(lease.key, endingOf(wanted, lease.failures, ambient.random()));
  observer.ended?.(lease.key, ambient.nowMs() - startMs);
}

function giveBack(queue: KeyQueue, lease: Lease): void {
  queue.add(lease.key, 'changed');
  queue.done(lease.key);
}

async function attempt(options: WorkersOptions, lease: Lease, signal: AbortSignal): Promise<Next> {
  try {
    return await options.reconcile(lease.key, signal, lease);
  } catch (error) {
    // Work that is told to stop may say so by a throw.
    if (!(signal.aborted && isAbort(error, signal))) options.observer.unexpected(lease.key, error);
    return AFTER_THROW;
  }
}

const isAbort = (error: unknown, signal: AbortSignal): boolean =>
  error === signal.reason || (error instanceof Error && error.name === 'AbortError');

function endingOf(next: Next, failures: number, random: number): Ending {
  switch (next.after) {
    case 'change':
      return { kind: 'settled' };
    case 'delay':
      return { kind: 'settled', dueInMs: next.ms };
    case 'backoff':
      return { kind: 'failed', dueInMs: backoffMs(failures + 1, next.capMs, random) };
  }
}

function standstills(options: WorkersOptions, idleMs: number): readonly string[] {
  const { waitLimitMs = 60_000, workLimitMs = 300_000 } = options;
  const { oldestMs, longestWorkMs } = options.queue.measure();
  const waitedMs = Math.max(...Object.values(oldestMs));
  const found: string[] = [];
  if (waitedMs > waitLimitMs && idleMs > waitLimitMs) {
    found.push(`a key has waited ${inSeconds(waitedMs)} and no work has ended for ${inSeconds(idleMs)}`);
  }
  if (longestWorkMs > workLimitMs) found.push(`a key has been worked on for ${inSeconds(longestWorkMs)}`);
  return found;
}

const inSeconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
