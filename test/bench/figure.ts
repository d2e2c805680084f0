/** One measured figure and what it is held against. */
export interface Figure {
  /** The row that measured it. */
  readonly row: string;
  readonly what: string;
  readonly value: number;
  readonly unit: 's' | 'MB' | '%' | 'times' | 'calls' | 'writes' | 'throttles' | 'ExternalSecrets';
  /** The most that it may be; a figure without one is for information. */
  readonly bound?: number;
  /** Where the bound comes from, when it is made out of something else that was measured. */
  readonly boundBy?: string;
  /** The floor of the same run, in seconds. */
  readonly floorS?: number;
  readonly note?: string;
}

export const isMissed = ({ value, bound }: Figure): boolean => bound !== undefined && !(value <= bound);

export const medianOf = (values: readonly number[]): number => percentileOf(values, 0.5);

/** The smallest value that so large a share of all does not exceed; of two in the middle, their mean. */
export function percentileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [low = Number.NaN, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return share === 0.5 ? (low + high) / 2 : high;
}
