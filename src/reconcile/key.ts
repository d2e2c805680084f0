import type { ObjectKey, WorkloadKind } from '../core/ports.ts';

/** The kinds that are restarted. */
export const WORKLOADS: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'];

/** `namespace/name`: neither part can hold a slash. */
export const idOf = ({ namespace, name }: ObjectKey): string => `${namespace}/${name}`;

export function keyOf(id: string): ObjectKey {
  const [namespace = '', name = ''] = id.split('/');
  return { namespace, name };
}

/** `Kind/namespace/name`, for queues that hold several kinds. */
export const kindedId = (kind: string, key: ObjectKey): string => `${kind}/${idOf(key)}`;

export function kindedKeyOf<K extends string>(id: string): { readonly kind: K; readonly key: ObjectKey } {
  const [kind = '', namespace = '', name = ''] = id.split('/');
  return { kind: kind as K, key: { namespace, name } };
}
