const inspect = Symbol.for('nodejs.util.inspect.custom');

/** Bytes that must appear in the Kubernetes Secret and nowhere else: printing one, by whatever road, prints `[secret]`. */
export class SecretValue {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The value whose bytes are `text` in UTF-8. */
  static ofText(text: string): SecretValue {
    return new SecretValue(new TextEncoder().encode(text));
  }

  /** The bytes themselves; every caller of this is a place to review for leaks. */
  reveal(): Uint8Array {
    return this.#bytes;
  }

  get sizeBytes(): number {
    return this.#bytes.byteLength;
  }

  equals(other: SecretValue): boolean {
    const theirs = other.#bytes;
    return this.#bytes.byteLength === theirs.byteLength && this.#bytes.every((byte, at) => byte === theirs[at]);
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect](): string {
    return '[secret]';
  }
}
