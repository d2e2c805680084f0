import type { Result } from '../model/result.ts';
import type { FetchedValue, FetchedValues, RequestPlan, ValueRef } from './ports.ts';
import { refId } from './ref-id.ts';

/** The answers to all requests of a plan. Two stores may be asked for refs that look the same, so each has its store in its key. */
export type Answers = ReadonlyMap<string, Result<FetchedValue>>;

/** The key of the answer that a store (`SecretStore/aws`) gave to the ref. */
export const answerId = (store: string, ref: ValueRef): string => `${store} ${refId(ref)}`;

/** What the store of the request answered, as part of the answers to all. */
export const answersOf = ({ access }: RequestPlan, fetched: FetchedValues): [string, Result<FetchedValue>][] =>
  [...fetched].map(([id, answer]) => [`${access.store} ${id}`, answer]);
