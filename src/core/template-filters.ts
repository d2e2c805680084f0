import { type Context, type FilterImplOptions, filters as liquids } from 'liquidjs';
import { SecretValue } from '../model/secret-value.ts';
import { decodeValue } from './decode.ts';
import { pemBlocks } from './pem.ts';
import { pay } from './template-purse.ts';
import { Binary, costOfKeys, Halt, KeyMap, readText, sizeOf, textOf } from './template-value.ts';

type Caller = ThisParameterType<Extract<FilterImplOptions, (...args: never[]) => unknown>>;
type Filter = (this: Caller, value: unknown, ...args: unknown[]) => unknown;

/** What a call of a filter costs beside the text that it goes through. */
const CALL_COST = 200;

/** Units for each character that comes in, and each that goes out. */
const TEXT_RATE = 2;

/** Characters of a pattern that make a search twice as long. Searches take, at worst, the product of both lengths. */
const PATTERN_LENGTH = 8;

/** How much longer than to read a text it takes to make a set of its characters. */
const SET_RATE = 20;

// Without dates (the clock and the zone would show), chance, HTML, what parses text as a template, and what nests lists: a list that
// holds itself twice, over and over, prints for ever.
const LIQUIDS = [
  ...['abs', 'at_least', 'at_most', 'ceil', 'divided_by', 'floor', 'minus', 'modulo', 'plus', 'round', 'times'],
  ...['append', 'capitalize', 'downcase', 'escape', 'join', 'prepend', 'sha256', 'squish'],
  ...['strip_newlines', 'upcase', 'xml_escape'],
  ...['compact', 'concat', 'first', 'last', 'reverse', 'uniq'],
];

const SEARCHES = ['remove', 'remove_first', 'remove_last', 'replace', 'replace_first', 'replace_last', 'split'];

const TRIMS = ['lstrip', 'rstrip', 'strip'];

/** The filters that templates have, by name. */
export const templateFilters: Readonly<Record<string, FilterImplOptions>> = {
  ...Object.fromEntries(LIQUIDS.map((name) => [name, metered(liquidFilter(name), sizeOf)])),
  ...Object.fromEntries(SEARCHES.map((name) => [name, metered(liquidFilter(name), searchSize)])),
  ...Object.fromEntries(TRIMS.map((name) => [name, metered(liquidFilter(name), trimSize)])),
  // These take what has no text, too.
  default: liquidFilter('default'),
  b64enc: encodeBase64,
  size: lengthOf,
  to_json: printJson,
  to_yaml: printYaml,
  b64dec: metered(decodeBase64, sizeOf),
  indent: metered(indent, sizeOf),
  pem_cert: metered(certificatesOf, sizeOf),
  pem_key: metered(privateKeyOf, sizeOf),
  slice: metered(slice, sizeOf),
  sort: metered(sort, sizeOf),
  truncate: metered(truncate, sizeOf),
  quote: metered((value) => JSON.stringify(textOf(value)), sizeOf),
  url_decode: metered(decodeUrl, sizeOf),
  url_encode: metered(encodeUrl, sizeOf),
};

/** How much there is to search through. */
export function searchSize(value: unknown, pattern: unknown): number {
  return sizeOf(value) * (1 + sizeOf(pattern) / PATTERN_LENGTH);
}

/** How much there is to look at where a set is made of the second text. */
function trimSize(value: unknown, characters: unknown): number {
  return sizeOf(value) + SET_RATE * sizeOf(characters);
}

function liquidFilter(name: string): Filter {
  const filter = liquids[name];
  if (typeof filter !== 'function') throw new Error(`Liquid has no filter ${name}`);
  return filter;
}

/** The filter, paid for: what goes in by `measure`, before it runs, and what comes out. */
function metered(filter: Filter, measure: (value: unknown, pattern: unknown) => number): Filter {
  return function* (this: Caller, value, ...args): Generator<unknown, unknown, unknown> {
    pay(this.context, CALL_COST + TEXT_RATE * (measure(value, args[0]) + sizeOf(args)));
    const result = yield Reflect.apply(filter, this, [value, ...args]);
    // What b64dec yields need not be text.
    if (!(result instanceof Binary)) pay(this.context, TEXT_RATE * sizeOf(result));
    return result;
  };
}

// -------------------------------------------------------------------------------------------------------------- encodings

function encodeBase64(this: Caller, value: unknown): string {
  const bytes = value instanceof Binary ? value.reveal() : new TextEncoder().encode(textOf(value));
  pay(this.context, CALL_COST + 2 * TEXT_RATE * bytes.byteLength);
  return Buffer.from(bytes).toString('base64');
}

function decodeBase64(value: unknown): string | Binary {
  const decoded = decodeValue(SecretValue.ofText(textOf(value)), 'Base64', 'b64dec');
  if (!decoded.ok) throw new Halt('b64dec wants Base64 with padding, in one line');
  return readText(decoded.value.reveal(), 'what b64dec yields');
}

/** RFC 3986: all but letters, digits and `-._~`, so that the text can stand in any part of a URL. Liquid's own makes `+` of a space. */
function encodeUrl(value: unknown): string {
  const text = textOf(value);
  if (!text.isWellFormed()) throw new Halt('url_encode was given half of a surrogate pair, which UTF-8 cannot hold');
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decodeUrl(value: unknown): string {
  try {
    return decodeURIComponent(textOf(value));
  } catch {
    throw new Halt('url_decode wants percent-encoded UTF-8');
  }
}

// Liquid's own would make a number of a text anew for every character of the value.

function slice(this: Caller, value: unknown, begin: unknown, length: unknown = 1): unknown {
  return Reflect.apply(liquidFilter('slice'), this, [value, wholeNumber(begin, 'slice'), wholeNumber(length, 'slice')]);
}

function truncate(this: Caller, value: unknown, length: unknown = 50, end: unknown = '...'): unknown {
  return Reflect.apply(liquidFilter('truncate'), this, [value, wholeNumber(length, 'truncate'), end]);
}

function wholeNumber(value: unknown, filter: string): number {
  const number = typeof value === 'number' ? value : Number(textOf(value));
  if (Number.isSafeInteger(number)) return number;
  throw new Halt(`${filter} wants whole numbers`);
}

/** Without the property to sort by that Liquid's own takes: it would be made text anew for every item. */
function sort(this: Caller, value: unknown): unknown {
  return Reflect.apply(liquidFilter('sort'), this, [value]);
}

// --------------------------------------------------------------------------------------------------------------- printing

function lengthOf(this: Caller, value: unknown): number {
  pay(this.context, CALL_COST);
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  if (value instanceof Binary) return value.reveal().byteLength;
  return value instanceof KeyMap ? value.size : 0;
}

function printJson(this: Caller, value: unknown): string {
  const { context } = this;
  if (value instanceof KeyMap) {
    return `{${membersOf(context, value).map(([key, member]) => `${JSON.stringify(key)}:${member}`)}}`;
  }
  return Array.isArray(value) ? `[${itemsOf(context, value)}]` : printScalar(context, value);
}

/** Text is quoted throughout, so that `yes`, `1e3` and `null` stay text to every parser. */
function printYaml(this: Caller, value: unknown): string {
  const { context } = this;
  if (value instanceof KeyMap) {
    const lines = membersOf(context, value).map(([key, member]) => `${JSON.stringify(key)}: ${escapeForYaml(member)}`);
    return lines.length === 0 ? '{}' : lines.join('\n');
  }
  if (!Array.isArray(value)) return escapeForYaml(printScalar(context, value));
  return value.length === 0
    ? '[]'
    : itemsOf(context, value)
        .map((item) => `- ${escapeForYaml(item)}`)
        .join('\n');
}

function membersOf(context: Context, map: KeyMap): (readonly [string, string])[] {
  pay(context, costOfKeys(map));
  return [...map].map(([key, member]) => [key, printScalar(context, member)]);
}

function itemsOf(context: Context, items: readonly unknown[]): string[] {
  return items.map((item) => (Array.isArray(item) ? `[${itemsOf(context, item)}]` : printScalar(context, item)));
}

function printScalar(context: Context, value: unknown): string {
  pay(context, CALL_COST + 2 * TEXT_RATE * sizeOf(value));
  const printed = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
  return JSON.stringify(printed);
}

/** What JSON lets stand and YAML does not: DEL, the C1 controls, and what counts as a line break or a byte order mark. */
const escapeForYaml = (json: string): string =>
  json.replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const MAX_INDENT = 100;

/** Every line with so many spaces before it, the first and the empty ones too, as Sprig does. */
function indent(this: Caller, value: unknown, width: unknown): string {
  if (typeof width !== 'number' || !Number.isInteger(width) || width < 0 || width > MAX_INDENT) {
    throw new Halt(`indent wants how many spaces, from 0 to ${MAX_INDENT}, as indent: 4`);
  }
  const lines = textOf(value).split('\n');
  pay(this.context, TEXT_RATE * lines.length * width);
  return lines.map((line) => ' '.repeat(width) + line).join('\n');
}

// -------------------------------------------------------------------------------------------------------------------- PEM

function certificatesOf(value: unknown): string {
  const blocks = blocksOf(value, /^CERTIFICATE$/, 'pem_cert');
  if (blocks.length === 0)
    throw new Halt('pem_cert finds no certificate: there is no line -----BEGIN CERTIFICATE-----');
  return blocks.join('');
}

function privateKeyOf(value: unknown): string {
  const [key, ...more] = blocksOf(value, /(^| )PRIVATE KEY$/, 'pem_key');
  if (key === undefined) throw new Halt('pem_key finds no private key: there is no line -----BEGIN PRIVATE KEY-----');
  if (more.length > 0) throw new Halt(`pem_key finds ${more.length + 1} private keys and cannot tell which is meant`);
  return key;
}

function blocksOf(value: unknown, label: RegExp, filter: string): readonly string[] {
  const blocks = pemBlocks(textOf(value), label);
  if (blocks === undefined) throw new Halt(`${filter} finds a PEM block without its BEGIN or END line`);
  return blocks;
}
