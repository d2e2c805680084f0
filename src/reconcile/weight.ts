import type { RawResource } from '../core/ports.ts';

// Nobody knows what a search will find: about what fits into a Secret.
const FIND = 16;

/** How many values of 64 KiB at most a pass over the ExternalSecret may have in memory at once, by its spec as it is, valid or not. */
export function weightOf(raw: RawResource | undefined): number {
  // The cache makes a copy for each who asks.
  const spec = raw?.spec;
  const dataFrom = listOf(spec, 'dataFrom');
  const finds = dataFrom.filter((item) => typeof item === 'object' && item !== null && 'find' in item).length;
  return Math.max(1, listOf(spec, 'data').length + dataFrom.length + finds * (FIND - 1));
}

function listOf(spec: unknown, name: string): readonly unknown[] {
  const found = typeof spec === 'object' && spec !== null ? Reflect.get(spec, name) : undefined;
  return Array.isArray(found) ? found : [];
}
