import type { ClusterSecretStore, SecretStore } from '../api/generated/types.ts';
import { parse } from '../api/parse.ts';
import { type Result, succeed } from '../model/result.ts';
import type { RawResource, StoreKind } from './ports.ts';

type Spec = SecretStore['spec'];
type ClusterSpec = ClusterSecretStore['spec'];

/** A store of either kind, parsed. */
export interface Store {
  readonly kind: StoreKind;
  /** '' for a ClusterSecretStore. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** The account that the store's own identity is in, as AWS told at the last check of this very spec. */
  readonly account?: string;
  readonly spec: Omit<Spec, 'auth'> & Pick<ClusterSpec, 'auth' | 'allowedNamespaces' | 'allowedKeys'>;
}

/** What messages call it: `SecretStore/aws`. */
export const storeLabel = (store: { readonly kind: StoreKind; readonly name: string }): string =>
  `${store.kind}/${store.name}`;

/** What came of each store that is kept: thousands of ExternalSecrets may read from one. */
const known = new WeakMap<RawResource, Result<Store>>();

/** The store in the operator's terms, or an `InvalidSpec` for each field that is wrong. */
export function parseStore(raw: RawResource, kind: StoreKind): Result<Store> {
  const store = known.get(raw) ?? readStore(raw, kind);
  known.set(raw, store);
  return store;
}

function readStore(raw: RawResource, kind: StoreKind): Result<Store> {
  const { name, namespace, uid, generation } = raw.metadata;
  const parsed = parse(kind, { metadata: { name }, spec: raw.spec });
  if (!parsed.ok) return parsed;
  const account = toldAccount(raw);
  const told = account === undefined ? {} : { account };
  return succeed({ kind, namespace, name, uid, generation, ...told, spec: parsed.value.spec });
}

/** The account in `status.identityArn`, where that is about the present spec. Only keyferry and administrators write there. */
export function toldAccount({ status, metadata }: Pick<RawResource, 'status' | 'metadata'>): string | undefined {
  if (typeof status !== 'object' || status === null) return undefined;
  const { observedGeneration, identityArn }: { observedGeneration?: unknown; identityArn?: unknown } = status;
  if (observedGeneration !== metadata.generation || typeof identityArn !== 'string') return undefined;
  return /^arn:[^:]+:(?:sts|iam)::(\d{12}):/.exec(identityArn)?.[1];
}
