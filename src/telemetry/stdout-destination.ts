import { writeSync } from 'node:fs';
import type { LogDestination } from './log.ts';

const STDOUT = 1;
const PAUSE_MS = 10;
const MOST_PAUSES = 50;

/** How long a line may wait for others: a write for each would take as long as all else that a line takes. */
const WAIT_MS = 50;
/** Characters. */
const MOST_WAITING = 65_536;

/**
 * Writes lines to standard output (or the file descriptor given), a few at a time. When `flush` returns, all have been written; who ends the
 * process has to call it, and a process that is killed loses those that waited. When nothing can be written (the reader is gone or stands still,
 * the disk is full) lines are dropped and the process lives on: a log is no reason to stop the work.
 */
export function stdoutDestination(fd: number = STDOUT): LogDestination {
  // A reader that stood still once is not waited for again until it reads.
  let pausesLeft = MOST_PAUSES;
  const writeWhole = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.byteLength; ) {
      const written = tryWrite(fd, bytes.subarray(at));
      at += written;
      if (written > 0) pausesLeft = MOST_PAUSES;
      else if (pausesLeft === 0) return;
      else {
        pausesLeft -= 1;
        pause();
      }
    }
  };
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const text = waiting;
    waiting = '';
    try {
      writeWhole(Buffer.from(text));
    } catch {
      // There is nowhere left to say so.
    }
  };
  return {
    write: (line) => {
      waiting += line;
      if (waiting.length >= MOST_WAITING) flush();
      // A process that has nothing else to do ends, and flushes.
      else timer ??= setTimeout(flush, WAIT_MS).unref();
    },
    flush,
  };
}

/** How many bytes were written: 0 when a reader of a non-blocking pipe has to read first. */
function tryWrite(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0;
    throw error;
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
