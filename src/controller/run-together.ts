/** Runs all until the signal aborts; the first that rejects stops the others, and its reason is thrown when all have ended. */
export async function runTogether(
  parts: readonly ((stop: AbortSignal) => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const crash = new AbortController();
  const stop = AbortSignal.any([signal, crash.signal]);
  const ends = await Promise.allSettled(
    parts.map((part) =>
      part(stop).catch((error: unknown) => {
        crash.abort();
        throw error;
      }),
    ),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined && !signal.aborted) throw failed.reason;
}
