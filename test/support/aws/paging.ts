import { Refusal } from './refusal.ts';

/** How lists come in parts, beyond what the caller asks for. */
export interface Paging {
  /** At most so many in a page, though the caller would take more. */
  readonly pageSize?: number;
  /** Before each page comes an empty one, with a token: AWS does so when it has looked long without finding anything. */
  readonly emptyPages?: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

/** The page that the token stands for; the first without one. `limit` is the most that the caller takes. */
export function pageOf<T>(all: readonly T[], token: string | undefined, limit: number, paging: Paging): Page<T> {
  const [, at = '0', stage] = /^page-(\d+)(-full)?$/.exec(token ?? 'page-0') ?? [];
  if (token !== undefined && !token.startsWith('page-')) throw new Refusal('InvalidNextTokenException');
  const start = Number(at);
  if (paging.emptyPages === true && stage === undefined) return { items: [], nextToken: `page-${start}-full` };
  const end = start + Math.min(limit, paging.pageSize ?? limit);
  return { items: all.slice(start, end), ...(end < all.length ? { nextToken: `page-${end}` } : {}) };
}
