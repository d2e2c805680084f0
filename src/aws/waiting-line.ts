/** Who waits for a turn: identities take turns, and within one its stores. What is urgent goes before what is not. */
export interface Caller {
  readonly identity: string;
  readonly store: string;
  readonly isUrgent: boolean;
}

type Enter = () => void;

/** Of so many turns, one is for those who are not urgent, so that they are never shut out. */
const ROUND = 8;

/** Those who wait for their turn at one quota. */
export class WaitingLine {
  readonly #urgent = new Turns();
  readonly #others = new Turns();
  #turn = 0;

  get size(): number {
    return this.#urgent.size + this.#others.size;
  }

  join(caller: Caller, enter: Enter): void {
    this.#of(caller).add(caller, enter);
  }

  leave(caller: Caller, enter: Enter): void {
    this.#of(caller).delete(caller, enter);
  }

  /** Takes out whose turn it is. */
  next(): Enter | undefined {
    this.#turn = (this.#turn + 1) % ROUND;
    const [first, second] = this.#turn === 0 ? [this.#others, this.#urgent] : [this.#urgent, this.#others];
    return first.size > 0 ? first.take() : second.take();
  }

  #of({ isUrgent }: Caller): Turns {
    return isUrgent ? this.#urgent : this.#others;
  }
}

/** Identities in the order of their turns, each with its stores in the order of theirs: who is served goes to the end. */
class Turns {
  readonly #identities = new Map<string, Map<string, Set<Enter>>>();
  size = 0;

  add({ identity, store }: Caller, enter: Enter): void {
    const stores = this.#identities.get(identity) ?? new Map<string, Set<Enter>>();
    const own = stores.get(store) ?? new Set();
    this.#identities.set(identity, stores.set(store, own.add(enter)));
    this.size += 1;
  }

  delete({ identity, store }: Caller, enter: Enter): void {
    const stores = this.#identities.get(identity);
    const own = stores?.get(store);
    if (stores === undefined || own?.delete(enter) !== true) return;
    this.size -= 1;
    if (own.size === 0) stores.delete(store);
    if (stores.size === 0) this.#identities.delete(identity);
  }

  take(): Enter | undefined {
    for (const [identity, stores] of this.#identities) {
      for (const [store, own] of stores) {
        for (const enter of own) {
          this.delete({ identity, store, isUrgent: false }, enter);
          toTheEnd(stores, store);
          toTheEnd(this.#identities, identity);
          return enter;
        }
      }
    }
    return undefined;
  }
}

function toTheEnd<V>(map: Map<string, V>, key: string): void {
  const value = map.get(key);
  if (value === undefined) return;
  map.delete(key);
  map.set(key, value);
}
