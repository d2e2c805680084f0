import type { Rewrite } from './plan.ts';

/** The key after all rewrites, in their order. Plain text throughout, so no pattern of a user is ever run. */
export function rewriteKey(key: string, rewrites: readonly Rewrite[]): string {
  return rewrites.reduce((name, { prefix, replace, case: letters }) => {
    if (prefix !== undefined) {
      const { remove = '', add = '' } = prefix;
      return `${add}${name.startsWith(remove) ? name.slice(remove.length) : name}`;
    }
    if (replace !== undefined) return name.replaceAll(replace.from, () => replace.to);
    return letters === 'Upper' ? name.toUpperCase() : name.toLowerCase();
  }, key);
}
