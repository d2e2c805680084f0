interface Due<T> {
  readonly key: string;
  readonly dueMs: number;
  readonly value: T;
}

/** Keys by the time at which they are due, each at most once; a removed key leaves nothing behind. */
export class DueHeap<T> {
  readonly #heap: Due<T>[] = [];
  // Where each key is in the heap, so that removal neither searches nor leaves a tombstone.
  readonly #at = new Map<string, number>();

  get size(): number {
    return this.#heap.length;
  }

  /** The key that is due first. */
  get first(): Due<T> | undefined {
    return this.#heap[0];
  }

  get(key: string): Due<T> | undefined {
    const at = this.#at.get(key);
    return at === undefined ? undefined : this.#heap[at];
  }

  /** Puts the key at its time, in place of any time it had before. */
  set(key: string, dueMs: number, value: T): void {
    this.delete(key);
    const due = { key, dueMs, value };
    this.#place(due, this.#heap.length);
    this.#rise(due, this.#heap.length - 1);
  }

  delete(key: string): void {
    const at = this.#at.get(key);
    if (at === undefined) return;
    this.#at.delete(key);
    const last = this.#heap.pop();
    if (last === undefined || last.key === key) return;
    this.#place(last, at);
    this.#rise(last, at);
    this.#sink(last, this.#at.get(last.key) ?? at);
  }

  #place(due: Due<T>, at: number): void {
    this.#heap[at] = due;
    this.#at.set(due.key, at);
  }

  #rise(due: Due<T>, from: number): void {
    let at = from;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = this.#heap[up];
      if (parent === undefined || parent.dueMs <= due.dueMs) break;
      this.#place(parent, at);
      at = up;
    }
    this.#place(due, at);
  }

  #sink(due: Due<T>, from: number): void {
    let at = from;
    for (;;) {
      const left = this.#heap[2 * at + 1];
      const right = this.#heap[2 * at + 2];
      const child = right !== undefined && left !== undefined && right.dueMs < left.dueMs ? right : left;
      if (child === undefined || child.dueMs >= due.dueMs) break;
      const down = child === left ? 2 * at + 1 : 2 * at + 2;
      this.#place(child, at);
      at = down;
    }
    this.#place(due, at);
  }
}
