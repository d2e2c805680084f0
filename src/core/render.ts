import type { ExternalSecret } from '../api/generated/types.ts';
import type { Fault } from '../model/fault.ts';
import { fail, failWith, type Result, succeed } from '../model/result.ts';
import { SecretValue } from '../model/secret-value.ts';
import { type Answers, answerId } from './answers.ts';
import { decodeValue } from './decode.ts';
import type { Decoding, PlannedItem } from './plan.ts';
import type { FetchedValue } from './ports.ts';
import { readMembers, readProperty } from './property.ts';
import { Reading } from './reading.ts';
import { rewriteKey } from './rewrite.ts';
import { checkTemplate, renderTemplate } from './template.ts';

/** The data of a Secret: its keys and their bytes. */
export type SecretData = ReadonlyMap<string, SecretValue>;

type Template = ExternalSecret['spec']['target']['template'];

// The API server's limit (core/v1 MaxSecretSize), on the sum of the values.
const MAX_DATA_BYTES = 1_048_576;

// What "does not exist" means to an optional key. A denial or an outage is a fault for optional keys too.
const ABSENT: ReadonlySet<string> = new Set([
  'SecretNotFound',
  'ParameterNotFound',
  'VersionNotFound',
  'PropertyNotFound',
]);

/**
 * The data of the Secret, whole, or a fault for each item and each template that is broken: all or nothing. A key of the template goes
 * before the fetched key of that name.
 */
export function renderData(items: readonly PlannedItem[], fetched: Answers, template?: Template): Result<SecretData> {
  const data = shapeData(renderItems(items, fetched), template);
  return data.ok ? (tooLarge(data.value) ?? data) : data;
}

function shapeData(fetched: Result<SecretData>, template: Template): Result<SecretData> {
  const texts = template?.data ?? {};
  if (Object.keys(texts).length === 0) return fetched;
  // Templates cannot be rendered without their values, but what is wrong with the templates themselves is told at once.
  if (!fetched.ok) return failWith([...fetched.faults, ...checkTemplate(texts)]) ?? fetched;
  const rendered = renderTemplate(texts, fetched.value);
  if (!rendered.ok || template?.mergePolicy !== 'Merge') return rendered;
  return succeed(new Map([...fetched.value, ...rendered.value]));
}

function tooLarge(data: SecretData): Result<never> | undefined {
  const sizeBytes = data.values().reduce((sum, value) => sum + value.sizeBytes, 0);
  if (sizeBytes <= MAX_DATA_BYTES) return undefined;
  const detail = `the values come to ${sizeBytes} bytes and a Secret holds ${MAX_DATA_BYTES}; split them over several ExternalSecrets`;
  return fail('SecretTooLarge', 'spec', detail);
}

function renderItems(items: readonly PlannedItem[], fetched: Answers): Result<SecretData> {
  const found: Fault[] = [];
  const data = new Map<string, SecretValue>();
  const reading = new Reading();
  for (const item of items) {
    const part = renderItem(item, fetched.get(answerId(item.store, item.ref)), reading);
    if (!part.ok) found.push(...part.faults);
    else for (const [key, value] of part.value) data.set(key, value);
  }
  return failWith(found) ?? succeed(data);
}

function renderItem(item: PlannedItem, answer: Result<FetchedValue> | undefined, reading: Reading): Result<SecretData> {
  if (answer === undefined) return fail('Internal', item.subject, 'the source gave no answer');
  if (!answer.ok) return absentIsFine(item, answer) ?? relabel(item, answer.faults);
  return item.kind === 'data' ? renderKey(item, answer.value, reading) : renderMembers(item, answer.value, reading);
}

type DataItem = PlannedItem & { readonly kind: 'data' };
type ExtractItem = PlannedItem & { readonly kind: 'extract' };

function renderKey(item: DataItem, fetched: FetchedValue, reading: Reading): Result<SecretData> {
  const picked =
    item.property === undefined
      ? succeed(fetched.value)
      : readProperty(documentOf(fetched), item.property, item.subject, reading);
  if (!picked.ok) return absentIsFine(item, picked) ?? picked;
  const decoded = decodeValue(picked.value, item.decoding, item.subject);
  return decoded.ok ? succeed(new Map([[item.secretKey, decoded.value]])) : decoded;
}

/** A StringList is comma-joined text; to a property it is a JSON list. */
function documentOf({ value, list }: FetchedValue): SecretValue {
  if (list !== true) return value;
  return SecretValue.ofText(JSON.stringify(new TextDecoder().decode(value.reveal()).split(',')));
}

function absentIsFine(
  item: PlannedItem,
  { faults }: { readonly faults: readonly Fault[] },
): Result<SecretData> | undefined {
  const optional = item.kind === 'data' && item.optional;
  return optional && faults.every(({ kind }) => ABSENT.has(kind)) ? succeed(new Map()) : undefined;
}

/**
 * The source speaks of a ref by its key, and people look for the entry in their spec. What it says of the store's own identity is about
 * the whole store, and stays one line however many entries it stops.
 */
function relabel(item: PlannedItem, faults: readonly Fault[]): Result<never> {
  const named = faults.map((fault) => (fault.subject === item.ref.key ? { ...fault, subject: item.subject } : fault));
  return failWith(named) ?? fail('Internal', item.subject, 'no fault');
}

function renderMembers(item: ExtractItem, { value }: FetchedValue, reading: Reading): Result<SecretData> {
  const members = readMembers(value, item.property, item.subject, reading);
  if (!members.ok) return members;
  const found: Fault[] = [];
  const data = new Map<string, SecretValue>();
  const origins = new Map<string, string>();
  for (const [member, memberValue] of members.value) {
    const key = rewriteKey(member, item.rewrite);
    const origin = origins.get(key);
    if (origin !== undefined) found.push(collision(item, key, origin, member));
    origins.set(key, member);
    const decoded = decodeMember(memberValue, item, key);
    if (decoded.ok) data.set(key, decoded.value);
    else found.push(...decoded.faults);
  }
  const refused = [...origins.keys()].filter((key) => !isSecretKey(key));
  if (refused.length > 0) found.push(invalidKeys(item, refused));
  return failWith(found) ?? succeed(data);
}

function decodeMember(
  value: SecretValue,
  { decoding, subject }: { decoding: Decoding; subject: string },
  key: string,
): Result<SecretValue> {
  return decodeValue(value, decoding, `${subject} ${JSON.stringify(clip(key))}`);
}

/** As core/v1 validates the keys of a Secret (IsConfigMapKey). */
function isSecretKey(key: string): boolean {
  return /^[-._a-zA-Z0-9]{1,253}$/.test(key) && key !== '.' && !key.startsWith('..');
}

const clip = (key: string): string => (key.length > 60 ? `${key.slice(0, 60)}…` : key);

const collision = ({ subject }: ExtractItem, key: string, first: string, second: string): Fault => ({
  kind: 'KeyCollision',
  subject,
  detail: `${JSON.stringify(clip(first))} and ${JSON.stringify(clip(second))} both become the key ${JSON.stringify(clip(key))}; change the rewrite so that they differ`,
});

function invalidKeys({ subject }: ExtractItem, keys: readonly string[]): Fault {
  const named = keys.slice(0, 10).map((key) => JSON.stringify(clip(key)));
  const more = keys.length > named.length ? ` and ${keys.length - named.length} more` : '';
  const letters = [...new Set(keys.flatMap((key) => [...key.replaceAll(/[-._a-zA-Z0-9]/g, '')]))];
  const cure =
    letters.length === 0
      ? 'take the members that you need one by one in spec.data'
      : `add rewrite: [${letters
          .slice(0, 10)
          .map((letter) => `{replace: {from: ${JSON.stringify(letter)}, to: "_"}}`)
          .join(', ')}]`;
  return { kind: 'InvalidKey', subject, detail: `Kubernetes refuses the key ${named.join(', ')}${more}; ${cure}` };
}
