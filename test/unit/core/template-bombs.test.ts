import { describe, expect, it } from 'vitest';
import { renderTemplate, type TemplateTexts } from '../../../src/core/template.ts';
import { templateFilters } from '../../../src/core/template-filters.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { dataOf } from '../../support/templates.ts';

// Each is to end, with a fault and long before a test run would notice. How long they take in truth is a matter for a quiet machine: run
// by themselves they hold up others for a tenth of a second.
const MUCH_TOO_LONG_MS = 5_000;

const MEGABYTE = 1 << 20;
const data = dataOf({
  a: 'x',
  n: '9007199254740992',
  big: 'a'.repeat(MEGABYTE),
  quotes: '"\u0001\n'.repeat(MEGABYTE / 3),
  needle: `b${'a'.repeat(MEGABYTE / 2)}`,
  short: `b${'a'.repeat(60)}`,
  digits: '9'.repeat(MEGABYTE),
  list: 'abcdefghi,'.repeat(10_000),
  base64: 'YWFh'.repeat(MEGABYTE / 4),
  pem: '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'.repeat(15_000),
});

/** What the kinds of the faults were, and how long it took. */
function explode(texts: TemplateTexts, fetched = data): { readonly kinds: ReadonlySet<string>; readonly ms: number } {
  const startMs = performance.now();
  const rendered = renderTemplate(texts, fetched);
  const ms = performance.now() - startMs;
  return { kinds: new Set(rendered.ok ? ['rendered'] : rendered.faults.map(({ kind }) => kind)), ms };
}

const keys = new Map(Array.from({ length: 300_000 }, (_, at) => [`key${at}`, SecretValue.ofText('')]));

const each = (count: number, text: string): TemplateTexts =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, text]));
const loop = (body: string, over = '(1..10000)'): string => `{% for i in ${over} %}${body}{% endfor %}`;

const bombs: Readonly<Record<string, TemplateTexts>> = {
  'loops in loops over ranges': { k: loop(loop(loop('x'))) },
  'loops in loops over a list': { k: `{% assign l = list | split: "," %}${loop(loop(loop('', 'l'), 'l'), 'l')}` },
  'a loop in each of 256 templates': each(256, loop(loop('{{ i }}'))),
  'a loop over a long body that does nothing': { k: loop(`{%if nil%}${'{%elsif nil%}'.repeat(4_000)}{%endif%}`) },
  'a loop over a long chain of properties': { k: loop(`{{ a${'[0]'.repeat(20_000)} }}`) },
  'a loop over many arguments': { k: loop(`{{ a | default: a${', a'.repeat(20_000)} }}`) },
  'a loop that goes through a long list and stops': {
    k: `{% assign l = big | split: "" %}${loop('{% for x in l reversed %}{% break %}{% endfor %}')}`,
  },
  'a loop that sorts': { k: `{% assign l = list | split: "," %}${loop('{% assign m = l | sort %}')}` },
  'a text that doubles by a filter': { k: `{% assign x = "a" %}${loop('{% assign x = x | append: x %}')}{{ x }}` },
  'a text that doubles by a replacement': {
    k: `{% assign x = "a" %}${loop('{% assign x = x | replace: "a", "aa" %}')}{{ x }}`,
  },
  'a text that doubles by a capture': {
    k: `{% assign x = "a" %}${loop('{% capture x %}{{ x }}{{ x }}{% endcapture %}')}{{ x }}`,
  },
  'a number of a million digits': { k: '{{ digits | slice: digits, digits }}' },
  'another number of a million digits': { k: '{{ digits | truncate: digits }}' },
  'a set of very many characters': { k: loop('{{ a | strip: quotes }}') },
  'a list that doubles': {
    k: `{% assign x = list | split: "," %}${loop('{% assign x = x | concat: x %}')}{{ x }}`,
  },
  'a replacement that multiplies': { k: '{{ big | replace: "a", big }}' },
  'a separator that multiplies': { k: '{{ big | split: "" | join: big }}' },
  'a search for what nearly matches everywhere': { k: loop('{% if big contains needle %}{% endif %}') },
  'a split by what nearly matches everywhere': { k: loop('{% assign x = big | split: short %}') },
  'a search from the end': { k: loop('{% assign x = big | remove_last: short %}') },
  'comparisons of long texts': {
    k: `{% assign p = big | append: 1 %}{% assign q = big | append: 2 %}{% if p${'==q or p'.repeat(5_000)} %}{% endif %}`,
  },
  'a case of long texts': {
    k: `{% assign p = big | append: 1 %}{% assign q = big | append: 2 %}{% case p %}${'{%when q%}'.repeat(5_000)}{% endcase %}`,
  },
  'a long output': { k: loop('{{ big }}') },
  'an output of more than a Secret holds': { k: '{{ big }}x' },
  'a range that never ends': { k: loop('', '(9007199254740992..9007199254740994)') },
  'a range that a value makes endless': { k: loop('', '(n..n)') },
  'much code': each(24, '{{a}}'.repeat(13_000)),
  'many filters': each(3, `{{a${'|upcase'.repeat(9_000)}}}`),
  'many operators': each(3, `{{a${'==a'.repeat(21_000)}}}`),
  'tags nested without end': each(3, '{%if a%}'.repeat(8_000)),
  'brackets nested without end': each(3, `{{ ${'a['.repeat(30_000)} }}`),
  'parentheses nested without end': each(3, `{{ ${'('.repeat(60_000)} }}`),
  'comments without end': each(3, '{%comment%}'.repeat(5_900)),
  'raw text without end': each(3, `{%raw%}${'{% endraw '.repeat(6_000)}`),
  'quotes without end': each(3, '{{"'.repeat(20_000)),
};

describe('a bomb ends quickly, and as InvalidTemplate:', () => {
  for (const [name, texts] of Object.entries(bombs)) {
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
