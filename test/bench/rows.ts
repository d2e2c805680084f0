import type { Row } from './bench-run.ts';
import { cold } from './rows/cold.ts';
import { memory, memoryOfMany } from './rows/memory.ts';
import { restart } from './rows/restart.ts';
import { unchanged } from './rows/unchanged.ts';

/** All rows, in an order in which one can use what the one before has left. */
export const rows: readonly Row[] = [cold, memory, unchanged, memoryOfMany, restart];
