/** Waiting keys of one priority: first come, first served within a group, and the groups take turns. */
export class FairLane {
  // Insertion order is the order of turns: a group that was served goes to the end.
  readonly #groups = new Map<string, Set<string>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(key: string, group: string): void {
    const keys = this.#groups.get(group) ?? new Set();
    if (keys.has(key)) return;
    keys.add(key);
    this.#groups.set(group, keys);
    this.#size += 1;
  }

  delete(key: string, group: string): void {
    const keys = this.#groups.get(group);
    if (keys?.delete(key) !== true) return;
    this.#size -= 1;
    if (keys.size === 0) this.#groups.delete(group);
  }

  /** Takes the next key out, passing over groups that are `full`; undefined when there is none. */
  take(full: (group: string) => boolean): string | undefined {
    for (const [group, keys] of this.#groups) {
      const [key] = keys;
      if (key === undefined || full(group)) continue;
      this.delete(key, group);
      if (keys.size > 0) {
        this.#groups.delete(group);
        this.#groups.set(group, keys);
      }
      return key;
    }
    return undefined;
  }
}
