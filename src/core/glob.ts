/**
 * Whether the whole of `text` fits the pattern, in which `*` stands for any text (also across `/`) and, where `single` is set, `?` for
 * one character. Greedy with one point to come back to, so the time is at most pattern times text; no pattern can make it exponential.
 */
export function matchesGlob(pattern: string, text: string, single = false): boolean {
  let at = 0;
  let inText = 0;
  let star = -1;
  let resume = 0;
  while (inText < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      resume = inText;
    } else if (at < pattern.length && (pattern[at] === text[inText] || (single && pattern[at] === '?'))) {
      at++;
      inText++;
    } else if (star >= 0) {
      at = star + 1;
      inText = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
