import type { SourceChange } from './source-change.ts';
import type { SourceEntry } from './source-entry.ts';
import { listedName } from './source-name.ts';

const ANY = '*';

/**
 * Which ExternalSecrets a change in AWS may concern, found without a look at each of them. What comes out may be too many, never too few:
 * `concerns` has the last word.
 */
export class SourceIndex {
  readonly #byName = new Map<string, Set<string>>();
  /** Finds by the beginning of the names that they look for. */
  readonly #byPrefix = new Map<string, Prefixes>();
  readonly #entries = new Map<string, readonly SourceEntry[]>();

  /** What the ExternalSecret reads, in place of what it read before. */
  set(id: string, entries: readonly SourceEntry[]): void {
    for (const entry of this.#entries.get(id) ?? []) this.#remove(id, entry);
    for (const entry of entries) this.#add(id, entry);
    if (entries.length === 0) this.#entries.delete(id);
    else this.#entries.set(id, entries);
  }

  entries(id: string): readonly SourceEntry[] {
    return this.#entries.get(id) ?? [];
  }

  candidates({ service, region, account, names }: SourceChange): ReadonlySet<string> {
    const found = new Set<string>();
    for (const owner of [account, ANY]) {
      const place = placeOf(service, region, owner);
      for (const name of names) {
        for (const id of this.#byName.get(`${place} ${name}`) ?? []) found.add(id);
        this.#byPrefix.get(place)?.collect(listedName(service, name), found);
      }
    }
    return found;
  }

  #add(id: string, entry: SourceEntry): void {
    for (const place of placesOf(entry)) {
      if (entry.kind === 'find') {
        const prefixes = this.#byPrefix.get(place) ?? new Prefixes();
        this.#byPrefix.set(place, prefixes);
        prefixes.add(entry.prefix, id);
        continue;
      }
      for (const name of entry.names) addTo(this.#byName, `${place} ${name}`, id);
    }
  }

  #remove(id: string, entry: SourceEntry): void {
    for (const place of placesOf(entry)) {
      if (entry.kind === 'find') {
        const prefixes = this.#byPrefix.get(place);
        prefixes?.remove(entry.prefix, id);
        if (prefixes?.isEmpty === true) this.#byPrefix.delete(place);
        continue;
      }
      for (const name of entry.names) removeFrom(this.#byName, `${place} ${name}`, id);
    }
  }
}

const placeOf = (service: string, region: string, account: string): string => `${service} ${region} ${account}`;

const placesOf = ({ service, regions, account = ANY }: SourceEntry): readonly string[] =>
  [...new Set(regions)].map((region) => placeOf(service, region, account));

/** Ids by a beginning of names. A name is looked up by each of its beginnings that has a length which is in use. */
class Prefixes {
  readonly #ids = new Map<string, Set<string>>();
  readonly #lengths = new Map<number, number>();

  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  add(prefix: string, id: string): void {
    if (!this.#ids.has(prefix)) this.#count(prefix.length, 1);
    addTo(this.#ids, prefix, id);
  }

  remove(prefix: string, id: string): void {
    const had = this.#ids.has(prefix);
    removeFrom(this.#ids, prefix, id);
    if (had && !this.#ids.has(prefix)) this.#count(prefix.length, -1);
  }

  collect(name: string, into: Set<string>): void {
    for (const length of this.#lengths.keys()) {
      if (length > name.length) continue;
      for (const id of this.#ids.get(name.slice(0, length)) ?? []) into.add(id);
    }
  }

  #count(length: number, change: 1 | -1): void {
    const count = (this.#lengths.get(length) ?? 0) + change;
    if (count === 0) this.#lengths.delete(length);
    else this.#lengths.set(length, count);
  }
}

function addTo(map: Map<string, Set<string>>, key: string, id: string): void {
  const ids = map.get(key);
  if (ids === undefined) map.set(key, new Set([id]));
  else ids.add(id);
}

function removeFrom(map: Map<string, Set<string>>, key: string, id: string): void {
  const ids = map.get(key);
  ids?.delete(id);
  if (ids?.size === 0) map.delete(key);
}
