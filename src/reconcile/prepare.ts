import type { ExternalSecret } from '../api/generated/types.ts';
import { FORCE_SYNC_ANNOTATION } from '../api/names.ts';
import { parse } from '../api/parse.ts';
import { admitNamespace } from '../core/admit.ts';
import { resolveIdentity, serviceAccountOf } from '../core/identify.ts';
import { type Plan, planRequests } from '../core/plan.ts';
import type { ClusterView, ObjectKey, OperatorIdentityUse, RawResource } from '../core/ports.ts';
import { parseStore, type Store, storeLabel } from '../core/store.ts';
import type { Status } from '../core/summarize.ts';
import { type Owner, targetOf } from '../core/target.ts';
import { fail, type Result } from '../model/result.ts';

type Spec = ExternalSecret['spec'];

/** An ExternalSecret with everything that the caches know of what it needs, at one moment: the immutable ground of one pass. */
export interface Prepared {
  readonly owner: Owner;
  readonly generation: number;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly forceSync: string | undefined;
  readonly status: Status;
  /** undefined when the spec is invalid; `plan` then says why. */
  readonly spec: Spec | undefined;
  readonly target: ObjectKey;
  readonly store: Pick<Store, 'uid' | 'generation'> | undefined;
  readonly plan: Result<Plan>;
  /** Changes when anything changes that the pass hangs on, the target and the time apart. */
  readonly inputs: string;
  /** The same without the wishes of people: what it is that is read, where and as whom. */
  readonly grounds: string;
}

/** One that has got past all that the caches can object to. */
export type Ready = Prepared & {
  readonly spec: NonNullable<Prepared['spec']>;
  readonly store: NonNullable<Prepared['store']>;
};

export const isReady = (prepared: Prepared): prepared is Ready =>
  prepared.spec !== undefined && prepared.store !== undefined;

/** Gathers from the caches, and decides what to ask of AWS. Pure but for the view. */
export function prepare(view: ClusterView, raw: RawResource, lent: OperatorIdentityUse): Prepared {
  const { metadata } = raw;
  const owner: Owner = { namespace: metadata.namespace, name: metadata.name, uid: metadata.uid };
  const parsed = parse('ExternalSecret', { metadata: { name: owner.name }, spec: raw.spec });
  const spec = parsed.ok ? parsed.value.spec : undefined;
  const store = spec === undefined ? undefined : findStore(view, owner.namespace, spec);
  const plan = parsed.ok ? planOf(view, owner.namespace, parsed.value.spec, store, lent) : parsed;
  const forceSync = metadata.annotations[FORCE_SYNC_ANNOTATION];
  const { uid, generation } = store?.metadata ?? {};
  const identity = plan.ok ? plan.value.requests.access : plan.faults;
  const grounds = JSON.stringify([owner.uid, metadata.generation, uid, generation, identity]);
  return {
    owner,
    generation: metadata.generation,
    resourceVersion: metadata.resourceVersion,
    creationTimestamp: metadata.creationTimestamp,
    forceSync,
    status: typeof raw.status === 'object' && raw.status !== null ? raw.status : {},
    spec,
    target: spec === undefined ? owner : targetOf(spec, owner),
    store: uid === undefined || generation === undefined ? undefined : { uid, generation },
    plan,
    inputs: JSON.stringify([forceSync, grounds]),
    grounds,
  };
}

function findStore(view: ClusterView, namespace: string, spec: Spec): RawResource | undefined {
  const { kind, name } = spec.secretStoreRef;
  return view.resource(kind, { namespace: kind === 'SecretStore' ? namespace : '', name });
}

function planOf(
  view: ClusterView,
  namespace: string,
  spec: Spec,
  raw: RawResource | undefined,
  lent: OperatorIdentityUse,
): Result<Plan> {
  const { kind, name } = spec.secretStoreRef;
  if (raw === undefined || raw.metadata.deletionTimestamp !== undefined) {
    const where = kind === 'SecretStore' ? ` in the namespace ${namespace}` : '';
    const detail = `there is no ${storeLabel({ kind, name })}${where}; create it, or name another (a SecretStore serves its own namespace only)`;
    return fail('StoreNotFound', 'spec.secretStoreRef', detail);
  }
  const parsed = parseStore(raw, kind);
  if (!parsed.ok) return labelled(parsed, `${storeLabel({ kind, name })} `);
  const store = parsed.value;
  const labels = view.meta('Namespace', { namespace: '', name: namespace })?.labels ?? {};
  const admitted = admitNamespace(store, namespace, labels);
  if (!admitted.ok) return admitted;
  const serviceAccount = serviceAccountOf(store, namespace);
  const identity = resolveIdentity(
    store,
    namespace,
    serviceAccount === undefined ? undefined : view.meta('ServiceAccount', serviceAccount),
    lent,
  );
  return identity.ok ? planRequests(spec, namespace, store, identity.value) : identity;
}

function labelled<T>(result: Result<T>, prefix: string): Result<T> {
  if (result.ok) return result;
  const [first, ...rest] = result.faults.map((fault) => ({ ...fault, subject: `${prefix}${fault.subject}` }));
  return first === undefined ? result : { ok: false, faults: [first, ...rest] };
}
