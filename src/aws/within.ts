/**
 * Does the work under a signal of its own, which aborts after so long and when `outer` does. Answers when the work does: it has to heed its
 * signal. Not AbortSignal.any, since a long-lived signal would keep all that was ever made of it.
 */
export async function withinMs<T>(
  ms: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const stop = (): void => own.abort();
  const timer = setTimeout(stop, ms);
  outer.addEventListener('abort', stop, { once: true });
  if (outer.aborted) stop();
  try {
    return await work(own.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', stop);
  }
}
