/** The most values that one label may take before the rest are counted together. */
const MOST_VALUES = 64;

/** A filter of one label's values: the first 64 pass, every later one is `other`. */
export function boundLabel(): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.size < MOST_VALUES) known.add(value);
    return known.has(value) ? value : 'other';
  };
}
