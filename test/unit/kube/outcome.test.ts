import { describe, expect, it } from 'vitest';
import type { ApiAnswer } from '../../../src/kube/answer.ts';
import { toOutcome } from '../../../src/kube/outcome.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { statusOf } from './stub-server.ts';

const said = (status: number, body: unknown = statusOf(status, 'Reason')): ApiAnswer => ({
  kind: 'said',
  status,
  body,
  serverTimeS: 7,
});
const causes = (...list: object[]): object => ({ causes: list });

const kinds: readonly { it: string; answer: ApiAnswer; want: string }[] = [
  { it: 'alreadyExists', answer: said(409, statusOf(409, 'AlreadyExists')), want: 'alreadyExists' },
  { it: 'conflict', answer: said(409, statusOf(409, 'Conflict')), want: 'conflict' },
  {
    it: 'a patch of another object of the same name',
    answer: said(422, statusOf(422, 'Invalid', '', causes({ field: 'metadata.uid', reason: 'FieldValueInvalid' }))),
    want: 'conflict',
  },
  { it: 'notFound', answer: said(404), want: 'notFound' },
  {
    it: 'a namespace that is going',
    answer: said(403, statusOf(403, 'Forbidden', 'x', causes({ reason: 'NamespaceTerminating' }))),
    want: 'namespaceTerminating',
  },
  { it: 'any other 403', answer: said(403, statusOf(403, 'Forbidden', 'no')), want: 'refused' },
  { it: 'a 400', answer: said(400), want: 'refused' },
  { it: 'a body over the limit', answer: said(413), want: 'tooLarge' },
  { it: 'etcd’s limit', answer: said(500, statusOf(500, '', 'etcdserver: request is too large')), want: 'tooLarge' },
  {
    it: 'data over the limit',
    answer: said(422, statusOf(422, 'Invalid', '', causes({ field: 'data', reason: 'FieldValueTooLong' }))),
    want: 'tooLarge',
  },
  {
    it: 'annotations over the limit',
    answer: said(
      422,
      statusOf(422, 'Invalid', '', causes({ field: 'metadata.annotations', reason: 'FieldValueTooLong' })),
    ),
    want: 'refused',
  },
  { it: 'overload', answer: said(429), want: 'unavailable' },
  { it: 'an error inside', answer: said(503), want: 'unavailable' },
  { it: 'credentials that are not taken', answer: said(401), want: 'unavailable' },
  { it: 'no answer', answer: { kind: 'lost', code: 'ECONNRESET' }, want: 'unavailable' },
  { it: 'a success without an object', answer: said(200, {}), want: 'unavailable' },
];

describe('the outcome of a write', () => {
  for (const { it: name, answer, want } of kinds) {
    it(`is ${want} for ${name}`, () => expect(toOutcome(answer, 'Secret/db').kind).toBe(want));
  }

  const VALUE = 'hunter2-correct-horse-battery';
  const values = [SecretValue.ofText(VALUE), SecretValue.ofText('1'), SecretValue.ofText('')];
  const texts: readonly { it: string; status: object; want: string }[] = [
    {
      it: 'names field and rule',
      status: statusOf(
        422,
        'Invalid',
        '',
        causes({ field: 'type', reason: 'FieldValueInvalid', message: 'Invalid value: "Opaque": field is immutable' }),
      ),
      want: 'type: Invalid value: field is immutable',
    },
    {
      it: 'keeps what stands without a value',
      status: statusOf(
        422,
        'Invalid',
        '',
        causes(
          { field: 'data[tls.crt]', message: 'Required value' },
          { field: 'data', message: 'Forbidden: field is immutable when `immutable` is set' },
        ),
      ),
      want: 'data[tls.crt]: Required value; data: Forbidden: field is immutable when `immutable` is set',
    },
    {
      it: 'drops the detail about data, which may quote it',
      status: statusOf(
        422,
        'Invalid',
        '',
        causes({ field: 'data[.dockerconfigjson]', message: `Invalid value: "<redacted>": invalid character 'h'` }),
      ),
      want: 'data[.dockerconfigjson]: Invalid value',
    },
    {
      it: 'drops a value that is no plain scalar',
      status: statusOf(
        422,
        'Invalid',
        '',
        causes({ field: 'metadata.labels', message: 'Invalid value: {"a":"b"}: no' }),
      ),
      want: 'metadata.labels: Invalid value',
    },
    {
      it: 'drops a value with escapes',
      status: statusOf(
        422,
        'Invalid',
        '',
        causes({ field: 'metadata.labels', message: 'Invalid value: "a\\": b": a label must be short' }),
      ),
      want: 'metadata.labels: Invalid value: a label must be short',
    },
    {
      it: 'passes on what admission says',
      status: statusOf(403, 'Forbidden', 'secrets "db" is forbidden: exceeded quota: q, requested: secrets=1'),
      want: 'secrets "db" is forbidden: exceeded quota: q, requested: secrets=1',
    },
    {
      it: 'withholds what repeats a value',
      status: statusOf(403, 'Forbidden', `denied: ${VALUE} is weak`),
      want: 'the reason is withheld, as it repeats a value',
    },
    {
      it: 'withholds what repeats a piece of a value',
      status: statusOf(403, 'Forbidden', `denied: begins with ${VALUE.slice(0, 13)}`),
      want: 'the reason is withheld, as it repeats a value',
    },
    {
      it: 'withholds what repeats a value in base64',
      status: statusOf(400, 'BadRequest', `cannot take ${Buffer.from(VALUE).toString('base64')}`),
      want: 'the reason is withheld, as it repeats a value',
    },
  ];
  for (const { it: name, status, want } of texts) {
    it(`${name} in the cause of a refusal`, () => {
      expect(toOutcome(said(422, status), 'Secret/db', values)).toEqual({ kind: 'refused', status: 422, cause: want });
    });
  }
});
