import type { ExternalSecret } from '../api/generated/types.ts';
import type { Fault } from '../model/fault.ts';
import { fail, failWith, type Result, succeed } from '../model/result.ts';
import { SecretValue } from '../model/secret-value.ts';
import { type Answers, answerId } from './answers.ts';
import { decodeValue } from './decode.ts';
import { nameMembers } from './name-members.ts';
import type { FindItem, PlannedItem } from './plan.ts';
import type { FetchedValue } from './ports.ts';
import { readMembers, readProperty } from './property.ts';
import { Reading } from './reading.ts';
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
    const part = item.kind === 'find' ? renderFind(item, fetched) : renderRef(item, fetched, reading);
    if (!part.ok) found.push(...part.faults);
    else for (const [key, value] of part.value) data.set(key, value);
  }
  return failWith(found) ?? succeed(data);
}

const NO_ANSWER = 'the source gave no answer';

function renderRef(item: RefItem, { values }: Answers, reading: Reading): Result<SecretData> {
  const answer = values.get(answerId(item.store, item.ref));
  if (answer === undefined) return fail('Internal', item.subject, NO_ANSWER);
  if (!answer.ok) return absentIsFine(item, answer) ?? relabel(answer.faults, item.ref.key, item.subject);
  return item.kind === 'data' ? renderKey(item, answer.value, reading) : renderExtract(item, answer.value, reading);
}

type RefItem = Exclude<PlannedItem, FindItem>;
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
  item: RefItem,
  { faults }: { readonly faults: readonly Fault[] },
): Result<SecretData> | undefined {
  const optional = item.kind === 'data' && item.optional;
  return optional && faults.every(({ kind }) => ABSENT.has(kind)) ? succeed(new Map()) : undefined;
}

/**
 * The source speaks of a ref by its key, and people look for the entry in their spec. What it says of the store's own identity is about
 * the whole store, and stays one line however many entries it stops.
 */
function relabel(faults: readonly Fault[], from: string, to: string): Result<never> {
  const named = faults.map((fault) => (fault.subject === from ? { ...fault, subject: to } : fault));
  return failWith(named) ?? fail('Internal', to, 'no fault');
}

function renderExtract(item: ExtractItem, { value }: FetchedValue, reading: Reading): Result<SecretData> {
  const members = readMembers(value, item.property, item.subject, reading);
  return members.ok ? nameMembers(item, members.value) : members;
}

// ---------------------------------------------------------------------------------------------------------------- find

// A list of AWS may show for minutes what is gone, so these pass sooner than the next interval.
const LAGGING: ReadonlySet<string> = new Set(['SecretNotFound', 'ParameterNotFound', 'MarkedForDeletion']);

/** Every member, or a fault for each that cannot be read: none goes missing in silence. */
function renderFind(item: FindItem, { values, members }: Answers): Result<SecretData> {
  const refs = members.get(item.subject);
  if (refs === undefined) return fail('Internal', item.subject, NO_ANSWER);
  if (!refs.ok) return relabel(refs.faults, 'find', item.subject);
  const found: Fault[] = [];
  const entries = new Map<string, SecretValue>();
  for (const ref of refs.value) {
    const subject = `${item.subject} ${JSON.stringify(ref.key)}`;
    const answer = values.get(answerId(item.store, ref)) ?? fail('Internal', ref.key, NO_ANSWER);
    if (answer.ok) entries.set(ref.key, answer.value.value);
    else found.push(...faultsOfMember(answer.faults, ref.key, subject));
  }
  return failWith(found) ?? nameMembers(item, entries);
}

const faultsOfMember = (faults: readonly Fault[], key: string, subject: string): readonly Fault[] =>
  faults.map((fault) => ({
    ...fault,
    ...(fault.subject === key ? { subject } : {}),
    ...(LAGGING.has(fault.kind) ? { retry: 'withBackoff' } : {}),
  }));
