import { LiquidError, type Template, UndefinedVariableError } from 'liquidjs';
import type { Fault, Retry } from '../model/fault.ts';
import { type Failed, failWith, type Result, succeed } from '../model/result.ts';
import { SecretValue } from '../model/secret-value.ts';
import { Rendering } from './template-engine.ts';
import { isSpent } from './template-purse.ts';
import { TOO_DEEP } from './template-shape.ts';
import { Halt, KeyMap } from './template-value.ts';

type Data = ReadonlyMap<string, SecretValue>;

/** Liquid templates by the key of the Secret that each makes. */
export type TemplateTexts = Readonly<Record<string, string>>;

/**
 * What the templates make of the fetched data: each key's text, or an `InvalidTemplate` for each template that is broken. The same
 * templates and data always give the same bytes. No message holds a part of a value.
 */
export function renderTemplate(texts: TemplateTexts, fetched: Data): Result<Data> {
  const rendering = new Rendering(new KeyMap(fetched));
  const found: Fault[] = [];
  const data = new Map<string, SecretValue>();
  for (const [key, text] of sorted(texts)) {
    const parsed = parse(rendering, key, text);
    const rendered = parsed.ok ? render(rendering, key, parsed.value) : parsed;
    if (rendered.ok) data.set(key, rendered.value);
    else found.push(...rendered.faults);
  }
  return failWith(found) ?? succeed(data);
}

/** What is wrong with the templates themselves, whatever they are given. */
export function checkTemplate(texts: TemplateTexts): readonly Fault[] {
  const rendering = new Rendering(new KeyMap(new Map()));
  return sorted(texts).flatMap(([key, text]) => {
    const parsed = parse(rendering, key, text);
    return parsed.ok ? [] : parsed.faults;
  });
}

// In one order, since what one template spends the next one lacks.
const sorted = (texts: TemplateTexts): readonly (readonly [string, string])[] =>
  Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1));

function parse(rendering: Rendering, key: string, text: string): Result<Template[]> {
  try {
    return succeed(rendering.parse(text));
  } catch (error) {
    return invalid(key, error, describeSpent(error) ?? describeSyntax(error));
  }
}

function render(rendering: Rendering, key: string, templates: Template[]): Result<SecretValue> {
  try {
    const text = rendering.render(templates);
    if (text.isWellFormed()) return succeed(SecretValue.ofText(text));
    throw new Halt('the template cuts a character in two: half of a surrogate pair has no UTF-8');
  } catch (error) {
    // Here the values have a part in it, and what another value would cure is looked at again although the spec stays as it is.
    return invalid(key, error, describeSpent(error) ?? describeRendering(error), 'onInterval');
  }
}

function invalid(key: string, error: unknown, what: string, retry?: Retry): Failed {
  const [line, column] = error instanceof LiquidError ? error.token.getPosition() : [];
  const where = line === undefined ? '' : `line ${line}, column ${column}: `;
  const fault: Fault = {
    kind: 'InvalidTemplate',
    subject: `spec.target.template.data.${key}`,
    detail: `${where}${what}`,
    ...(retry === undefined ? {} : { retry }),
  };
  return { ok: false, faults: [fault] };
}

/** The error behind the one that Liquid wraps around it to say where it was. */
const originOf = (error: unknown): unknown =>
  error instanceof LiquidError && error.originalError !== undefined ? error.originalError : error;

const describeSpent = (error: unknown): string | undefined =>
  isSpent(originOf(error))
    ? 'the templates of one ExternalSecret may not take so much work together; use shorter templates, fewer loops or less text'
    : undefined;

/** Liquid's own words quote the template, and before there are values nothing else can be in them. */
function describeSyntax(error: unknown): string {
  const origin = originOf(error);
  if (origin instanceof RangeError) return TOO_DEEP;
  if (!(origin instanceof Error)) throw error;
  const message = origin.message.replace(/, line:\d+, col:\d+$/, '');
  const [, filter] = /^undefined filter: (.*)$/s.exec(message) ?? [];
  if (filter !== undefined) return describeUnknown('filter', filter);
  const [, tag] = /^tag "(.*)" not found$/s.exec(message) ?? [];
  if (tag !== undefined) return describeUnknown('tag', tag);
  return clip(message);
}

/** Names by which other template languages call what we have. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  base64_decode: 'b64dec',
  base64_encode: 'b64enc',
  filterPEM: 'pem_cert or pem_key',
  json: 'to_json',
  lower: 'downcase',
  nindent: 'indent',
  sha256sum: 'sha256',
  squote: 'quote',
  toJson: 'to_json',
  toYaml: 'to_yaml',
  trim: 'strip',
  trunc: 'slice',
  upper: 'upcase',
  urlquery: 'url_encode',
};

function describeUnknown(what: 'filter' | 'tag', name: string): string {
  const ours = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
  const cure = ours === undefined ? `docs/templates.md lists the ${what}s that there are` : `here it is ${ours}`;
  return `there is no ${what} ${JSON.stringify(clip(name))}; ${cure}`;
}

/** Errors met while there are values around: theirs are not repeated, since any of them may quote a value. */
function describeRendering(error: unknown): string {
  const origin = originOf(error);
  if (error instanceof UndefinedVariableError) return describeVariable(clip(error.token.getText()));
  if (origin instanceof Halt) return origin.message;
  if (!(error instanceof LiquidError)) throw error;
  return 'a filter or tag cannot take what it is given here; docs/templates.md tells what each one takes';
}

// By the template's text, not by Liquid's message: that has the name as it came out, which may be a value.
function describeVariable(text: string): string {
  const name = /^[\w-]+(\.[\w-]+)*$/.test(text) && /[-.]/.test(text) ? text : 'api-key';
  return `there is no variable ${text}: neither spec.data nor spec.dataFrom brings that key; one with "-" or "." in its name is reached by {{ data["${name}"] }}, and one that may be absent by default or if`;
}

const MAX_QUOTED = 200;

/** On one line, and no longer than a message should be. */
function clip(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}...` : line;
}
