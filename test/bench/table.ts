import { type Figure, isMissed } from './figure.ts';

const HEADS = ['row', 'what', 'measured', 'bound', 'floor', ''] as const;

/** The figures as a table for people. */
export function printTable(figures: readonly Figure[]): string {
  const lines = figures.map(cellsOf);
  const widths = HEADS.map((head, at) => Math.max(head.length, ...lines.map((cells) => cells[at]?.length ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [HEADS, rule, ...lines]
    .map((cells) =>
      cells
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The same for docs/performance.md, with what is to be known of each figure. */
export function printMarkdown(figures: readonly Figure[]): string {
  const lines = figures.map((figure) => [...cellsOf(figure), figure.note ?? '']);
  const heads = [...HEADS, 'more'];
  return [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** One line of it, before it is known how wide the others are. */
export const printFigure = (figure: Figure): string => {
  const [row, what, measured, bound, floor, verdict] = cellsOf(figure);
  const parts = [
    `${row}: ${what}: ${measured}`,
    bound === '' ? '' : `bound ${bound}`,
    floor === '' ? '' : `floor ${floor}`,
  ];
  const note = figure.note === undefined || figure.note === '' ? '' : ` (${figure.note})`;
  return `${parts.filter((part) => part !== '').join(', ')}${verdict === '' ? '' : `: ${verdict}`}${note}`;
};

function cellsOf(figure: Figure): string[] {
  const { row, what, value, unit, bound, boundBy, floorS } = figure;
  const most = bound === undefined ? '' : `${amount(bound, unit)}${boundBy === undefined ? '' : ` (${boundBy})`}`;
  const verdict = bound === undefined ? '' : isMissed(figure) ? 'MISSED' : 'ok';
  return [row, what, amount(value, unit), most, floorS === undefined ? '' : amount(floorS, 's'), verdict];
}

function amount(value: number, unit: Figure['unit']): string {
  const digits = unit === 's' || unit === 'times' ? 2 : unit === '%' || !Number.isInteger(value) ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}
