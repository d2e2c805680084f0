import type { ObjectMeta } from './ports.ts';
import { type WatchedSecret, watchedSecret } from './restart.ts';
import type { RunKind } from './run-storage.ts';

/** A Secret whose data has changed, and when (Unix seconds, the API server's clock). */
export interface ChangedSecret extends WatchedSecret {
  readonly metadata: ObjectMeta;
  readonly changedAtS: number;
}

/** How long (seconds) a change is worth telling: the API server knows for an hour, as a rule, what it was told. */
const NEWS_S = 1_800;

/** Those of the Secrets that have changed lately. */
export const changedLately = (secrets: Iterable<ObjectMeta>, nowS: number): readonly ChangedSecret[] =>
  [...secrets].flatMap((metadata) => {
    const secret = watchedSecret(metadata);
    if (secret?.changedAtS === undefined || nowS - secret.changedAtS > NEWS_S) return [];
    return [{ ...secret, metadata, changedAtS: secret.changedAtS }];
  });

/** Whether pods of before the change can be there: who was made later has read the new data from the first. */
export const isOlder = ({ creationTimestamp }: ObjectMeta, { changedAtS }: ChangedSecret): boolean =>
  Date.parse(creationTimestamp) <= changedAtS * 1_000;

/** What a CronJob or a Job is told of a change. */
export const runNotice = (kind: RunKind, { name }: ChangedSecret): string =>
  `The data of Secret ${name} changed; ${left[kind]}`;

const left: Readonly<Record<RunKind, string>> = {
  CronJob: 'keyferry starts no run for that: the next one reads the new data',
  Job: 'a Job is not restarted: pods that run keep the old data, and those to come read the new',
};
