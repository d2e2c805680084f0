import { LRUCache } from 'lru-cache';
import type { Access, Ambient, StalePending, StoreNote } from '../core/ports.ts';
import { atMost } from './at-most.ts';
import { describeIdentity, identityKeyOf } from './identity.ts';

/** What reading for the stores has shown about them, for as long as the process lives. */
export interface Notes {
  /** Of one store: about the identity of `access`, or about all that it reads as where that is undefined. */
  of(storeId: string, access: Access | undefined): readonly StoreNote[];
  /** The store's identity was let, or was not let, call BatchGetSecretValue. Answers whether that is news. */
  batch(access: Access, allowed: boolean): boolean;
  /** Another Region serves what the store's own cannot; undefined when its own serves. */
  failover(access: Access, servedBy: string | undefined): void;
  /** The rotation of the secret is blocked, or undefined: is not. Forgotten when nobody has said it for two days. */
  rotation(access: Access, arn: string, stalled: StalePending | undefined): void;
}

const MAX_STORES = 10_000;
// Of a store that reads as whoever the namespace says.
const MAX_IDENTITIES = 50;
const MAX_STALLED = 1_000;
/** So a secret that is no longer read is forgotten, and one that is read once a day is not. */
export const STALLED_MS = 48 * 3_600_000;

/** `changed` hears of the store whose notes are not what they were. */
export function createNotes(changed: (storeId: string) => void, ambient: Pick<Ambient, 'nowMs'>): Notes {
  const byStore = new LRUCache<string, LRUCache<string, StoreNote>>(atMost(MAX_STORES));
  const put = ({ storeId }: Access, key: string, note: StoreNote | undefined): boolean => {
    const notes = byStore.get(storeId) ?? new LRUCache({ max: MAX_IDENTITIES });
    if (JSON.stringify(notes.get(key)) === JSON.stringify(note)) return false;
    if (note === undefined) notes.delete(key);
    else notes.set(key, note);
    byStore.set(storeId, notes);
    changed(storeId);
    return true;
  };
  const stalledByStore = new LRUCache<string, LRUCache<string, StalePending>>(atMost(MAX_STORES));
  const memory = { max: MAX_STALLED, ttl: STALLED_MS, perf: { now: () => ambient.nowMs() } };
  return {
    of(storeId, access) {
      const notes = byStore.get(storeId);
      const stalled = [...(stalledByStore.get(storeId)?.entries() ?? [])];
      const ofAccess = access === undefined ? '' : rotationKey(access, '');
      const rotations = stalled.flatMap(([key, note]) => (key.startsWith(ofAccess) ? note : []));
      if (access === undefined) return [...(notes?.values() ?? []), ...rotations];
      return [...[batchKey(access), failoverKey(access)].flatMap((key) => notes?.get(key) ?? []), ...rotations];
    },
    batch(access, allowed) {
      const identity = describeIdentity(access.identity);
      return put(access, batchKey(access), allowed ? undefined : { kind: 'batchDenied', identity });
    },
    failover(access, servedBy) {
      const { region } = access;
      put(access, failoverKey(access), servedBy === undefined ? undefined : { kind: 'failover', region, servedBy });
    },
    rotation(access, arn, note) {
      const { storeId } = access;
      const stalled = stalledByStore.get(storeId) ?? new LRUCache<string, StalePending>(memory);
      const key = rotationKey(access, arn);
      const before = stalled.get(key);
      if (note === undefined) stalled.delete(key);
      else {
        // None is put out for another, or the two would take turns, and the store be looked at each time.
        if (before === undefined && isFull(stalled)) return;
        stalled.set(key, note);
      }
      if (stalled.size > 0) stalledByStore.set(storeId, stalled);
      else stalledByStore.delete(storeId);
      if (JSON.stringify(before) !== JSON.stringify(note)) changed(storeId);
    },
  };
}

// What has expired still counts until it is looked for.
function isFull(stalled: LRUCache<string, StalePending>): boolean {
  if (stalled.size >= MAX_STALLED) stalled.purgeStale();
  return stalled.size >= MAX_STALLED;
}

// A grant in IAM is for all Regions.
const batchKey = (access: Access): string => `batch ${identityKeyOf({ ...access, region: '' })}`;
const rotationKey = (access: Access, arn: string): string => `${identityKeyOf({ ...access, region: '' })} ${arn}`;
const failoverKey = (access: Access): string => `failover ${identityKeyOf({ ...access, region: '' })}`;
