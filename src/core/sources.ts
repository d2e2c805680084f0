import { type Answers, answerId } from './answers.ts';
import type { PlannedItem } from './plan.ts';
import type { ValueRef } from './ports.ts';
import type { Status } from './summarize.ts';

/** As many as the CRD takes. */
const MAX_SOURCES = 1_000;

/**
 * Which version of what is in the Secret, each once: a secret and its metadata, or a secret by way of two stores, is one source. Never a value, nor
 * anything made from one.
 */
export function sourcesOf(items: readonly PlannedItem[], answers: Answers): NonNullable<Status['sources']> {
  const refs = new Map(
    items.flatMap((item) => refsOf(item, answers).map((ref) => [answerId(item.store, ref), ref] as const)),
  );
  const sources = [...refs].flatMap(([id, { key, service }]) => {
    const answer = answers.values.get(id);
    if (answer?.ok !== true) return [];
    const { region, versionId, version } = answer.value;
    const which = versionId === undefined ? (version === undefined ? {} : { version }) : { versionId };
    return [{ key, service, region, ...which }];
  });
  return [...new Map(sources.map((source) => [JSON.stringify(source), source])).values()].slice(0, MAX_SOURCES);
}

function refsOf(item: PlannedItem, { members }: Answers): readonly ValueRef[] {
  if (item.kind !== 'find') return [item.ref];
  const found = members.get(item.subject);
  return found?.ok === true ? found.value : [];
}
