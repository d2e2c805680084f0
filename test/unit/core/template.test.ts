import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTemplate, renderTemplate } from '../../../src/core/template.ts';
import { templateFilters } from '../../../src/core/template-filters.ts';
import { templateTags } from '../../../src/core/template-tags.ts';
import { dataOf, type Fetched, renderOne, textsOf } from '../../support/templates.ts';

const CANARY = 'canary-7c1e';

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nQ0VSVA==\n-----END CERTIFICATE-----\n';
const PRIVATE_KEY = '-----BEGIN EC PRIVATE KEY-----\nS0VZ\n-----END EC PRIVATE KEY-----\n';
const BUNDLE = `Bag Attributes\r\n${`${PRIVATE_KEY}${CERTIFICATE}`.replaceAll('\n', '\r\n')}junk\n${CERTIFICATE}`;

const FETCHED: Fetched = {
  username: 'bob',
  password: 'p@ss/w:rd 1+é',
  'api-key': 'k-1',
  'tls.crt': 'crt',
  '8080': 'port',
  true: 'literal',
  data: 'inner',
  note: '',
  hosts: 'db1,db2',
  bytes: new Uint8Array([0xff, 0x00, 0xfe]),
  bom: new Uint8Array([0xef, 0xbb, 0xbf, 0x78]),
  bundle: BUNDLE,
  emoji: '😀',
};

describe('a template gives', () => {
  const cases: readonly { it: string; template: string; want: string }[] = [
    { it: 'text as it stands', template: 'a\n b "}" { $x', want: 'a\n b "}" { $x' },
    { it: 'nothing for nothing', template: '', want: '' },
    { it: 'a key by its plain name', template: '{{ username }}:{{username}}', want: 'bob:bob' },
    { it: 'a key by the name with a dot before it', template: '{{ .username }}', want: 'bob' },
    { it: 'a key with a dash by its plain name, too', template: '{{ api-key }}', want: 'k-1' },
    {
      it: 'any key through the map',
      template: '{{ data["api-key"] }} {{ data["tls.crt"] }} {{ data["8080"] }} {{ data["true"] }} {{ data["data"] }}',
      want: 'k-1 crt port literal inner',
    },
    {
      it: 'the keys in order',
      template: '{% for pair in data %}{{ pair[0] }} {% endfor %}',
      want: '8080 api-key bom bundle bytes data emoji hosts note password tls.crt true username ',
    },
    { it: 'trimmed text around what has dashes', template: 'a \n {{- username -}} \n b', want: 'abobb' },
    {
      it: 'what is assigned and captured',
      template: '{% assign a = username | upcase %}{% capture b %}<{{ a }}>{% endcapture %}{{ b }}',
      want: '<BOB>',
    },
    {
      it: 'one branch of several',
      template: '{% if username == "x" %}1{% elsif username contains "o" %}2{% else %}3{% endif %}',
      want: '2',
    },
    {
      it: 'the branch of a case',
      template: '{% case username %}{% when "a", "bob" %}1{% else %}2{% endcase %}',
      want: '1',
    },
    {
      it: 'turns of a loop',
      template:
        '{% for h in missing %}{% endfor %}'.replace('missing', 'note') +
        '{% for i in (1..3) %}{{ i }}{% unless forloop.last %},{% endunless %}{% endfor %}',
      want: '1,2,3',
    },
    {
      it: 'no more turns after a break',
      template:
        '{% for i in (1..9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}',
      want: '13',
    },
    { it: 'no comment', template: 'a{% comment %}{{ username }}{% endcomment %}{% # note %}b', want: 'ab' },
    { it: 'raw text', template: '{% raw %}{{ username }}{% endraw %}', want: '{{ username }}' },
    {
      it: 'something else for a key that may be absent',
      template: '{{ nope | default: "d" }}{% if nope %}1{% else %}2{% endif %}',
      want: 'd2',
    },
    {
      it: 'whether there is a key',
      template: '{% if data contains "api-key" %}1{% endif %}{% if data contains "toString" %}2{% endif %}',
      want: '1',
    },
    { it: 'a byte order mark that the value has', template: '{{ bom | b64enc }}', want: '77u/eA==' },
    { it: 'bytes through b64enc', template: '{{ bytes | b64enc }}', want: '/wD+' },
    { it: 'bytes through b64dec and back', template: '{{ bytes | b64enc | b64dec | b64enc }}', want: '/wD+' },
    {
      it: 'bytes through default',
      template: '{{ bytes | default: "x" | b64enc }}{% if bytes %}1{% endif %}',
      want: '/wD+1',
    },
    { it: 'a text for use in a URL', template: '{{ password | url_encode }}', want: 'p%40ss%2Fw%3Ard%201%2B%C3%A9' },
    {
      it: 'the marks that encodeURIComponent leaves',
      template: `{{ "!'()*-._~" | url_encode }}`,
      want: '%21%27%28%29%2A-._~',
    },
    {
      it: 'back what url_encode was given',
      template: '{{ password | url_encode | url_decode }}',
      want: 'p@ss/w:rd 1+é',
    },
    { it: 'JSON of text', template: '{{ "a\\"b\\n" | to_json }}{{ "a\\"b" | quote }}', want: '"a\\"b\\n""a\\"b"' },
    {
      it: 'JSON of lists and scalars',
      template: '{{ hosts | split: "," | to_json }}{{ 1 | to_json }}{{ true | to_json }}{{ nil | to_json }}',
      want: '["db1","db2"]1truenull',
    },
    {
      it: 'YAML of text, always quoted',
      template: '{{ "yes" | to_yaml }}{{ "\\u0085" | to_yaml }}',
      want: '"yes""\\u0085"',
    },
    {
      it: 'YAML of lists',
      template: '{{ hosts | split: "," | to_yaml }}{{ note | split: "," | to_yaml }}',
      want: '- "db1"\n- "db2"[]',
    },
    { it: 'lines with spaces before them', template: '{{ "a\\n\\nb" | indent: 2 }}', want: '  a\n  \n  b' },
    {
      it: 'a digest',
      template: '{{ username | sha256 }}',
      want: '81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9',
    },
    { it: 'all certificates of a bundle', template: '{{ bundle | pem_cert }}', want: CERTIFICATE + CERTIFICATE },
    { it: 'the private key of a bundle', template: '{{ bundle | pem_key }}', want: PRIVATE_KEY },
    {
      it: 'sizes',
      template: '{{ username | size }} {{ bytes | size }} {{ data | size }} {{ hosts | split: "," | size }}',
      want: '3 3 13 2',
    },
    { it: 'whole characters', template: '{{ emoji | slice: 0 }}{{ emoji | truncate: 1 }}', want: '😀😀' },
  ];
  for (const { it: name, template, want } of cases) it(name, () => expect(renderOne(template, FETCHED)).toBe(want));

  it('JSON and YAML of all keys, in order', () => {
    const fetched = { b: '2', a: '1"' };
    expect(renderOne('{{ data | to_json }}', fetched)).toBe('{"a":"1\\"","b":"2"}');
    expect(renderOne('{{ data | to_yaml }}', fetched)).toBe('"a": "1\\""\n"b": "2"');
    expect(renderOne('{{ data | to_yaml }}', {})).toBe('{}');
  });

  it('what keys named like parts of a prototype hold, and nothing of prototypes', () => {
    const fetched = Object.fromEntries([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['toString', 't'],
    ]);
    expect(renderOne('{{ __proto__ }}{{ constructor }}{{ data["toString"] }}{{ data | to_json }}', fetched)).toBe(
      'pct{"__proto__":"p","constructor":"c","toString":"t"}',
    );
  });

  it('the same bytes whatever the order of templates and keys', () => {
    const templates = { b: '{{ data | to_json }}', a: '{% for p in data %}{{ p[0] }}{% endfor %}' };
    const [one, other] = [
      renderTemplate(templates, dataOf({ x: '1', y: '2', '3': '3' })),
      renderTemplate(Object.fromEntries(Object.entries(templates).reverse()), dataOf({ '3': '3', y: '2', x: '1' })),
    ];
    expect(one.ok && other.ok && [textsOf(one.value), textsOf(other.value)]).toEqual([
      { a: '3xy', b: '{"3":"3","x":"1","y":"2"}' },
      { a: '3xy', b: '{"3":"3","x":"1","y":"2"}' },
    ]);
  });

  it('no template a part of another', () => {
    const rendered = renderTemplate({ a: '{% assign x = "1" %}{{ x }}', b: '{{ x }}' }, new Map());
    expect(rendered.ok ? [] : rendered.faults.map(({ subject }) => subject)).toEqual(['spec.target.template.data.b']);
  });
});

const VARIABLE = (name: string, example = 'api-key') =>
  `there is no variable ${name}: neither spec.data nor spec.dataFrom brings that key; one with "-" or "." in its name is reached by {{ data["${example}"] }}, and one that may be absent by default or if`;
const BINARY =
  'is not UTF-8 text, and a template can use it only through b64enc; to write it as it is, leave it out of the template and set mergePolicy: Merge';
const MAP = 'data is a map: take one key of it, as data["api-key"], or all, as data | to_json';
const DEEP = 'tags or brackets stand more than 32 deep in one another';
const FOR_RANGE = 'a range can stand only in a for tag, as in {% for i in (1..3) %}';
const SMALL_RANGE = 'a range takes whole numbers up to 10000, as (1..3)';
const GIVEN = 'a filter or tag cannot take what it is given here; docs/templates.md tells what each one takes';

describe('a template is refused, whatever the values, that', () => {
  const cases: readonly { it: string; template: string; want: string }[] = [
    {
      it: 'leaves an output open',
      template: 'a\n  {{ username',
      want: 'line 2, column 3: output "{{ username" not closed',
    },
    { it: 'leaves a tag open', template: '{% if a %}', want: 'line 1, column 1: tag {% if a %} not closed' },
    { it: 'outputs nothing', template: 'é😀{{ }}', want: 'line 1, column 7: invalid value expression: ""' },
    {
      it: 'has no such filter',
      template: '{{ a | nope }}',
      want: 'line 1, column 1: there is no filter "nope"; docs/templates.md lists the filters that there are',
    },
    {
      it: 'has a filter of Sprig',
      template: '{{ a | toYaml }}',
      want: 'line 1, column 1: there is no filter "toYaml"; here it is to_yaml',
    },
    {
      it: 'has a filter named like a part of a prototype',
      template: '{{ a | constructor }}',
      want: 'line 1, column 1: there is no filter "constructor"; docs/templates.md lists the filters that there are',
    },
    {
      it: 'asks for the time',
      template: '{{ "now" | date: "%s" }}',
      want: 'line 1, column 1: there is no filter "date"; docs/templates.md lists the filters that there are',
    },
    ...['include', 'render', 'layout', 'block', 'increment', 'cycle', 'tablerow', 'liquid', 'echo', 'nope'].map(
      (tag) => ({
        it: `has the tag ${tag}`,
        template: `{% ${tag} "x" %}`,
        want: `line 1, column 1: there is no tag "${tag}"; docs/templates.md lists the tags that there are`,
      }),
    ),
    {
      it: 'nests tags too deep',
      template: '{% if a %}'.repeat(34) + '{% endif %}'.repeat(34),
      want: `line 1, column 331: ${DEEP}`,
    },
    { it: 'nests tags deeper than the stack', template: '{% if a %}'.repeat(6_000), want: DEEP },
    { it: 'nests brackets too deep', template: `{{ ${'a['.repeat(40)}a${']'.repeat(40)} }}`, want: DEEP },
    { it: 'nests brackets deeper than the stack', template: `{{ ${'a['.repeat(30_000)} }}`, want: DEEP },
    { it: 'nests parentheses deeper than the stack', template: `{{ ${'('.repeat(60_000)} }}`, want: DEEP },
    { it: 'has a range outside a loop', template: '{{ (1..3) }}', want: `line 1, column 4: ${FOR_RANGE}` },
    { it: 'has a range in an argument', template: '{{ a | append: (1..3) }}', want: `line 1, column 16: ${FOR_RANGE}` },
    { it: 'has a range in a property', template: '{{ a[(1..3)] }}', want: `line 1, column 6: ${FOR_RANGE}` },
    {
      it: 'has a range in a condition',
      template: '{% if a %}{% elsif b contains (1..3) %}{% endif %}',
      want: `line 1, column 31: ${FOR_RANGE}`,
    },
    {
      it: 'has a range to a variable in the limit of a loop',
      template: '{% for i in a limit: (1..n) %}{% endfor %}',
      want: `line 1, column 26: ${SMALL_RANGE}`,
    },
    {
      it: 'has a range that is assigned',
      template: '{% assign a = (1..3) %}',
      want: `line 1, column 15: ${FOR_RANGE}`,
    },
    {
      it: 'has a range behind misleading quotes',
      template: `{{ a["x" ' ] (9007199254740992..9007199254740994) '] }}`,
      want: `line 1, column 14: ${FOR_RANGE}`,
    },
    {
      it: 'has a range to a variable',
      template: '{% for i in (1..n) %}{% endfor %}',
      want: `line 1, column 17: ${SMALL_RANGE}`,
    },
    {
      it: 'has a range to part of a number',
      template: '{% for i in (1..1.5) %}{% endfor %}',
      want: `line 1, column 17: ${SMALL_RANGE}`,
    },
    {
      it: 'has a range over numbers that have no next one',
      template: '{% for i in (9007199254740992..9007199254740994) %}{% endfor %}',
      want: `line 1, column 14: ${SMALL_RANGE}`,
    },
    {
      it: 'has an else that repeats its condition',
      template: '{% if a %}{% else b %}{% endif %}',
      want: 'line 1, column 1: unexpected "b"',
    },
    {
      it: 'says a lot about itself',
      template: `{% if ${'x'.repeat(500)} %}`,
      want: `line 1, column 1: tag {% if ${'x'.repeat(190)}...`,
    },
  ];
  for (const { it: name, template, want } of cases) {
    it(name, () => {
      const rendered = renderTemplate({ 'a.key': template }, dataOf(FETCHED));
      const [fault] = rendered.ok ? [] : rendered.faults;
      expect(fault).toMatchObject({ kind: 'InvalidTemplate', subject: 'spec.target.template.data.a.key' });
      expect(want === DEEP ? fault?.detail.replace(/^line 1, column \d+: /, '') : fault?.detail).toBe(want);
      expect(fault?.retry).toBeUndefined();
      expect(checkTemplate({ 'a.key': template })).toEqual([fault]);
    });
  }

  it('holds too much code, in one template or in several', () => {
    const long = '{{a}}'.repeat(13_000);
    const found = checkTemplate({ a: long, b: long, c: 'short' });
    expect(found.map(({ subject, detail }) => `${subject} ${detail}`)).toEqual([
      'spec.target.template.data.b the templates of one ExternalSecret may not take so much work together; use shorter templates, fewer loops or less text',
    ]);
  });

  it('may hold much plain text', () =>
    expect(checkTemplate({ a: 'x'.repeat(65_536), b: 'é'.repeat(65_536) })).toEqual([]));
});

describe('a template is refused, until the values or the spec change, that', () => {
  const cases: readonly { it: string; template: string; want: string }[] = [
    { it: 'has an unknown variable', template: 'a\n{{ usernme }}', want: `line 2, column 4: ${VARIABLE('usernme')}` },
    {
      it: 'has an unknown variable with a dash',
      template: '{{ api-kee }}',
      want: `line 1, column 4: ${VARIABLE('api-kee', 'api-kee')}`,
    },
    {
      it: 'writes a key with a dot plainly',
      template: '{{ tls.crt }}',
      want: `line 1, column 4: ${VARIABLE('tls.crt', 'tls.crt')}`,
    },
    {
      it: 'has an unknown key of the map',
      template: '{{ data["x"] }}',
      want: `line 1, column 4: ${VARIABLE('data["x"]')}`,
    },
    {
      it: 'has an unknown variable as an argument',
      template: '{{ username | append: nope }}',
      want: `line 1, column 23: ${VARIABLE('nope')}`,
    },
    { it: 'takes size for a variable', template: '{{ size }}', want: `line 1, column 4: ${VARIABLE('size')}` },
    {
      it: 'asks for the size of the map as if it were a key',
      template: '{{ data.size }}',
      want: `line 1, column 4: ${VARIABLE('data.size', 'data.size')}`,
    },
    {
      it: 'assigns an unknown variable',
      template: '{% assign a = nope %}{{ a }}',
      want: `line 1, column 15: ${VARIABLE('nope')}`,
    },
    {
      it: 'has a case of an unknown variable',
      template: '{% case nope %}{% endcase %}',
      want: `line 1, column 9: ${VARIABLE('nope')}`,
    },
    {
      it: 'loops over an unknown variable',
      template: '{% for a in nope %}{% endfor %}',
      want: `line 1, column 13: ${VARIABLE('nope')}`,
    },
    {
      it: 'reaches for a prototype',
      template: '{{ username.constructor }}',
      want: `line 1, column 4: ${VARIABLE('username.constructor', 'username.constructor')}`,
    },
    {
      it: 'reaches for the prototype of the map',
      template: '{{ data.__proto__ }}',
      want: `line 1, column 4: ${VARIABLE('data.__proto__', 'data.__proto__')}`,
    },
    { it: 'writes bytes', template: '{{ bytes }}', want: `line 1, column 1: the key "bytes" ${BINARY}` },
    {
      it: 'gives bytes to a filter',
      template: '{{ bytes | upcase }}',
      want: `line 1, column 1: the key "bytes" ${BINARY}`,
    },
    {
      it: 'gives bytes as an argument',
      template: '{{ username | append: bytes }}',
      want: `line 1, column 1: the key "bytes" ${BINARY}`,
    },
    {
      it: 'compares bytes',
      template: '{% if bytes == "x" %}{% endif %}',
      want: `line 1, column 1: the key "bytes" ${BINARY}`,
    },
    {
      it: 'loops over bytes',
      template: '{% for b in bytes %}{% endfor %}',
      want: `line 1, column 1: the key "bytes" ${BINARY}`,
    },
    {
      it: 'writes bytes as JSON',
      template: '{{ data | to_json }}',
      want: `line 1, column 1: the key "bytes" ${BINARY}`,
    },
    {
      it: 'decodes to bytes',
      template: '{{ "/wD+" | b64dec }}',
      want: `line 1, column 1: what b64dec yields ${BINARY}`,
    },
    { it: 'writes the map', template: '{{ data }}', want: `line 1, column 1: ${MAP}` },
    { it: 'gives the map to a filter', template: '{{ data | upcase }}', want: `line 1, column 1: ${MAP}` },
    {
      it: 'decodes what is no Base64',
      template: '{{ password | b64dec }}',
      want: 'line 1, column 1: b64dec wants Base64 with padding, in one line',
    },
    {
      it: 'decodes what is not percent-encoded',
      template: '{{ "%zz" | url_decode }}',
      want: 'line 1, column 1: url_decode wants percent-encoded UTF-8',
    },
    {
      it: 'finds no certificate',
      template: '{{ password | pem_cert }}',
      want: 'line 1, column 1: pem_cert finds no certificate: there is no line -----BEGIN CERTIFICATE-----',
    },
    {
      it: 'finds no private key',
      template: '{{ password | pem_key }}',
      want: 'line 1, column 1: pem_key finds no private key: there is no line -----BEGIN PRIVATE KEY-----',
    },
    {
      it: 'finds two private keys',
      template: '{{ bundle | append: bundle | pem_key }}',
      want: 'line 1, column 1: pem_key finds 2 private keys and cannot tell which is meant',
    },
    {
      it: 'finds half a certificate',
      template: '{{ bundle | truncate: 60 | pem_cert }}',
      want: 'line 1, column 1: pem_cert finds a PEM block without its BEGIN or END line',
    },
    {
      it: 'indents by nothing',
      template: '{{ username | indent }}',
      want: 'line 1, column 1: indent wants how many spaces, from 0 to 100, as indent: 4',
    },
    {
      it: 'indents by too much',
      template: '{{ username | indent: 1000000000 }}',
      want: 'line 1, column 1: indent wants how many spaces, from 0 to 100, as indent: 4',
    },
    { it: 'forgets the argument of a filter', template: '{{ username | append }}', want: `line 1, column 1: ${GIVEN}` },
    {
      it: 'calls what a loop hides',
      template: '{% for i in (1..2) %}{{ forloop["constructor"] }}{% endfor %}',
      want: `line 1, column 25: ${VARIABLE('forloop["constructor"]')}`,
    },
    {
      it: 'cuts a character in two',
      template: '{{ emoji[0] }}',
      want: 'the template cuts a character in two: half of a surrogate pair has no UTF-8',
    },
    {
      it: 'encodes half a character',
      template: '{{ "\\ud83d" | url_encode }}',
      want: 'line 1, column 1: url_encode was given half of a surrogate pair, which UTF-8 cannot hold',
    },
  ];
  for (const { it: name, template, want } of cases) {
    it(name, () => {
      const fault = renderOne(template, FETCHED);
      expect(fault).toEqual({
        kind: 'InvalidTemplate',
        subject: 'spec.target.template.data.out',
        detail: want,
        retry: 'onInterval',
      });
      expect(checkTemplate({ out: template })).toEqual([]);
    });
  }

  it('is one of several, each told', () => {
    const rendered = renderTemplate(
      { a: '{{ nope }}', b: 'fine', c: '{{ nope', 'd.e': '{{ bytes }}' },
      dataOf(FETCHED),
    );
    expect(rendered.ok ? [] : rendered.faults.map(({ subject }) => subject)).toEqual([
      'spec.target.template.data.a',
      'spec.target.template.data.c',
      'spec.target.template.data.d.e',
    ]);
  });
});

describe('no message', () => {
  const secrets: Fetched = {
    a: CANARY,
    b: `${CANARY}\n-----BEGIN PRIVATE KEY-----\n${CANARY}`,
    c: new Uint8Array([0xff, ...Buffer.from(CANARY)]),
    n: '7',
  };
  const leaks = (template: string): boolean => {
    const outcome = renderOne(template, secrets);
    return typeof outcome !== 'string' && JSON.stringify(outcome).includes(CANARY);
  };

  it('holds a value where a value is the name of a key', () => {
    const told = ['{{ data[a] }}', '{{ data[a][b] }}', '{{ a[b] }}', '{% assign x = data[b] %}'].map((template) =>
      renderOne(template, secrets),
    );
    expect(told.map((fault) => (typeof fault === 'string' ? fault : fault.kind))).toEqual(
      Array(4).fill('InvalidTemplate'),
    );
    expect(JSON.stringify(told)).not.toContain(CANARY);
  });

  it('holds a value, whatever filter or tag is at fault', () => {
    const names = ['a', 'b', 'c', 'n', 'data', 'data[a]', 'data["b"]', '"x"', '3', 'nil', 'nope', 'a[0]', 'list'];
    const expression = fc
      .tuple(
        fc.constantFrom(...names),
        fc.array(
          fc.tuple(
            fc.constantFrom(...Object.keys(templateFilters)),
            fc.array(fc.constantFrom(...names), { maxLength: 3 }),
          ),
          { maxLength: 4 },
        ),
      )
      .map(([name, filters]) =>
        [name, ...filters.map(([filter, args]) => `${filter}${args.length > 0 ? `: ${args.join(', ')}` : ''}`)].join(
          ' | ',
        ),
      );
    const statement = fc.oneof(
      expression.map((each) => `{{ ${each} }}`),
      expression.map((each) => `{% assign list = ${each} %}`),
      fc
        .tuple(fc.constantFrom(...names), fc.constantFrom(...names))
        .map(
          ([one, other]) => `{% if ${one} == ${other} or ${one} contains ${other} or ${one} > ${other} %}{% endif %}`,
        ),
      fc
        .constantFrom(...names)
        .map((name) => `{% for x in ${name} reversed limit: ${name} %}{{ x }}{{ forloop.index }}{% endfor %}`),
      fc.constantFrom(...names).map((name) => `{% case ${name} %}{% when ${name} %}{{ ${name} }}{% endcase %}`),
    );
    const template = fc
      .array(statement, { maxLength: 5 })
      .map((statements) => `{% assign list = "x,y" | split: "," %}${statements.join('')}`);
    fc.assert(
      fc.property(template, (text) => !leaks(text)),
      { numRuns: 1_000 },
    );
  });
});

it('the filters and tags are a closed list', () => {
  expect(Object.keys(templateTags).sort()).toEqual([
    '#',
    'assign',
    'break',
    'capture',
    'case',
    'comment',
    'continue',
    'for',
    'if',
    'raw',
    'unless',
  ]);
  const dangerous = [
    'date',
    'sample',
    'push',
    'unshift',
    'group_by',
    'where_exp',
    'map',
    'json',
    'inspect',
    'raw',
    'hmac_sha256',
    'base64_encode',
  ];
  expect(dangerous.filter((name) => name in templateFilters)).toEqual([]);
});
