import type { Call, Keyed } from './jmespath-call.ts';
import { compareOrdered, isEqual, type Ordered } from './jmespath-compare.ts';
import { isList, isObject, type Json, type JsonList, JsonNumber, type JsonObject } from './json.ts';

/** What a function demands of its arguments before there is a document, and what it does. */
export interface JmespathFunction {
  readonly arity: number;
  /** Takes `arity` arguments or more. */
  readonly variadic?: true;
  /** The place of the argument that has to be an `&expression`; no other may be one. */
  readonly reference?: number;
  readonly run: (call: Call) => Json;
}

/** The 26 functions of the JMESPath specification. */
export const functions = {
  abs: { arity: 1, run: (call) => new JsonNumber(call.number(0).source.replace(/^-/, '')) },
  avg: { arity: 1, run: average },
  ceil: { arity: 1, run: (call) => round(call, Math.ceil) },
  contains: { arity: 2, run: contains },
  ends_with: { arity: 2, run: (call) => call.string(0).endsWith(scanned(call, call.string(1))) },
  floor: { arity: 1, run: (call) => round(call, Math.floor) },
  join: { arity: 2, run: join },
  keys: { arity: 1, run: (call) => collected(call, call.object(0).keys(), call.object(0).size) },
  length: { arity: 1, run: lengthOf },
  map: { arity: 2, reference: 0, run: (call) => mapItems(call, call.list(1)) },
  max: { arity: 1, run: (call) => extreme(call, call.ordered(0).map(keyedByItself), 1) },
  max_by: { arity: 2, reference: 1, run: (call) => extreme(call, call.keyed(0), 1) },
  merge: { arity: 1, variadic: true, run: merge },
  min: { arity: 1, run: (call) => extreme(call, call.ordered(0).map(keyedByItself), -1) },
  min_by: { arity: 2, reference: 1, run: (call) => extreme(call, call.keyed(0), -1) },
  not_null: { arity: 1, variadic: true, run: (call) => call.args.find((arg) => arg !== null) ?? null },
  reverse: { arity: 1, run: reverse },
  sort: { arity: 1, run: (call) => sorted(call, call.ordered(0).map(keyedByItself)) },
  sort_by: { arity: 2, reference: 1, run: (call) => sorted(call, call.keyed(0)) },
  starts_with: { arity: 2, run: (call) => call.string(0).startsWith(scanned(call, call.string(1))) },
  sum: { arity: 1, run: (call) => call.computed(total(call.numbers(0))) },
  to_array: { arity: 1, run: toArray },
  to_number: { arity: 1, run: toNumber },
  to_string: { arity: 1, run: toText },
  type: { arity: 1, run: (call) => typeOf(call.any(0)) },
  values: { arity: 1, run: (call) => collected(call, call.object(0).values(), call.object(0).size) },
} as const satisfies Record<string, JmespathFunction>;

export type FunctionName = keyof typeof functions;

export const isFunctionName = (name: string): name is FunctionName => Object.hasOwn(functions, name);

function scanned(call: Call, text: string): string {
  call.budget.scan(text.length);
  return text;
}

function collected(call: Call, items: Iterable<Json>, count: number): JsonList {
  call.budget.step(count);
  call.budget.collect(count);
  return [...items];
}

const total = (numbers: readonly JsonNumber[]): number => numbers.reduce((sum, { value }) => sum + value, 0);

function average(call: Call): Json {
  const numbers = call.numbers(0);
  return numbers.length === 0 ? null : call.computed(total(numbers) / numbers.length);
}

/** A number written without fraction and exponent is round already, and stays as it was written. */
function round(call: Call, rounding: (value: number) => number): JsonNumber {
  const number = call.number(0);
  return /^-?\d+$/.test(number.source) ? number : call.computed(rounding(number.value));
}

function contains(call: Call): boolean {
  const subject = call.stringOrList(0);
  const wanted = call.any(1);
  if (typeof subject !== 'string') return subject.some((item) => isEqual(item, wanted, call.budget));
  if (typeof wanted !== 'string') return false;
  // What a search costs at worst: in texts like aaaa every place has to be tried to the end.
  call.budget.scan(subject.length + (subject.length * wanted.length) / 16);
  return subject.includes(wanted);
}

function join(call: Call): string {
  const glue = call.string(0);
  const strings = call.strings(1);
  for (const text of strings) call.budget.write(text.length + glue.length);
  return strings.join(glue);
}

function lengthOf(call: Call): JsonNumber {
  const subject = call.stringListOrObject(0);
  if (typeof subject === 'string') return call.computed(codePoints(call, subject).length);
  return call.computed(isObject(subject) ? subject.size : subject.length);
}

function codePoints(call: Call, text: string): string[] {
  call.budget.scan(text.length * 2);
  return [...text];
}

function mapItems(call: Call, items: JsonList): JsonList {
  call.budget.collect(items.length);
  return items.map((item) => call.apply(item));
}

const keyedByItself = (key: Ordered): Keyed => ({ key, item: key });

/** The item whose key is furthest in `direction`, the first of equals; null when there is none. */
function extreme(call: Call, all: readonly Keyed[], direction: 1 | -1): Json {
  const [first, ...rest] = all;
  if (first === undefined) return null;
  const further = (best: Keyed, next: Keyed): Keyed =>
    compareOrdered(next.key, best.key, call.budget) * direction > 0 ? next : best;
  return rest.reduce(further, first).item;
}

function sorted(call: Call, all: readonly Keyed[]): JsonList {
  call.budget.collect(all.length);
  return all.toSorted((left, right) => compareOrdered(left.key, right.key, call.budget)).map(({ item }) => item);
}

function merge(call: Call): JsonObject {
  const merged = new Map<string, Json>();
  for (const at of call.args.keys()) {
    const members = call.object(at);
    call.budget.collect(members.size);
    for (const [name, member] of members) {
      call.budget.scan(name.length);
      merged.set(name, member);
    }
  }
  return merged;
}

function reverse(call: Call): Json {
  const subject = call.stringOrList(0);
  if (typeof subject !== 'string') return collected(call, subject, subject.length).toReversed();
  call.budget.write(subject.length);
  return codePoints(call, subject).reverse().join('');
}

function toArray(call: Call): JsonList {
  const value = call.any(0);
  return isList(value) ? value : collected(call, [value], 1);
}

/** Numbers as they are, texts that are a JSON number, and null for all else. */
function toNumber(call: Call): Json {
  const value = call.any(0);
  if (typeof value !== 'string') return value instanceof JsonNumber ? value : null;
  call.budget.scan(value.length);
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value) ? new JsonNumber(value) : null;
}

function toText(call: Call): string {
  const value = call.any(0);
  return typeof value === 'string' ? value : call.budget.print(value);
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (value instanceof JsonNumber) return 'number';
  if (isList(value)) return 'array';
  return isObject(value) ? 'object' : typeof value;
}
