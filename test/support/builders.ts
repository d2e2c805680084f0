import type { ExternalSecret } from '../../src/api/generated/types.ts';
import { type Kind, parse } from '../../src/api/parse.ts';
import type { Identity, ObjectMeta, RawResource, StoreKind } from '../../src/core/ports.ts';
import { parseStore, type Store } from '../../src/core/store.ts';

/** Metadata of an object, plain but for what the test is about. */
export const metaOf = (more: Partial<ObjectMeta> = {}): ObjectMeta => ({
  name: 'db',
  namespace: 'shop',
  uid: 'uid-db',
  resourceVersion: '100',
  generation: 1,
  creationTimestamp: '2026-01-01T00:00:00Z',
  labels: {},
  annotations: {},
  ownerReferences: [],
  ...more,
});

export const rawOf = (
  kind: Kind,
  spec: unknown,
  more: Partial<ObjectMeta> = {},
  status: unknown = undefined,
): RawResource => ({ kind, metadata: metaOf(more), spec, status });

/** The spec of an ExternalSecret, with the CRD's defaults. */
export function specOf(more: object = {}): ExternalSecret['spec'] {
  const spec = { secretStoreRef: { name: 'aws' }, data: [{ secretKey: 'a', remoteRef: { key: 'k' } }], ...more };
  const parsed = parse('ExternalSecret', { metadata: { name: 'db' }, spec }, 'refuse');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.value.spec;
}

/** A store `aws` in eu-west-1, of the namespace shop unless it is a ClusterSecretStore. */
export function storeOf(more: object = {}, kind: StoreKind = 'SecretStore'): Store {
  const spec = { region: 'eu-west-1', auth: { serviceAccountRef: { name: 'reader' } }, ...more };
  const namespace = kind === 'SecretStore' ? 'shop' : '';
  const parsed = parseStore(rawOf(kind, spec, { name: 'aws', uid: 'uid-aws', namespace }), kind);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.value;
}

export const ROLE_ARN = 'arn:aws:iam::123456789012:role/reader';

/** What a store with the role of the ServiceAccount shop/reader reads as. */
export const READER: Identity = {
  kind: 'serviceAccount',
  namespace: 'shop',
  name: 'reader',
  uid: 'uid-reader',
  roleArn: ROLE_ARN,
  sessionName: 'keyferry-shop-aws',
};
