export interface WidthOptions {
  /** How many workloads may be restarting at once, in all and in one namespace. */
  readonly inAll: number;
  readonly perNamespace: number;
  /** Has the workload looked at again: its turn has come. */
  readonly wake: (id: string) => void;
}

/**
 * Who may restart now. A place is held from the moment it is given until the rollout has ended, or until a look at the workload ends
 * without one. Of those that wait, the namespace with the fewest restarts under way comes first, and within it who came first.
 */
export class RestartWidth {
  readonly #options: WidthOptions;
  /** Namespaces of those that hold a place. */
  readonly #holders = new Map<string, string>();
  /** Namespaces of those that wait, in the order in which they came. */
  readonly #waiting = new Map<string, string>();

  constructor(options: WidthOptions) {
    this.#options = options;
  }

  /** Whether the workload may restart now. If not it waits, and is woken. */
  admit(id: string, namespace: string): boolean {
    if (!this.#holders.has(id)) {
      if (!this.#waiting.has(id)) this.#waiting.set(id, namespace);
      this.#serve(id);
    }
    return this.#holders.has(id);
  }

  /** A look has ended: the workload is restarting, or neither restarts nor waits for its turn. */
  settle(id: string, namespace: string, isRestarting: boolean): void {
    const waited = this.#waiting.delete(id);
    if (isRestarting) this.#holders.set(id, namespace);
    else if (this.#holders.delete(id) || waited) this.#serve();
  }

  #serve(asker?: string): void {
    for (let id = this.#next(); id !== undefined; id = this.#next()) {
      this.#holders.set(id, this.#waiting.get(id) ?? '');
      this.#waiting.delete(id);
      if (id !== asker) this.#options.wake(id);
    }
  }

  #next(): string | undefined {
    if (this.#waiting.size === 0 || this.#holders.size >= this.#options.inAll) return undefined;
    const counts = new Map<string, number>();
    for (const namespace of this.#holders.values()) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
    let best: { readonly id: string; readonly count: number } | undefined;
    for (const [id, namespace] of this.#waiting) {
      const count = counts.get(namespace) ?? 0;
      if (count < this.#options.perNamespace && count < (best?.count ?? Number.POSITIVE_INFINITY)) best = { id, count };
    }
    return best?.id;
  }
}
