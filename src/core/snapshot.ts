import { fail, type Result, succeed } from '../model/result.ts';
import type { FetchedValue } from './ports.ts';

type Answer = Result<FetchedValue>;

/**
 * The answers with one version of each secret and parameter: a name, an ARN, an explicit AWSCURRENT, another store and a bridge from Parameter
 * Store go by calls of their own, and a rotation may fall between them. The first value then stands for all, and so does the first document about
 * the secret. A document about another version than the value's is a fault that passes: the next look finds both of one version.
 */
export function oneVersionEach(answers: ReadonlyMap<string, Answer>): ReadonlyMap<string, Answer> {
  if (answers.size < 2) return answers;
  const values = firsts(answers, undefined);
  const documents = firsts(answers, true);
  return new Map([...answers].map(([id, answer]) => [id, agreed(answer, values, documents)]));
}

type Firsts = ReadonlyMap<string, FetchedValue>;

function firsts(answers: ReadonlyMap<string, Answer>, metadata: true | undefined): Firsts {
  const first = new Map<string, FetchedValue>();
  for (const answer of answers.values()) {
    const origin = answer.ok && answer.value.metadata === metadata ? answer.value.origin : undefined;
    if (answer.ok && origin !== undefined && !first.has(origin)) first.set(origin, answer.value);
  }
  return first;
}

function agreed(answer: Answer, values: Firsts, documents: Firsts): Answer {
  const origin = answer.ok ? answer.value.origin : undefined;
  if (!answer.ok || origin === undefined) return answer;
  const value = values.get(origin);
  if (answer.value.metadata === undefined) return value === undefined ? answer : succeed(value);
  const document = documents.get(origin) ?? answer.value;
  if (value === undefined || isOfOneVersion(value, document)) return succeed(document);
  const [arn = origin] = origin.split(' ');
  return fail('SourceUnavailable', arn, 'has a new version since its value was read; both are read again');
}

const isOfOneVersion = (a: FetchedValue, b: FetchedValue): boolean =>
  a.versionId === b.versionId && a.version === b.version;
