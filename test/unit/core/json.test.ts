import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, JsonNumber, MAX_JSON_DEPTH, parseJson, parseJsonText, printJson } from '../../../src/core/json.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function read(text: string): Json {
  const parsed = parseJsonText(text);
  if (parsed.kind !== 'json') throw new Error(`want JSON, got ${parsed.kind}`);
  return parsed.value;
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('parseJson', () => {
  const kept: readonly { it: string; text: string; prints?: string }[] = [
    { it: 'keeps a trailing zero', text: '1.10' },
    { it: 'keeps integers beyond 2^53', text: '12345678901234567890' },
    { it: 'keeps numbers beyond the range of doubles', text: '[1e400,-1E+400,1e-400]' },
    { it: 'keeps the sign of zero', text: '-0' },
    { it: 'keeps a member __proto__ like any other', text: '{"__proto__":{"a":1.0},"constructor":2}' },
    { it: 'keeps the order of members whose names are integers', text: '{"b":1,"10":2,"2":3}' },
    {
      it: 'drops white space between tokens',
      text: ' {\n\t"a" : [ 1 ,\r 2 ] , "b" : { } }\n',
      prints: '{"a":[1,2],"b":{}}',
    },
    { it: 'lets the last of duplicate members win', text: '{"a":{"x":1},"b":0,"a":5.0}', prints: '{"a":5.0,"b":0}' },
    { it: 'reads escapes', text: String.raw`"\u00e9\n\"\\\/\ud83d\ude00"`, prints: JSON.stringify('é\n"\\/😀') },
    { it: 'is not misled by brackets, commas and escaped quotes in strings', text: String.raw`["],[{\\\"","\\"]` },
    { it: 'reads words and empty things', text: '[null,true,false,"",[],{}]' },
  ];
  for (const { it: name, text, prints } of kept) {
    it(name, () => expect(printJson(read(text))).toBe(prints ?? text));
  }

  const refused: readonly { it: string; bytes: Uint8Array }[] = [
    { it: 'refuses nothing at all', bytes: bytesOf('') },
    { it: 'refuses plain text', bytes: bytesOf('hunter2') },
    { it: 'refuses text after the document', bytes: bytesOf('{} {}') },
    { it: 'refuses numbers that JSON does not have', bytes: bytesOf('[01]') },
    { it: 'refuses NUL', bytes: bytesOf('\0') },
    { it: 'refuses a string that is not closed', bytes: bytesOf('["a') },
    { it: 'refuses invalid UTF-8', bytes: Uint8Array.of(0x22, 0xff, 0x22) },
    { it: 'refuses UTF-8 cut short', bytes: Uint8Array.of(0x22, 0xc3, 0x22) },
    { it: 'refuses a second byte order mark', bytes: bytesOf('\uFEFF\uFEFF1') },
  ];
  for (const { it: name, bytes } of refused) {
    it(name, () => expect(parseJson(bytes)).toEqual({ kind: 'notJson' }));
  }

  it('passes over one byte order mark', () => {
    expect(parseJson(bytesOf('\uFEFF{"a":1}'))).toEqual({ kind: 'json', value: new Map([['a', new JsonNumber('1')]]) });
  });

  it('reads documents as deep as the limit, and says of deeper ones that they are too deep', () => {
    expect(parseJsonText(nested(MAX_JSON_DEPTH)).kind).toBe('json');
    expect(parseJsonText(nested(MAX_JSON_DEPTH + 1))).toEqual({ kind: 'tooDeep' });
    expect(parseJsonText(nested(200_000))).toEqual({ kind: 'tooDeep' });
    expect(parseJsonText(`${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`)).toEqual({ kind: 'tooDeep' });
  });

  it('touches no prototype', () => {
    read('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('agrees with JSON.parse on every document, however it is spaced', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'large' }), fc.constantFrom(0, 1, '\t'), (value, space) => {
        expect(printJson(read(JSON.stringify(value, null, space)))).toBe(JSON.stringify(value));
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with JSON.parse on what is no JSON', () => {
    const pieces = fc.array(fc.constantFrom(...'{}[]",:\\ 0123-+.eEtruefalsn\u00e9'), { maxLength: 12 });
    fc.assert(
      fc.property(pieces, (characters) => {
        const text = characters.join('');
        expect(parseJsonText(text).kind === 'json').toBe(isJson(text));
      }),
      { numRuns: 2_000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
