import { type Compiled, compile, type Evaluated, evaluate } from './jmespath.ts';
import { Budget, MAX_OUTPUT } from './jmespath-budget.ts';
import type { Node } from './jmespath-node.ts';
import { type Json, type ParsedJson, parseJson } from './json.ts';

/** Steps that all expressions of one reading may take together: what several tenths of a second allow, whatever their number. */
const MAX_READING_STEPS = 400_000;

/** Characters that they may produce together, in and between their results: many times what a Secret holds. */
const MAX_READING_OUTPUT = 16 * MAX_OUTPUT;

/** Bytes of JSON that are parsed for one ExternalSecret: many times what a Secret holds, and up to a second of work. */
export const MAX_READING_BYTES = 8 * 1_048_576;

/** What it costs to read a character of an expression. Where one is invalid, it is read again and again until the place is found. */
const STEPS_PER_CHARACTER = { expression: 2, invalid: 20, costly: 1 } as const satisfies Record<
  Compiled['kind'],
  number
>;

const SPENT = {
  kind: 'costly',
  detail: 'comes after others that took all the steps that one ExternalSecret may take',
} as const;

/** One pass over an ExternalSecret's values: a value that many properties are read from is parsed once, and all share one purse. */
export class Reading {
  readonly #documents = new Map<Uint8Array, ParsedJson>();
  #steps = 0;
  #output = 0;
  #bytes = 0;

  /** `tooMuch` where the values before it have taken what is parsed for one ExternalSecret. */
  parse(bytes: Uint8Array): ParsedJson | { readonly kind: 'tooMuch' } {
    const known = this.#documents.get(bytes);
    if (known !== undefined) return known;
    if (this.#bytes + bytes.length > MAX_READING_BYTES) return { kind: 'tooMuch' };
    this.#bytes += bytes.length;
    const document = parseJson(bytes);
    this.#documents.set(bytes, document);
    return document;
  }

  /** As `compile`, and `costly` too once the expressions before it have spent what there is for all. */
  compile(expression: string): Compiled {
    if (this.#isSpent()) return SPENT;
    const compiled = compile(expression);
    this.#steps += expression.length * STEPS_PER_CHARACTER[compiled.kind];
    return compiled;
  }

  /** As `evaluate`, and `costly` too once the expressions before it have spent what there is for all. */
  evaluate(root: Node, document: Json): Evaluated {
    if (this.#isSpent()) return SPENT;
    const budget = new Budget();
    const evaluated = evaluate(root, document, budget);
    this.#steps += budget.steps;
    this.#output += budget.output;
    return evaluated;
  }

  #isSpent(): boolean {
    return this.#steps > MAX_READING_STEPS || this.#output > MAX_READING_OUTPUT;
  }
}
