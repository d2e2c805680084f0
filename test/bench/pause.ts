import { compile, evaluate } from '../../src/core/jmespath.ts';
import { parseJsonText } from '../../src/core/json.ts';
import { renderTemplate } from '../../src/core/template.ts';
import { jmespathBombs } from '../support/jmespath-bombs.ts';
import { renderSpec } from '../support/render-spec.ts';
import { bombData, each, templateBombs } from '../support/template-bombs.ts';

// How long each bomb holds up everybody else: nothing is awaited while an expression or a template is worked on, so a pause of the event
// loop is as long as that work. `node test/bench/pause.ts` prints JSON: milliseconds, the longest first.

const ROUNDS = 5;

/** The longest of some rounds: a pause is what people feel, not an average. */
function longestMs(work: () => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  });
  return Math.round(Math.max(...rounds) * 10) / 10;
}

const sorted = (table: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(table).sort(([, a], [, b]) => b - a));

function evaluateOnce(expression: string, text: string): void {
  const document = parseJsonText(text);
  const compiled = compile(expression);
  if (document.kind === 'json' && compiled.kind === 'expression') evaluate(compiled.root, document.value);
}

/** The data of an ExternalSecret with as many items as one may have. */
function renderFull(expressionOf: (at: number) => string, values: readonly string[]): void {
  const data = Array.from({ length: 500 }, (_, at) => ({
    secretKey: `k${at}`,
    remoteRef: { key: `bomb-${at % values.length}`, property: expressionOf(at) },
  }));
  renderSpec({ data }, Object.fromEntries(values.map((value, at) => [`bomb-${at}`, value])));
}

const expression = Object.fromEntries(
  jmespathBombs.map(([what, text, document]) => [what, longestMs(() => evaluateOnce(text, document))]),
);
const full = Object.fromEntries(
  jmespathBombs.map(([what, text, document]) => [what, longestMs(() => renderFull(() => text, [document]))]),
);
const invalid = longestMs(() => renderFull((at) => `[${'`1`,'.repeat(500)}a==]${at}`, ['{}']));
const values = Array.from({ length: 500 }, (_, at) => `[${'1,'.repeat(32_000)}${at}]`);
const parsing = longestMs(() => renderFull(() => '[0]', values));
const templates = Object.fromEntries(
  Object.entries(templateBombs).map(([what, texts]) => [what, longestMs(() => renderTemplate(texts, bombData))]),
);
const one = Object.values(templateBombs).find((texts) => Object.keys(texts).length === 1) ?? {};
const fullTemplates = longestMs(() => renderTemplate(each(256, Object.values(one)[0] ?? ''), bombData));

console.log(
  JSON.stringify(
    {
      node: process.version,
      'one expression': sorted(expression),
      'an ExternalSecret of 500 such expressions': sorted({ ...full, 'invalid near their end': invalid }),
      'an ExternalSecret of 500 values of 64 KiB': { 'all of them lists of numbers': parsing },
      'the templates of an ExternalSecret': sorted({
        ...templates,
        'loops in loops in each of 256 templates': fullTemplates,
      }),
    },
    null,
    2,
  ),
);
