import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMembers, readProperty } from '../../../src/core/property.ts';
import type { Result } from '../../../src/model/result.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';

const subject = 'spec.data[0].remoteRef.property';

const textOf = (value: SecretValue): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(value.reveal());

const property = (document: string, name: string): Result<SecretValue> =>
  readProperty(SecretValue.ofText(document), name, subject);

const members = (document: string, name?: string): Result<ReadonlyMap<string, SecretValue>> =>
  readMembers(SecretValue.ofText(document), name, subject);

/** The text that was read, or the fault's kind and detail. */
const told = (read: Result<SecretValue>): string =>
  read.ok ? textOf(read.value) : read.faults.map(({ kind, detail }) => `${kind}: ${detail}`).join();

describe('readProperty', () => {
  const yields: readonly { it: string; document: string; property: string; want: string }[] = [
    { it: 'reads a member', document: '{"a":"x"}', property: 'a', want: 'x' },
    { it: 'reads a member with a hyphen by its name', document: '{"api-key":"x"}', property: 'api-key', want: 'x' },
    { it: 'prefers the member a.b to the path', document: '{"a.b":"x","a":{"b":"y"}}', property: 'a.b', want: 'x' },
    { it: 'takes the path where no member has that name', document: '{"a":{"b":"y"}}', property: 'a.b', want: 'y' },
    { it: 'reads a member with slashes', document: '{"/x":"x"}', property: '/x', want: 'x' },
    {
      it: 'reads a member whose name is an expression',
      document: '{"length(@)":"x"}',
      property: 'length(@)',
      want: 'x',
    },
    { it: 'reads an own member __proto__', document: '{"__proto__":"x"}', property: '__proto__', want: 'x' },
    { it: 'reads an own member constructor', document: '{"constructor":"x"}', property: 'constructor', want: 'x' },
    { it: 'reads a member with an empty name', document: '{"":"x"}', property: '', want: 'x' },
    {
      it: 'reads a member with a very long name',
      document: `{"${'n'.repeat(5_000)}":"x"}`,
      property: 'n'.repeat(5_000),
      want: 'x',
    },
    { it: 'reads the quoted form', document: '{"c":{"api-key":"x"}}', property: 'c."api-key"', want: 'x' },
    { it: 'reads from a list', document: '[{"n":"a","v":"x"}]', property: "[?n=='a'].v | [0]", want: 'x' },
    { it: 'keeps the empty string', document: '{"a":""}', property: 'a', want: '' },
    { it: 'keeps false and 0', document: '{"a":[false,0]}', property: 'a[0]', want: 'false' },
    { it: 'keeps the source text of numbers', document: '{"a":1.10}', property: 'a', want: '1.10' },
    {
      it: 'gives nested values as compact JSON',
      document: '{ "a" : { "z" : 1.0, "1" : [ ] } }',
      property: 'a',
      want: '{"z":1.0,"1":[]}',
    },
    {
      it: 'keeps NUL, CRLF and a byte order mark',
      document: JSON.stringify({ a: '\uFEFF\0\r\n' }),
      property: 'a',
      want: '\uFEFF\0\r\n',
    },
    { it: 'reads JSON behind a byte order mark', document: '\uFEFF{"a":"x"}', property: 'a', want: 'x' },
  ];
  for (const { it: name, document, property: asked, want } of yields) {
    it(name, () => expect(told(property(document, asked))).toBe(want));
  }

  const nothing = 'matches nothing; the value has no such member, or it is null';
  const refused: readonly { it: string; document: string; property: string; want: string }[] = [
    {
      it: 'says that a member is null',
      document: '{"a":null}',
      property: 'a',
      want: 'PropertyNotFound: property "a" is null',
    },
    {
      it: 'says that nothing matches',
      document: '{"a":1}',
      property: 'b',
      want: `PropertyNotFound: property "b" ${nothing}`,
    },
    {
      it: 'takes null within for no match',
      document: '{"a":{"b":null}}',
      property: 'a.b',
      want: `PropertyNotFound: property "a.b" ${nothing}`,
    },
    {
      it: 'offers the quoted form of a name',
      document: '{}',
      property: 'api-key',
      want:
        'PropertyNotFound: property "api-key" matches nothing: there is no member of that name, and it is no JMESPath expression ' +
        String.raw`("-" is unexpected at character 4); to name such a member within an expression quote it: "\"api-key\""`,
    },
    {
      it: 'quotes only the names that need it',
      document: '{}',
      property: 'a.b-c[0].d',
      want:
        'PropertyNotFound: property "a.b-c[0].d" matches nothing: there is no member of that name, and it is no JMESPath expression ' +
        String.raw`("-" is unexpected at character 4); to name such a member within an expression quote it: "a.\"b-c\"[0].d"`,
    },
    {
      it: 'offers no quotes for a function that does not exist',
      document: '{}',
      property: 'upper(a)',
      want:
        'PropertyNotFound: property "upper(a)" matches nothing: there is no member of that name, and it is no JMESPath expression ' +
        '(upper is no function of standard JMESPath)',
    },
    {
      it: 'says what a function wants',
      document: '{"a":["x"]}',
      property: 'sum(a)',
      want: 'PropertyNotFound: property "sum(a)" cannot be computed from this value: sum wants a list of numbers as its argument',
    },
    {
      it: 'refuses a value that is no JSON',
      document: 'hunter2',
      property: 'a',
      want: 'ValueNotJSON: the value is not JSON, so property "a" cannot be read from it; remove property to take the value whole',
    },
    {
      it: 'refuses JSON that is too deep',
      document: '['.repeat(200_000) + ']'.repeat(200_000),
      property: 'a',
      want:
        'ValueNotJSON: the value is JSON nested more than 512 levels deep, so property "a" cannot be read from it; ' +
        'remove property to take the value whole',
    },
    {
      it: 'refuses half of a surrogate pair',
      document: String.raw`{"a":"\ud800"}`,
      property: 'a',
      want: 'ValueNotJSON: property "a" holds half of a surrogate pair, which UTF-8 cannot hold',
    },
    {
      it: 'refuses an expression beyond its budget',
      document: '{}',
      property: Array(30).fill('[@,@]').join('|'),
      want: `ExpressionTooCostly: property "${Array(30).fill('[@,@]').join('|')}" takes more steps than an expression may take`,
    },
    {
      it: 'shortens a long expression in the message',
      document: '{}',
      property: 'a'.repeat(3_000),
      want: `ExpressionTooCostly: property "${'a'.repeat(200)}..." has more than 2048 characters`,
    },
  ];
  for (const { it: name, document, property: asked, want } of refused) {
    it(name, () => expect(told(property(document, asked))).toBe(want));
  }

  it('names the subject it was given', () => {
    expect(property('{}', 'a')).toMatchObject({ ok: false, faults: [{ subject }] });
  });

  it('refuses invalid UTF-8', () => {
    const value = new SecretValue(Uint8Array.of(0x22, 0xff, 0x22));
    expect(told(readProperty(value, 'a', subject))).toMatch(/^ValueNotJSON: the value is not JSON, /);
  });

  it.each(['constructor', '__proto__', 'toString', 'a.constructor', 'l.constructor', 's.length', 's.toString', 'size'])(
    'finds no %s that is not a member',
    (probe) => {
      expect(told(property('{"a":{},"l":[1],"s":"text"}', probe))).toMatch(/^PropertyNotFound/);
    },
  );
});

describe('readMembers', () => {
  const read = (document: string, name?: string): unknown => {
    const result = members(document, name);
    return result.ok ? [...result.value].map(([key, value]) => [key, textOf(value)]) : told(result);
  };

  const cases: readonly { it: string; document: string; property?: string; want: unknown }[] = [
    {
      it: 'makes every member a key',
      document: '{"b":"x","10":1.10,"n":null,"t":true,"o":{"a": [1.0]}}',
      want: [
        ['b', 'x'],
        ['10', '1.10'],
        ['n', ''],
        ['t', 'true'],
        ['o', '{"a":[1.0]}'],
      ],
    },
    {
      it: 'keeps __proto__ and constructor',
      document: '{"__proto__":"p","constructor":"c"}',
      want: [
        ['__proto__', 'p'],
        ['constructor', 'c'],
      ],
    },
    { it: 'lets the last of duplicate members win', document: '{"a":"1","a":"2"}', want: [['a', '2']] },
    { it: 'takes an object without members', document: '{}', want: [] },
    { it: 'takes the object that a property selects', document: '{"c":{"u":"x"}}', property: 'c', want: [['u', 'x']] },
    { it: 'takes the object that an expression makes', document: '{"u":"x"}', property: '{v: u}', want: [['v', 'x']] },
    {
      it: 'refuses text',
      document: 'hunter2',
      want: 'ValueNotJSON: the value is not JSON; extract wants a JSON object',
    },
    {
      it: 'refuses a list',
      document: '[1]',
      want: 'ValueNotJSON: the value is JSON, but a list; extract wants an object',
    },
    {
      it: 'refuses null',
      document: 'null',
      want: 'ValueNotJSON: the value is JSON, but null; extract wants an object',
    },
    {
      it: 'refuses a number',
      document: '1',
      want: 'ValueNotJSON: the value is JSON, but a number; extract wants an object',
    },
    {
      it: 'refuses a property that is a string',
      document: '{"a":"{}"}',
      property: 'a',
      want: 'ValueNotJSON: property "a" is a string; extract wants an object',
    },
    {
      it: 'refuses a property that is null',
      document: '{"a":null}',
      property: 'a',
      want: 'PropertyNotFound: property "a" is null',
    },
    {
      it: 'refuses half of a surrogate pair',
      document: String.raw`{"a":"\udc00"}`,
      want: 'ValueNotJSON: a member of the value holds half of a surrogate pair, which UTF-8 cannot hold',
    },
  ];
  for (const { it: name, document, property: asked, want } of cases) {
    it(name, () => expect(read(document, asked)).toEqual(want));
  }

  it('returns ten thousand random strings byte for byte', () => {
    const strings = fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(strings, (texts) => {
        const document = JSON.stringify(Object.fromEntries(texts.map((text, at) => [`k${at}`, text])));
        expect(read(document)).toEqual(texts.map((text, at) => [`k${at}`, text]));
      }),
      { numRuns: 500 },
    );
  });

  it('returns random JSON under random names as it was written', () => {
    const documents = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
    fc.assert(
      fc.property(documents, (document) => {
        const want = Object.entries(document).map(([key, value]) => [key, written(value)]);
        expect(read(JSON.stringify(document, null, 1))).toEqual(want);
      }),
      { numRuns: 500 },
    );
  });

  it('returns random numbers as they were written', () => {
    const digits = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
    const numbers = fc
      .tuple(digits, fc.constantFrom('', '.0', '.10', 'e5', 'E-3', '.5e400'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(numbers, (number) => {
        expect(read(`{"a": ${number} }`)).toEqual([['a', number]]);
      }),
    );
  });
});

const written = (value: unknown): string =>
  value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);

describe('no message holds a piece of the value', () => {
  const canary = 'c4n4ry';
  const holders = [
    canary,
    `"${canary}`,
    `{"${canary}":`,
    `{"a":"${canary}","${canary}":1,"l":["${canary}"]}`,
    `["${canary}",1]`,
    `"${canary}"`,
    `{"a":"${canary}\\ud800"}`,
  ];
  const asked = [
    'a',
    'b',
    'api-key',
    'sum(a)',
    'join(a, a)',
    'sum(l)',
    'keys(a)',
    'sort(@)',
    'abs(to_string(@))',
    `${'[@,@]|'.repeat(20)}@`,
  ];

  it.each(holders)('%#', (document) => {
    const outcomes = [
      members(document),
      ...asked.flatMap((name) => [property(document, name), members(document, name)]),
    ];
    expect(JSON.stringify(outcomes.filter(({ ok }) => !ok))).not.toContain(canary.slice(0, 4));
  });
});
