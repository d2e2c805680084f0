import { describe, expect, it } from 'vitest';
import { planRequests } from '../../../src/core/plan.ts';
import type { FetchedValue } from '../../../src/core/ports.ts';
import { sourcesOf } from '../../../src/core/sources.ts';
import { fail, type Result, succeed } from '../../../src/model/result.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { answersBy } from '../../support/answers.ts';
import { READER, specOf, storeOf } from '../../support/builders.ts';

const CANARY = 'c4n4ry';
const fetchedOf = (version: object): Result<FetchedValue> =>
  succeed({ value: SecretValue.ofText(CANARY), binary: false, region: 'eu-west-1', ...version });

function sources(remoteRefs: readonly object[], answers: readonly Result<FetchedValue>[]) {
  const data = remoteRefs.map((remoteRef, at) => ({ secretKey: `k${at}`, remoteRef }));
  const planned = planRequests(specOf({ data }), 'shop', [{ store: storeOf(), identity: READER }]);
  if (!planned.ok) throw new Error('refused');
  const { items } = planned.value;
  const keys = remoteRefs.map((ref) => Reflect.get(ref, 'key'));
  return sourcesOf(
    items,
    answersBy(items, ({ key }) => answers[[...new Set(keys)].indexOf(key)] ?? fail('Internal', '', '')),
  );
}

it('has an entry for each ref, however many keys come from it, and no value', () => {
  const found = sources(
    [
      { key: 'db', property: 'a' },
      { key: 'db', property: 'b' },
      { key: '/level', service: 'ParameterStore' },
    ],
    [fetchedOf({ versionId: 'v1' }), fetchedOf({ version: 3 })],
  );
  expect(found).toEqual([
    { key: 'db', service: 'SecretsManager', region: 'eu-west-1', versionId: 'v1' },
    { key: '/level', service: 'ParameterStore', region: 'eu-west-1', version: 3 },
  ]);
  expect(JSON.stringify(found)).not.toContain(CANARY);
});

it('leaves out what was not there for an optional key', () => {
  expect(sources([{ key: 'a' }, { key: 'b' }], [fail('SecretNotFound', 'a', 'x'), fetchedOf({})])).toEqual([
    { key: 'b', service: 'SecretsManager', region: 'eu-west-1' },
  ]);
});

it('has one entry for a secret and its metadata', () => {
  const answer = fetchedOf({ versionId: 'v1' });
  const found = sources([{ key: 'a' }, { key: 'a', metadataPolicy: 'Fetch', property: 'arn' }], [answer, answer]);
  expect(found).toHaveLength(1);
});

describe('a find', () => {
  const planned = planRequests(specOf({ data: [], dataFrom: [{ find: { name: { glob: '*' } } }] }), 'shop', [
    { store: storeOf(), identity: READER },
  ]);
  const { items } = planned.ok ? planned.value : expect.fail('refused');

  it('has an entry for each member', () => {
    const found = sourcesOf(
      items,
      answersBy(items, () => fetchedOf({ versionId: 'v1' }), ['a', 'b']),
    );
    expect(found.map(({ key, versionId }) => `${key} ${versionId}`)).toEqual(['a v1', 'b v1']);
  });

  it('has as many as the status takes', () => {
    const names = Array.from({ length: 1_200 }, (_, at) => `s${at}`);
    expect(
      sourcesOf(
        items,
        answersBy(items, () => fetchedOf({}), names),
      ),
    ).toHaveLength(1_000);
  });
});
