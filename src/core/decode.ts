import { fail, type Result, succeed } from '../model/result.ts';
import { SecretValue } from '../model/secret-value.ts';

export type DecodingStrategy = 'None' | 'Base64' | 'Base64URL' | 'Auto';

/**
 * The value behind its encoding. Decoding is strict, but for one line break at the end; `Auto` decodes what is not empty and
 * valid in either alphabet, and leaves all else as it is. A value that is not so encoded is `ValueNotDecodable`.
 */
export function decodeValue(
  value: SecretValue,
  strategy: DecodingStrategy | undefined,
  subject: string,
): Result<SecretValue> {
  if (strategy === undefined || strategy === 'None') return succeed(value);
  const text = Buffer.from(value.reveal())
    .toString('latin1')
    .replace(/\r?\n$/, '');
  if (strategy === 'Auto') return succeed(text === '' ? value : (decodeBase64(text) ?? decodeBase64Url(text) ?? value));
  const decoded = strategy === 'Base64' ? decodeBase64(text) : decodeBase64Url(text);
  return decoded === undefined ? fail('ValueNotDecodable', subject, refusals[strategy]) : succeed(decoded);
}

const refusals = {
  Base64:
    'the value is not valid Base64; decodingStrategy Base64 wants the alphabet A-Z a-z 0-9 + / with padding and no line breaks within',
  Base64URL:
    'the value is not valid Base64URL; decodingStrategy Base64URL wants the alphabet A-Z a-z 0-9 - _ and no line breaks within',
} as const;

// Buffer passes over what it cannot read. What was read is encoded again: only a strictly valid text comes out as it went in.

function decodeBase64(text: string): SecretValue | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? ownValue(bytes) : undefined;
}

/** Padding is optional in this alphabet (RFC 4648, section 5), but whole where there is any. */
function decodeBase64Url(text: string): SecretValue | undefined {
  const bytes = Buffer.from(text, 'base64url');
  const bare = bytes.toString('base64url');
  const padded = bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
  return text === bare || text === padded ? ownValue(bytes) : undefined;
}

/** A copy, because small Buffers are slices of a pool that others share. */
const ownValue = (bytes: Buffer): SecretValue => new SecretValue(new Uint8Array(bytes));
