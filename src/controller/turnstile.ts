export interface TurnstileOptions {
  /** How much may be under way at once. */
  readonly width: number;
  /** How much of it for one group: a group whose work hangs must not hold everything. */
  readonly groupWidth: number;
}

interface Waiting {
  readonly weight: number;
  enter(): void;
}

/**
 * Lets so much work be under way at once. What comes later waits: first come, first served within a group, and the groups take turns. Work
 * may weigh more than one; what weighs more than a group may have weighs that.
 */
export class Turnstile {
  readonly #options: TurnstileOptions;
  // Insertion order is the order of turns: a group that was served goes to the end.
  readonly #lines = new Map<string, Set<Waiting>>();
  readonly #underWay = new Map<string, number>();
  #sum = 0;

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  /** Does the work when it is its turn. Rejects with what the work throws, and with the signal's reason when that aborts the wait. */
  async pass<T>(group: string, work: () => Promise<T>, signal: AbortSignal, weight = 1): Promise<T> {
    const weighs = Math.min(weight, this.#options.groupWidth);
    signal.throwIfAborted();
    if (!this.#enterAtOnce(group, weighs)) await this.#enter(group, weighs, signal);
    try {
      return await work();
    } finally {
      this.#count(group, -weighs);
      this.#serve();
    }
  }

  /** Where nobody waits and there is room, as nearly always: to wait in line for no time has its price, too. */
  #enterAtOnce(group: string, weight: number): boolean {
    const { width, groupWidth } = this.#options;
    const fits = this.#sum + weight <= width && (this.#underWay.get(group) ?? 0) + weight <= groupWidth;
    if (this.#lines.size > 0 || !fits) return false;
    this.#count(group, weight);
    return true;
  }

  #enter(group: string, weight: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const line = this.#lines.get(group) ?? new Set();
      const waiting = {
        weight,
        enter: (): void => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      const giveUp = (): void => {
        this.#leave(group, waiting);
        reject(signal.reason);
        this.#serve();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#lines.set(group, line.add(waiting));
      this.#serve();
    });
  }

  #serve(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const [group, waiting] = next;
      // What is heavy waits for room, and nobody passes it by: else it might wait for ever.
      if (this.#sum + waiting.weight > this.#options.width) return;
      this.#leave(group, waiting);
      this.#toTheEnd(group);
      this.#count(group, waiting.weight);
      waiting.enter();
    }
  }

  /** Who is first in the first line whose group may have more. */
  #next(): readonly [group: string, waiting: Waiting] | undefined {
    for (const [group, line] of this.#lines) {
      const [first] = line;
      if (first === undefined) continue;
      if ((this.#underWay.get(group) ?? 0) + first.weight <= this.#options.groupWidth) return [group, first];
    }
    return undefined;
  }

  #leave(group: string, waiting: Waiting): void {
    const line = this.#lines.get(group);
    line?.delete(waiting);
    if (line?.size === 0) this.#lines.delete(group);
  }

  #toTheEnd(group: string): void {
    const line = this.#lines.get(group);
    if (line === undefined) return;
    this.#lines.delete(group);
    this.#lines.set(group, line);
  }

  #count(group: string, change: number): void {
    this.#sum += change;
    const count = (this.#underWay.get(group) ?? 0) + change;
    if (count === 0) this.#underWay.delete(group);
    else this.#underWay.set(group, count);
  }
}
