import { fail, type Result, succeed } from '../model/result.ts';
import { SecretValue } from '../model/secret-value.ts';
import { isList, isObject, type Json, JsonNumber, type JsonObject, MAX_JSON_DEPTH, printJson } from './json.ts';
import { MAX_READING_BYTES, Reading } from './reading.ts';

/**
 * The part of a JSON value that `property` names: the member of exactly that name where there is one (`api-key`, `a.b`, `/x`),
 * else what it selects as a JMESPath expression. A string is its bytes, all else compact JSON with its numbers as written.
 *
 * Calls that share a `reading` parse each value once and pay from one purse. Faults: `ValueNotJSON`; `PropertyNotFound` for null, for no match, for what is neither a name nor an expression, and for a
 * function that the value does not suit; `ExpressionTooCostly`. None of their texts holds a part of the value.
 */
export function readProperty(
  value: SecretValue,
  property: string,
  subject: string,
  reading = new Reading(),
): Result<SecretValue> {
  const selected = selectProperty(value, property, subject, reading);
  return selected.ok ? toSecretValue(selected.value, subject, `property ${quote(property)}`) : selected;
}

/**
 * Every member of the JSON object that the value is, or that `property` selects from it, under its own name. A member that is
 * null is an empty value. Faults: as for `readProperty`; `ValueNotJSON` too where there is JSON, but no object.
 */
export function readMembers(
  value: SecretValue,
  property: string | undefined,
  subject: string,
  reading = new Reading(),
): Result<ReadonlyMap<string, SecretValue>> {
  const source =
    property === undefined
      ? parseValue(value, property, subject, reading)
      : selectProperty(value, property, subject, reading);
  if (!source.ok) return source;
  if (isObject(source.value)) return toSecretValues(source.value, subject);
  const what = property === undefined ? 'the value is JSON, but' : `property ${quote(property)} is`;
  return fail('ValueNotJSON', subject, `${what} ${describeType(source.value)}; extract wants an object`);
}

function selectProperty(value: SecretValue, property: string, subject: string, reading: Reading): Result<Json> {
  const document = parseValue(value, property, subject, reading);
  if (!document.ok) return document;
  const member = isObject(document.value) ? document.value.get(property) : undefined;
  if (member === undefined) return selectByExpression(document.value, property, subject, reading);
  return member === null ? fail('PropertyNotFound', subject, `property ${quote(property)} is null`) : succeed(member);
}

function parseValue(value: SecretValue, property: string | undefined, subject: string, reading: Reading): Result<Json> {
  const parsed = reading.parse(value.reveal());
  if (parsed.kind === 'json') return succeed(parsed.value);
  if (parsed.kind === 'tooMuch') return fail('ExpressionTooCostly', subject, TOO_MUCH_JSON);
  // The parser's own message would quote the value.
  const what = parsed.kind === 'notJson' ? 'is not JSON' : `is JSON nested more than ${MAX_JSON_DEPTH} levels deep`;
  const so =
    property === undefined
      ? '; extract wants a JSON object'
      : `, so property ${quote(property)} cannot be read from it; remove property to take the value whole`;
  return fail('ValueNotJSON', subject, `the value ${what}${so}`);
}

const TOO_MUCH_JSON = `the values of this ExternalSecret come to more JSON than is read for one (${MAX_READING_BYTES} bytes); spread them over several ExternalSecrets`;

function selectByExpression(document: Json, property: string, subject: string, reading: Reading): Result<Json> {
  const named = `property ${quote(property)}`;
  const compiled = reading.compile(property);
  if (compiled.kind === 'costly') return fail('ExpressionTooCostly', subject, `${named} ${compiled.detail}`);
  if (compiled.kind === 'invalid')
    return fail('PropertyNotFound', subject, describeNeither(property, compiled.detail, reading));
  const evaluated = reading.evaluate(compiled.root, document);
  if (evaluated.kind === 'costly') return fail('ExpressionTooCostly', subject, `${named} ${evaluated.detail}`);
  if (evaluated.kind === 'mismatch') return fail('PropertyNotFound', subject, `${named} ${evaluated.detail}`);
  if (evaluated.value !== null) return succeed(evaluated.value);
  return fail('PropertyNotFound', subject, `${named} matches nothing; the value has no such member, or it is null`);
}

const describeNeither = (property: string, detail: string, reading: Reading): string =>
  `property ${quote(property)} matches nothing: there is no member of that name, and it is no JMESPath expression ` +
  `(${detail})${isName(property) ? `; to name such a member within an expression quote it: ${quote(quoteNames(property, reading))}` : ''}`;

/** What has quotes or parentheses is meant as an expression; quoting it whole would be no cure. */
const isName = (property: string): boolean => !/["'`()]/.test(property);

/** The longest piece of a property that a message repeats. */
const MAX_QUOTED = 200;

function quote(property: string): string {
  return JSON.stringify(property.length > MAX_QUOTED ? `${property.slice(0, MAX_QUOTED)}...` : property);
}

/** `creds.api-key` with quotes where JMESPath wants them, `creds."api-key"`; quoted whole where that makes no expression. */
function quoteNames(property: string, reading: Reading): string {
  const quoted = property.split('.').map(quoteName).join('.');
  return reading.compile(quoted).kind === 'expression' ? quoted : JSON.stringify(property);
}

function quoteName(segment: string): string {
  const [, name = '', indices = ''] = /^([^[\]]*)((?:\[(?:-?\d+|\*)?\])*)$/.exec(segment) ?? [undefined, segment];
  return /^[A-Za-z_]\w*$/.test(name) ? segment : JSON.stringify(name) + indices;
}

function toSecretValues(members: JsonObject, subject: string): Result<ReadonlyMap<string, SecretValue>> {
  const values = new Map<string, SecretValue>();
  for (const [name, member] of members) {
    // The name is left out, because names of members are the owner's to tell.
    const value = toSecretValue(member, subject, 'a member of the value');
    if (!value.ok) return value;
    values.set(name, value.value);
  }
  return succeed(values);
}

function toSecretValue(value: Json, subject: string, what: string): Result<SecretValue> {
  if (typeof value !== 'string') return succeed(SecretValue.ofText(value === null ? '' : printJson(value)));
  if (value.isWellFormed()) return succeed(SecretValue.ofText(value));
  return fail('ValueNotJSON', subject, `${what} holds half of a surrogate pair, which UTF-8 cannot hold`);
}

function describeType(value: Json): string {
  if (isList(value)) return 'a list';
  if (value instanceof JsonNumber) return 'a number';
  return value === null ? 'null' : `a ${typeof value}`;
}
