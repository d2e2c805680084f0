import { withProgress } from '../../support/parts/progress.ts';
import type { ExternalSecretObject } from '../../support/stage.ts';
import { type BenchRun, patienceMs, type Row, type Synced } from '../bench-run.ts';
import type { Figure } from '../figure.ts';
import { isReady } from '../watch.ts';

const REFRESHES = 3;
/** MB, by how many ExternalSecrets there are at most. */
const boundOf = (count: number): number => (count <= 1_000 ? 150 : 300);

export const memory: Row = {
  name: 'memory',
  what: `resident memory after ${REFRESHES} refreshes that each changed every value`,
  count: 1_000,
  quickCount: 1_000,
  measure: measureMemory,
};

export const memoryOfMany: Row = { ...memory, name: 'memory-many', what: `${memory.what}, of many`, count: 10_000 };

async function measureMemory(run: BenchRun, count: number): Promise<readonly Figure[]> {
  const synced = await run.synced(count);
  for (let refresh = 1; refresh <= REFRESHES; refresh++) await changeAll(synced, `${refresh} of ${REFRESHES}`);
  const { nowMb, peakMb } = synced.operator.memory;
  return [
    {
      row: 'memory',
      what: `RSS after ${REFRESHES} refreshes that changed all of ${count}`,
      value: nowMb,
      unit: 'MB',
      bound: boundOf(count),
      note: `${peakMb} MB at most`,
    },
  ];
}

/** Gives every secret another value, and waits until every Secret has it. */
export async function changeAll({ population, operator }: Synced, which: string): Promise<void> {
  const { count, watch } = population;
  await population.rotate();
  await withProgress(`refresh ${which}, which changes all of ${count.toLocaleString('en')}`, async () => {
    let generation = Number.POSITIVE_INFINITY;
    const isOfIt = (object: ExternalSecretObject): boolean =>
      isReady(object) && storeGenerationOf(object) >= generation;
    // Seen from before the write on, since the first status may come before its answer.
    const seen = watch.until(count, isOfIt, { timeoutMs: patienceMs(count), gone: operator.gone });
    generation = await population.nextNudge();
    await Promise.all([seen, population.nudge()]);
  });
  await population.check();
}

const storeGenerationOf = ({ status }: ExternalSecretObject): number =>
  (status?.store as { readonly generation?: number } | undefined)?.generation ?? 0;
