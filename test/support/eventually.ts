import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';

/** How long `eventually` waits, and how often it looks. */
export interface Patience {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

const show = (value: unknown): string => (typeof value === 'string' ? value : inspect(value, { depth: 4 }));

/**
 * Waits until the probe answers with something other than `undefined` or `false`, and returns that. A probe that throws
 * has not succeeded yet; what it threw last is part of the failure's message.
 */
export async function eventually<T>(
  describe: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = 30_000, everyMs = 50 }: Patience = {},
): Promise<T> {
  const startedAt = Date.now();
  let seen = 'nothing yet';
  while (true) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      seen = show(found);
    } catch (error) {
      seen = error instanceof Error ? error.message : show(error);
    }
    if (Date.now() - startedAt >= timeoutMs) break;
    await wait(everyMs);
  }
  throw new Error(`waited ${timeoutMs / 1000} s for: ${describe}; last seen: ${seen}`);
}
