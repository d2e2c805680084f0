/** Waits until the probe holds, turn by turn of the event loop; the test's own time limit ends the wait. */
export async function until(probe: () => boolean): Promise<void> {
  while (!probe()) await new Promise((resolve) => setImmediate(resolve));
}
