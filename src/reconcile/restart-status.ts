import { patchStatus } from '../core/patch-status.ts';
import type { ClusterView, ResourceStatus, WorkloadKind } from '../core/ports.ts';
import { planRestartStatus } from '../core/restart-status.ts';
import type { ReadWish } from '../core/restart-wish.ts';
import type { Next } from '../core/schedule.ts';
import type { Status } from '../core/summarize.ts';
import { keyOf } from './key.ts';
import type { RestartJournal } from './restart-journal.ts';

interface Ports {
  readonly view: ClusterView;
  readonly status: ResourceStatus;
  readonly journal: Pick<RestartJournal, 'reportsOn'>;
  readonly readWish: ReadWish;
}

const DONE: Next = { after: 'change' };

/** Writes what is known of restarts into the status of one ExternalSecret at a time. */
export class RestartStatusReconciler {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Looks at the ExternalSecret `namespace/name`; nothing is written where the status says so already. */
  async reconcile(id: string, signal: AbortSignal): Promise<Next> {
    const { view, journal, readWish, status: port } = this.#ports;
    const raw = view.resource('ExternalSecret', keyOf(id));
    if (raw === undefined || raw.metadata.deletionTimestamp !== undefined) return DONE;
    const { metadata, status: given } = raw;
    const status: Status = typeof given === 'object' && given !== null ? given : {};
    const { namespace } = metadata;
    const secret = status.binding?.name;
    if (secret === undefined) return DONE;
    const meta = view.meta('Secret', { namespace, name: secret }) ?? { name: secret, annotations: {} };
    const isAsking = ({ kind, name }: { readonly kind: string; readonly name: string }): boolean => {
      const workload = view.meta(kind as WorkloadKind, { namespace, name });
      const wish = workload === undefined ? undefined : readWish(workload);
      // What the template refers to is not known here; an entry was made by somebody who knew.
      return wish?.asksFor(meta, true) === true;
    };
    const patch = planRestartStatus(status, journal.reportsOn({ namespace, name: secret }), isAsking);
    if (patch === undefined) return DONE;
    const after = patchStatus(status, patch);
    const written = await port.replaceStatus('ExternalSecret', metadata, metadata, after, signal);
    // A cache that lags behind, or a status that another pass is writing: either passes in a moment.
    if (written.kind === 'conflict') return { after: 'backoff', capMs: 10_000 };
    if (written.kind === 'unavailable' || written.kind === 'refused') return { after: 'backoff', capMs: 600_000 };
    return DONE;
  }
}
