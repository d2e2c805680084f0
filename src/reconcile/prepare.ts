import type { ExternalSecret } from '../api/generated/types.ts';
import { admitNamespace } from '../core/admit.ts';
import { resolveIdentity, serviceAccountOf } from '../core/identify.ts';
import { type Ground, type Plan, planRequests } from '../core/plan.ts';
import type { ObjectKey, ObjectMeta, OperatorIdentityUse, RawResource } from '../core/ports.ts';
import { parseStore, type Store, storeLabel } from '../core/store.ts';
import { type StoreUse, storesOf } from '../core/store-ref.ts';
import type { Status } from '../core/summarize.ts';
import { type Owner, targetOf } from '../core/target.ts';
import { fail, failWith, type Result, succeed } from '../model/result.ts';
import type { ParsedSpecs } from './parsed-specs.ts';
import { forceSyncOf, type Planned, type Plans, type Sights } from './plans.ts';

type Spec = ExternalSecret['spec'];

/** An ExternalSecret with everything that the caches know of what it needs, at one moment: the immutable ground of one pass. */
export interface Prepared extends Planned {
  readonly owner: Owner;
  readonly generation: number;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly forceSync: string | undefined;
  readonly status: Status;
  /** undefined when the spec is invalid; `plan` then says why. */
  readonly spec: Spec | undefined;
  readonly target: ObjectKey;
}

/** One that has got past all that the caches can object to. */
export type Ready = Prepared & {
  readonly spec: NonNullable<Prepared['spec']>;
  readonly store: NonNullable<Prepared['store']>;
};

export const isReady = (prepared: Prepared): prepared is Ready =>
  prepared.spec !== undefined && prepared.store !== undefined;

/** Gathers from the caches, and decides what to ask of AWS. Pure but for the view, and for what it remembers. */
export function prepare(
  view: Sights,
  raw: RawResource,
  lent: OperatorIdentityUse,
  specs: ParsedSpecs,
  plans: Plans,
): Prepared {
  const { metadata } = raw;
  const owner: Owner = { namespace: metadata.namespace, name: metadata.name, uid: metadata.uid };
  const parsed = specs.read(raw);
  const spec = parsed.ok ? parsed.value : undefined;
  const planned = plans.of(view, metadata, (seen) => plan(seen, metadata, parsed, lent));
  return {
    owner,
    generation: metadata.generation,
    resourceVersion: metadata.resourceVersion,
    creationTimestamp: metadata.creationTimestamp,
    forceSync: forceSyncOf(metadata),
    status: statusOf(raw),
    spec,
    target: spec === undefined ? owner : targetOf(spec, owner),
    ...planned,
  };
}

function plan(view: Sights, metadata: ObjectMeta, parsed: Result<Spec>, lent: OperatorIdentityUse): Planned {
  const { namespace, uid, generation } = metadata;
  const stores = (parsed.ok ? storesOf(parsed.value) : []).map((use) => findStore(view, namespace, use));
  const made = parsed.ok ? planOf(view, namespace, parsed.value, stores, lent) : parsed;
  const versions = stores.map(({ raw }) => [raw?.metadata.uid, raw?.metadata.generation]);
  const identities = made.ok ? made.value.requests.map(({ access }) => access) : made.faults;
  const grounds = JSON.stringify([uid, generation, versions, identities]);
  return {
    store: stores[0]?.raw?.metadata,
    hasOtherStores: stores.length > 1,
    plan: made,
    inputs: JSON.stringify([forceSyncOf(metadata), grounds]),
    grounds,
  };
}

const statusOf = ({ status }: RawResource): Status => (typeof status === 'object' && status !== null ? status : {});

/** What a store comes to in a namespace, with the objects that it hangs on: thousands of ExternalSecrets may read from one. */
const knownGrounds = new WeakMap<Store, Map<string, KnownGround>>();

interface KnownGround {
  readonly lent: OperatorIdentityUse;
  readonly tenant: ObjectMeta | undefined;
  readonly serviceAccount: ObjectMeta | undefined;
  readonly ground: Result<Ground>;
}

/** A store that the spec names, with what the caches have of it. */
interface FoundStore {
  readonly use: StoreUse;
  readonly raw: RawResource | undefined;
}

function findStore(view: Sights, namespace: string, use: StoreUse): FoundStore {
  const { kind, name } = use;
  return { use, raw: view.resource(kind, { namespace: kind === 'SecretStore' ? namespace : '', name }) };
}

function planOf(
  view: Sights,
  namespace: string,
  spec: Spec,
  stores: readonly FoundStore[],
  lent: OperatorIdentityUse,
): Result<Plan> {
  const grounds = stores.map(({ use, raw }) => blame(use, groundOf(view, namespace, use, raw, lent)));
  const failed = failWith(grounds.flatMap((ground) => (ground.ok ? [] : ground.faults)));
  return (
    failed ??
    planRequests(
      spec,
      namespace,
      grounds.flatMap((ground) => (ground.ok ? [ground.value] : [])),
    )
  );
}

function groundOf(
  view: Sights,
  namespace: string,
  { kind, name }: StoreUse,
  raw: RawResource | undefined,
  lent: OperatorIdentityUse,
): Result<Ground> {
  if (raw === undefined || raw.metadata.deletionTimestamp !== undefined) {
    return fail('StoreNotFound', 'spec.secretStoreRef', absenceOf(view, namespace, kind, name));
  }
  const parsed = parseStore(raw, kind);
  if (!parsed.ok) return labelled(parsed, `${storeLabel({ kind, name })} `);
  const store = parsed.value;
  const tenant = view.meta('Namespace', { namespace: '', name: namespace });
  const account = serviceAccountOf(store, namespace);
  const serviceAccount = account === undefined ? undefined : view.meta('ServiceAccount', account);
  const ofStore = knownGrounds.get(store) ?? new Map<string, KnownGround>();
  const known = ofStore.get(namespace);
  const isSame = known?.lent === lent && known.tenant === tenant && known.serviceAccount === serviceAccount;
  if (known !== undefined && isSame) return known.ground;
  const admitted = admitNamespace(store, namespace, tenant?.labels ?? {});
  const identity = admitted.ok ? resolveIdentity(store, namespace, serviceAccount, lent) : admitted;
  const ground = identity.ok ? succeed({ store, identity: identity.value }) : identity;
  knownGrounds.set(store, ofStore.set(namespace, { lent, tenant, serviceAccount, ground }));
  return ground;
}

function absenceOf(view: Sights, namespace: string, kind: StoreUse['kind'], name: string): string {
  if (!view.sees(kind))
    return `the operator keeps to some namespaces (--namespace), where no ${kind} serves; name a SecretStore of the namespace ${namespace}`;
  const where = kind === 'SecretStore' ? ` in the namespace ${namespace}` : '';
  return `there is no ${storeLabel({ kind, name })}${where}; create it, or name another (a SecretStore serves its own namespace only)`;
}

/** What is wrong with the store of an item is said of the item, and of each that names it. */
function blame({ subjects }: StoreUse, ground: Result<Ground>): Result<Ground> {
  if (ground.ok || subjects.includes('spec.secretStoreRef')) return ground;
  const faults = ground.faults.flatMap((fault) => {
    const about = fault.subject === 'spec.secretStoreRef' ? '' : `${fault.subject}: `;
    return subjects.map((subject) => ({ ...fault, subject, detail: `${about}${fault.detail}` }));
  });
  return failWith(faults) ?? ground;
}

const labelled = <T>(result: Result<T>, prefix: string): Result<T> =>
  result.ok
    ? result
    : (failWith(result.faults.map((fault) => ({ ...fault, subject: `${prefix}${fault.subject}` }))) ?? result);
