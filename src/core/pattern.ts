/** A regular expression that every text is held against as a whole, in time linear in the text. */
export type Pattern = (text: string) => boolean;

type Has = (character: string) => boolean;

type Node =
  | { readonly kind: 'one'; readonly has: Has }
  | { readonly kind: 'all' | 'either'; readonly nodes: readonly Node[] }
  | { readonly kind: 'repeat'; readonly node: Node; readonly mayBeNone: boolean; readonly mayBeMany: boolean };

type State =
  | { readonly kind: 'one'; readonly has: Has; readonly next: number }
  | { readonly kind: 'fork'; readonly nexts: readonly number[] }
  | { readonly kind: 'end' };

// Of what a tenant writes; names of objects are no longer either.
const LONGEST = 253;
const DEEPEST = 20;

/**
 * Reads `.`, `*`, `+`, `?`, `|`, groups, classes such as `[a-z0-9]`, `\d`, `\w` and quoted characters. Undefined for anything else, such as
 * counted repeats, look-around and back references, so that no text can make the match slow.
 */
export function parsePattern(text: string): Pattern | undefined {
  if (text.length > LONGEST) return undefined;
  const source = text.replace(/^\^/, '').replace(/(?<!\\)\$$/, '');
  const reader = new Reader(source);
  const node = reader.either(0);
  if (node === undefined || !reader.isAtEnd()) return undefined;
  const states: State[] = [{ kind: 'end' }];
  const start = compile(node, 0, states);
  return (name) => matches(states, start, name);
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd = (): boolean => this.#at === this.#text.length;

  either(depth: number): Node | undefined {
    if (depth > DEEPEST) return undefined;
    const nodes: Node[] = [];
    do {
      const node = this.#all(depth);
      if (node === undefined) return undefined;
      nodes.push(node);
    } while (this.#take('|'));
    return { kind: 'either', nodes };
  }

  #take(character: string): boolean {
    const isThere = this.#text[this.#at] === character;
    if (isThere) this.#at++;
    return isThere;
  }

  #all(depth: number): Node | undefined {
    const nodes: Node[] = [];
    while (!this.isAtEnd() && !'|)'.includes(this.#text[this.#at] ?? '')) {
      const node = this.#one(depth);
      if (node === undefined) return undefined;
      nodes.push(this.#repeated(node));
    }
    return { kind: 'all', nodes };
  }

  #repeated(node: Node): Node {
    const sign = this.#text[this.#at] ?? '';
    if (sign === '' || !'*+?'.includes(sign)) return node;
    this.#at++;
    // Whether it is greedy makes no difference to a match of the whole.
    this.#take('?');
    return { kind: 'repeat', node, mayBeNone: sign !== '+', mayBeMany: sign !== '?' };
  }

  #one(depth: number): Node | undefined {
    if (this.#take('(')) {
      if (this.#take('?') && !this.#take(':')) return undefined;
      const node = this.either(depth + 1);
      return this.#take(')') ? node : undefined;
    }
    const has = this.#take('[') ? this.#set() : this.#character();
    return has && { kind: 'one', has };
  }

  #character(): Has | undefined {
    const character = this.#text[this.#at++] ?? '';
    if (character === '.') return () => true;
    if (character === '\\') return this.#quoted();
    return '*+?{}[]()^$'.includes(character) ? undefined : (other) => other === character;
  }

  #quoted(): Has | undefined {
    const character = this.#text[this.#at++] ?? '';
    if (character === 'd') return (other) => other >= '0' && other <= '9';
    if (character === 'w') return (other) => /[A-Za-z0-9_]/.test(other);
    return character === '' || /[A-Za-z0-9]/.test(character) ? undefined : (other) => other === character;
  }

  #set(): Has | undefined {
    const isNegated = this.#take('^');
    const parts: Has[] = [];
    while (!this.#take(']')) {
      const first = this.#text[this.#at++];
      if (first === undefined) return undefined;
      const part = first === '\\' ? this.#quoted() : this.#range(first);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return (other) => parts.some((has) => has(other)) !== isNegated;
  }

  #range(first: string): Has {
    const last = this.#text[this.#at + 1];
    if (this.#text[this.#at] !== '-' || last === undefined || last === ']') return (other) => other === first;
    this.#at += 2;
    return (other) => other >= first && other <= last;
  }
}

/** Adds the states that a node takes before `next`; answers with the first. */
function compile(node: Node, next: number, states: State[]): number {
  switch (node.kind) {
    case 'one':
      return states.push({ kind: 'one', has: node.has, next }) - 1;
    case 'all':
      return node.nodes.reduceRight((then, part) => compile(part, then, states), next);
    case 'either':
      return states.push({ kind: 'fork', nexts: node.nodes.map((part) => compile(part, next, states)) }) - 1;
    case 'repeat': {
      const fork = states.push({ kind: 'fork', nexts: [] }) - 1;
      const body = compile(node.node, node.mayBeMany ? fork : next, states);
      states[fork] = { kind: 'fork', nexts: [body, next] };
      return node.mayBeNone ? fork : body;
    }
  }
}

/** Follows all ways at once, so the time is at most states times characters. */
function matches(states: readonly State[], start: number, text: string): boolean {
  let current = reach(states, [start]);
  for (const character of text) {
    const nexts: number[] = [];
    for (const at of current) {
      const state = states[at];
      if (state?.kind === 'one' && state.has(character)) nexts.push(state.next);
    }
    current = reach(states, nexts);
  }
  return current.has(0);
}

/** What can be reached without a character. */
function reach(states: readonly State[], from: readonly number[]): ReadonlySet<number> {
  const found = new Set(from);
  // A set that grows while it is walked is walked to its end.
  for (const at of found) {
    const state = states[at];
    if (state?.kind === 'fork') for (const next of state.nexts) found.add(next);
  }
  return found;
}
