import type { Access, FetchedValue, ValueRef } from '../core/ports.ts';
import type { Result } from '../model/result.ts';
import type { Pending } from './batcher.ts';

/** Where and as whom a batch is read: equal keys share batches, credentials and turns. */
export interface Lane {
  readonly access: Access;
  readonly identityKey: string;
  /** Its calls go before others that wait for a turn. */
  readonly isUrgent?: boolean;
}

/** A ref that waits for its value. */
export type PendingValue = Pending<ValueRef, Result<FetchedValue>>;

/** Reads one service: settles what it can; what it leaves unsettled, AWS passed over. Never rejects. */
export type Reader = (lane: Lane, pending: readonly PendingValue[], signal: AbortSignal) => Promise<void>;

/** Equal for refs that one read answers: the current version may be asked for by its label, or by saying nothing. */
export const readKeyOf = (ref: ValueRef): string =>
  JSON.stringify([
    ref.service,
    ref.key,
    stageOf(ref) ?? 0,
    ref.versionId ?? 0,
    ref.version ?? 0,
    ref.label ?? 0,
    ref.metadata ?? 0,
  ]);

/** True where the ref names no version: such reads go in batches, and those of one secret get one version. */
export const isPlain = (ref: ValueRef): boolean =>
  stageOf(ref) === undefined && ref.versionId === undefined && ref.version === undefined && ref.label === undefined;

const stageOf = (ref: ValueRef): string | undefined =>
  ref.versionStage === 'AWSCURRENT' ? undefined : ref.versionStage;
