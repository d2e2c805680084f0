import type { ClusterView, RawResource } from '../core/ports.ts';

/**
 * Whether the object is on its way out, by itself or with its namespace: then nothing is owed any more. A namespace that the cache does
 * not have is gone, or so new that its own event is still to come, and that brings its objects back.
 */
export function isEnding(view: ClusterView, { metadata }: RawResource): boolean {
  if (metadata.deletionTimestamp !== undefined) return true;
  if (metadata.namespace === '') return false;
  const namespace = view.meta('Namespace', { namespace: '', name: metadata.namespace });
  return namespace === undefined || namespace.deletionTimestamp !== undefined;
}
