import { type Evaluated, evaluate } from './jmespath.ts';
import { Budget } from './jmespath-budget.ts';
import type { Node } from './jmespath-node.ts';
import { type Json, type ParsedJson, parseJson } from './json.ts';

/** Steps that all expressions of one reading may take together: what several tenths of a second allow, whatever their number. */
const MAX_READING_STEPS = 400_000;

/** One pass over an ExternalSecret's values: a value that many properties are read from is parsed once, and all share one purse. */
export class Reading {
  readonly #documents = new Map<Uint8Array, ParsedJson>();
  #steps = 0;

  parse(bytes: Uint8Array): ParsedJson {
    const known = this.#documents.get(bytes);
    if (known !== undefined) return known;
    const document = parseJson(bytes);
    this.#documents.set(bytes, document);
    return document;
  }

  /** As `evaluate`, and `costly` too once the expressions before it have spent what there is for all. */
  evaluate(root: Node, document: Json): Evaluated {
    if (this.#steps > MAX_READING_STEPS) {
      return { kind: 'costly', detail: 'comes after others that took all the steps that one ExternalSecret may take' };
    }
    const budget = new Budget();
    const evaluated = evaluate(root, document, budget);
    this.#steps += budget.steps;
    return evaluated;
  }
}
