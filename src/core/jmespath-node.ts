import type { FunctionName } from './jmespath-functions.ts';
import type { Json } from './json.ts';

/** An expression after all checks that need no document: only what the JMESPath specification has, and calls of the right arity. */
export type Node =
  | { readonly kind: 'current' }
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly at: number }
  | { readonly kind: 'slice'; readonly start: number | null; readonly stop: number | null; readonly step: number }
  /** `right` evaluated on what `left` yields: sub-expressions, index expressions and pipes. */
  | { readonly kind: 'chain'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'flatten'; readonly of: Node }
  | { readonly kind: 'listProjection'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'objectProjection'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'filter'; readonly left: Node; readonly condition: Node; readonly right: Node }
  | { readonly kind: 'comparison'; readonly operator: Operator; readonly left: Node; readonly right: Node }
  | { readonly kind: 'or'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'and'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'not'; readonly of: Node }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [name: string, value: Node])[] }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly args: readonly Argument[] };

export type Operator = 'EQ' | 'NE' | 'LT' | 'LTE' | 'GT' | 'GTE';

/** An argument of a call: evaluated before it, or by it (`&name`). */
export interface Argument {
  readonly isReference: boolean;
  readonly of: Node;
}
