import { type Budget, Halt } from './jmespath-budget.ts';
import { type Ordered, toOrdered } from './jmespath-compare.ts';
import { isList, isObject, type Json, type JsonList, JsonNumber, type JsonObject } from './json.ts';

/** One call of a function, its arguments evaluated. A reading of an argument that is of another type ends the evaluation. */
export class Call {
  readonly #name: string;
  readonly #args: JsonList;
  readonly #reference: (item: Json) => Json;
  readonly budget: Budget;

  /** `reference` applies the call's `&expression`; its place among `args` is taken by null. */
  constructor(name: string, args: JsonList, reference: (item: Json) => Json, budget: Budget) {
    this.#name = name;
    this.#args = args;
    this.#reference = reference;
    this.budget = budget;
  }

  get args(): JsonList {
    return this.#args;
  }

  any(at: number): Json {
    return this.#args[at] ?? null;
  }

  string(at: number): string {
    const value = this.any(at);
    return typeof value === 'string' ? value : this.#refuse(at, 'a string');
  }

  number(at: number): JsonNumber {
    const value = this.any(at);
    if (!(value instanceof JsonNumber)) return this.#refuse(at, 'a number');
    this.budget.scan(value.source.length);
    return value;
  }

  list(at: number): JsonList {
    const value = this.any(at);
    return isList(value) ? value : this.#refuse(at, 'a list');
  }

  object(at: number): JsonObject {
    const value = this.any(at);
    return isObject(value) ? value : this.#refuse(at, 'an object');
  }

  stringOrList(at: number): string | JsonList {
    const value = this.any(at);
    return typeof value === 'string' || isList(value) ? value : this.#refuse(at, 'a string or a list');
  }

  stringListOrObject(at: number): string | JsonList | JsonObject {
    const value = this.any(at);
    const fits = typeof value === 'string' || isList(value) || isObject(value);
    return fits ? value : this.#refuse(at, 'a string, a list or an object');
  }

  numbers(at: number): readonly JsonNumber[] {
    const items = this.list(at);
    this.budget.step(items.length);
    const numbers = items.filter((item) => item instanceof JsonNumber);
    return numbers.length === items.length ? numbers : this.#refuse(at, 'a list of numbers');
  }

  strings(at: number): readonly string[] {
    const items = this.list(at);
    this.budget.step(items.length);
    const strings = items.filter((item) => typeof item === 'string');
    return strings.length === items.length ? strings : this.#refuse(at, 'a list of strings');
  }

  ordered(at: number): readonly Ordered[] {
    const items = this.list(at);
    this.budget.step(items.length);
    return toOrdered(items) ?? this.#refuse(at, 'a list of numbers or a list of strings');
  }

  /** What the call's `&expression` yields for the item. */
  apply(item: Json): Json {
    return this.#reference(item);
  }

  /** The items of a list, each with what the call's `&expression` yields for it: all numbers, or all strings. */
  keyed(at: number): readonly Keyed[] {
    const items = this.list(at);
    this.budget.collect(items.length);
    const keys = toOrdered(items.map((item) => this.apply(item)));
    if (keys === undefined) return this.#refuse(1, 'an expression that yields only numbers or only strings');
    return keys.map((key, position) => ({ key, item: items[position] ?? null }));
  }

  /** The computed number; JSON has none for what a double cannot hold. */
  computed(value: number): JsonNumber {
    if (Number.isFinite(value)) return new JsonNumber(String(value));
    throw new Halt('mismatch', `cannot be computed: a result of ${this.#name} is beyond the range of numbers`);
  }

  #refuse(at: number, wanted: string): never {
    const which = this.#args.length === 1 ? 'its argument' : `argument ${at + 1}`;
    throw new Halt('mismatch', `cannot be computed from this value: ${this.#name} wants ${wanted} as ${which}`);
  }
}

/** An item of a list and what it is ordered by. */
export interface Keyed {
  readonly key: Ordered;
  readonly item: Json;
}
