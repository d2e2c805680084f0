import type { TemplateTexts } from '../../src/core/template.ts';
import { dataOf } from './templates.ts';

const MEGABYTE = 1 << 20;
/** The values that the bombs below are given. */
export const bombData = dataOf({
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

/** The same template under so many keys. */
export const each = (count: number, text: string): TemplateTexts =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, text]));
/** The text ten thousand times, or once for each item. */
export const loop = (body: string, over = '(1..10000)'): string => `{% for i in ${over} %}${body}{% endfor %}`;

/** Templates that would go on for ever, or fill the memory. */
export const templateBombs: Readonly<Record<string, TemplateTexts>> = {
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
