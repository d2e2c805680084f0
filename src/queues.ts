import { KeyQueue, type Timers } from './controller/key-queue.ts';
import type { Ambient } from './core/ports.ts';
import { keyOf } from './reconcile/key.ts';

export type Queues = Readonly<Record<'externalsecret' | 'store' | 'workload' | 'restartstatus' | 'nextrun', KeyQueue>>;

/** How many keys of each queue are worked on at once; how many of ExternalSecrets, hangs on a flag. */
export const WIDTHS = { store: 4, workload: 8, restartstatus: 4, nextrun: 2 } as const;

/**
 * How many ExternalSecrets are under way at once, where so many calls to the API server are. Most of them wait for AWS, and those that do so
 * at the same time share its calls.
 */
export const externalSecretsAtOnce = (workers: number): number => workers * 10;

/** The queues, each fair between the namespaces of its keys. */
export function createQueues(workers: number, clock: Ambient, timers: Timers): Queues {
  const byNamespace = (id: string): string => keyOf(id).namespace;
  const byKindedNamespace = (id: string): string => id.split('/')[1] ?? '';
  // A namespace whose calls all hang leaves half of the workers to the others.
  const queue = (groupOf: (id: string) => string, width: number): KeyQueue =>
    new KeyQueue({ clock, timers, groupOf, groupWidth: Math.ceil(width / 2) });
  return {
    externalsecret: queue(byNamespace, externalSecretsAtOnce(workers)),
    store: queue(byKindedNamespace, WIDTHS.store),
    workload: queue(byKindedNamespace, WIDTHS.workload),
    restartstatus: queue(byNamespace, WIDTHS.restartstatus),
    nextrun: queue((namespace) => namespace, WIDTHS.nextrun),
  };
}
