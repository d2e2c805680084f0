import type { ExternalSecret } from '../api/generated/types.ts';
import type { Fault } from '../model/fault.ts';
import { failWith, type Result, succeed } from '../model/result.ts';
import { accessOf } from './access.ts';
import { admitKey } from './admit.ts';
import { checkRef } from './check-ref.ts';
import { accountOf } from './identify.ts';
import type { Identity, RequestPlan, Service, ValueRef } from './ports.ts';
import { refId } from './ref-id.ts';
import { type Store, storeLabel } from './store.ts';

type Spec = ExternalSecret['spec'];
type RemoteRef = NonNullable<Spec['data']>[number]['remoteRef'];
type FromItem = NonNullable<Spec['dataFrom']>[number];

export type Decoding = NonNullable<RemoteRef['decodingStrategy']>;
export type Rewrite = NonNullable<FromItem['rewrite']>[number];

interface ItemBase {
  /** The item as messages name it: `spec.data[2]`. */
  readonly subject: string;
  readonly ref: ValueRef;
  readonly property: string | undefined;
  readonly decoding: Decoding;
}

/** One entry of the spec, with the ref that answers it. */
export type PlannedItem =
  | (ItemBase & { readonly kind: 'data'; readonly secretKey: string; readonly optional: boolean })
  | (ItemBase & { readonly kind: 'extract'; readonly rewrite: readonly Rewrite[] });

export interface Plan {
  readonly requests: RequestPlan;
  /** In order of precedence: a later item goes before an earlier one. */
  readonly items: readonly PlannedItem[];
}

/** What to ask of AWS for the spec: each ref once, and the items that its answers go to. */
export function planRequests(spec: Spec, namespace: string, store: Store, identity: Identity): Result<Plan> {
  const items = [
    ...(spec.dataFrom ?? []).map((item, at) => extractItem(item, `spec.dataFrom[${at}]`, store)),
    ...(spec.data ?? []).map(
      (item, at): PlannedItem => ({
        ...baseOf(item.remoteRef, `spec.data[${at}]`, store),
        kind: 'data',
        secretKey: item.secretKey,
        optional: item.optional ?? false,
      }),
    ),
  ];
  const account = accountOf(identity) ?? store.account;
  const failed = failWith(
    items.flatMap((item) => {
      const wrong = checkRef(item, store);
      if (wrong !== undefined) return [wrong];
      return admitKey(store, namespace, account, item.ref) ? [] : [notAllowed(item, store)];
    }),
  );
  if (failed !== undefined) return failed;
  const refs = [...new Map(items.map(({ ref }) => [refId(ref), ref])).values()];
  return succeed({
    requests: { access: accessOf(store, identity), refs },
    items,
  });
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
  return { subject, ref, property: remote.property, decoding: remote.decodingStrategy ?? 'None' };
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
