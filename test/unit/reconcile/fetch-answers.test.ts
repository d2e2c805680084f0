import { describe, expect, it } from 'vitest';
import { planRequests } from '../../../src/core/plan.ts';
import { refId } from '../../../src/core/ref-id.ts';
import { renderData } from '../../../src/core/render.ts';
import { sourcesOf } from '../../../src/core/sources.ts';
import { succeed } from '../../../src/model/result.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { fetchAnswers } from '../../../src/reconcile/fetch-answers.ts';
import { READER, specOf, storeOf } from '../../support/builders.ts';

describe('one key of two stores', () => {
  const grounds = [
    { store: storeOf(), identity: READER },
    { store: { ...storeOf({ region: 'us-east-1' }), name: 'other' }, identity: READER },
  ];
  const data = [
    { secretKey: 'here', remoteRef: { key: 'db' } },
    { secretKey: 'there', remoteRef: { key: 'db' }, secretStoreRef: { name: 'other' } },
  ];

  it('has the value of each, and a source for each', async () => {
    const planned = planRequests(specOf({ data }), 'shop', grounds);
    if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
    const answers = await fetchAnswers(
      {
        fetch: async ({ access: { region }, refs }) =>
          new Map(
            refs.map((ref) => [refId(ref), succeed({ value: SecretValue.ofText(region), region, versionId: 'v' })]),
          ),
      },
      planned.value,
      new AbortController().signal,
    );
    const rendered = renderData(planned.value.items, answers);
    const texts = rendered.ok
      ? [...rendered.value].map(([key, value]) => [key, new TextDecoder().decode(value.reveal())])
      : [];
    expect(texts).toEqual([
      ['here', 'eu-west-1'],
      ['there', 'us-east-1'],
    ]);
    expect(sourcesOf(planned.value.items, answers).map(({ key, region }) => [key, region])).toEqual([
      ['db', 'eu-west-1'],
      ['db', 'us-east-1'],
    ]);
  });
});
