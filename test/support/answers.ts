import { type Answers, answerId } from '../../src/core/answers.ts';
import type { PlannedItem } from '../../src/core/plan.ts';
import type { FetchedValue, ValueRef } from '../../src/core/ports.ts';
import { type Result, succeed } from '../../src/model/result.ts';

/** The answers to the items by what AWS has, whose finds have these names for members. */
export function answersBy(
  items: readonly PlannedItem[],
  answer: (ref: ValueRef) => Result<FetchedValue>,
  names: readonly string[] = [],
): Answers {
  const refsOf = (item: PlannedItem): readonly ValueRef[] =>
    item.kind === 'find' ? names.map((key) => ({ service: item.criteria.search.service, key })) : [item.ref];
  return {
    values: new Map(items.flatMap((item) => refsOf(item).map((ref) => [answerId(item.store, ref), answer(ref)]))),
    members: new Map(items.flatMap((item) => (item.kind === 'find' ? [[item.subject, succeed(refsOf(item))]] : []))),
  };
}
