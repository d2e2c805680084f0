import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Ground, planRequests } from '../../../src/core/plan.ts';
import { renderData } from '../../../src/core/render.ts';
import { sourcesOf } from '../../../src/core/sources.ts';
import { fetchAnswers } from '../../../src/reconcile/fetch-answers.ts';
import { READER, specOf, storeOf } from '../../support/builders.ts';
import { createBench, parameterEntry, secretArn, secretEntry } from '../aws/fake-transport.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const BRIDGE = '/aws/reference/secretsmanager/';

/** What a Secret of the spec holds when everything rotates at each call to AWS, and the versions that its sources tell of. */
async function renderInRotation(spec: object, grounds: readonly Ground[] = [{ store: storeOf(), identity: READER }]) {
  let version = 0;
  const bench = createBench((call) => {
    version += 1;
    const text = JSON.stringify({ user: `user of v${version}`, password: `password of v${version}` });
    const secret = (name: string) => secretEntry(name, text, `v${version}`);
    const bridged = (name: string) => ({
      ...parameterEntry(name, 0),
      Value: text,
      SourceResult: JSON.stringify({ ARN: secretArn('db'), versionId: `v${version}`, secretString: text }),
    });
    const parameter = (name: string) => ({ ...parameterEntry(name, version), Value: text });
    switch (call.api) {
      case 'GetSecretValue':
        return secret('db');
      case 'BatchGetSecretValue':
        return { SecretValues: ['db', 'other'].map(secret) };
      case 'GetParameters':
        return {
          Parameters: call.input.Names.map((name) => (name.startsWith(BRIDGE) ? bridged(name) : parameter('/db'))),
        };
      case 'GetParametersByPath':
        return { Parameters: [parameter('/db')] };
      case 'ListSecrets':
        return { SecretList: [{ Name: 'db' }, { Name: 'other' }] };
      default:
        return undefined;
    }
  });
  const planned = planRequests(specOf({ data: [], ...spec }), 'shop', grounds);
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  const fetching = fetchAnswers(
    bench.source,
    planned.value,
    { isUrgent: false, maxAgeMs: 0 },
    new AbortController().signal,
  );
  await vi.advanceTimersByTimeAsync(60_000);
  const answers = await fetching;
  const rendered = renderData(planned.value.items, answers);
  if (!rendered.ok) throw new Error(JSON.stringify(rendered.faults));
  const texts = [...rendered.value].map(([, value]) => /v\d+/.exec(new TextDecoder().decode(value.reveal()))?.[0]);
  const sources = sourcesOf(planned.value.items, answers).map((source) => source.versionId ?? `v${source.version}`);
  return { keys: rendered.value.size, texts: [...new Set(texts)], sources: [...new Set(sources)], calls: version };
}

const entry = (secretKey: string, key: string, more: object = {}, item: object = {}) => ({
  secretKey,
  remoteRef: { key, property: 'password', ...more },
  ...item,
});
const PARAMETERS = { service: 'ParameterStore' };
const other: Ground = {
  store: { ...storeOf(), name: 'other' },
  identity: READER,
};

const ways: readonly { it: string; spec: object; keys: number; grounds?: readonly Ground[] }[] = [
  { it: 'a name and an ARN', spec: { data: [entry('a', 'db'), entry('b', secretArn('db'))] }, keys: 2 },
  {
    it: 'nothing said and AWSCURRENT said, by name and by ARN',
    spec: {
      data: [
        entry('a', 'db', { versionStage: 'AWSCURRENT' }),
        entry('b', secretArn('db')),
        entry('c', secretArn('db').slice(0, -7), { versionStage: 'AWSCURRENT' }),
      ],
    },
    keys: 3,
  },
  {
    it: 'another stage, by name and by ARN',
    spec: { data: ['db', secretArn('db')].map((key, at) => entry(`k${at}`, key, { versionStage: 'AWSPREVIOUS' })) },
    keys: 2,
  },
  {
    it: 'data, extract and the bridge',
    spec: {
      data: [entry('a', secretArn('db')), entry('b', `${BRIDGE}db`, PARAMETERS)],
      dataFrom: [{ extract: { key: 'db' } }],
    },
    keys: 4,
  },
  {
    it: 'two stores',
    spec: { data: [entry('a', 'db'), entry('b', 'db', {}, { secretStoreRef: { name: 'other' } })] },
    keys: 2,
    grounds: [{ store: storeOf(), identity: READER }, other],
  },
  {
    it: 'a path of parameters, a name and an ARN',
    spec: {
      data: [entry('a', '/db', PARAMETERS), entry('b', 'arn:aws:ssm:eu-west-1:123456789012:parameter/db', PARAMETERS)],
      dataFrom: [{ find: { path: '/', ...PARAMETERS }, rewrite: [{ replace: { from: '/', to: '' } }] }],
    },
    keys: 3,
  },
];
for (const { it: what, spec, keys, grounds } of ways) {
  it(`draws all keys from one version of a secret that rotates meanwhile, asked for by ${what}`, async () => {
    const drawn = await renderInRotation(spec, grounds);
    expect(drawn).toMatchObject({ keys, texts: [expect.any(String)], sources: drawn.texts });
    expect(drawn.calls).toBeGreaterThan(1);
  });
}

it('draws a member of a find and a key of its own from one version', async () => {
  const spec = { data: [entry('a', secretArn('db'))], dataFrom: [{ find: { name: { glob: 'db' } } }] };
  expect(await renderInRotation(spec)).toMatchObject({ keys: 2, texts: [expect.any(String)] });
});
