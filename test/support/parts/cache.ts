import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where built parts are kept between runs and between checkouts. */
function cacheDirectory(): string {
  const base = process.env.XDG_CACHE_HOME;
  return join(base?.startsWith('/') ? base : join(homedir(), '.cache'), 'keyferry');
}

/** A folder of the cache for one part, named after everything that decides what is in it. */
export function cacheFolder(part: string, files: readonly string[], settings: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file)).update('\0');
  for (const setting of [...settings, process.platform, process.arch]) hash.update(setting).update('\0');
  return join(cacheDirectory(), `${part}-${hash.digest('hex').slice(0, 16)}`);
}
