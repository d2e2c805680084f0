import type { Row } from './bench-run.ts';
import { cold } from './rows/cold.ts';
import { coldOfMany } from './rows/cold-many.ts';
import { events } from './rows/events.ts';
import { fairness } from './rows/fairness.ts';
import { flat } from './rows/flat.ts';
import { herd } from './rows/herd.ts';
import { memory, memoryOfMany } from './rows/memory.ts';
import { newcomer } from './rows/newcomer.ts';
import { parameters } from './rows/parameters.ts';
import { restart } from './rows/restart.ts';
import { shared } from './rows/shared.ts';
import { unchanged } from './rows/unchanged.ts';

/** All rows, in an order in which one can use what the one before has left. */
export const rows: readonly Row[] = [
  cold,
  memory,
  flat,
  unchanged,
  parameters,
  coldOfMany,
  memoryOfMany,
  restart,
  herd,
  newcomer,
  events,
  shared,
  fairness,
];
