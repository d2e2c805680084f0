/** Runs every task, at most `width` at a time. Tasks answer with values; the first that throws ends it. */
export async function inLanes(width: number, tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const left = tasks.values();
  const lane = async (): Promise<void> => {
    for (const task of left) await task();
  };
  await Promise.all(Array.from({ length: Math.min(width, tasks.length) }, lane));
}
