import type { RestartSubject, WatchedSecret } from '../../src/core/restart.ts';

// Revisions of two installation keys: what is before the dot is the key's id.
export const R1 = 'aaaaaaaa.1';
export const R2 = 'aaaaaaaa.2';
export const OTHER_KEY = 'bbbbbbbb.1';

/** The present of these tests, in Unix seconds. */
export const NOW_S = 1_000;

/** A second as annotations have it. */
export const at = (second: number): string => new Date(second * 1_000).toISOString().replace('.000Z', 'Z');

/** A Secret that was made at `createdS` (10), and has changed at `changedAtS` if at all. */
export const watched = (
  name: string,
  revision: string,
  { changedAtS, createdS = 10 }: { readonly changedAtS?: number; readonly createdS?: number } = {},
): WatchedSecret => ({ name, revision, changedAtS, sinceS: changedAtS ?? createdS });

/** A workload that asks for `db` and `tls`, has seen nothing and has no pods, unless `more` says otherwise. */
export const subject = (more: Partial<RestartSubject>): RestartSubject => ({
  asked: ['db', 'tls'],
  seen: {},
  podsCreatedS: [],
  outdatedPodsCreatedS: [],
  formerSeen: [],
  taken: [],
  isRetry: false,
  nowS: NOW_S,
  ...more,
});
