import { FORCE_SYNC_ANNOTATION } from '../api/names.ts';
import type { Plan } from '../core/plan.ts';
import type { ClusterView, ObjectMeta, RawResource } from '../core/ports.ts';
import type { Store } from '../core/store.ts';
import type { Result } from '../model/result.ts';
import { idOf } from './key.ts';

/** What can be seen of the cluster while a plan is made. */
export type Sights = Pick<ClusterView, 'resource' | 'meta' | 'sees'>;

/** What a spec comes to with the stores, ServiceAccounts and namespace of the moment. */
export interface Planned {
  /** That of spec.secretStoreRef. */
  readonly store: Pick<Store, 'uid' | 'generation'> | undefined;
  /** Whether items name stores of their own, of which the status keeps no record. */
  readonly hasOtherStores: boolean;
  readonly plan: Result<Plan>;
  /** Changes when anything changes that the pass hangs on, the target and the time apart: the grounds, and the wishes of people. */
  readonly inputs: string;
  /** What it is that is read, where and as whom. */
  readonly grounds: string;
}

type Sight =
  | {
      readonly what: 'resource';
      readonly args: Parameters<Sights['resource']>;
      readonly found: RawResource | undefined;
    }
  | { readonly what: 'meta'; readonly args: Parameters<Sights['meta']>; readonly found: ObjectMeta | undefined };

interface Known {
  readonly uid: string;
  readonly generation: number;
  readonly forceSync: string | undefined;
  readonly seen: readonly Sight[];
  readonly planned: Planned;
}

/**
 * The plans of ExternalSecrets as they were made: a refresh that finds nothing new would spend a tenth of its time on making one again. A plan
 * stands for as long as the cache has the very objects that were looked at for it.
 */
export class Plans {
  readonly #known = new Map<string, Known>();

  /** The plan of `metadata`'s ExternalSecret: the known one where it stands, else as `make` makes it of what it looks at in the view. */
  of(view: Sights, metadata: ObjectMeta, make: (view: Sights) => Planned): Planned {
    const { uid, generation } = metadata;
    const forceSync = forceSyncOf(metadata);
    const known = this.#known.get(idOf(metadata));
    const isOfSame = known?.uid === uid && known.generation === generation && known.forceSync === forceSync;
    if (isOfSame && known.seen.every((sight) => isStill(view, sight))) return known.planned;
    const witness = new Witness(view);
    const planned = make(witness);
    this.#known.set(idOf(metadata), { uid, generation, forceSync, seen: witness.seen, planned });
    return planned;
  }

  /** Lets go of what it has of `namespace/name`. */
  forget(id: string): void {
    this.#known.delete(id);
  }
}

/** The last wish for a refresh now. */
export const forceSyncOf = ({ annotations }: ObjectMeta): string | undefined => annotations[FORCE_SYNC_ANNOTATION];

/** Takes down what is looked at. Which kinds are watched never changes, so that is not. */
class Witness implements Sights {
  readonly seen: Sight[] = [];
  readonly #view: Sights;

  constructor(view: Sights) {
    this.#view = view;
  }

  resource(...args: Parameters<Sights['resource']>): RawResource | undefined {
    const found = this.#view.resource(...args);
    this.seen.push({ what: 'resource', args, found });
    return found;
  }

  meta(...args: Parameters<Sights['meta']>): ObjectMeta | undefined {
    const found = this.#view.meta(...args);
    this.seen.push({ what: 'meta', args, found });
    return found;
  }

  sees(kind: Parameters<Sights['sees']>[0]): boolean {
    return this.#view.sees(kind);
  }
}

/** Objects of the cache are never changed, only replaced. */
const isStill = (view: Sights, { what, args, found }: Sight): boolean =>
  (what === 'resource' ? view.resource(...args) : view.meta(...args)) === found;
