import type { Result } from '../model/result.ts';
import type { WriteOutcome } from './ports.ts';

// What the election of a leader needs of the cluster: one Lease, which names the replica that works.

/** What a Lease says. */
export interface LeaseClaim {
  /** Which process leads; '' when nobody does. */
  readonly holder: string;
  /** For how long after a renewal nobody else may take it. */
  readonly durationMs: number;
  /** Unix time by the holder's clock, for people: nothing is decided by it. */
  readonly acquiredMs: number;
  readonly renewedMs: number;
  /** How many times it has gone to another holder. */
  readonly transitions: number;
}

/** A Lease as the API server has it. */
export interface LeaseRecord extends LeaseClaim {
  /** The object's own metadata, carried over by a write as it is. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The one Lease of an installation. */
export interface LeaseStorage {
  /** undefined when there is none. */
  read(timeoutMs: number, signal: AbortSignal): Promise<Result<LeaseRecord | undefined>>;
  create(claim: LeaseClaim, timeoutMs: number, signal: AbortSignal): Promise<LeaseOutcome>;
  /** Of the very version that was read. */
  replace(before: LeaseRecord, claim: LeaseClaim, timeoutMs: number, signal: AbortSignal): Promise<LeaseOutcome>;
}

/** How a write of the Lease ended, with the Lease as it then is. */
export type LeaseOutcome =
  | { readonly kind: 'written'; readonly record: LeaseRecord }
  | Exclude<WriteOutcome, { readonly kind: 'written' }>;
