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
  readonly spec: Omit<Spec, 'auth'> & Pick<ClusterSpec, 'auth' | 'allowedNamespaces' | 'allowedKeys'>;
}

/** What messages call it: `SecretStore/aws`. */
export const storeLabel = (store: { readonly kind: StoreKind; readonly name: string }): string =>
  `${store.kind}/${store.name}`;

/** The store in the operator's terms, or an `InvalidSpec` for each field that is wrong. */
export function parseStore(raw: RawResource, kind: StoreKind): Result<Store> {
  const { name, namespace, uid, generation } = raw.metadata;
  const parsed = parse(kind, { metadata: { name }, spec: raw.spec });
  return parsed.ok ? succeed({ kind, namespace, name, uid, generation, spec: parsed.value.spec }) : parsed;
}
