import type { CallOutcome } from './caller.ts';
import { member, textMember } from './member.ts';

/** All pages of a list, or why there are not all: an error of a call, what is no page, a token that came before, or no end in sight. */
export type Pages =
  | { readonly kind: 'answer'; readonly pages: readonly unknown[] }
  | Exclude<CallOutcome, { kind: 'answer' }>
  | { readonly kind: 'garbage' | 'circle' | 'endless' };

/** How many pages are looked through: 20,000 secrets, 10,000 described parameters, 2,000 with their values. */
const MAX_PAGES = 200;

/** Follows the tokens from page to page; a page may be empty and bear one all the same. `list` names the entries of a page. */
export async function readPages(
  list: 'SecretList' | 'Parameters',
  send: (token: { NextToken?: string }) => Promise<CallOutcome>,
): Promise<Pages> {
  const pages: unknown[] = [];
  const tokens = new Set<string>();
  let token = '';
  do {
    if (pages.length === MAX_PAGES) return { kind: 'endless' };
    const outcome = await send(token === '' ? {} : { NextToken: token });
    if (outcome.kind !== 'answer') return outcome;
    pages.push(outcome.answer);
    token = textMember(outcome.answer, 'NextToken');
    if (token === '' && !Array.isArray(member(outcome.answer, list))) return { kind: 'garbage' };
    if (tokens.has(token)) return { kind: 'circle' };
    tokens.add(token);
  } while (token !== '');
  return { kind: 'answer', pages };
}
