import type { Found, Search } from '../core/ports.ts';
import { type Result, succeed } from '../model/result.ts';
import type { Pending } from './batcher.ts';
import type { Caller } from './caller.ts';
import { faultOfSearch, oddList } from './find-fault.ts';
import type { Lane } from './lane.ts';
import { inLanes } from './lanes.ts';
import { type Pages, readPages } from './pages.ts';
import { blamesDecryption, listParameters, parametersIn } from './parameter-finder.ts';
import { listSecrets, secretsIn } from './secret-finder.ts';
import type { ListCall } from './transport.ts';

/** A search that waits for what it finds. */
export type PendingSearch = Pending<Search, Result<readonly Found[]>>;

const WIDTH = 4;

type ListPage = (token: { NextToken?: string }) => ListCall;

/** Looks through what AWS has: all pages of a list, or a fault, never a part of what is there. Never rejects. */
export function createFinder(call: Caller) {
  const find = async (lane: Lane, search: Search, signal: AbortSignal): Promise<Result<readonly Found[]>> => {
    const isSecret = search.service === 'SecretsManager';
    const read = (list: ListPage): Promise<Pages> =>
      readPages(isSecret ? 'SecretList' : 'Parameters', (token) => call(list(token), lane, signal));
    if (isSecret) {
      const list: ListPage = (token) => listSecrets(search, token);
      return conclude(lane, search, list({}), await read(list), (page) => secretsIn(page, search));
    }
    let list: ListPage = (token) => listParameters(search, true, token);
    let pages = await read(list);
    // Read one by one, each parameter tells by itself whether it can be decrypted.
    if (pages.kind === 'error' && blamesDecryption(pages.error)) {
      list = (token) => listParameters(search, false, token);
      pages = await read(list);
    }
    const first = list({});
    return conclude(lane, search, first, pages, (page) => parametersIn(first, page, search, lane.access.region));
  };

  return async (lane: Lane, pending: readonly PendingSearch[], signal: AbortSignal): Promise<void> => {
    await inLanes(
      WIDTH,
      pending.map((it) => async () => it.settle(await find(lane, it.question, signal))),
    );
  };
}

function conclude(
  { access }: Lane,
  search: Search,
  call: ListCall,
  pages: Pages,
  foundIn: (page: unknown) => readonly Found[],
): Result<readonly Found[]> {
  switch (pages.kind) {
    case 'answer':
      return succeed(pages.pages.flatMap(foundIn));
    case 'failed':
      return pages.failed;
    case 'error':
      return { ok: false, faults: [faultOfSearch(call, pages.error, search, access)] };
    default:
      return { ok: false, faults: [oddList(pages.kind, search, access)] };
  }
}
