import type { LiveSecret } from '../../src/core/ports.ts';

/** A Secret as far as field managers have a part in it. */
export interface Fields extends Pick<LiveSecret, 'data' | 'holders'> {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

type Value = string | { equals(other: never): boolean };

/** Every field by its path, as `holders` has it. */
function flat({ data, labels, annotations }: Omit<Fields, 'holders'>): Map<string, Value> {
  const fields = new Map<string, Value>();
  for (const [key, value] of data) fields.set(`data.${key}`, value);
  for (const [name, text] of Object.entries(labels)) fields.set(`labels.${name}`, text);
  for (const [name, text] of Object.entries(annotations)) fields.set(`annotations.${name}`, text);
  return fields;
}

const isSame = (one: Value | undefined, other: Value | undefined): boolean =>
  one === other || (typeof one === 'object' && typeof other === 'object' ? one.equals(other as never) : false);

/** The holders after a POST, PUT or merge patch by the manager: it holds what it has changed, and nobody holds what is gone. */
export function heldAfterUpdate(
  before: Fields | undefined,
  after: Omit<Fields, 'holders'>,
  manager: string,
): Fields['holders'] {
  const old = before === undefined ? new Map<string, Value>() : flat(before);
  return new Map(
    [...flat(after)].map(([path, value]) => [
      path,
      old.has(path) && isSame(old.get(path), value) ? (before?.holders.get(path) ?? []) : [manager],
    ]),
  );
}

/** The fields after a server-side apply of `part`; `conflict` where another manager holds one of them with another value. */
export function applyFields(
  before: Fields,
  part: Omit<Fields, 'holders'>,
  manager: string,
  force: boolean,
): Fields | 'conflict' {
  const old = flat(before);
  const wanted = flat(part);
  const others = (path: string): readonly string[] =>
    (before.holders.get(path) ?? []).filter((each) => each !== manager);
  const differs = (path: string): boolean => old.has(path) && !isSame(old.get(path), wanted.get(path));
  if (!force && [...wanted.keys()].some((path) => differs(path) && others(path).length > 0)) return 'conflict';
  const holders = new Map<string, readonly string[]>();
  for (const path of old.keys()) {
    const stays = wanted.has(path) || others(path).length > 0 || before.holders.get(path)?.includes(manager) !== true;
    if (stays && !wanted.has(path)) holders.set(path, others(path));
  }
  for (const path of wanted.keys()) holders.set(path, [...(differs(path) ? [] : others(path)), manager]);
  const kept = <T>(map: string, entries: Iterable<readonly [string, T]>): [string, T][] =>
    [...entries].filter(([name]) => holders.has(`${map}.${name}`)).map(([name, value]) => [name, value]);
  return {
    data: new Map([...kept('data', before.data), ...part.data]),
    labels: Object.fromEntries([...kept('labels', Object.entries(before.labels)), ...Object.entries(part.labels)]),
    annotations: Object.fromEntries([
      ...kept('annotations', Object.entries(before.annotations)),
      ...Object.entries(part.annotations),
    ]),
    holders,
  };
}

/** Whether nothing at all has changed, so that the version stays. */
export function sameFields(one: Fields, other: Fields): boolean {
  const [a, b] = [flat(one), flat(other)];
  const isHeldAlike = (path: string): boolean =>
    [...(one.holders.get(path) ?? [])].sort().join() === [...(other.holders.get(path) ?? [])].sort().join();
  return a.size === b.size && [...a].every(([path, value]) => isSame(b.get(path), value) && isHeldAlike(path));
}
