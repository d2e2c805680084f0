/** Calls `work` with 0 to `count - 1`, so many at a time. The first that rejects ends it. */
export async function atOnce(width: number, count: number, work: (at: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane));
}
