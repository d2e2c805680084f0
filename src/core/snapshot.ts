import { type Result, succeed } from '../model/result.ts';
import type { FetchedValue } from './ports.ts';

/**
 * The values with one version of each secret and parameter: a name, an ARN, an explicit AWSCURRENT, another store and a bridge from Parameter
 * Store go by calls of their own, and a rotation may fall between them. The first answer then stands for all.
 */
export function oneVersionEach(
  values: ReadonlyMap<string, Result<FetchedValue>>,
): ReadonlyMap<string, Result<FetchedValue>> {
  const first = new Map<string, FetchedValue>();
  return new Map(
    [...values].map(([id, answer]) => {
      const origin = answer.ok ? answer.value.origin : undefined;
      if (!answer.ok || origin === undefined) return [id, answer];
      const chosen = first.get(origin) ?? answer.value;
      first.set(origin, chosen);
      return [id, succeed(chosen)];
    }),
  );
}
