import type { Budget } from './jmespath-budget.ts';
import { Call } from './jmespath-call.ts';
import { isEqual } from './jmespath-compare.ts';
import { functions, type JmespathFunction } from './jmespath-functions.ts';
import type { Node } from './jmespath-node.ts';
import { isList, isObject, type Json, type JsonList, JsonNumber, type JsonObject } from './json.ts';

type NodeOf<Kind extends Node['kind']> = Extract<Node, { readonly kind: Kind }>;

/** What the node yields for the current value, by the JMESPath specification. Throws `Halt`, and nothing else. */
export function visit(node: Node, current: Json, budget: Budget): Json {
  budget.step();
  switch (node.kind) {
    case 'current':
      return current;
    case 'literal':
      return node.value;
    case 'field':
      return isObject(current) ? (current.get(node.name) ?? null) : null;
    case 'index':
      return isList(current) ? (current.at(node.at) ?? null) : null;
    case 'slice':
      return isList(current) ? slice(node, current, budget) : null;
    case 'chain':
      return visit(node.right, visit(node.left, current, budget), budget);
    case 'flatten':
      return flatten(visit(node.of, current, budget), budget);
    case 'listProjection':
      return projectList(node, current, budget);
    case 'objectProjection':
      return projectObject(node, current, budget);
    case 'filter':
      return filter(node, current, budget);
    case 'comparison':
      return compare(node, current, budget);
    case 'or':
      return either(node, current, budget, isTruthy);
    case 'and':
      return either(node, current, budget, isFalsy);
    case 'not':
      return isFalsy(visit(node.of, current, budget));
    case 'list':
      return makeList(node, current, budget);
    case 'object':
      return makeObject(node, current, budget);
    case 'call':
      return call(node, current, budget);
  }
}

/** null, false and whatever is empty. A number is never false, not even 0. */
const isFalsy = (value: Json): boolean =>
  value === null || value === false || value === '' || (isList(value) ? value.length === 0 : hasNoMembers(value));

const hasNoMembers = (value: Json): boolean => isObject(value) && value.size === 0;

const isTruthy = (value: Json): boolean => !isFalsy(value);

function either(node: NodeOf<'or' | 'and'>, current: Json, budget: Budget, isDecided: (left: Json) => boolean): Json {
  const left = visit(node.left, current, budget);
  return isDecided(left) ? left : visit(node.right, current, budget);
}

/** The items from start to stop, with the bounds and the backward steps of Python's slices. */
function slice({ start, stop, step }: NodeOf<'slice'>, items: JsonList, budget: Budget): JsonList {
  const taken: Json[] = [];
  const [first, end] = step > 0 ? [0, items.length] : [items.length - 1, -1];
  const last = stop === null ? end : boundOf(stop, step, items.length);
  let at = start === null ? first : boundOf(start, step, items.length);
  for (; step > 0 ? at < last : at > last; at += step) {
    budget.step();
    taken.push(items[at] ?? null);
  }
  budget.collect(taken.length);
  return taken;
}

function boundOf(bound: number, step: number, length: number): number {
  const [lowest, highest] = step > 0 ? [0, length] : [-1, length - 1];
  return Math.min(Math.max(bound < 0 ? bound + length : bound, lowest), highest);
}

/** Lifts the items of lists within the list by one level. */
function flatten(value: Json, budget: Budget): Json {
  if (!isList(value)) return null;
  const lifted: Json[] = [];
  for (const item of value) {
    const items = isList(item) ? item : [item];
    budget.step(items.length + 1);
    budget.collect(items.length);
    for (const each of items) lifted.push(each);
  }
  return lifted;
}

function projectList(node: NodeOf<'listProjection'>, current: Json, budget: Budget): Json {
  const items = visit(node.left, current, budget);
  return isList(items) ? project(items, node.right, budget) : null;
}

function projectObject(node: NodeOf<'objectProjection'>, current: Json, budget: Budget): Json {
  const members = visit(node.left, current, budget);
  return isObject(members) ? project(members.values(), node.right, budget) : null;
}

function filter(node: NodeOf<'filter'>, current: Json, budget: Budget): Json {
  const items = visit(node.left, current, budget);
  if (!isList(items)) return null;
  const matching = items.filter((item) => isTruthy(visit(node.condition, item, budget)));
  return project(matching, node.right, budget);
}

/** What `right` yields for each item, where that is not null. */
function project(items: Iterable<Json>, right: Node, budget: Budget): JsonList {
  const projected: Json[] = [];
  for (const item of items) {
    const yielded = visit(right, item, budget);
    if (yielded === null) continue;
    budget.collect(1);
    projected.push(yielded);
  }
  return projected;
}

function compare(node: NodeOf<'comparison'>, current: Json, budget: Budget): Json {
  const left = visit(node.left, current, budget);
  const right = visit(node.right, current, budget);
  if (node.operator === 'EQ') return isEqual(left, right, budget);
  if (node.operator === 'NE') return !isEqual(left, right, budget);
  // Only numbers have an order here; asked of anything else, the question has no answer.
  if (!(left instanceof JsonNumber && right instanceof JsonNumber)) return null;
  return orders[node.operator](left.value, right.value);
}

const orders = {
  LT: (left: number, right: number) => left < right,
  LTE: (left: number, right: number) => left <= right,
  GT: (left: number, right: number) => left > right,
  GTE: (left: number, right: number) => left >= right,
} as const;

/** A multi-select of nothing is nothing, not a list of nothings. */
function makeList(node: NodeOf<'list'>, current: Json, budget: Budget): Json {
  if (current === null) return null;
  budget.collect(node.items.length);
  return node.items.map((item) => visit(item, current, budget));
}

function makeObject(node: NodeOf<'object'>, current: Json, budget: Budget): Json {
  if (current === null) return null;
  budget.collect(node.members.length);
  return new Map(node.members.map(([name, value]) => [name, visit(value, current, budget)])) satisfies JsonObject;
}

function call(node: NodeOf<'call'>, current: Json, budget: Budget): Json {
  const definition: JmespathFunction = functions[node.name];
  const args = node.args.map((arg) => (arg.isReference ? null : visit(arg.of, current, budget)));
  const reference = node.args.find((arg) => arg.isReference);
  const apply = (item: Json): Json => (reference === undefined ? null : visit(reference.of, item, budget));
  return definition.run(new Call(node.name, args, apply, budget));
}
