/**
 * Options of an LRUCache for so many entries, which takes room as it is needed. With `max`, lru-cache takes all of it at once: 0.4 MB for
 * ten thousand, of which most clusters need a few.
 */
export const atMost = (count: number): { readonly maxSize: number; readonly sizeCalculation: () => number } => ({
  maxSize: count,
  sizeCalculation: () => 1,
});
