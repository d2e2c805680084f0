import type { LeaseClaim, LeaseOutcome, LeaseRecord, LeaseStorage } from '../core/lease.ts';
import type { ObjectKey } from '../core/ports.ts';
import { succeed } from '../model/result.ts';
import type { ApiAnswer } from './answer.ts';
import type { ApiClient } from './client.ts';
import { FIELD_MANAGER } from './kinds.ts';
import { fieldsOf, textOf } from './object-meta.ts';
import { readFailure, toOutcome } from './outcome.ts';

const API_VERSION = 'coordination.k8s.io/v1';

/**
 * A Lease, by get, create and update alone: for these the API server keeps a lane free when it is busy
 * (kubernetes.io, "API Priority and Fairness": workload-leader-election).
 */
export function createLeaseStorage(client: ApiClient, { namespace, name }: ObjectKey): LeaseStorage {
  const subject = `Lease/${name}`;
  const collection = `/apis/${API_VERSION}/namespaces/${encodeURIComponent(namespace)}/leases`;
  const path = `${collection}/${encodeURIComponent(name)}`;
  const body = (metadata: object, claim: LeaseClaim): object => ({
    apiVersion: API_VERSION,
    kind: 'Lease',
    metadata,
    spec: specOf(claim),
  });
  return {
    async read(timeoutMs, signal) {
      const answer = await client.request({ method: 'GET', path, timeoutMs, urgent: true }, signal);
      if (answer.kind === 'said' && answer.status === 404) return succeed(undefined);
      const record = answer.kind === 'said' && answer.status === 200 ? readRecord(answer.body) : undefined;
      return record === undefined ? readFailure(answer, subject) : succeed(record);
    },
    async create(claim, timeoutMs, signal) {
      const metadata = { name, namespace };
      const call = { method: 'POST', path: collection, query: FIELD_MANAGER, body: body(metadata, claim) } as const;
      return outcomeOf(await client.request({ ...call, timeoutMs, urgent: true }, signal), subject);
    },
    async replace({ metadata }, claim, timeoutMs, signal) {
      const call = { method: 'PUT', path, query: FIELD_MANAGER, body: body(metadata, claim) } as const;
      return outcomeOf(await client.request({ ...call, timeoutMs, urgent: true }, signal), subject);
    },
  };
}

function outcomeOf(answer: ApiAnswer, subject: string): LeaseOutcome {
  const outcome = toOutcome(answer, subject);
  if (outcome.kind !== 'written') return outcome;
  const record = answer.kind === 'said' ? readRecord(answer.body) : undefined;
  // A write whose answer names no version cannot be built upon: the next look tells what became of it.
  return record === undefined ? { kind: 'conflict' } : { kind: 'written', record };
}

function readRecord(lease: unknown): LeaseRecord | undefined {
  const { metadata, spec } = fieldsOf(lease);
  const kept = fieldsOf(metadata);
  if (textOf(kept.resourceVersion) === '') return undefined;
  const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions } = fieldsOf(spec);
  return {
    metadata: kept,
    holder: textOf(holderIdentity),
    durationMs: numberOf(leaseDurationSeconds) * 1000,
    acquiredMs: timeOf(acquireTime),
    renewedMs: timeOf(renewTime),
    transitions: numberOf(leaseTransitions),
  };
}

const specOf = ({ holder, durationMs, acquiredMs, renewedMs, transitions }: LeaseClaim): object => ({
  ...(holder === '' ? {} : { holderIdentity: holder }),
  leaseDurationSeconds: Math.max(1, Math.ceil(durationMs / 1000)),
  acquireTime: microTime(acquiredMs),
  renewTime: microTime(renewedMs),
  leaseTransitions: transitions,
});

const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const timeOf = (value: unknown): number => Date.parse(textOf(value)) || 0;
