import type { BenchRun, Row } from '../bench-run.ts';
import { type Figure, medianOf } from '../figure.ts';
import { changeAll } from './memory.ts';

const REFRESHES = 20;
const MOST_GROWTH = 5;

export const flat: Row = {
  name: 'flat',
  what: `growth of the resident memory over ${REFRESHES} refreshes that each changed every value`,
  count: 1_000,
  measure: measureFlat,
};

async function measureFlat(run: BenchRun, count: number): Promise<readonly Figure[]> {
  const synced = await run.synced(count);
  const megabytes: number[] = [];
  for (let refresh = 1; refresh <= REFRESHES; refresh++) {
    await changeAll(synced, `${refresh} of ${REFRESHES}`);
    megabytes.push(synced.operator.memory.nowMb);
  }
  // The heap of a new process grows to the size of its work first.
  const [early, late] = [medianOf(megabytes.slice(3, 8)), medianOf(megabytes.slice(-5))];
  return [
    {
      row: 'flat',
      what: `growth of the RSS over ${REFRESHES} refreshes that changed all of ${count}`,
      value: (late / early - 1) * 100,
      unit: '%',
      bound: MOST_GROWTH,
      note: `from the 4th to the 8th ${early} MB, in the last five ${late} MB: ${megabytes.join(', ')}`,
    },
  ];
}
