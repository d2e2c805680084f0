import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DecodingStrategy, decodeValue } from '../../../src/core/decode.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';

const text = (value: SecretValue): string => Buffer.from(value.reveal()).toString('latin1');

function decode(encoded: string, strategy: DecodingStrategy | undefined): string | undefined {
  const decoded = decodeValue(new SecretValue(Buffer.from(encoded, 'latin1')), strategy, 'spec.data[0]');
  return decoded.ok ? text(decoded.value) : undefined;
}

const REFUSED = undefined;

const cases: readonly {
  it: string;
  encoded: string;
  strategy: DecodingStrategy | undefined;
  want: string | undefined;
}[] = [
  { it: 'leaves a value alone without a strategy', encoded: 'aGk=', strategy: undefined, want: 'aGk=' },
  { it: 'leaves a value alone under None', encoded: 'aGk=', strategy: 'None', want: 'aGk=' },
  { it: 'decodes Base64', encoded: '+/+/aGk=', strategy: 'Base64', want: '\xfb\xff\xbfhi' },
  { it: 'decodes nothing to nothing', encoded: '', strategy: 'Base64', want: '' },
  { it: 'passes over one line feed at the end', encoded: 'aGk=\n', strategy: 'Base64', want: 'hi' },
  { it: 'passes over one CRLF at the end', encoded: 'aGk=\r\n', strategy: 'Base64', want: 'hi' },
  { it: 'refuses two line feeds at the end', encoded: 'aGk=\n\n', strategy: 'Base64', want: REFUSED },
  { it: 'refuses a line break within', encoded: 'aGlo\naGlo', strategy: 'Base64', want: REFUSED },
  { it: 'refuses a space', encoded: 'aGk= ', strategy: 'Base64', want: REFUSED },
  { it: 'refuses missing padding', encoded: 'aGk', strategy: 'Base64', want: REFUSED },
  { it: 'refuses padding alone', encoded: '====', strategy: 'Base64', want: REFUSED },
  { it: 'refuses padding within', encoded: 'aA==aA==', strategy: 'Base64', want: REFUSED },
  { it: 'refuses bits behind the last byte', encoded: 'aGl=', strategy: 'Base64', want: REFUSED },
  { it: 'refuses the other alphabet', encoded: '-_-_', strategy: 'Base64', want: REFUSED },
  { it: 'refuses garbage', encoded: 'pass word!', strategy: 'Base64', want: REFUSED },
  { it: 'refuses bytes that are no text', encoded: '\xff\xfe\x00', strategy: 'Base64', want: REFUSED },
  { it: 'refuses NUL after valid Base64', encoded: 'aGk=\0', strategy: 'Base64', want: REFUSED },
  { it: 'decodes Base64URL without padding', encoded: '-_-_aGk', strategy: 'Base64URL', want: '\xfb\xff\xbfhi' },
  { it: 'decodes Base64URL with padding', encoded: '-_-_aGk=', strategy: 'Base64URL', want: '\xfb\xff\xbfhi' },
  { it: 'refuses half of the padding', encoded: 'aA=', strategy: 'Base64URL', want: REFUSED },
  { it: 'refuses the alphabet of Base64 in Base64URL', encoded: '+/+/', strategy: 'Base64URL', want: REFUSED },
  { it: 'refuses a length that no bytes have', encoded: 'aGkaa', strategy: 'Base64URL', want: REFUSED },
  { it: 'finds Base64 under Auto', encoded: '+/+/aGk=', strategy: 'Auto', want: '\xfb\xff\xbfhi' },
  { it: 'finds Base64URL under Auto', encoded: '-_-_aGk', strategy: 'Auto', want: '\xfb\xff\xbfhi' },
  { it: 'leaves what is neither under Auto', encoded: 'p@ssword\n', strategy: 'Auto', want: 'p@ssword\n' },
  { it: 'leaves the empty value under Auto', encoded: '', strategy: 'Auto', want: '' },
  { it: 'leaves a lone line feed under Auto', encoded: '\n', strategy: 'Auto', want: '\n' },
];

describe('decodeValue', () => {
  for (const { it: name, encoded, strategy, want } of cases) {
    it(name, () => expect(decode(encoded, strategy)).toBe(want));
  }

  it('returns the bytes that were encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        expect(decode(buffer.toString('base64'), 'Base64')).toBe(buffer.toString('latin1'));
        expect(decode(buffer.toString('base64url'), 'Base64URL')).toBe(buffer.toString('latin1'));
        expect(decode(buffer.toString('base64'), 'Auto')).toBe(buffer.toString('latin1'));
      }),
    );
  });

  it('gives decoded bytes a buffer of their own', () => {
    const decoded = decodeValue(SecretValue.ofText('aGk='), 'Base64', 'spec.data[0]');
    expect(decoded.ok && decoded.value.reveal().buffer.byteLength).toBe(2);
  });

  it('names the subject and the cure, and no part of the value', () => {
    const refused = decodeValue(SecretValue.ofText('canary!'), 'Base64', 'spec.data[0]');
    expect(refused).toMatchObject({ ok: false, faults: [{ kind: 'ValueNotDecodable', subject: 'spec.data[0]' }] });
    expect(JSON.stringify(refused)).toMatch(/is not valid Base64;/);
    expect(JSON.stringify(refused)).not.toContain('canary');
  });
});
