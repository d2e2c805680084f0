import { withProgress } from '../support/parts/progress.ts';
import { startChild } from '../support/processes.ts';
import { inRepository } from '../support/repository.ts';
import type { Service } from './aws-orders.ts';
import { patienceMs } from './bench-run.ts';
import type { FloorInput } from './floor-process.ts';
import { Population } from './population.ts';
import { isReady } from './watch.ts';
import type { World } from './world.ts';

/**
 * Seconds that a bare client in the operator's place takes to create so many Secrets and to write as many statuses, 32 at once: what the API server
 * on this machine, as busy as it is now, takes for it at least. It is measured as the operator is: a process, from its start to the last status
 * that the watch sees, for the same ExternalSecrets. Nothing of it stays.
 */
export async function measureFloor(world: World, count: number, service: Service): Promise<number> {
  const namespace = `floor-${Date.now()}`;
  const population = await Population.create(world, { namespace, count, service });
  const input: FloorInput = { cluster: world.access, namespace };
  const tookS = await withProgress(`measuring the floor of ${count.toLocaleString('en')}`, async () => {
    const startedMs = performance.now();
    const child = startChild(process.execPath, [inRepository('test', 'bench', 'floor-process.ts')], {
      name: 'floor',
      reapWith: 'SIGKILL',
      input: JSON.stringify(input),
    });
    const failed = child.exited.then(({ code }) => {
      if (code === 0) return new Promise<never>(() => {});
      throw new Error(`the client of the floor failed; it said last:\n${child.tail()}`);
    });
    const seen = await population.watch.until(count, isReady, { timeoutMs: patienceMs(count), gone: failed });
    return (Math.max(...seen.values()) - startedMs) / 1_000;
  });
  await population.remove();
  return tookS;
}
