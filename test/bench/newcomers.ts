import { setTimeout as wait } from 'node:timers/promises';
import type { BenchOperator } from './operator.ts';
import type { Population } from './population.ts';
import { isReady } from './watch.ts';

const PATIENCE_MS = 300_000;

/** Creates ExternalSecrets one after another. Answers with the seconds that each waited, from its creation to its status in sync. */
export async function measureNewcomers(
  population: Population,
  operator: BenchOperator,
  { count, everyMs }: { readonly count: number; readonly everyMs: number },
): Promise<number[]> {
  const prefix = `new-${Date.now()}-`;
  const created = new Map<string, number>();
  const isOurs = ({ metadata }: { metadata: { name: string } }): boolean => metadata.name.startsWith(prefix);
  const seen = population.watch.until(count, (object) => isOurs(object) && isReady(object), {
    timeoutMs: PATIENCE_MS + count * everyMs,
    gone: operator.gone,
  });
  const create = async (): Promise<void> => {
    for (let at = 0; at < count; at++) {
      const name = `${prefix}${at}`;
      created.set(name, performance.now());
      await population.add(name, population.count + at);
      await wait(everyMs);
    }
  };
  const [times] = await Promise.all([seen, create()]);
  return [...times].map(([name, atMs]) => (atMs - (created.get(name) ?? Number.NaN)) / 1_000);
}
