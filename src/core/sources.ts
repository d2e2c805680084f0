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
  const sources = new Map<string, NonNullable<Status['sources']>[number]>();
  for (const item of items) {
    for (const ref of refsOf(item, answers)) {
      const { key, service } = ref;
      const answer = answers.values.get(answerId(item.store, ref));
      if (answer?.ok !== true) continue;
      const { region, versionId, version } = answer.value;
      const which = versionId === undefined ? (version === undefined ? {} : { version }) : { versionId };
      const source = { key, service, region, ...which };
      sources.set(JSON.stringify(source), source);
    }
  }
  return [...sources.values()].slice(0, MAX_SOURCES);
}

function refsOf(item: PlannedItem, { members }: Answers): readonly ValueRef[] {
  if (item.kind !== 'find') return [item.ref];
  const found = members.get(item.subject);
  return found?.ok === true ? found.value : [];
}
