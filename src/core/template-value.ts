import type { SecretValue } from '../model/secret-value.ts';

/** Ends a rendering. What it says is ours or the template's own text, never a value's. */
export class Halt extends Error {
  override readonly name = 'Halt';
}

/** Bytes that are no text. Whatever would make text of them ends the rendering, but for b64enc. */
export class Binary {
  readonly #bytes: Uint8Array;
  readonly #what: string;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  reveal(): Uint8Array {
    return this.#bytes;
  }

  toString(): never {
    throw new Halt(
      `${this.#what} is not UTF-8 text, and a template can use it only through b64enc; to write it as it is, leave it out of the template and set mergePolicy: Merge`,
    );
  }

  [Symbol.iterator](): never {
    return this.toString();
  }
}

/** The fetched keys, as templates see them in `data`. */
export class KeyMap {
  readonly #data: ReadonlyMap<string, SecretValue>;
  readonly #texts = new Map<string, string | Binary>();

  constructor(data: ReadonlyMap<string, SecretValue>) {
    this.#data = data;
  }

  get size(): number {
    return this.#data.size;
  }

  has(key: string): boolean {
    return this.#data.has(key);
  }

  /** A value is decoded when a template asks for it, since an ExternalSecret may fetch far more than it renders. */
  get(key: string): string | Binary | undefined {
    const known = this.#texts.get(key);
    const value = this.#data.get(key);
    if (known !== undefined || value === undefined) return known;
    const text = readText(value.reveal(), `the key ${JSON.stringify(key)}`);
    this.#texts.set(key, text);
    return text;
  }

  /** By name, so that nothing that is rendered hangs on the order in which a secret lists its members. */
  *[Symbol.iterator](): Generator<[string, string | Binary | undefined]> {
    for (const key of [...this.#data.keys()].sort()) yield [key, this.get(key)];
  }

  toString(): never {
    throw new Halt('data is a map: take one key of it, as data["api-key"], or all, as data | to_json');
  }
}

/** The text that the bytes are in UTF-8, with a byte order mark if they have one; else the bytes, as `what`. */
export function readText(bytes: Uint8Array, what: string): string | Binary {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new Binary(bytes, what);
  }
}

/** What an item of a list, and a value that is no text, counts for. */
const ITEM_SIZE = 40;

/** What it costs to go through the keys of a map. */
export const costOfKeys = (map: KeyMap): number => 200 * map.size;

/** How much text the value is; ends the rendering where it has none. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + ITEM_SIZE + sizeOf(item), 0);
  if (value instanceof Binary || value instanceof KeyMap) return value.toString();
  return ITEM_SIZE;
}

/** The value as it stands in the output. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  // Ends the rendering for what has no text; what is left is nothing, and prints so.
  sizeOf(value);
  return '';
}
