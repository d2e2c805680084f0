import type { Budget } from './jmespath-budget.ts';
import { isList, isObject, type Json, type JsonList, JsonNumber, type JsonObject } from './json.ts';

/** What can be sorted: a list of them is either all numbers or all strings. */
export type Ordered = JsonNumber | string;

/** The equality of JSON values: numbers by their double, objects without regard to order. */
export function isEqual(left: Json, right: Json, budget: Budget): boolean {
  budget.step();
  if (typeof left === 'string' && typeof right === 'string') budget.scan(Math.min(left.length, right.length));
  if (left === right) return true;
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false;
  if (left instanceof JsonNumber) return right instanceof JsonNumber && left.value === right.value;
  if (isList(left)) return isList(right) && areListsEqual(left, right, budget);
  return isObject(right) && areObjectsEqual(left, right, budget);
}

function areListsEqual(left: JsonList, right: JsonList, budget: Budget): boolean {
  return left.length === right.length && left.every((item, at) => isEqual(item, right[at] ?? null, budget));
}

function areObjectsEqual(left: JsonObject, right: JsonObject, budget: Budget): boolean {
  if (left.size !== right.size) return false;
  for (const [name, member] of left) {
    budget.scan(name.length);
    const other = right.get(name);
    if (other === undefined || !isEqual(member, other, budget)) return false;
  }
  return true;
}

/** The items when all are numbers or all are strings. */
export function toOrdered(items: JsonList): readonly Ordered[] | undefined {
  const numbers = items.filter((item) => item instanceof JsonNumber);
  if (numbers.length === items.length) return numbers;
  const strings = items.filter((item) => typeof item === 'string');
  return strings.length === items.length ? strings : undefined;
}

/** Below, at or above 0 as `left` stands before, with or after `right`: numbers by their double, strings by code point. Both are of one type. */
export function compareOrdered(left: Ordered, right: Ordered, budget: Budget): number {
  budget.step();
  if (typeof left === 'string' && typeof right === 'string') {
    budget.scan(Math.min(left.length, right.length));
    return compareText(left, right);
  }
  if (typeof left === 'string' || typeof right === 'string') return 0;
  // Not their difference: Infinity - Infinity is no order.
  return left.value < right.value ? -1 : Number(left.value > right.value);
}

function compareText(left: string, right: string): number {
  const end = Math.min(left.length, right.length);
  let at = 0;
  while (at < end && left.charCodeAt(at) === right.charCodeAt(at)) at++;
  return at === end ? left.length - right.length : rankOf(left.charCodeAt(at)) - rankOf(right.charCodeAt(at));
}

/** Lifts surrogates, which begin code points above U+FFFF, over the rest of the 16-bit range. */
const rankOf = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
