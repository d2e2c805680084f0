import type { SecretValue } from '../model/secret-value.ts';
import { fieldsOf, itemsOf, textOf } from './object-meta.ts';

/** Longer texts of admission plugins are cut: a condition message is no place for them. */
const MAX_LENGTH = 500;
/** A piece of a value that is this long, in characters, counts as the value. */
const PIECE = 12;
/** A value of one or two characters is in any text: it tells nothing there. */
const SHORTEST = 3;

/**
 * The API server's reason for a refusal, from its Status, without any value.
 *
 * A 422 may quote what it refuses (`data[a]: Invalid value: "..."`), so its causes are told by field and type, with the detail
 * only where no value stands before it; what an admission plugin says is free text, and is withheld when it holds a value,
 * or a piece of one, of `values`: all that the refused object carried.
 */
export function refusalOf(status: unknown, values: Iterable<SecretValue> = []): string {
  const { message, details, reason } = fieldsOf(status);
  // The API server may say the same twice.
  const causes = [...new Set(itemsOf(fieldsOf(details).causes).map(describeCause))];
  const text = (causes.length > 0 ? causes.join('; ') : textOf(message) || textOf(reason) || 'no reason given').replace(
    /\s+/g,
    ' ',
  );
  // A cause has lost its value already, and a short one, such as `data`, may well be a word of the API server's own.
  if (holdsValue(text, values, causes.length > 0 ? PIECE : SHORTEST))
    return 'the reason is withheld, as it repeats a value';
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

function describeCause(cause: unknown): string {
  const { field, message } = fieldsOf(cause);
  const where = textOf(field);
  const what = withoutValue(textOf(message), /^(data|stringData)\b/.test(where));
  return where === '' ? what : `${where}: ${what}`;
}

/** The types of k8s.io/apimachinery field.Error whose text goes on with the offending value. */
const QUOTING = /^(Invalid value|Unsupported value|Duplicate value|Not found|Too many|Internal error): /;
/** A value as Go's %q or as a JSON scalar prints it, then the detail. */
const QUOTED = /^(?:"(?:[^"\\]|\\.)*"|`[^`]*`|-?[\d.]+|true|false|null): ?/;

function withoutValue(message: string, isData: boolean): string {
  const type = QUOTING.exec(message)?.[1];
  if (type === undefined) return message;
  // The detail about data is a parser's complaint, which may quote a character or a line of it.
  const rest = message.slice(type.length + 2);
  const quoted = QUOTED.exec(rest);
  if (isData || quoted === null) return type;
  const detail = rest.slice(quoted[0].length);
  return detail === '' ? type : `${type}: ${detail}`;
}

/** True where the text holds a value of at least `shortest` characters (as text or in base64), or a long piece of one. */
function holdsValue(text: string, values: Iterable<SecretValue>, shortest: number): boolean {
  for (const value of values) {
    const bytes = Buffer.from(value.reveal());
    const forms = [bytes.toString('utf8'), bytes.toString('base64')];
    if (forms.some((form) => form.length >= shortest && sharesPiece(text, form))) return true;
  }
  return false;
}

function sharesPiece(text: string, form: string): boolean {
  if (form.length <= PIECE) return text.includes(form);
  for (let at = 0; at + PIECE <= text.length; at++) if (form.includes(text.slice(at, at + PIECE))) return true;
  return false;
}
