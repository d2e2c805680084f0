import type { Figure } from './figure.ts';

/** A machine is busy with other things, too, and no two moments of it are alike. */
const TIMES = 5;

/** Measures the same figures several times: of times the one in the middle counts, in relation to its bound; of counts the worst. */
export async function repeated(measure: () => Promise<readonly Figure[]>): Promise<readonly Figure[]> {
  const rounds: (readonly Figure[])[] = [];
  for (let round = 0; round < TIMES; round++) rounds.push(await measure());
  return rounds[0]?.map((_, at) => oneOf(rounds.flatMap((figures) => figures[at] ?? []))) ?? [];
}

const shareOf = ({ value, bound = 1 }: Figure): number => value / bound;

function oneOf(figures: readonly Figure[]): Figure {
  const sorted = figures.toSorted((a, b) => shareOf(a) - shareOf(b));
  const isTime = sorted[0]?.unit === 's';
  const chosen = sorted[isTime ? Math.floor(sorted.length / 2) : sorted.length - 1];
  if (chosen === undefined) throw new Error('nothing was measured');
  if (!isTime) return chosen;
  const all = figures.map(({ value, floorS }) => `${value.toFixed(2)} (floor ${floorS?.toFixed(2)})`).join(', ');
  return { ...chosen, note: [`the middle of ${all} s`, chosen.note ?? ''].filter((text) => text !== '').join('; ') };
}
