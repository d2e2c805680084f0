import type { PlannedItem } from './plan.ts';
import type { FetchedValues } from './ports.ts';
import { refId } from './ref-id.ts';
import type { Status } from './summarize.ts';

/** Which version of what is in the Secret, one entry a ref. Never a value, nor anything made from one. */
export function sourcesOf(items: readonly PlannedItem[], fetched: FetchedValues): NonNullable<Status['sources']> {
  const refs = new Map(items.map(({ ref }) => [refId(ref), ref]));
  return [...refs].flatMap(([id, { key, service }]) => {
    const answer = fetched.get(id);
    if (answer?.ok !== true) return [];
    const { region, versionId, version } = answer.value;
    const which = versionId === undefined ? (version === undefined ? {} : { version }) : { versionId };
    return [{ key, service, region, ...which }];
  });
}
