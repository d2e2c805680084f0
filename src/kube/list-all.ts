import { type Result, succeed } from '../model/result.ts';
import type { ApiClient } from './client.ts';
import { collectionPath, METADATA_LIST } from './kinds.ts';
import { fieldsOf, itemsOf, textOf } from './object-meta.ts';
import { readFailure } from './outcome.ts';

/** The objects of one kind in a namespace, or some of them. */
export interface Collection {
  readonly root: string;
  readonly plural: string;
  readonly namespace: string;
  readonly query?: Readonly<Record<string, string>>;
  /** By default the metadata alone. */
  readonly whole?: true;
  /** Where keyferry may not list them, there are none for it. */
  readonly isOptional?: true;
}

/** The objects of a collection, from every page. */
export async function listAll(
  client: ApiClient,
  { root, plural, namespace, query, whole, isOptional }: Collection,
  signal: AbortSignal,
): Promise<Result<readonly unknown[]>> {
  const path = collectionPath({ root, plural, namespaced: true }, namespace);
  const accept = whole === true ? {} : { accept: METADATA_LIST };
  const objects: unknown[] = [];
  let token = '';
  do {
    const page = { ...query, limit: '500', ...(token === '' ? {} : { continue: token }) };
    const answer = await client.request({ method: 'GET', path, query: page, ...accept }, signal);
    if (isOptional === true && answer.kind === 'said' && answer.status === 403) return succeed([]);
    if (answer.kind === 'lost' || answer.status !== 200) return readFailure(answer, `${plural} of ${namespace}`);
    const { items, metadata } = fieldsOf(answer.body);
    objects.push(...itemsOf(items));
    token = textOf(fieldsOf(metadata).continue);
  } while (token !== '');
  return succeed(objects);
}
