import type { ExternalSecret } from '../api/generated/types.ts';
import type { Fault } from '../model/fault.ts';
import { failWith, type Result, succeed } from '../model/result.ts';
import { admitKey } from './admit.ts';
import { checkRef } from './check-ref.ts';
import { accountOf } from './identify.ts';
import type { Identity, RequestPlan, Service, ValueRef } from './ports.ts';
import { refId } from './ref-id.ts';
import { type Store, storeLabel } from './store.ts';
import { storeRefOf } from './store-ref.ts';

type Spec = ExternalSecret['spec'];
type DataItem = NonNullable<Spec['data']>[number];
type RemoteRef = DataItem['remoteRef'];
type FromItem = NonNullable<Spec['dataFrom']>[number];

export type Decoding = NonNullable<RemoteRef['decodingStrategy']>;
export type Rewrite = NonNullable<FromItem['rewrite']>[number];

/** A store that a plan may read from, and as whom. */
export interface Ground {
  readonly store: Store;
  readonly identity: Identity;
}

interface ItemBase {
  /** The item as messages name it: `spec.data[2]`. */
  readonly subject: string;
  /** The store that it reads from: `SecretStore/aws`. */
  readonly store: string;
  readonly ref: ValueRef;
  readonly property: string | undefined;
  readonly decoding: Decoding;
}

/** One entry of the spec, with the ref that answers it. */
export type PlannedItem =
  | (ItemBase & { readonly kind: 'data'; readonly secretKey: string; readonly optional: boolean })
  | (ItemBase & { readonly kind: 'extract'; readonly rewrite: readonly Rewrite[] });

export interface Plan {
  /** One for each store that an item reads from. */
  readonly requests: readonly RequestPlan[];
  /** In order of precedence: a later item goes before an earlier one. */
  readonly items: readonly PlannedItem[];
}

/**
 * What to ask of AWS for the spec: each ref of each store once, and the items that the answers go to. `grounds` are all stores that the
 * spec names.
 */
export function planRequests(spec: Spec, namespace: string, grounds: readonly Ground[]): Result<Plan> {
  const planned = [
    ...(spec.dataFrom ?? []).map((item, at) => {
      const ground = groundOf(item.secretStoreRef ?? spec.secretStoreRef, grounds);
      return { ground, item: extractItem(item, `spec.dataFrom[${at}]`, ground.store) };
    }),
    ...(spec.data ?? []).map((item, at) => {
      const ground = groundOf(item.secretStoreRef ?? spec.secretStoreRef, grounds);
      return { ground, item: dataItem(item, `spec.data[${at}]`, ground.store) };
    }),
  ];
  const failed = failWith(
    planned.flatMap(({ ground: { store, identity }, item }) => {
      const wrong = checkRef(item, store);
      if (wrong !== undefined) return [wrong];
      return admitKey(store, namespace, accountOf(identity), item.ref) ? [] : [notAllowed(item, store)];
    }),
  );
  if (failed !== undefined) return failed;
  const items = planned.map(({ item }) => item);
  return succeed({ requests: grounds.flatMap((ground) => requestOf(ground, items)), items });
}

function groundOf(ref: Parameters<typeof storeRefOf>[0], grounds: readonly Ground[]): Ground {
  const label = storeLabel(storeRefOf(ref));
  const ground = grounds.find(({ store }) => storeLabel(store) === label);
  if (ground === undefined) throw new Error(`${label} was not looked up`);
  return ground;
}

function requestOf({ store, identity }: Ground, items: readonly PlannedItem[]): RequestPlan[] {
  const label = storeLabel(store);
  const own = items.filter((item) => item.store === label).map(({ ref }) => ref);
  const refs = [...new Map(own.map((ref) => [refId(ref), ref])).values()];
  return refs.length === 0 ? [] : [{ access: { store: label, region: store.spec.region, identity }, refs }];
}

function dataItem(item: DataItem, subject: string, store: Store): PlannedItem {
  const { secretKey, optional = false } = item;
  return { ...baseOf(item.remoteRef, subject, store), kind: 'data', secretKey, optional };
}

function extractItem(item: FromItem, subject: string, store: Store): PlannedItem {
  return { ...baseOf(item.extract, subject, store), kind: 'extract', rewrite: item.rewrite ?? [] };
}

function baseOf(remote: RemoteRef, subject: string, store: Store): ItemBase {
  const { versionStage, versionId, version, label } = remote;
  const ref: ValueRef = {
    service: serviceOf(remote, store),
    key: `${store.spec.keyPrefix ?? ''}${remote.key}`,
    ...(versionStage === undefined ? {} : { versionStage }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(version === undefined ? {} : { version }),
    ...(label === undefined ? {} : { label }),
  };
  const decoding = remote.decodingStrategy ?? 'None';
  return { subject, store: storeLabel(store), ref, property: remote.property, decoding };
}

// An ARN says which service it is of, where nothing else does.
function serviceOf(remote: RemoteRef, store: Store): Service {
  if (remote.service !== undefined) return remote.service;
  if (/^arn:[^:]*:secretsmanager:/.test(remote.key)) return 'SecretsManager';
  if (/^arn:[^:]*:ssm:/.test(remote.key)) return 'ParameterStore';
  return store.spec.defaultService;
}

const notAllowed = ({ subject, ref }: PlannedItem, store: Store): Fault => ({
  kind: 'StoreNotAllowed',
  subject,
  detail: `${storeLabel(store)} does not let this namespace read ${ref.key}; add it to the store's spec.allowedKeys`,
});
