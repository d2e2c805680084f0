/** A number as the document wrote it: `1.10` stays `1.10`, and 12345678901234567890 stays itself. */
export class JsonNumber {
  readonly source: string;
  /** The number as a double, for comparing and computing; ±Infinity where a double cannot hold it. */
  readonly value: number;

  /** `source` is a number by the JSON grammar. */
  constructor(source: string) {
    this.source = source;
    this.value = Number(source);
  }
}

/** A JSON document. Objects are maps, so that no member's name can reach a prototype and members keep their order. */
export type Json = null | boolean | string | JsonNumber | JsonList | JsonObject;
export type JsonList = readonly Json[];
export type JsonObject = ReadonlyMap<string, Json>;

export const isList = (value: Json): value is JsonList => Array.isArray(value);
export const isObject = (value: Json): value is JsonObject => value instanceof Map;

/** What bytes turned out to be. Nothing more is told of a text that is no JSON, since parsers quote what they refuse. */
export type ParsedJson =
  | { readonly kind: 'json'; readonly value: Json }
  | { readonly kind: 'notJson' }
  | { readonly kind: 'tooDeep' };

/** How many lists and objects may stand within one another; deeper ones would exhaust the stack of those who walk them. */
export const MAX_JSON_DEPTH = 512;

/** The document that the bytes are in UTF-8; one byte order mark before it is passed over, as RFC 8259 (8.1) allows. */
export function parseJson(bytes: Uint8Array): ParsedJson {
  const text = decodeText(bytes);
  return text === undefined ? { kind: 'notJson' } : parseJsonText(text);
}

/** The document that `text` is. The last of several members with the same name counts. */
export function parseJsonText(text: string): ParsedJson {
  if (!isJson(text)) return { kind: 'notJson' };
  if (depthOf(text) > MAX_JSON_DEPTH) return { kind: 'tooDeep' };
  return { kind: 'json', value: readValue({ text, at: 0 }) };
}

/** The document as compact JSON, its numbers as they were written. */
export function printJson(value: Json): string {
  const parts: string[] = [];
  printTo(parts, value);
  return parts.join('');
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // The error is dropped on purpose: its message quotes the text.
    return false;
  }
}

// JSON.parse decides what is JSON. What follows reads a text that it has admitted once more, because JSON.parse forgets how
// numbers were written, moves members with names like "10" to the front, and its reviver runs out of stack at some thousand levels.

interface Cursor {
  readonly text: string;
  at: number;
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return deepest;
}

/** The index of the quote that closes the string opened at `open`. */
function endOfString(text: string, open: number): number {
  let end = text.indexOf('"', open + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === '\\') before--;
  return (at - before) % 2 === 0;
}

function skipTo(cursor: Cursor): string | undefined {
  while (isSpace(cursor.text[cursor.at])) cursor.at++;
  return cursor.text[cursor.at];
}

const isSpace = (character: string | undefined): boolean =>
  character === ' ' || character === '\n' || character === '\r' || character === '\t';

function readValue(cursor: Cursor): Json {
  switch (skipTo(cursor)) {
    case '{':
      return readObject(cursor);
    case '[':
      return readList(cursor);
    case '"':
      return readString(cursor);
    default:
      return readScalar(cursor);
  }
}

function readObject(cursor: Cursor): JsonObject {
  const members = new Map<string, Json>();
  cursor.at++;
  while (skipTo(cursor) !== '}') {
    const name = readString(cursor);
    skipTo(cursor);
    cursor.at++;
    members.set(name, readValue(cursor));
    if (skipTo(cursor) === ',') cursor.at++;
  }
  cursor.at++;
  return members;
}

function readList(cursor: Cursor): JsonList {
  const items: Json[] = [];
  cursor.at++;
  while (skipTo(cursor) !== ']') {
    items.push(readValue(cursor));
    if (skipTo(cursor) === ',') cursor.at++;
  }
  cursor.at++;
  return items;
}

function readString(cursor: Cursor): string {
  const start = cursor.at;
  const end = endOfString(cursor.text, start);
  cursor.at = end + 1;
  const inner = cursor.text.slice(start + 1, end);
  return inner.includes('\\') ? String(JSON.parse(`"${inner}"`)) : inner;
}

const words = new Map<string, Json>([
  ['null', null],
  ['true', true],
  ['false', false],
]);

function readScalar(cursor: Cursor): Json {
  const scalar = /[^\s,\]}]+/y;
  scalar.lastIndex = cursor.at;
  const source = scalar.exec(cursor.text)?.[0] ?? '';
  cursor.at += source.length;
  const word = words.get(source);
  return word === undefined ? new JsonNumber(source) : word;
}

function printTo(parts: string[], value: Json): void {
  if (typeof value === 'string') parts.push(JSON.stringify(value));
  else if (value instanceof JsonNumber) parts.push(value.source);
  else if (value === null || typeof value === 'boolean') parts.push(String(value));
  else if (isList(value)) printList(parts, value);
  else printObject(parts, value);
}

function printList(parts: string[], items: JsonList): void {
  let before = '[';
  for (const item of items) {
    parts.push(before);
    printTo(parts, item);
    before = ',';
  }
  parts.push(items.length === 0 ? '[]' : ']');
}

function printObject(parts: string[], members: JsonObject): void {
  let before = '{';
  for (const [name, member] of members) {
    parts.push(before, JSON.stringify(name), ':');
    printTo(parts, member);
    before = ',';
  }
  parts.push(members.size === 0 ? '{}' : '}');
}
