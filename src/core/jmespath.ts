import { Budget, Halt } from './jmespath-budget.ts';
import { type Checked, checkTree, MAX_DEPTH } from './jmespath-check.ts';
import type { Node } from './jmespath-node.ts';
import { parseTokens } from './jmespath-parse.ts';
import { describeUnexpected, type Token, tokenize } from './jmespath-token.ts';
import { visit } from './jmespath-visit.ts';
import type { Json } from './json.ts';

/** An expression that is ready to be evaluated, or why it is not. `costly` details go on after `property "x" `, `invalid` ones stand alone. */
export type Compiled = Checked;

/** What an expression yields, or what stopped it. `detail` goes on after `property "x" ` and holds no part of the document. */
export type Evaluated =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'mismatch'; readonly detail: string }
  | { readonly kind: 'costly'; readonly detail: string };

/** How many characters an expression may have. */
export const MAX_LENGTH = 2_048;

/**
 * Reads an expression of standard JMESPath (https://jmespath.org/specification.html). `invalid` is what is none; `costly` is
 * longer, deeper or larger than we evaluate.
 */
export function compile(expression: string): Compiled {
  if (expression.length > MAX_LENGTH) return { kind: 'costly', detail: `has more than ${MAX_LENGTH} characters` };
  const tokenized = tokenize(expression);
  if (tokenized.kind === 'invalid') return tokenized;
  const { tokens } = tokenized;
  if (nestingOf(tokens) > MAX_DEPTH) return tooDeep;
  const parsed = parseTokens(tokens);
  if (parsed.kind === 'tooDeep') return tooDeep;
  if (parsed.kind === 'tree') return checkTree(parsed.tree, tokens);
  return { kind: 'invalid', detail: describeUnexpected(expression, parsed.token?.at ?? expression.length) };
}

const tooDeep: Compiled = { kind: 'costly', detail: `is nested more than ${MAX_DEPTH} levels deep` };

function nestingOf(tokens: readonly Token[]): number {
  let depth = 0;
  let deepest = 0;
  for (const token of tokens) {
    if (token.kind !== 'symbol') continue;
    if (/^[([{]\??$/.test(token.text)) deepest = Math.max(deepest, ++depth);
    else if (/^[)\]}]$/.test(token.text)) depth--;
  }
  return deepest;
}

/**
 * What the expression selects from the document. It stops when the budget is spent; a value that is returned prints within
 * what was left of it, so that neither evaluating nor printing holds up anyone else.
 */
export function evaluate(root: Node, document: Json, budget = new Budget()): Evaluated {
  try {
    const value = visit(root, document, budget);
    budget.reserve(value);
    return { kind: 'value', value };
  } catch (error) {
    if (error instanceof Halt) return { kind: error.kind, detail: error.detail };
    throw error;
  }
}
