import { durationMs } from '../api/duration.ts';
import type { ExternalSecret } from '../api/generated/types.ts';
import { type Fault, retryOf } from '../model/fault.ts';

/** When a key is looked at next, unless something that it depends on changes first. */
export type Next =
  | { readonly after: 'change' }
  | { readonly after: 'delay'; readonly ms: number }
  /** After the key's next back-off step, never longer than `capMs`. */
  | { readonly after: 'backoff'; readonly capMs: number };

type Spec = Pick<ExternalSecret['spec'], 'refreshInterval' | 'refreshPolicy'>;

const MINUTE_MS = 60_000;

// Looks come up to this part of the interval early, each key at its own point, so that what began together spreads out.
const JITTER = 0.1;

const early = (ms: number, uid: string): number => ms * (1 - JITTER * fractionOf(uid));

// A target that is not there or not ours costs no call to AWS to look at, and who makes it or gives the consent is waiting for it.
const CONFLICT_RETRY_MS = MINUTE_MS;

// With "0s" nothing is read again, but what failed is not given up.
const RETRY_WITHOUT_INTERVAL_MS = 10 * MINUTE_MS;

/** The interval in milliseconds, or undefined where nothing is read again by the clock. */
export function intervalMs({ refreshInterval, refreshPolicy }: Spec): number | undefined {
  const ms = durationMs(refreshInterval);
  return refreshPolicy === 'Periodic' && ms > 0 ? ms : undefined;
}

/** A fortieth of the interval, and no more than so long, is nothing to who reads by the clock, as looks come up to a tenth of it early. */
const PATIENCE = 1 / 40;
const MOST_PATIENCE_MS = 5_000;

/** How long (milliseconds) a refresh by the clock may wait for others, so that they share a call. */
export const patienceMs = (spec: Spec): number => Math.min(MOST_PATIENCE_MS, (intervalMs(spec) ?? 0) * PATIENCE);

/** When values that were read at `refreshedMs` (Unix milliseconds) are due again, or undefined for never. */
export function nextRefreshMs(spec: Spec, uid: string, refreshedMs: number): number | undefined {
  const interval = intervalMs(spec);
  return interval === undefined ? undefined : Math.round(refreshedMs + early(interval, uid));
}

/** A number in [0, 1) that is always the same for the same text and evenly spread over texts (FNV-1a, 32 bits). */
function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  // Its high bits mix poorly over short texts, so they are stirred once more before the division.
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 0;
  return ((hash ^ (hash >>> 13)) >>> 0) / 0x1_0000_0000;
}

/** Whether no watch tells when the target is as it has to be. A fault with a retry of its own is about a Secret that is watched. */
const isUnwatched = ({ kind, retry }: Fault): boolean =>
  (kind === 'TargetConflict' || kind === 'TargetNotFound') && retry === undefined;

/** When to look again at the object of that uid after these faults. The soonest of them decides. */
export function retryAfter(faults: readonly Fault[], spec: Spec | undefined, uid: string): Next {
  const interval = (spec === undefined ? undefined : intervalMs(spec)) ?? RETRY_WITHOUT_INTERVAL_MS;
  const retries = new Set(faults.map(retryOf));
  if (retries.has('withBackoff')) return { after: 'backoff', capMs: interval };
  if (!retries.has('onInterval')) return { after: 'change' };
  const ms = faults.some(isUnwatched) ? Math.min(interval, CONFLICT_RETRY_MS) : interval;
  return { after: 'delay', ms: Math.round(early(ms, uid)) };
}
