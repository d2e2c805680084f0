import { expect, it } from 'vitest';
import { contentIdOf } from '../../../src/core/content-id.ts';
import type { FetchedValue } from '../../../src/core/ports.ts';
import { fail, type Result, succeed } from '../../../src/model/result.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';

const secret = {
  value: SecretValue.ofText('x'),
  region: 'eu-west-1',
  versionId: 'v1',
  origin: 'arn:db-AbCdEf AWSCURRENT',
};

const idOf = (...answers: (Partial<FetchedValue> | Result<FetchedValue>)[]): string | undefined =>
  contentIdOf({
    values: new Map(
      answers.map((answer, at) => [
        `${at}`,
        'ok' in answer ? answer : succeed({ ...secret, ...answer } as FetchedValue),
      ]),
    ),
    members: new Map(),
  });

it('is the same for the same versions of the same secrets, whatever object holds them', () => {
  const again = { value: SecretValue.ofText('x') };
  expect(idOf({}, { versionId: 'v2' })).toBe(idOf(again, { ...again, versionId: 'v2' }));
});

const others: readonly { it: string; answers: readonly Partial<FetchedValue>[] }[] = [
  { it: 'another version', answers: [{ versionId: 'v2' }] },
  { it: 'a secret that was made again under its name', answers: [{ origin: 'arn:db-GhIjKl AWSCURRENT' }] },
  { it: 'one more secret', answers: [{}, {}] },
];

it.each(others)('differs for $it', ({ answers }) => {
  expect(idOf(...answers)).toEqual(expect.any(String));
  expect(idOf(...answers)).not.toBe(idOf({}));
});

const nameless: readonly { it: string; answers: readonly (Partial<FetchedValue> | Result<FetchedValue>)[] }[] = [
  { it: 'nothing was asked for', answers: [] },
  {
    it: 'a parameter is among them',
    answers: [{}, succeed({ value: secret.value, region: 'eu-west-1', version: 1, origin: 'arn:db db ' })],
  },
  { it: 'a document about a secret is', answers: [{}, { metadata: true }] },
  { it: 'one is absent', answers: [{}, fail('SecretNotFound', 'db', 'there is none')] },
];

it.each(nameless)('is none where $it', ({ answers }) => {
  expect(idOf(...answers)).toBeUndefined();
});

it('is none for a find, which may have other members the next time', () => {
  const values = new Map([['0', succeed(secret)]]);
  expect(contentIdOf({ values, members: new Map([['spec.dataFrom[0]', succeed([])]]) })).toBeUndefined();
});
