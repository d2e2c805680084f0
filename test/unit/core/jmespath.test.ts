import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, type Evaluated, evaluate, MAX_LENGTH } from '../../../src/core/jmespath.ts';
import { Budget, MAX_OUTPUT, MAX_STEPS } from '../../../src/core/jmespath-budget.ts';
import { functions } from '../../../src/core/jmespath-functions.ts';
import { type Json, parseJsonText, printJson } from '../../../src/core/json.ts';
import { jmespathBombs, NUMBERS, TEXTS } from '../../support/jmespath-bombs.ts';

function read(text: string): Json {
  const parsed = parseJsonText(text);
  if (parsed.kind !== 'json') throw new Error(`want JSON, got ${parsed.kind}`);
  return parsed.value;
}

function search(expression: string, document: string, budget = new Budget()): Evaluated | { readonly kind: 'invalid' } {
  const compiled = compile(expression);
  return compiled.kind === 'expression' ? evaluate(compiled.root, read(document), budget) : compiled;
}

/** What the expression yields, printed; or the kind of what stopped it. */
function yields(expression: string, document: string): string {
  const found = search(expression, document);
  return found.kind === 'value' ? printJson(found.value) : found.kind;
}

type Case = readonly [expression: string, document: string, want: string];

const people = '[{"n":"b","a":2,"t":["x"]},{"n":"a","a":10,"t":[]},{"n":"c","a":2}]';

const grammar: Readonly<Record<string, readonly Case[]>> = {
  'a name selects a member': [
    ['a', '{"a":1}', '1'],
    ['"a b"', '{"a b":1}', '1'],
    [String.raw`"\u0061"`, '{"a":1}', '1'],
    ['b', '{"a":1}', 'null'],
    ['a', '[1]', 'null'],
    ['a', '"a"', 'null'],
    ['a.b.c', '{"a":{"b":{"c":1}}}', '1'],
    ['a.b.c', '{"a":{"b":[1]}}', 'null'],
    ['let', '{"let":1}', '1'],
  ],
  'a selected number keeps its source text': [
    ['a', '{"a":1.10}', '1.10'],
    ['a.b', '{"a":{"b":12345678901234567890}}', '12345678901234567890'],
    ['*', '{"a":1e400,"b":-0}', '[1e400,-0]'],
    ['[a,{x:a}]', '{"a":1.0}', '[1.0,{"x":1.0}]'],
    ['max(@)', '[1.0,3.00,2]', '3.00'],
    ['sort(@)', '[2.0,10,1e0]', '[1e0,2.0,10]'],
    ['`1.10`', '{}', '1.10'],
    ['@ == `1`', '1.0', 'true'],
  ],
  'an index selects an item': [
    ['[0]', '[1,2,3]', '1'],
    ['[-1]', '[1,2,3]', '3'],
    ['[3]', '[1,2,3]', 'null'],
    ['[-4]', '[1,2,3]', 'null'],
    ['[99999999999999999999]', '[1]', 'null'],
    ['a[1].b', '{"a":[0,{"b":2}]}', '2'],
    ['[0]', '{"0":1}', 'null'],
    ['[0]', '"text"', 'null'],
  ],
  'a slice selects a run of items': [
    ['[1:3]', '[0,1,2,3]', '[1,2]'],
    ['[:2]', '[0,1,2,3]', '[0,1]'],
    ['[2:]', '[0,1,2,3]', '[2,3]'],
    ['[::2]', '[0,1,2,3]', '[0,2]'],
    ['[::-1]', '[0,1,2,3]', '[3,2,1,0]'],
    ['[-2:]', '[0,1,2,3]', '[2,3]'],
    ['[-99:99]', '[0,1,2,3]', '[0,1,2,3]'],
    ['[3:0:-2]', '[0,1,2,3]', '[3,1]'],
    ['[99::-3]', '[0,1,2,3]', '[3,0]'],
    ['[:-99:-1]', '[0,1]', '[1,0]'],
    ['[2:1]', '[0,1,2]', '[]'],
    ['[::-1]', '[]', '[]'],
    ['[:1].a', '[{"a":1},{"a":2}]', '[1]'],
    ['[:2]', '"text"', 'null'],
    ['[::0]', '[1]', 'invalid'],
  ],
  'a projection goes over the items and drops nulls': [
    ['[*].a', '[{"a":1},{},{"a":null},{"a":2}]', '[1,2]'],
    ['[*]', '[1,null,2]', '[1,2]'],
    ['[*].a', '{"a":1}', 'null'],
    ['a[*].b[*].c', '{"a":[{"b":[{"c":1},{"c":2}]},{"b":[]}]}', '[[1,2],[]]'],
    ['[*][0]', '[[1,2],[3],[]]', '[1,3]'],
    ['[*].a | [0]', '[{"a":1},{"a":2}]', '1'],
    ['([*].a)[0]', '[{"a":1},{"a":2}]', '1'],
  ],
  'an object projection goes over the members': [
    ['*', '{"a":1,"b":null,"c":2}', '[1,2]'],
    ['*.x', '{"a":{"x":1},"b":{"x":2},"c":3}', '[1,2]'],
    ['a.*.x', '{"a":{"b":{"x":1}}}', '[1]'],
    ['*', '[1]', 'null'],
  ],
  'flatten lifts lists by one level': [
    ['[]', '[[1,[2]],3,[]]', '[1,[2],3]'],
    ['[][]', '[[1,[2]],3]', '[1,2,3]'],
    ['a[].b', '{"a":[{"b":1},[{"b":2}]]}', '[1,2]'],
    ['[]', '{"a":1}', 'null'],
  ],
  'a filter keeps what its condition holds for': [
    ['[?a > `2`].n', people, '["a"]'],
    ["[?n == 'c'].a | [0]", people, '2'],
    ['[?t].n', people, '["b"]'],
    ['[?!t && a == `2`].n', people, '["c"]'],
    ['[?@]', '[0,1,null,false,"","x",[],{},[0],{"a":0}]', '[0,1,"x",[0],{"a":0}]'],
    ['[?a]', '{"a":1}', 'null'],
  ],
  'comparators compare': [
    ['a == b', '{"a":[1,{"x":1.0}],"b":[1.0,{"x":1}]}', 'true'],
    ['a == b', '{"a":{"x":1,"y":2},"b":{"y":2,"x":1}}', 'true'],
    ['a == b', '{"a":{"x":1},"b":{"y":1}}', 'false'],
    ['a == b', '{"a":[1],"b":[1,2]}', 'false'],
    ["a == '1'", '{"a":1}', 'false'],
    ['a == `true`', '{"a":1}', 'false'],
    ['a == b', '{}', 'true'],
    ['a == b', '{"a":[],"b":{}}', 'false'],
    ['a != b', '{"a":1,"b":2}', 'true'],
    ['[a < b, a <= b, a > b, a >= b]', '{"a":1,"b":1.0}', '[false,true,false,true]'],
    ['a < b', '{"a":"1","b":"2"}', 'null'],
    ['a < b', '{"a":1}', 'null'],
  ],
  'or, and, not follow truth': [
    ['a || b', '{"a":"","b":1}', '1'],
    ['a || b', '{"a":0,"b":1}', '0'],
    ['a || b || c', '{"c":3}', '3'],
    ['a && b', '{"a":1,"b":2}', '2'],
    ['a && b', '{"a":[],"b":2}', '[]'],
    ['a || b && c', '{"a":1,"b":2}', '1'],
    ['!a', '{"a":{}}', 'true'],
    ['!a', '{"a":0}', 'false'],
    ['!!a', '{"a":"x"}', 'true'],
  ],
  'a multi-select makes lists and objects': [
    ['[a,b]', '{"a":1}', '[1,null]'],
    ['{x: a, "y z": b.c}', '{"a":1,"b":{"c":2}}', '{"x":1,"y z":2}'],
    ['a.[b,c]', '{"a":{"b":1,"c":2}}', '[1,2]'],
    ['a.{b: b}', '{"a":{"b":1}}', '{"b":1}'],
    ['a.[b]', '{}', 'null'],
    ['a.{b: b}', '{}', 'null'],
    ['{a: @, a: `2`}', '1', '{"a":2}'],
    ['{__proto__: @, constructor: @}', '1', '{"__proto__":1,"constructor":1}'],
  ],
  'literals stand for themselves': [
    ["'a'", '{}', '"a"'],
    [String.raw`'it\'s'`, '{}', `"it's"`],
    [String.raw`'a\b\\c'`, '{}', String.raw`"a\\b\\c"`],
    ['`{"a": [1.0, null]}`', '{}', '{"a":[1.0,null]}'],
    ['`"a"`', '{}', '"a"'],
    ['`bare`', '{}', '"bare"'],
    ["'`x`'", '{}', '"`x`"'],
    ['`"a\\`b\\`c"`', '{}', '"a`b`c"'],
    ['`null`', '{}', 'null'],
  ],
  'pipes, parentheses and the current value': [
    ['a | b', '{"a":{"b":1}}', '1'],
    ['@', '[1]', '[1]'],
    ['@.a', '{"a":1}', '1'],
    ['(a || b).c', '{"b":{"c":1}}', '1'],
    ['a | @ | type(@)', '{}', '"null"'],
    ['a.type(@)', '{}', '"null"'],
    [' a\n.\tb ', '{"a":{"b":1}}', '1'],
  ],
};

const calls: Readonly<Record<keyof typeof functions, readonly Case[]>> = {
  abs: [
    ['abs(@)', '-1.10', '1.10'],
    ['abs(@)', '2', '2'],
    ['abs(@)', '"-1"', 'mismatch'],
  ],
  avg: [
    ['avg(@)', '[1,2]', '1.5'],
    ['avg(@)', '[]', 'null'],
    ['avg(@)', '[1,"2"]', 'mismatch'],
  ],
  ceil: [
    ['ceil(@)', '1.2', '2'],
    ['ceil(@)', '-0.5', '0'],
    ['ceil(@)', '12345678901234567890', '12345678901234567890'],
    ['ceil(@)', 'null', 'mismatch'],
  ],
  contains: [
    ["contains(@, 'b')", '"abc"', 'true'],
    ["contains(@, 'd')", '"abc"', 'false'],
    ['contains(@, `1`)', '"1"', 'false'],
    ['contains(@, `{"a":1}`)', '[{"a":1.0}]', 'true'],
    ['contains(@, `null`)', '[1]', 'false'],
    ['contains(@, `1`)', '{"a":1}', 'mismatch'],
  ],
  ends_with: [
    ["ends_with(@, 'c')", '"abc"', 'true'],
    ["ends_with(@, 'abcd')", '"abc"', 'false'],
    ['ends_with(@, `1`)', '"a1"', 'mismatch'],
  ],
  floor: [
    ['floor(@)', '1.9', '1'],
    ['floor(@)', '-1.1', '-2'],
    ['floor(@)', '1e400', 'mismatch'],
    ['floor(@)', 'true', 'mismatch'],
  ],
  join: [
    ["join('-', @)", '["a","b"]', '"a-b"'],
    ["join('-', @)", '[]', '""'],
    ["join('-', @)", '["a",1]', 'mismatch'],
    ['join(`1`, @)', '["a"]', 'mismatch'],
  ],
  keys: [
    ['keys(@)', '{"b":1,"10":2}', '["b","10"]'],
    ['keys(@)', '[1]', 'mismatch'],
  ],
  length: [
    ['length(@)', '"a😀"', '2'],
    ['length(@)', '[1,2]', '2'],
    ['length(@)', '{"a":1}', '1'],
    ['length(@)', '1', 'mismatch'],
  ],
  map: [
    ['map(&a, @)', '[{"a":1},{}]', '[1,null]'],
    ['map(&a, @)', '{"a":1}', 'mismatch'],
  ],
  max: [
    ['max(@)', '[1,3,2]', '3'],
    ['max(@)', '["a","c","b"]', '"c"'],
    ['max(@)', '["\uFF61","😀"]', '"😀"'],
    ['max(@)', '[]', 'null'],
    ['max(@)', '[1,"a"]', 'mismatch'],
  ],
  max_by: [
    ['max_by(@, &a).n', people, '"a"'],
    ['max_by(@, &n).n', people, '"c"'],
    ['max_by(@, &a)', '[]', 'null'],
    ['max_by(@, &t)', people, 'mismatch'],
  ],
  merge: [
    ['merge(@, `{"b":2}`, `{"a":3}`)', '{"a":1}', '{"a":3,"b":2}'],
    ['merge(@)', '{"__proto__":1}', '{"__proto__":1}'],
    ['merge(@, `1`)', '{}', 'mismatch'],
    ['merge()', '{}', 'invalid'],
  ],
  min: [
    ['min(@)', '[2,1.0,3]', '1.0'],
    ['min(@)', '["b","a"]', '"a"'],
    ['min(@)', '{}', 'mismatch'],
  ],
  min_by: [
    ['min_by(@, &a).n', people, '"b"'],
    ['min_by(@, &missing)', people, 'mismatch'],
  ],
  not_null: [
    ['not_null(a, b, c)', '{"b":0,"c":1}', '0'],
    ['not_null(a)', '{}', 'null'],
    ['not_null()', '{}', 'invalid'],
  ],
  reverse: [
    ['reverse(@)', '[1,2,3]', '[3,2,1]'],
    ['reverse(@)', '"a😀b"', '"b😀a"'],
    ['reverse(@)', '1', 'mismatch'],
  ],
  sort: [
    ['sort(@)', '[10,9,1.5]', '[1.5,9,10]'],
    ['sort(@)', '["b","a","aa"]', '["a","aa","b"]'],
    ['sort(@)', '["😀","\uFF61"]', '["\uFF61","😀"]'],
    ['sort(@)', '[1e400,1,-1e400]', '[-1e400,1,1e400]'],
    ['sort(@)', '[]', '[]'],
    ['sort(@)', '[null]', 'mismatch'],
  ],
  sort_by: [
    ['sort_by(@, &a)[*].n', people, '["b","c","a"]'],
    ['sort_by(@, &n)[*].n', people, '["a","b","c"]'],
    ['sort_by(@, &length(n))[*].n', people, '["b","a","c"]'],
    ['sort_by(@, &n)', '[{"n":1},{"n":"a"}]', 'mismatch'],
    ['sort_by(@, n)', people, 'invalid'],
  ],
  starts_with: [
    ["starts_with(@, 'a')", '"abc"', 'true'],
    ["starts_with(@, 'b')", '"abc"', 'false'],
    ["starts_with(@, 'b')", '["b"]', 'mismatch'],
  ],
  sum: [
    ['sum(@)', '[1,2.5]', '3.5'],
    ['sum(@)', '[]', '0'],
    ['sum(@)', '[1e308,1e308]', 'mismatch'],
    ['sum(@)', '["1"]', 'mismatch'],
  ],
  to_array: [
    ['to_array(@)', '[1]', '[1]'],
    ['to_array(@)', '"a"', '["a"]'],
  ],
  to_number: [
    ['to_number(@)', '"1.10"', '1.10'],
    ['to_number(@)', '2', '2'],
    ['to_number(@)', '"0x10"', 'null'],
    ['to_number(@)', '" 1"', 'null'],
    ['to_number(@)', '""', 'null'],
    ['to_number(@)', 'true', 'null'],
  ],
  to_string: [
    ['to_string(@)', '"a"', '"a"'],
    ['to_string(@)', '1.10', '"1.10"'],
    ['to_string(@)', '{"a": [1.0, null]}', String.raw`"{\"a\":[1.0,null]}"`],
  ],
  type: [
    ['[*].type(@)', '["",0,true,[],{}]', '["string","number","boolean","array","object"]'],
    ['type(@)', 'null', '"null"'],
  ],
  values: [
    ['values(@)', '{"a":1.0,"b":null}', '[1.0,null]'],
    ['values(@)', '"a"', 'mismatch'],
  ],
};

describe('evaluate', () => {
  for (const [name, cases] of [...Object.entries(grammar), ...Object.entries(calls)]) {
    it.each(cases)(`${name}: %s on %s`, (expression, document, want) =>
      expect(yields(expression, document)).toBe(want),
    );
  }

  it('knows the 26 functions of the specification', () => expect(Object.keys(functions)).toHaveLength(26));

  const probes = ['constructor', '__proto__', 'toString', 'length', 'size', 'get', 'hasOwnProperty', '"0"'];
  for (const document of ['{"a":1}', '[1]', '"text"', '1.5', 'true', '{"a":{"b":"c"}}']) {
    it.each(probes)(`finds no %s in ${document}`, (probe) => {
      expect(yields(probe, document)).toBe('null');
      expect(yields(`a.${probe}`, document)).toBe('null');
      expect(yields(`@.${probe}.${probe}`, document)).toBe('null');
    });
  }

  it('finds such names where they are members', () => {
    expect(yields('constructor.__proto__', '{"constructor":{"__proto__":1}}')).toBe('1');
  });
});

describe('compile', () => {
  const invalid: readonly (readonly [expression: string, detail: string])[] = [
    ['', 'it ends too early'],
    ['a.', 'it ends too early'],
    ['a[0', 'it ends too early'],
    ['[?a', 'it ends too early'],
    ['api-key', '"-" is unexpected at character 4'],
    ['/x', '"/" is unexpected at character 1'],
    ['a b', '"b" is unexpected at character 3'],
    ['.a', '"." is unexpected at character 1'],
    ['a..b', '"." is unexpected at character 3'],
    ['a.b]', '"]" is unexpected at character 4'],
    ['{a}', '"}" is unexpected at character 3'],
    ['[a b]', '"b" is unexpected at character 4'],
    ['[a,]', '"]" is unexpected at character 4'],
    ['[ ]', '"]" is unexpected at character 3'],
    ['f(a,)', '")" is unexpected at character 5'],
    ['a[1-2]', '"1" is unexpected at character 3'],
    ['💥', '"💥" is unexpected at character 1'],
    ["'abc", 'what is quoted from character 1 on is not closed, or holds an invalid escape'],
    ['a.`1', 'what is quoted from character 3 on is not closed, or holds an invalid escape'],
    [String.raw`"\x"`, 'what is quoted from character 1 on is not closed, or holds an invalid escape'],
    ['$.a', '"$" is unexpected at character 1'],
    ['a + b', '"+" is unexpected at character 3'],
    ['a * b', '"b" is unexpected at character 5'],
    ['let $x = a in b', '"$" is unexpected at character 5'],
    ['a ? b : c', '"?" is unexpected at character 3'],
    ['&a', 'an expression after & can only be an argument of map, max_by, min_by or sort_by'],
    ['type(&a)', 'type wants a value and no expression after & as argument 1'],
    ['map(a, b)', 'map wants an expression after & as argument 1'],
    ['pad_left(a, `9`)', 'pad_left is no function of standard JMESPath'],
    ['constructor(@)', 'constructor is no function of standard JMESPath'],
    ['abs(a, b)', 'abs wants 1 argument'],
    ['join(a)', 'join wants 2 arguments'],
    ['merge()', 'merge wants at least 1 argument'],
    ['a[::0]', 'the step of a slice cannot be 0'],
    ['a[::::]', '":" is unexpected at character 5'],
  ];
  it.each(invalid)('says where %j is invalid', (expression, detail) => {
    expect(compile(expression)).toEqual({ kind: 'invalid', detail });
  });

  const costly: readonly (readonly [what: string, expression: string])[] = [
    ['long', 'a'.repeat(MAX_LENGTH + 1)],
    ['deep in parentheses', '('.repeat(1_000)],
    ['deep in prefixes', `${'!'.repeat(2_000)}a`],
    ['deep in members', Array(1_000).fill('a').join('.')],
    ['deep in projections', '[*]'.repeat(600)],
    ['deep in pipes', Array(66).fill('[@,@]').join('|')],
    ['many parts', `[${Array(1_000).fill('@').join(',')}]`],
  ];
  it.each(costly)('refuses expressions that are too %s', (_, expression) => {
    expect(compile(expression).kind).toBe('costly');
  });
});

describe('the budget', () => {
  it.each(jmespathBombs)('stops %s', (_, expression, document) => {
    const budget = new Budget();
    expect(search(expression, document, budget).kind).toBe('costly');
    expect(budget.steps > MAX_STEPS || budget.output > MAX_OUTPUT).toBe(true);
  });

  const modest: readonly (readonly [expression: string, document: string, steps: number])[] = [
    ['a.b.c', '{"a":{"b":{"c":1}}}', 6],
    ["[?n == 'c'].a | [0]", people, 25],
    ['sort_by(@, &a)[*].n', people, 25],
    ['@', NUMBERS, 12_002],
    ["contains(hay, 'x')", TEXTS, 2_200],
  ];
  it.each(modest)('charges %s no more than it is worth', (expression, document, steps) => {
    const budget = new Budget();
    expect(search(expression, document, budget).kind).toBe('value');
    expect(budget.steps).toBeLessThanOrEqual(steps);
  });

  it('counts what is shared as often as it is printed', () => {
    const budget = new Budget();
    search(Array(10).fill('[@,@]').join(' | '), '"0123456789"', budget);
    expect(budget.output).toBeGreaterThanOrEqual(1_024 * '"0123456789",'.length);
  });
});

const names = fc.constantFrom('a', 'b', '"x-y"', '__proto__', 'constructor');

const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression');
  const wrap = (...parts: readonly string[]) => fc.tuple(fc.constantFrom(...parts), inner, inner).map(fill);
  return {
    expression: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      names,
      fc.constantFrom('@', '`1.0`', '`[1,[2],{"a":null}]`', "'text'", '[0]', '[-1]', '[::-1]', '[*]', '[]', '*'),
      wrap(
        '1 | 2',
        '(1).[2]',
        '1 || 2',
        '1 && 2',
        '!(1)',
        '1 == 2',
        '1 < 2',
        '[1,2]',
        '{k: 1, __proto__: 2}',
        '[?1].[2]',
      ),
      wrap('(1)[*].[2]', '(1)[].[2]', '(1)[1:5:2]', 'contains(1, 2)', 'join(1, 2)', 'map(&2, 1)', 'sort_by(1, &2)'),
      wrap('max_by(1, &2)', 'merge(1, 2)', 'not_null(1, 2)', 'starts_with(1, 2)', 'min_by(1, &2)', 'to_array(1)'),
      fc.tuple(fc.constantFrom(...Object.keys(functions)), inner).map(([name, argument]) => `${name}(${argument})`),
    ),
  };
});

function fill([shape, first, second]: [string, string, string]): string {
  return shape.replace(/(?<![-\d:])[12](?![-\d:])/g, (place) => (place === '1' ? first : second));
}

describe('no expression throws', () => {
  const documents = fc
    .jsonValue({ maxDepth: 4 })
    .map((value) => JSON.stringify({ a: value, b: [value, 1], 'x-y': 'text' }));
  const kinds = ['value', 'mismatch', 'costly', 'invalid'];

  it('of the grammar', () => {
    fc.assert(
      fc.property(expression, documents, (text, document) => {
        expect(kinds).toContain(search(text, document).kind);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of pieces of the grammar', () => {
    const pieces = fc.constantFrom(
      ...'ab@*.,:()[]{}<>=!&|"\'`\\-01? $'.split(''),
      'join',
      '[?',
      '[]',
      '&&',
      '||',
      '`1`',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 24 }), (parts) => {
        expect(kinds).toContain(search(parts.join(''), '{"a":[{"b":1}]}').kind);
      }),
      { numRuns: 5_000 },
    );
  });

  it('of any characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(kinds).toContain(search(text, '{}').kind);
      }),
    );
  });
});
