import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compile, evaluate } from '../../src/core/jmespath.ts';
import { parseJsonText, printJson } from '../../src/core/json.ts';
import { ensureJmespathSuite } from '../support/parts/go.ts';
import { inRepository } from '../support/repository.ts';

// The official compliance suite. It is downloaded, since it has no licence of its own that would let us keep it here.

interface Case {
  readonly expression: string;
  /** What the expression yields; absent where it is to be refused. */
  readonly result?: unknown;
  readonly error?: string;
}

interface Group {
  readonly given: unknown;
  readonly cases: readonly Case[];
}

type Found = { readonly result: unknown } | 'refused' | 'costly' | 'noJson';

/** What the expression yields, as plain JSON, or how it is refused. */
function search(given: unknown, expression: string): Found {
  const document = parseJsonText(JSON.stringify(given));
  if (document.kind !== 'json') return 'noJson';
  const compiled = compile(expression);
  if (compiled.kind !== 'expression') return compiled.kind === 'costly' ? 'costly' : 'refused';
  const found = evaluate(compiled.root, document.value);
  if (found.kind === 'value') return { result: JSON.parse(printJson(found.value)) };
  return found.kind === 'costly' ? 'costly' : 'refused';
}

const wanted = ({ result, error }: Case): Found => (error === undefined ? { result } : 'refused');

const suite = globSync(join(await ensureJmespathSuite(), '*.json'))
  .toSorted()
  .flatMap((file) => {
    const groups: readonly Group[] = JSON.parse(readFileSync(file, 'utf8'));
    return groups.flatMap(({ given, cases }, group) =>
      cases.map((each, at) => ({
        ...each,
        file: basename(file, '.json'),
        id: `${basename(file, '.json')} ${group}.${at}`,
        given,
      })),
    );
  });
const passing = suite.filter((each) => isDeepStrictEqual(search(each.given, each.expression), wanted(each)));

describe(`the compliance suite of JMESPath: ${passing.length} of ${suite.length} cases pass`, () => {
  for (const [file, cases] of Map.groupBy(suite, (each) => each.file)) {
    it(`${file}: ${cases.length} cases`, () => {
      for (const each of cases) {
        expect(search(each.given, each.expression), `${each.id} ${each.expression}`).toEqual(wanted(each));
      }
    });
  }

  it('is whole, and the documents say how much of it passes', () => {
    expect(suite.length).toBeGreaterThan(850);
    const page = readFileSync(inRepository('docs', 'reference.md'), 'utf8');
    expect(page).toContain(`compliance suite of JMESPath: all ${passing.length} cases pass`);
  });
});
