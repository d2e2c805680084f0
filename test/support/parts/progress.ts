const EVERY_MS = { terminal: 1_000, file: 15_000 };

/** `1m20s`, `4.2s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  return `${Math.floor(seconds / 60)}m${String(Math.floor(seconds % 60)).padStart(2, '0')}s`;
}

/** Says what is being done, and for how long now, until the work is done. A terminal gets one line that moves. */
export async function withProgress<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  const isTerminal = process.stderr.isTTY === true;
  const show = (): void => {
    const line = `${what} … ${duration(Date.now() - startedAt)}`;
    process.stderr.write(isTerminal ? `\r\x1b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}` : `${line}\n`);
  };
  show();
  const timer = setInterval(show, isTerminal ? EVERY_MS.terminal : EVERY_MS.file);
  try {
    const result = await work();
    process.stderr.write(`${isTerminal ? '\r\x1b[2K' : ''}${what}: done in ${duration(Date.now() - startedAt)}\n`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
