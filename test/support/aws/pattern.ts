const compiled = new Map<string, RegExp>();

/** True when the text is what the pattern says: `*` stands for any text, `?` for one character. */
export function matchesPattern(pattern: string, text: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === text;
  const known = compiled.get(pattern);
  if (known !== undefined) return known.test(text);
  const source = pattern.replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&');
  const expression = new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
  compiled.set(pattern, expression);
  return expression.test(text);
}

const SEGMENTS_BEFORE_RESOURCE = 5;

/** The same for ARNs: a wildcard stays between its colons, save in the last part, the resource. */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const [wanted, got] = [segmentsOf(pattern), segmentsOf(arn)];
  return wanted.length === got.length && wanted.every((segment, at) => matchesPattern(segment, got[at] ?? ''));
}

function segmentsOf(arn: string): readonly string[] {
  const parts = arn.split(':');
  return parts.length <= SEGMENTS_BEFORE_RESOURCE
    ? parts
    : [...parts.slice(0, SEGMENTS_BEFORE_RESOURCE), parts.slice(SEGMENTS_BEFORE_RESOURCE).join(':')];
}
