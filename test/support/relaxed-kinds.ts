import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Cluster, KubeObject } from './cluster.ts';

const FREE = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;

/** What the API server needs for the CRD's selectableFields; the rest of a spec may be anything. */
const SPEC = {
  externalsecrets: {
    ...FREE,
    properties: { secretStoreRef: { ...FREE, properties: { name: { type: 'string' }, kind: { type: 'string' } } } },
  },
  secretstores: FREE,
} as const;

/**
 * Takes all rules about specs out of the CRDs, as somebody may have done who installed his own copy. `installKinds` puts them back.
 * The API server needs a moment to take in either.
 */
export async function relaxKinds(cluster: Cluster): Promise<void> {
  for (const [plural, spec] of Object.entries(SPEC)) {
    const text = readFileSync(new URL(`../../crds/${plural}.yaml`, import.meta.url), 'utf8');
    const relaxed: KubeObject = parse(text, (key: unknown, value: unknown) => {
      if (key !== 'openAPIV3Schema' || typeof value !== 'object' || value === null) return value;
      const { status } = 'properties' in value ? Object(value.properties) : {};
      return { type: 'object', properties: { spec, status } };
    });
    await cluster.apply(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${relaxed.metadata.name}`, relaxed);
  }
}
