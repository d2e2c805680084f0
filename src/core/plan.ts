import type { ExternalSecret } from '../api/generated/types.ts';
import { type Failed, fail, failWith, type Result, succeed } from '../model/result.ts';
import { accessOf } from './access.ts';
import { admitKey } from './admit.ts';
import { checkRef } from './check-ref.ts';
import { type Criteria, planFind } from './find.ts';
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
  readonly decoding: Decoding;
}

interface RefItem extends ItemBase {
  readonly ref: ValueRef;
  readonly property: string | undefined;
}

/** One entry of the spec, with what answers it. */
export type PlannedItem =
  | (RefItem & { readonly kind: 'data'; readonly secretKey: string; readonly optional: boolean })
  | (RefItem & { readonly kind: 'extract'; readonly rewrite: readonly Rewrite[] })
  | FindItem;

export interface FindItem extends ItemBase {
  readonly kind: 'find';
  readonly criteria: Criteria;
  /** Whether the store lets the secret or parameter of that name be read here. */
  readonly admits: (name: string) => boolean;
  readonly rewrite: readonly Rewrite[];
}

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
  const within = (ref: Parameters<typeof storeRefOf>[0] | undefined): Place => ({
    ...groundOf(ref ?? spec.secretStoreRef, grounds),
    namespace,
  });
  const planned = [
    ...(spec.dataFrom ?? []).map((item, at) => planFrom(item, `spec.dataFrom[${at}]`, within(item.secretStoreRef))),
    ...(spec.data ?? []).map((item, at) => planData(item, `spec.data[${at}]`, within(item.secretStoreRef))),
  ];
  const failed = failWith(planned.flatMap((item) => (item.ok ? [] : item.faults)));
  if (failed !== undefined) return failed;
  const items = planned.flatMap((item) => (item.ok ? [item.value] : []));
  return succeed({ requests: grounds.flatMap((ground) => requestOf(ground, items)), items });
}

/** Where an item is read, and for whom. */
type Place = Ground & { readonly namespace: string };

function groundOf(ref: Parameters<typeof storeRefOf>[0], grounds: readonly Ground[]): Ground {
  const label = storeLabel(storeRefOf(ref));
  const ground = grounds.find(({ store }) => storeLabel(store) === label);
  if (ground === undefined) throw new Error(`${label} was not looked up`);
  return ground;
}

function requestOf({ store, identity }: Ground, items: readonly PlannedItem[]): RequestPlan[] {
  const label = storeLabel(store);
  const account = accountOf(identity) ?? store.account;
  const own = items.filter((item) => item.store === label);
  const refs = own.flatMap((item) => (item.kind === 'find' ? [] : [[refId(item.ref), item.ref] as const]));
  if (own.length === 0) return [];
  const known = account === undefined ? {} : { account };
  return [{ access: accessOf(store, identity), ...known, refs: [...new Map(refs).values()] }];
}

function planData(item: DataItem, subject: string, place: Place): Result<PlannedItem> {
  const { secretKey, optional = false } = item;
  return admitted({ ...baseOf(item.remoteRef, subject, place.store), kind: 'data', secretKey, optional }, place);
}

function planFrom(item: FromItem, subject: string, place: Place): Result<PlannedItem> {
  const { extract, find, rewrite = [] } = item;
  if (extract !== undefined) {
    return admitted({ ...baseOf(extract, subject, place.store), kind: 'extract', rewrite }, place);
  }
  if (find === undefined) return fail('InvalidSpec', subject, 'give exactly one of extract, find');
  const criteria = planFind(find, subject, place.store);
  if (!criteria.ok) return criteria;
  const { service } = criteria.value.search;
  const admits = (key: string): boolean => admitKey(place.store, place.namespace, undefined, { service, key });
  const decoding = find.decodingStrategy ?? 'None';
  return succeed({
    kind: 'find',
    subject,
    store: storeLabel(place.store),
    criteria: criteria.value,
    admits,
    decoding,
    rewrite,
  });
}

function admitted(item: Exclude<PlannedItem, FindItem>, { store, identity, namespace }: Place): Result<PlannedItem> {
  const wrong = checkRef(item, store);
  if (wrong !== undefined) return { ok: false, faults: [wrong] };
  const account = accountOf(identity) ?? store.account;
  return admitKey(store, namespace, account, item.ref) ? succeed(item) : notAllowed(item, store);
}

function baseOf(remote: RemoteRef, subject: string, store: Store): RefItem {
  const { versionStage, versionId, version, label } = remote;
  const ref: ValueRef = {
    service: serviceOf(remote, store),
    key: `${store.spec.keyPrefix ?? ''}${remote.key}`,
    ...(versionStage === undefined ? {} : { versionStage }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(version === undefined ? {} : { version }),
    ...(label === undefined ? {} : { label }),
    ...(remote.metadataPolicy === 'Fetch' ? { metadata: true } : {}),
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

const notAllowed = ({ subject, ref }: RefItem, store: Store): Failed =>
  fail(
    'StoreNotAllowed',
    subject,
    `${storeLabel(store)} does not let this namespace read ${ref.key}; add it to the store's spec.allowedKeys`,
  );
