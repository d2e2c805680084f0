import { type Answers, answerId } from './answers.ts';
import type { PlannedItem } from './plan.ts';
import type { Status } from './summarize.ts';

/** Which version of what is in the Secret, one entry for each ref of each store. Never a value, nor anything made from one. */
export function sourcesOf(items: readonly PlannedItem[], fetched: Answers): NonNullable<Status['sources']> {
  const refs = new Map(items.map(({ store, ref }) => [answerId(store, ref), ref]));
  return [...refs].flatMap(([id, { key, service }]) => {
    const answer = fetched.get(id);
    if (answer?.ok !== true) return [];
    const { region, versionId, version } = answer.value;
    const which = versionId === undefined ? (version === undefined ? {} : { version }) : { versionId };
    return [{ key, service, region, ...which }];
  });
}
