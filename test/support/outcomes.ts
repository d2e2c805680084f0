import { patchStatus } from '../../src/core/patch-status.ts';
import { type Outcome, type Status, type Subject, summarize } from '../../src/core/summarize.ts';
import type { Fault, FaultKind } from '../../src/model/fault.ts';
import { specOf } from './builders.ts';

export const MINUTE = 60_000;
export const T0 = Date.parse('2026-01-01T00:00:00Z');

export const subjectOf = (status: Status = { observedGeneration: -1 }, more: Partial<Subject> = {}): Subject => ({
  uid: 'uid-db',
  generation: 1,
  forceSync: undefined,
  spec: specOf(),
  status,
  refreshedMs: undefined,
  ...more,
});

export const synced = (refreshedMs: number, more: object = {}): Outcome => ({
  kind: 'synced',
  refreshedMs,
  secretName: 'db',
  keyCount: 2,
  targetResourceVersion: '123',
  targetRevision: '00000001.1',
  reading: undefined,
  store: { uid: 'uid-aws', generation: 1 },
  sources: [{ key: 'k', service: 'SecretsManager', region: 'eu-west-1', versionId: 'v1' }],
  ...more,
});

export const failed = (...kinds: FaultKind[]): Outcome => ({
  kind: 'failed',
  faults: kinds.map((kind, at): Fault => ({ kind, subject: `spec.data[${at}]`, detail: `is ${kind}` })),
});

export const inSync = (at = T0): Status => patchStatus({}, summarize(subjectOf({}), synced(at), at));
