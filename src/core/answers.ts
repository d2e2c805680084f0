import type { Result } from '../model/result.ts';
import type { FetchedValue, FetchedValues, RequestPlan, ValueRef } from './ports.ts';
import { refId } from './ref-id.ts';

/** What AWS has answered to a whole plan. */
export interface Answers {
  /** By `answerId`: two stores may be asked for refs that look the same. */
  readonly values: ReadonlyMap<string, Result<FetchedValue>>;
  /** The members of each find, by name, under the subject of its item. */
  readonly members: ReadonlyMap<string, Result<readonly ValueRef[]>>;
}

/** The key of the answer that a store (`SecretStore/aws`) gave to the ref. */
export const answerId = (store: string, ref: ValueRef): string => `${store} ${refId(ref)}`;

/** What the store of the request answered, as part of the answers to all. */
export const answersOf = ({ access }: RequestPlan, fetched: FetchedValues): [string, Result<FetchedValue>][] =>
  [...fetched].map(([id, answer]) => [`${access.store} ${id}`, answer]);
