import { linkSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const TOUCH_EVERY_MS = 3_000;
const ABANDONED_AFTER_MS = 20_000;

/**
 * Does the work while nobody else does work under the same lock file. The file names its holder and is touched while
 * the holder lives, so a lock whose process died blocks nobody. Should two holders ever meet all the same (a machine
 * that slept), no harm is done: every part is put in place by a rename.
 */
export async function withLock<T>(path: string, onWait: (holder: string) => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  while (!take(path)) {
    const holder = holderOf(path);
    if (holder === undefined) rmSync(path, { force: true });
    else {
      onWait(holder);
      await wait(500);
    }
  }
  const touch = setInterval(() => touchQuietly(path), TOUCH_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    rmSync(path, { force: true });
  }
}

/** Linked, not opened: so the file has its content from the first moment. */
function take(path: string): boolean {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, path);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function touchQuietly(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Taken away by somebody who thought us dead.
  }
}

/** The process that holds the lock, if it lives. */
function holderOf(path: string): string | undefined {
  try {
    if (Date.now() - statSync(path).mtimeMs > ABANDONED_AFTER_MS) return undefined;
    const pid = readFileSync(path, 'utf8');
    return isAlive(Number(pid)) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
