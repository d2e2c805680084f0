import type { ObjectKey, ObjectMeta, RawResource, WatchedKind } from '../../src/core/ports.ts';
import { type ReadWish, readOwnWish } from '../../src/core/restart-wish.ts';
import { Triggers, type Urgency } from '../../src/reconcile/triggers.ts';
import { MemoryView } from './memory-view.ts';

/** The caches, the triggers that listen to them, and what got into the queues since the last look. */
export class TriggerWorld {
  readonly view = new MemoryView();
  readonly #queued: string[] = [];
  readonly #restarts: string[] = [];
  readonly #runs: string[] = [];
  readonly triggers: Triggers;
  /** Which Secrets ExternalSecrets know as they are: `shop/db` and a resourceVersion. */
  readonly known = new Set<string>();

  constructor(readWish: ReadWish = readOwnWish) {
    const wakes = {
      externalSecret: (id: string, urgency: Urgency) => void this.#queued.push(`ExternalSecret ${id} ${urgency}`),
      store: (id: string) => void this.#queued.push(`store ${id}`),
      workload: (id: string) => void this.#queued.push(`workload ${id}`),
      restarts: (id: string) => void this.#restarts.push(id),
      runs: (namespace: string) => void this.#runs.push(namespace),
    };
    this.triggers = new Triggers(this.view, wakes, readWish, (id, { resourceVersion }) =>
      this.known.has(`${id} ${resourceVersion}`),
    );
  }

  put(kind: WatchedKind, meta: ObjectMeta, resource?: RawResource): readonly string[] {
    this.triggers.onChange(kind, this.view.put(kind, meta, resource), meta);
    return this.queued();
  }

  resource(raw: RawResource): readonly string[] {
    return this.put(raw.kind as WatchedKind, raw.metadata, raw);
  }

  drop(kind: WatchedKind, key: ObjectKey): readonly string[] {
    this.triggers.onChange(kind, this.view.drop(kind, key), undefined);
    return this.queued();
  }

  /** The ExternalSecrets whose account of restarts got into its queue since the last look. */
  restarts(): readonly string[] {
    return [...new Set(this.#restarts.splice(0))].sort();
  }

  /** The namespaces whose CronJobs and Jobs got into their queue since the last look. */
  runs(): readonly string[] {
    return [...new Set(this.#runs.splice(0))].sort();
  }

  queued(): readonly string[] {
    return [...new Set(this.#queued.splice(0))].sort();
  }
}
