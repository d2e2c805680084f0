import { type Json, parseJsonText } from './json.ts';

/** A piece of an expression. What it stands for is read here too, so that the numbers of literals keep their source text. */
export type Token =
  | { readonly kind: 'symbol' | 'name' | 'number' | 'quoted'; readonly at: number; readonly text: string }
  | { readonly kind: 'literal'; readonly at: number; readonly value: Json };

export type Tokenized =
  | { readonly kind: 'tokens'; readonly tokens: readonly Token[] }
  | { readonly kind: 'invalid'; readonly detail: string };

/** The expression in pieces, each of a shape that JMESPath has and fit to follow the one before it. */
export function tokenize(expression: string): Tokenized {
  const tokens: Token[] = [];
  let at = endOf(SPACE, expression, 0);
  while (at < expression.length) {
    const cut = cutToken(expression, at);
    if (cut === undefined) return { kind: 'invalid', detail: describeBroken(expression, at) };
    if (!mayFollow(tokens.at(-1), cut.token)) return { kind: 'invalid', detail: describeUnexpected(expression, at) };
    tokens.push(cut.token);
    at = endOf(SPACE, expression, cut.end);
  }
  return { kind: 'tokens', tokens };
}

/** Says what is unexpected where, counted from 1. An expression is the user's own text and no secret. */
export const describeUnexpected = (expression: string, at: number): string =>
  at < expression.length
    ? `${JSON.stringify(String.fromCodePoint(expression.codePointAt(at) ?? 0))} is unexpected at character ${at + 1}`
    : 'it ends too early';

const describeBroken = (expression: string, at: number): string =>
  /["'`]/.test(expression.charAt(at))
    ? `what is quoted from character ${at + 1} on is not closed, or holds an invalid escape`
    : describeUnexpected(expression, at);

const SPACE = /[ \t\r\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /-?[0-9]+(?![0-9-])/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/sy;
const RAW = /'(?:[^'\\]|\\.)*'/sy;
const LITERAL = /`(?:[^`\\]|\\.)*`/sy;
const SYMBOL = /\[\?|\[\]|&&|\|\||[<>=!]=|[.@*,:()[\]{}<>&|!]/y;

/** Where a match of the sticky `shape` at `at` ends; `at` itself when there is none. */
function endOf(shape: RegExp, text: string, at: number): number {
  shape.lastIndex = at;
  return at + (shape.exec(text)?.[0].length ?? 0);
}

function cutToken(expression: string, at: number): { readonly token: Token; readonly end: number } | undefined {
  for (const [shape, read] of readers) {
    const end = endOf(shape, expression, at);
    if (end === at) continue;
    const token = read(expression.slice(at, end), at);
    return token === undefined ? undefined : { token, end };
  }
  return undefined;
}

const readers: readonly (readonly [RegExp, (text: string, at: number) => Token | undefined])[] = [
  [NAME, (text, at) => ({ kind: 'name', at, text })],
  [NUMBER, (text, at) => ({ kind: 'number', at, text })],
  [SYMBOL, (text, at) => ({ kind: 'symbol', at, text })],
  [QUOTED, (text, at) => (parseJsonText(text).kind === 'json' ? { kind: 'quoted', at, text } : undefined)],
  [RAW, (text, at) => ({ kind: 'literal', at, value: text.slice(1, -1).replace(/\\(['\\])/g, '$1') })],
  [LITERAL, readLiteral],
];

/** A JSON literal; what is no JSON is a string without its quotes, as JMESPath had it before it had raw strings. */
function readLiteral(text: string, at: number): Token | undefined {
  const inner = text.slice(1, -1).replaceAll('\\`', '`').trimStart();
  const parsed = parseJsonText(inner);
  const read = parsed.kind === 'notJson' ? parseJsonText(`"${inner}"`) : parsed;
  return read.kind === 'json' ? { kind: 'literal', at, value: read.value } : undefined;
}

// The parser is lax in places: it takes `[a b]`, `f(a,)` and `[ ]`. What may not stand side by side is refused before it.

function mayFollow(before: Token | undefined, token: Token): boolean {
  if (before === undefined) return true;
  if (endsOperand(before)) return !startsOperand(token) || (isSymbol(token, '(') && before.kind === 'name');
  if (isSymbol(before, '[') && isSymbol(token, ']')) return false;
  return !(isSymbol(before, ',') && isSymbol(token, ')', ']', '}'));
}

const isSymbol = (token: Token, ...symbols: readonly string[]): boolean =>
  token.kind === 'symbol' && symbols.includes(token.text);

const endsOperand = (token: Token): boolean =>
  token.kind !== 'symbol' || isSymbol(token, '@', '*', ')', ']', '}', '[]');

const startsOperand = (token: Token): boolean => token.kind !== 'symbol' || isSymbol(token, '@', '&', '(', '!');
