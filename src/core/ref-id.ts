import type { ValueRef } from './ports.ts';

/** One text for equal refs and another for unequal ones: the key under which the answer to a ref is found. */
export const refId = ({ service, key, versionStage, versionId, version, label, metadata }: ValueRef): string =>
  JSON.stringify([
    service,
    key,
    versionStage ?? null,
    versionId ?? null,
    version ?? null,
    label ?? null,
    ...(metadata === undefined ? [] : ['metadata']),
  ]);
