interface Due<T> {
  readonly key: string;
  readonly dueMs: number;
  readonly value: T;
  /** Where it is in the heap, so that removal neither searches nor leaves a tombstone. */
  at: number;
}

/** Keys by the time at which they are due, each at most once; a removed key leaves nothing behind. */
export class DueHeap<T> {
  readonly #heap: Due<T>[] = [];
  readonly #byKey = new Map<string, Due<T>>();

  get size(): number {
    return this.#heap.length;
  }

  /** The key that is due first. */
  get first(): Readonly<Due<T>> | undefined {
    return this.#heap[0];
  }

  get(key: string): Readonly<Due<T>> | undefined {
    return this.#byKey.get(key);
  }

  /** Puts the key at its time, in place of any time it had before. */
  set(key: string, dueMs: number, value: T): void {
    this.delete(key);
    const due = { key, dueMs, value, at: this.#heap.length };
    this.#byKey.set(key, due);
    this.#place(due, due.at);
    this.#rise(due);
  }

  delete(key: string): void {
    const due = this.#byKey.get(key);
    if (due === undefined) return;
    this.#byKey.delete(key);
    const last = this.#heap.pop();
    if (last === undefined || last === due) return;
    this.#place(last, due.at);
    this.#rise(last);
    this.#sink(last);
  }

  #place(due: Due<T>, at: number): void {
    this.#heap[at] = due;
    due.at = at;
  }

  #rise(due: Due<T>): void {
    let { at } = due;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = this.#heap[up];
      if (parent === undefined || parent.dueMs <= due.dueMs) break;
      this.#place(parent, at);
      at = up;
    }
    this.#place(due, at);
  }

  #sink(due: Due<T>): void {
    let { at } = due;
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
