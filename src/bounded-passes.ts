import type { Lease } from './controller/key-queue.ts';
import { Turnstile } from './controller/turnstile.ts';
import type { ClusterView, Need, RawResource } from './core/ports.ts';
import type { Next } from './core/schedule.ts';
import { keyOf } from './reconcile/key.ts';
import { weightOf } from './reconcile/weight.ts';

/** Works on one key of a queue. */
export type Pass = (id: string, signal: AbortSignal, lease: Lease) => Promise<Next>;

export interface Reconciler {
  reconcile(id: string, signal: AbortSignal, need: Need): Promise<Next>;
}

/** Values of 64 KiB at most that passes over ExternalSecrets may have in memory at once. */
const VALUES_IN_HAND = 1_024;

/** The reconciler's passes, without a bound. */
export const createPasses =
  (reconciler: Reconciler): Pass =>
  (id, signal, lease) =>
    reconciler.reconcile(id, signal, needOf(lease));

/** The same of ExternalSecrets; they wait where there would be too many values in memory. */
export function createBoundedPasses(reconciler: Reconciler, view: Pick<ClusterView, 'resource'>): Pass {
  const hands = new Turnstile({ width: VALUES_IN_HAND, groupWidth: VALUES_IN_HAND / 2 });
  // At each look the cache makes a copy of the spec, so what it came to is kept for as long as the cache has it.
  const weights = new WeakMap<RawResource, number>();
  return (id, signal, lease) => {
    const key = keyOf(id);
    const raw = view.resource('ExternalSecret', key);
    const weight = raw === undefined ? 1 : (weights.get(raw) ?? weightOf(raw));
    if (raw !== undefined) weights.set(raw, weight);
    // The need is asked for when the pass begins: it sees what has been asked for until then, and is to serve that too.
    return hands.pass(key.namespace, () => reconciler.reconcile(id, signal, needOf(lease)), signal, weight);
  };
}

/**
 * What AWS was asked for since the key was last asked for will do. What comes by the clock may wait as long as its interval bears; what is
 * tried again after a failure may not.
 */
const needOf = ({ priority, failures, askedMs }: Lease): Need => ({
  isUrgent: priority === 'neverSynced',
  maxAgeMs: askedMs(),
  patienceMs: priority === 'due' && failures === 0 ? Number.POSITIVE_INFINITY : 0,
});
