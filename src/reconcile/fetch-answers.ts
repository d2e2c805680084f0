import { type Answers, answerId, answersOf } from '../core/answers.ts';
import { membersOf } from '../core/find.ts';
import type { FindItem, Plan } from '../core/plan.ts';
import type { FetchedValue, Found, Need, RequestPlan, ValueSource } from '../core/ports.ts';
import { refId } from '../core/ref-id.ts';
import { oneVersionEach } from '../core/snapshot.ts';
import { type Result, succeed } from '../model/result.ts';

type Values = Pick<ValueSource, 'fetch' | 'find'>;
type Answer = readonly [id: string, answer: Result<FetchedValue>];

/**
 * Asks every store of the plan: for its refs and its finds at once, then for the members whose values the lists did not bring. All that is
 * drawn from one secret comes from one version of it.
 */
export async function fetchAnswers(
  values: Values,
  { requests, items }: Plan,
  need: Need,
  signal: AbortSignal,
): Promise<Answers> {
  const finds = items.filter((item) => item.kind === 'find');
  if (finds.length === 0) {
    const all = await fetchAll(values, requests, need, signal);
    return { values: oneVersionEach(new Map(all)), members: new Map() };
  }
  const [read, members] = await Promise.all([
    fetchAll(values, requests, need, signal),
    Promise.all(finds.map((item) => findMembers(values, item, requests, signal))),
  ]);
  const brought = members.flatMap(broughtBy);
  const known = new Map([...brought, ...read]);
  const left = requests.map(({ access }) => ({ access, refs: refsLeft(access.store, members, known) }));
  const rest = await fetchAll(values, left, need, signal);
  return {
    values: oneVersionEach(new Map([...known, ...rest])),
    members: new Map(
      members.map(({ item, found }) => [item.subject, found.ok ? succeed(found.value.map(({ ref }) => ref)) : found]),
    ),
  };
}

interface Members {
  readonly item: FindItem;
  readonly found: Result<readonly Found[]>;
}

async function fetchAll(
  values: Values,
  requests: readonly RequestPlan[],
  need: Need,
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  const asked = requests.filter(({ refs }) => refs.length > 0);
  return (
    await Promise.all(
      asked.map(async (request) => answersOf(request, await values.fetch({ ...request, need }, signal))),
    )
  ).flat();
}

async function findMembers(
  values: Values,
  item: FindItem,
  requests: readonly RequestPlan[],
  signal: AbortSignal,
): Promise<Members> {
  const request = requests.find(({ access }) => access.store === item.store);
  if (request === undefined) throw new Error(`nothing is asked of ${item.store}`);
  const found = await values.find(request.access, item.criteria.search, signal);
  return { item, found: found.ok ? membersOf(item.criteria, item.admits, found.value, item.subject) : found };
}

const broughtBy = ({ item, found }: Members): Answer[] =>
  (found.ok ? found.value : []).flatMap(({ ref, value }) =>
    value === undefined ? [] : [[answerId(item.store, ref), succeed(value)]],
  );

function refsLeft(
  store: string,
  members: readonly Members[],
  known: ReadonlyMap<string, unknown>,
): RequestPlan['refs'] {
  const refs = members
    .filter(({ item }) => item.store === store)
    .flatMap(({ found }) => (found.ok ? found.value.map(({ ref }) => ref) : []))
    .filter((ref) => !known.has(answerId(store, ref)));
  return [...new Map(refs.map((ref) => [refId(ref), ref])).values()];
}
