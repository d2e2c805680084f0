import type { Fault } from '../model/fault.ts';

/** How a restart went, and how it ended. */
export type RestartOutcome =
  | 'rolled'
  | 'recorded'
  | 'refused'
  | 'conflict'
  | 'restarted'
  | 'failed'
  | 'undone'
  | 'stripped';

/** What the reconcilers tell of their work; main wires it to the log and the metrics. No value ever gets here. */
export interface Observer {
  /** A pass over an ExternalSecret ended, after `durationMs`; no faults means that its Secret is as the spec asks, and its status says so. */
  synced(externalSecret: string, faults: readonly Fault[], durationMs: number): void;
  /** The object is gone, and nothing more will be told of it. */
  forgotten(what: 'ExternalSecret' | 'Store' | 'Workload', id: string): void;
  secretWritten(secret: string, operation: 'create' | 'replace' | 'apply' | 'delete'): void;
  restarted(workload: string, kind: string, outcome: RestartOutcome, causes: readonly string[]): void;
  storeChecked(store: string, faults: readonly Fault[]): void;
  /** A workload that may be owed a restart was read; faults mean that it could not be. */
  workloadRead(workload: string, faults: readonly Fault[]): void;
  /** Something threw that should not have: a bug. */
  unexpected(key: string, error: unknown): void;
}
