import { describe, expect, it } from 'vitest';
import { planRequests } from '../../../src/core/plan.ts';
import type { Found, RequestPlan } from '../../../src/core/ports.ts';
import { refId } from '../../../src/core/ref-id.ts';
import { renderData } from '../../../src/core/render.ts';
import { sourcesOf } from '../../../src/core/sources.ts';
import type { FaultKind } from '../../../src/model/fault.ts';
import { fail, type Result, succeed } from '../../../src/model/result.ts';
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
        find: async () => succeed([]),
        fetch: async ({ access: { region }, refs }) =>
          new Map(
            refs.map((ref) => [refId(ref), succeed({ value: SecretValue.ofText(region), region, versionId: 'v' })]),
          ),
      },
      planned.value,
      { isUrgent: false, maxAgeMs: 0 },
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

describe('a find', () => {
  const SIGNAL = new AbortController().signal;
  const data = [{ secretKey: 'own', remoteRef: { key: 'prod/a' } }];
  const dataFrom = [{ find: { path: 'prod' }, rewrite: [{ replace: { from: '/', to: '_' } }] }];
  const store = storeOf({ allowedNamespaces: { names: ['*'] }, allowedKeys: ['prod/*'] }, 'ClusterSecretStore');
  const planned = planRequests(
    specOf({ secretStoreRef: { name: 'aws', kind: 'ClusterSecretStore' }, data, dataFrom }),
    'shop',
    [{ store, identity: READER }],
  );
  const plan = planned.ok ? planned.value : expect.fail('refused');
  const value = { value: SecretValue.ofText('x'), region: 'eu-west-1' };
  const ref = (key: string) => ({ service: 'SecretsManager', key }) as const;

  it('reads what the list did not bring, and nothing twice', async () => {
    const read: string[] = [];
    const { members, values } = await fetchAnswers(
      {
        find: async () =>
          succeed([
            { ref: ref('prod/c') },
            { ref: ref('prod/a') },
            { ref: ref('prod/b'), value },
            { ref: ref('prod/c') },
          ]),
        fetch: async ({ refs }) => {
          read.push(refs.map(({ key }) => key).join());
          return new Map(refs.map((each) => [refId(each), succeed(value)]));
        },
      },
      plan,
      { isUrgent: false, maxAgeMs: 0 },
      SIGNAL,
    );
    expect(read).toEqual(['prod/a', 'prod/c']);
    expect(members.get('spec.dataFrom[0]')).toEqual(succeed(['prod/a', 'prod/b', 'prod/c'].map(ref)));
    expect(values.size).toBe(3);
  });

  it('gives each member that is gone, or denied, its own fault, which is soon looked at again where lists may lag', async () => {
    const kinds: Readonly<Record<string, FaultKind>> = { 'prod/b': 'SecretNotFound', 'prod/c': 'AccessDenied' };
    const answers = await fetchAnswers(
      {
        find: async () => succeed(['prod/a', 'prod/b', 'prod/c'].map((key) => ({ ref: ref(key) }))),
        fetch: async ({ refs }) =>
          new Map(
            refs.map((each) => {
              const kind = kinds[each.key];
              return [refId(each), kind === undefined ? succeed(value) : fail(kind, each.key, 'is not to be had')];
            }),
          ),
      },
      plan,
      { isUrgent: false, maxAgeMs: 0 },
      SIGNAL,
    );
    expect(renderData(plan.items, answers)).toEqual({
      ok: false,
      faults: [
        {
          kind: 'SecretNotFound',
          subject: 'spec.dataFrom[0] "prod/b"',
          detail: 'is not to be had',
          retry: 'withBackoff',
        },
        { kind: 'AccessDenied', subject: 'spec.dataFrom[0] "prod/c"', detail: 'is not to be had' },
      ],
    });
  });

  const fruitless: readonly { it: string; found: Result<readonly Found[]>; want: object }[] = [
    { it: 'finds nothing', found: succeed([]), want: { kind: 'SecretNotFound', subject: 'spec.dataFrom[0]' } },
    {
      it: 'finds only what the store does not let be read',
      found: succeed([{ ref: ref('private/a'), value }]),
      want: { kind: 'SecretNotFound', subject: 'spec.dataFrom[0]' },
    },
    {
      it: 'finds more than it may have',
      found: succeed(Array.from({ length: 501 }, (_, at) => ({ ref: ref(`prod/${at}`), value }))),
      want: { kind: 'InvalidSpec', subject: 'spec.dataFrom[0]', retry: 'onInterval' },
    },
    {
      it: 'is denied',
      found: fail('AccessDenied', 'find', 'no'),
      want: { kind: 'AccessDenied', subject: 'spec.dataFrom[0]', detail: 'no' },
    },
    {
      it: 'has a store without credentials',
      found: fail('CredentialsInvalid', 'ClusterSecretStore/aws', 'no'),
      want: { kind: 'CredentialsInvalid', subject: 'ClusterSecretStore/aws' },
    },
  ];
  for (const { it: what, found, want } of fruitless) {
    it(`is a fault when it ${what}`, async () => {
      const source = {
        find: async () => found,
        fetch: async ({ refs }: RequestPlan) => new Map(refs.map((each) => [refId(each), succeed(value)])),
      };
      const rendered = renderData(
        plan.items,
        await fetchAnswers(source, plan, { isUrgent: false, maxAgeMs: 0 }, SIGNAL),
      );
      expect(rendered).toMatchObject({ ok: false, faults: [want] });
    });
  }
});
