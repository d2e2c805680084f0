import type { Access, Identity } from './ports.ts';
import { type Store, storeLabel } from './store.ts';

/** Where and as whom the store reads. */
export const accessOf = (store: Store, identity: Identity): Access => ({
  store: storeLabel(store),
  storeId: `${store.kind}/${store.namespace}/${store.name}`,
  region: store.spec.region,
  ...(store.spec.failoverRegions === undefined ? {} : { failoverRegions: store.spec.failoverRegions }),
  ...(store.spec.limits === undefined ? {} : { requestsPerSecond: store.spec.limits.requestsPerSecond }),
  identity,
});
