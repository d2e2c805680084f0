import { describe, expect, it } from 'vitest';
import { type Figure, isMissed, medianOf, percentileOf } from '../../bench/figure.ts';
import { printFigure, printTable } from '../../bench/table.ts';

const slow: Figure = {
  row: 'cold',
  what: 'cold sync of 20',
  value: 2.5,
  unit: 's',
  bound: 1.3,
  boundBy: '1.3 × floor',
  floorS: 1,
  note: 'busy',
};
const cheap: Figure = { row: 'cold', what: 'its AWS calls', value: 1, unit: 'calls', bound: 1 };
const aside: Figure = { row: 'restart', what: 'CPU', value: 0.5, unit: 's' };

describe('a figure', () => {
  it('misses its bound when it is above it, or is no number', () => {
    const missed = [slow, cheap, aside, { ...cheap, value: Number.NaN }].map(isMissed);
    expect(missed).toEqual([true, false, false, true]);
  });

  it('is printed with what it is held against', () => {
    expect(printFigure(slow)).toBe(
      'cold: cold sync of 20: 2.50 s, bound 1.30 s (1.3 × floor), floor 1.00 s: MISSED (busy)',
    );
    expect(printFigure(aside)).toBe('restart: CPU: 0.50 s');
  });

  it('has its place in a table', () => {
    expect(printTable([slow, cheap, aside]).split('\n')).toEqual([
      'row      what             measured  bound                 floor',
      '-------  ---------------  --------  --------------------  ------  ------',
      'cold     cold sync of 20  2.50 s    1.30 s (1.3 × floor)  1.00 s  MISSED',
      'cold     its AWS calls    1 calls   1 calls                       ok',
      'restart  CPU              0.50 s',
    ]);
  });
});

describe('percentiles', () => {
  it('are values that were measured, but for the mean of two in the middle', () => {
    expect(medianOf([4, 1, 3, 2])).toBe(2.5);
    expect(medianOf([3, 1, 2])).toBe(2);
    expect(percentileOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.99)).toBe(10);
    expect(percentileOf([7], 0.99)).toBe(7);
  });
});
