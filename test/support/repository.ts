import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's own root. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A path inside the checkout. */
export const inRepository = (...parts: string[]): string => join(ROOT, ...parts);
