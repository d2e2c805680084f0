import { LRUCache } from 'lru-cache';
import type { Access, StoreNote } from '../core/ports.ts';
import { describeIdentity, identityKeyOf } from './identity.ts';

/** What reading for the stores has shown about them, for as long as the process lives. */
export interface Notes {
  /** Of one store: about the identity of `access`, or about all that it reads as where that is undefined. */
  of(storeId: string, access: Access | undefined): readonly StoreNote[];
  /** The store's identity was let, or was not let, call BatchGetSecretValue. */
  batch(access: Access, allowed: boolean): void;
  /** Another Region serves what the store's own cannot; undefined when its own serves. */
  failover(access: Access, servedBy: string | undefined): void;
}

const MAX_STORES = 10_000;
// Of a store that reads as whoever the namespace says.
const MAX_IDENTITIES = 50;

/** `changed` hears of the store whose notes are not what they were. */
export function createNotes(changed: (storeId: string) => void): Notes {
  const byStore = new LRUCache<string, LRUCache<string, StoreNote>>({ max: MAX_STORES });
  const put = ({ storeId }: Access, key: string, note: StoreNote | undefined): void => {
    const notes = byStore.get(storeId) ?? new LRUCache({ max: MAX_IDENTITIES });
    if (JSON.stringify(notes.get(key)) === JSON.stringify(note)) return;
    if (note === undefined) notes.delete(key);
    else notes.set(key, note);
    byStore.set(storeId, notes);
    changed(storeId);
  };
  return {
    of(storeId, access) {
      const notes = byStore.get(storeId);
      if (access === undefined) return [...(notes?.values() ?? [])];
      return [batchKey(access), failoverKey(access)].flatMap((key) => notes?.get(key) ?? []);
    },
    batch(access, allowed) {
      const identity = describeIdentity(access.identity);
      put(access, batchKey(access), allowed ? undefined : { kind: 'batchDenied', identity });
    },
    failover(access, servedBy) {
      const { region } = access;
      put(access, failoverKey(access), servedBy === undefined ? undefined : { kind: 'failover', region, servedBy });
    },
  };
}

// A grant in IAM is for all Regions.
const batchKey = (access: Access): string => `batch ${identityKeyOf({ ...access, region: '' })}`;
const failoverKey = (access: Access): string => `failover ${identityKeyOf({ ...access, region: '' })}`;
