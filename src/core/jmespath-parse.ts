import { compile as parseTree } from '@jmespath-community/jmespath';
import type { Token } from './jmespath-token.ts';

/** The syntax tree of the library's parser. Its literals hold the place of their token among the tokens, not their value. */
export type Tree = ReturnType<typeof parseTree>;

export type Parsed =
  | { readonly kind: 'tree'; readonly tree: Tree }
  | { readonly kind: 'tooDeep' }
  /** `token` is the one that does not fit, undefined where the expression ends too early. */
  | { readonly kind: 'invalid'; readonly token: Token | undefined };

/** The tree that the tokens make. The parser's messages, which say everything but the place, are dropped. */
export function parseTokens(tokens: readonly Token[]): Parsed {
  const outcome = tryParse(tokens);
  if (outcome === 'tooDeep') return { kind: 'tooDeep' };
  if (typeof outcome === 'object') return { kind: 'tree', tree: outcome };
  return { kind: 'invalid', token: outcome === 'endsEarly' ? undefined : tokens[firstMisfit(tokens)] };
}

type Attempt = Tree | 'misfit' | 'endsEarly' | 'tooDeep';

function tryParse(tokens: readonly Token[]): Attempt {
  try {
    return parseTree(tokens.map(spell).join(' '), { enable_legacy_literals: true });
  } catch (error) {
    if (error instanceof RangeError) return 'tooDeep';
    // Reading beyond the last token is a TypeError there.
    return error instanceof TypeError || (error instanceof Error && /\bEOF\b/.test(error.message))
      ? 'endsEarly'
      : 'misfit';
  }
}

const spell = (token: Token, place: number): string => (token.kind === 'literal' ? `\`${place}\`` : token.text);

/** The place of the token that is wrong: the end of the shortest beginning that is not merely too short. */
function firstMisfit(tokens: readonly Token[]): number {
  let fits = 0;
  let fails = tokens.length;
  while (fails - fits > 1) {
    const middle = Math.floor((fits + fails) / 2);
    if (tryParse(tokens.slice(0, middle)) === 'misfit') fails = middle;
    else fits = middle;
  }
  return fails - 1;
}
