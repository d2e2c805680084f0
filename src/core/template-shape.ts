import {
  ForTag,
  type RangeToken,
  type Template,
  type Token,
  TokenizationError,
  TypeGuards,
  toValueSync,
  Value,
} from 'liquidjs';

/** How deep tags may stand in tags, and brackets in brackets. */
const MAX_DEPTH = 32;

/** The largest number in a range. Where numbers are so large that adding one to them changes nothing, a range never ends. */
const MAX_RANGE = 10_000;

export const TOO_DEEP = `tags or brackets stand more than ${MAX_DEPTH} deep in one another`;

/** Throws a TokenizationError where a template that could be parsed cannot be rendered safely. */
export function checkShape(templates: readonly Template[], depth = 0): void {
  for (const template of templates) {
    if (depth > MAX_DEPTH) throw new TokenizationError(TOO_DEEP, template.token);
    checkArguments(template);
    const children: Template[] = template.children === undefined ? [] : toValueSync(template.children(false, true));
    checkShape(children, depth + 1);
  }
}

function checkArguments(template: Template): void {
  for (const argument of template.arguments?.() ?? []) {
    if (argument instanceof Value) checkValue(argument);
    else if (template instanceof ForTag && TypeGuards.isRangeToken(argument)) checkRange(argument);
    else checkToken(argument, 0);
  }
}

function checkValue({ initial, filters }: Value): void {
  for (const token of initial.postfix) checkToken(token, 0);
  for (const { args } of filters) {
    for (const arg of args) checkToken(Array.isArray(arg) ? arg[1] : arg, 0);
  }
}

function checkToken(token: Token | undefined, depth: number): void {
  if (token === undefined) return;
  if (depth > MAX_DEPTH) throw new TokenizationError(TOO_DEEP, token);
  if (TypeGuards.isRangeToken(token)) {
    // Kept in variables, many of them would hold much memory.
    throw new TokenizationError('a range can stand only in a for tag, as in {% for i in (1..3) %}', token);
  }
  if (TypeGuards.isPropertyAccessToken(token)) {
    checkToken(token.variable, depth + 1);
    for (const property of token.props) checkToken(property, depth + 1);
  }
}

// Numbers that stand in the template, since one that comes from a value could be any.
function checkRange({ lhs, rhs }: RangeToken): void {
  for (const bound of [lhs, rhs]) {
    const isSmall =
      TypeGuards.isNumberToken(bound) && Number.isInteger(bound.content) && Math.abs(bound.content) <= MAX_RANGE;
    if (!isSmall) throw new TokenizationError(`a range takes whole numbers up to ${MAX_RANGE}, as (1..3)`, bound);
  }
}
