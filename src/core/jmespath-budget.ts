import { isList, isObject, type Json, type JsonList, JsonNumber, type JsonObject, printJson } from './json.ts';

/** Visits of nodes, items looked at and comparisons that one evaluation may make. It holds up others for some ten milliseconds. */
export const MAX_STEPS = 50_000;

/** Characters that one evaluation may produce, in and between its results. No Kubernetes Secret can hold more. */
export const MAX_OUTPUT = 1_048_576;

/** Characters that cost as much to look through as one step. */
const CHARACTERS_PER_STEP = 16;

/** Characters that an item of a new list or object counts for. */
const ITEM_SIZE = 8;

/**
 * Ends an evaluation from any depth, sort comparators included. It is thrown by the files jmespath-* only, and `evaluate` turns
 * it into an outcome: nobody else sees one. `detail` goes on after `property "x" `.
 */
export class Halt extends Error {
  override readonly name = 'Halt';
  readonly kind: 'mismatch' | 'costly';
  readonly detail: string;

  constructor(kind: Halt['kind'], detail: string) {
    super(detail);
    this.kind = kind;
    this.detail = detail;
  }
}

/** What one evaluation may still spend. Every loop of the evaluator pays here before it turns, or as it does. */
export class Budget {
  #steps = 0;
  #output = 0;

  get steps(): number {
    return this.#steps;
  }

  get output(): number {
    return this.#output;
  }

  step(count = 1): void {
    this.#steps += count;
    if (this.#steps > MAX_STEPS) throw new Halt('costly', 'takes more steps than an expression may take');
  }

  /** Pays for looking through so many characters. */
  scan(characters: number): void {
    this.step(Math.ceil(characters / CHARACTERS_PER_STEP));
  }

  /** Pays for so many items in a new list or object. */
  collect(items: number): void {
    this.write(items * ITEM_SIZE);
  }

  /** Pays for so many characters of new text. */
  write(characters: number): void {
    this.#output += characters;
    if (this.#output > MAX_OUTPUT) throw new Halt('costly', 'produces more than an expression may produce');
  }

  /** Pays for printing `value`: a list that stands in it twice is printed twice, and so paid for twice. */
  print(value: Json): string {
    this.reserve(value);
    return printJson(value);
  }

  /** Pays for printing `value` without doing so. */
  reserve(value: Json): void {
    this.step();
    if (typeof value === 'string') this.write(value.length + 2);
    else if (value instanceof JsonNumber) this.write(value.source.length);
    else if (isList(value)) this.#reserveList(value);
    else if (isObject(value)) this.#reserveObject(value);
    else this.write(String(value).length);
  }

  #reserveList(items: JsonList): void {
    this.write(items.length + 1);
    for (const item of items) this.reserve(item);
  }

  #reserveObject(members: JsonObject): void {
    this.write(members.size + 1);
    for (const [name, member] of members) {
      this.write(name.length + 3);
      this.reserve(member);
    }
  }
}
