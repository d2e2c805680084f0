import type { Context } from 'liquidjs';

/**
 * What all templates of one ExternalSecret may spend together: a tenth of a second, for what takes longest. Counted, not timed: a slow or
 * paused node must not make a good template invalid, and the same inputs must always have the same outcome.
 */
export const PURSE = 20_000_000;

/** Units for each character of a template. */
export const TEXT_RATE = 16;

/** Units, beside, for each character of it in tags and outputs. */
export const CODE_RATE = 200;

/** Units for each character between `for` and `endfor`, at each turn of the loop. */
export const TURN_RATE = 100;

/** Liquid's own limiter of memory is the purse: its tags and filters pay there by themselves, and we do for what they leave out. */
export const pay = (context: Context, units: number): void => context.memoryLimit.use(units);

/** Whether the purse is empty, as Liquid words it. */
export const isSpent = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('memory alloc limit exceeded');
