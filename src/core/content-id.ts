import type { Answers } from './answers.ts';

/**
 * Names what AWS has answered, byte for byte, for as long as the plan is the same: two readings of one id hold the same. A version of a secret never
 * changes (PutSecretValue refuses another value for a version that is there), and a secret that is made again under its name has another ARN.
 * undefined where that cannot be said: parameters that are made again begin at version 1 again, documents about a secret change without it, a find
 * may have other members, and what is absent may come.
 */
export function contentIdOf({ values, members }: Answers): string | undefined {
  if (members.size > 0) return undefined;
  const ids: string[] = [];
  for (const answer of values.values()) {
    if (!answer.ok) return undefined;
    const { metadata, origin, versionId } = answer.value;
    if (metadata === true || origin === undefined || versionId === undefined) return undefined;
    ids.push(`${origin} ${versionId}`);
  }
  return ids.length === 0 ? undefined : ids.join('\n');
}
