import { describe, expect, it } from 'vitest';
import { renderTemplate, type TemplateTexts } from '../../../src/core/template.ts';
import { templateFilters } from '../../../src/core/template-filters.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { bombData, each, loop, templateBombs } from '../../support/template-bombs.ts';

// Each is to end, with a fault and long before a test run would notice. How long they take in truth is a matter for a quiet machine: run
// by themselves they hold up others for a tenth of a second.
const MUCH_TOO_LONG_MS = 5_000;

/** What the kinds of the faults were, and how long it took. */
function explode(
  texts: TemplateTexts,
  fetched = bombData,
): { readonly kinds: ReadonlySet<string>; readonly ms: number } {
  const startMs = performance.now();
  const rendered = renderTemplate(texts, fetched);
  const ms = performance.now() - startMs;
  return { kinds: new Set(rendered.ok ? ['rendered'] : rendered.faults.map(({ kind }) => kind)), ms };
}

const keys = new Map(Array.from({ length: 300_000 }, (_, at) => [`key${at}`, SecretValue.ofText('')]));

describe('a bomb ends quickly, and as InvalidTemplate:', () => {
  for (const [name, texts] of Object.entries(templateBombs)) {
    it(name, () => {
      const { kinds, ms } = explode(texts);
      expect([...kinds]).toEqual(['InvalidTemplate']);
      expect(ms).toBeLessThan(MUCH_TOO_LONG_MS);
    });
  }
});

describe('very many keys are a bomb, too:', () => {
  const templates = ['{{ data | to_json }}', '{{ data | to_yaml }}', loop('x', 'data'), loop('{{ data | size }}')];
  for (const template of templates) {
    it(template, () => {
      const { kinds, ms } = explode(each(256, template), keys);
      expect([...kinds]).toEqual(['InvalidTemplate']);
      expect(ms).toBeLessThan(MUCH_TOO_LONG_MS);
    });
  }
});

describe('a megabyte in a loop ends quickly, whatever the filter:', () => {
  for (const filter of Object.keys(templateFilters)) {
    it(filter, () => {
      for (const value of ['quotes', 'pem']) {
        const argument = filter === 'indent' ? '1' : '"a"';
        const { kinds, ms } = explode({ k: loop(`{% assign x = ${value} | ${filter}: ${argument} %}`) });
        expect([...kinds]).toEqual(['InvalidTemplate']);
        expect(ms).toBeLessThan(MUCH_TOO_LONG_MS);
      }
    });
  }
});

describe('what is large, but no bomb, is rendered:', () => {
  const cases: readonly { it: string; texts: TemplateTexts }[] = [
    // Liquid's own would make text of the whole list for each of its items.
    {
      it: 'a list, sorted with a list as argument',
      texts: { k: '{% assign l = list | split: "," %}{{ l | sort: l }}' },
    },
    { it: 'a megabyte, written', texts: { k: '{{ big }}' } },
    { it: 'half a megabyte, encoded and decoded', texts: { k: '{{ needle | b64enc | b64dec }}' } },
    {
      it: '256 templates of some filters each',
      texts: each(256, '{{ a | upcase | b64enc | to_json }}:{{ a | url_encode | default: "x" }}\n'),
    },
    { it: 'a long text with little code', texts: { k: `${'x'.repeat(60_000)}{{ a }}` } },
    {
      it: 'a loop over a thousand items',
      texts: { k: '{% assign l = list | split: "," %}{% for x in l limit: 1000 %}{{ x }}\n{% endfor %}' },
    },
  ];
  for (const { it: name, texts } of cases) it(name, () => expect([...explode(texts).kinds]).toEqual(['rendered']));
});
