import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRequests } from '../../../src/core/plan.ts';
import type { FetchedValue } from '../../../src/core/ports.ts';
import { renderData, type SecretData } from '../../../src/core/render.ts';
import type { FaultKind } from '../../../src/model/fault.ts';
import { fail, type Result, succeed } from '../../../src/model/result.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { answersBy } from '../../support/answers.ts';
import { READER, specOf, storeOf } from '../../support/builders.ts';

/** What AWS has: a text, bytes, or a fault. */
type Source = Readonly<Record<string, string | Uint8Array | FaultKind>>;

const MISSING: ReadonlySet<unknown> = new Set(['SecretNotFound', 'VersionNotFound', 'AccessDenied', 'Throttled']);

function answerOf(key: string, found: string | Uint8Array | undefined): Result<FetchedValue> {
  if (found === undefined || MISSING.has(found))
    return fail((found as FaultKind) ?? 'SecretNotFound', key, 'is not there');
  const value = typeof found === 'string' ? SecretValue.ofText(found) : new SecretValue(found);
  return succeed({ value, binary: typeof found !== 'string', region: 'eu-west-1' });
}

function render(spec: object, source: Source): Result<SecretData> {
  const planned = planRequests(specOf({ data: [], ...spec }), 'shop', [{ store: storeOf(), identity: READER }]);
  if (!planned.ok) throw new Error(JSON.stringify(planned));
  const { items } = planned.value;
  return renderData(
    items,
    answersBy(items, ({ key }) => answerOf(key, source[key]), Object.keys(source)),
  );
}

const textsOf = (rendered: Result<SecretData>): unknown =>
  rendered.ok
    ? Object.fromEntries([...rendered.value].map(([key, value]) => [key, Buffer.from(value.reveal()).toString()]))
    : rendered.faults.map(({ kind, subject, detail }) => `${kind} ${subject}: ${detail}`);

const from = (rewrite?: object[]) => ({
  dataFrom: [{ extract: { key: 'db' }, ...(rewrite === undefined ? {} : { rewrite }) }],
});
const item = (secretKey: string, key: string, more: object = {}, optional?: boolean) => ({
  secretKey,
  remoteRef: { key, ...more },
  ...(optional === undefined ? {} : { optional }),
});

describe('the data of a Secret', () => {
  const cases: readonly { it: string; spec: object; source: Source; want: Record<string, string> }[] = [
    {
      it: 'is the whole value without a property',
      spec: { data: [item('a', 'x')] },
      source: { x: '{"b": 1.0}' },
      want: { a: '{"b": 1.0}' },
    },
    {
      it: 'is a property of it',
      spec: { data: [item('a', 'x', { property: 'b' })] },
      source: { x: '{"b": 1.0}' },
      want: { a: '1.0' },
    },
    {
      it: 'is every member of an extracted object',
      spec: from(),
      source: { db: '{"a":"1","b":{"c":2},"d":null}' },
      want: { a: '1', b: '{"c":2}', d: '' },
    },
    {
      it: 'takes data before dataFrom, and later dataFrom before earlier',
      spec: { dataFrom: [{ extract: { key: 'one' } }, { extract: { key: 'two' } }], data: [item('c', 'x')] },
      source: { one: '{"a":"1","b":"1","c":"1"}', two: '{"b":"2","c":"2"}', x: '3' },
      want: { a: '1', b: '2', c: '3' },
    },
    {
      it: 'is every member of a find under its whole name, rewritten',
      spec: {
        dataFrom: [{ find: { path: '/prod/db' }, rewrite: [{ prefix: { remove: '/prod/db/' } }, { case: 'Upper' }] }],
      },
      source: { '/prod/db/host': 'h', '/prod/db/password': '{"not": "taken apart"}' },
      want: { HOST: 'h', PASSWORD: '{"not": "taken apart"}' },
    },
    {
      it: 'decodes the members of a find',
      spec: { dataFrom: [{ find: { name: { glob: '*' }, decodingStrategy: 'Base64' } }] },
      source: { a: 'aGk=' },
      want: { a: 'hi' },
    },
    {
      it: 'decodes',
      spec: { data: [item('a', 'x', { decodingStrategy: 'Base64' })] },
      source: { x: 'aGk=' },
      want: { a: 'hi' },
    },
    {
      it: 'has members named __proto__ and constructor',
      spec: from(),
      source: { db: '{"__proto__":"p","constructor":"c"}' },
      want: JSON.parse('{"__proto__":"p","constructor":"c"}'),
    },
    {
      it: 'leaves out an optional key whose secret is not there',
      spec: { data: [item('a', 'x', {}, true), item('b', 'y')] },
      source: { y: '1' },
      want: { b: '1' },
    },
    {
      it: 'leaves out an optional key whose version is not there',
      spec: { data: [item('a', 'x', {}, true), item('b', 'y')] },
      source: { x: 'VersionNotFound', y: '1' },
      want: { b: '1' },
    },
    {
      it: 'leaves out an optional key whose property is not there',
      spec: { data: [item('a', 'x', { property: 'no' }, true), item('b', 'x')] },
      source: { x: '{}' },
      want: { b: '{}' },
    },
    {
      it: 'is rewritten in order',
      spec: from([{ prefix: { remove: 'app/', add: 'x_' } }, { replace: { from: '/', to: '_' } }, { case: 'Upper' }]),
      source: { db: '{"app/a/b":"1","c":"2"}' },
      want: { X_A_B: '1', X_C: '2' },
    },
  ];
  for (const { it: name, spec, source, want } of cases)
    it(name, () => expect(textsOf(render(spec, source))).toEqual(want));

  it('is the text of a StringList, and its items to a property', () => {
    const planned = planRequests(
      specOf({
        data: [item('whole', 'l'), item('all', 'l', { property: '@' }), item('last', 'l', { property: '[-1]' })],
      }),
      'shop',
      [{ store: storeOf({ defaultService: 'ParameterStore' }), identity: READER }],
    );
    if (!planned.ok) throw new Error(JSON.stringify(planned));
    const answer = succeed({ value: SecretValue.ofText('a,"b",,1.0'), list: true as const, region: 'eu-west-1' });
    const { items } = planned.value;
    const rendered = renderData(
      items,
      answersBy(items, () => answer),
    );
    expect(textsOf(rendered)).toEqual({ whole: 'a,"b",,1.0', all: String.raw`["a","\"b\"","","1.0"]`, last: '1.0' });
  });

  it('keeps bytes that are no text', () => {
    const bytes = Uint8Array.of(0, 255, 128, 10);
    const rendered = render({ data: [item('a', 'x')] }, { x: bytes });
    if (!rendered.ok) throw new Error('refused');
    expect(rendered.value.get('a')?.reveal()).toEqual(bytes);
  });
});

describe('a broken entry', () => {
  const cases: readonly { it: string; spec: object; source: Source; want: readonly (string | RegExp)[] }[] = [
    {
      it: 'is named by its place in the spec',
      spec: { data: [item('b', 'y'), item('a', 'x')] },
      source: { y: '1' },
      want: ['SecretNotFound spec.data[1]: is not there'],
    },
    {
      it: 'is named at each entry that it stops',
      spec: { data: [item('a', 'x', { property: 'p' }), item('b', 'x')] },
      source: {},
      want: [/spec\.data\[0\]/, /spec\.data\[1\]/],
    },
    {
      it: 'may not be denied, though it is optional',
      spec: { data: [item('a', 'x', {}, true)] },
      source: { x: 'AccessDenied' },
      want: [/^AccessDenied spec\.data\[0\]/],
    },
    {
      it: 'may not be an outage, though it is optional',
      spec: { data: [item('a', 'x', {}, true)] },
      source: { x: 'Throttled' },
      want: [/^Throttled/],
    },
    {
      it: 'may not be JSON that is none, though it is optional',
      spec: { data: [item('a', 'x', { property: 'a' }, true)] },
      source: { x: '{' },
      want: [/^ValueNotJSON spec\.data\[0\]/],
    },
    {
      it: 'yields nothing',
      spec: { data: [item('a', 'x', { property: 'no' })] },
      source: { x: '{}' },
      want: [/^PropertyNotFound spec\.data\[0\]/],
    },
    {
      it: 'has keys that Kubernetes refuses, with the rewrite to paste',
      spec: from(),
      source: { db: '{"a/b":"1","c d":"2","ok":"3"}' },
      want: [
        'InvalidKey spec.dataFrom[0]: Kubernetes refuses the key "a/b", "c d"; add rewrite: [{replace: {from: "/", to: "_"}}, {replace: {from: " ", to: "_"}}]',
      ],
    },
    {
      it: 'has a key of dots alone, which no rewrite of letters cures',
      spec: from(),
      source: { db: '{"..":"1"}' },
      want: [
        'InvalidKey spec.dataFrom[0]: Kubernetes refuses the key ".."; take the members that you need one by one in spec.data',
      ],
    },
    {
      it: 'rewrites two keys to one',
      spec: from([{ case: 'Lower' }]),
      source: { db: '{"A":"1","a":"2"}' },
      want: [
        'KeyCollision spec.dataFrom[0]: "A" and "a" both become the key "a"; change the rewrite so that they differ',
      ],
    },
    {
      it: 'may hold more than a Secret does',
      spec: { data: [item('a', 'x'), item('b', 'y')] },
      source: { x: 'x'.repeat(1_000_000), y: 'y'.repeat(48_577) },
      want: [
        'SecretTooLarge spec: the values come to 1048577 bytes and a Secret holds 1048576; split them over several ExternalSecrets',
      ],
    },
  ];
  for (const { it: name, spec, source, want } of cases) {
    it(name, () => {
      const told = textsOf(render(spec, source));
      expect(told).toEqual(want.map((text) => (typeof text === 'string' ? text : expect.stringMatching(text))));
    });
  }

  it('leaves room for exactly as much as a Secret holds', () => {
    expect(render({ data: [item('a', 'x')] }, { x: 'x'.repeat(1_048_576) }).ok).toBe(true);
  });

  it('shows at most ten of many refused keys, each cut short', () => {
    const members = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`${at}/${'n'.repeat(300)}`, '1']));
    const [told] = textsOf(render(from(), { db: JSON.stringify(members) })) as string[];
    expect(told).toContain(' and 2 more; ');
    expect(told?.length).toBeLessThan(1_000);
  });

  it('is a find whose whole names are no keys, with the rewrite to paste', () => {
    const rendered = render({ dataFrom: [{ find: { path: '/db' } }] }, { '/db/a': '1', '/db/b': '2' });
    expect(textsOf(rendered)).toEqual([
      'InvalidKey spec.dataFrom[0]: Kubernetes refuses the key "/db/a", "/db/b"; add rewrite: [{replace: {from: "/", to: "_"}}]',
    ]);
  });

  it('is a find of which two members come to one key', () => {
    const spec = { dataFrom: [{ find: { name: { glob: '*' } }, rewrite: [{ case: 'Lower' }] }] };
    const [fault] = textsOf(render(spec, { a: '1', A: '2' })) as string[];
    expect(fault).toMatch(/^KeyCollision spec\.dataFrom\[0\]: "a" and "A" both become the key "a"/);
  });

  it('is an error of ours when the source gave no answer', () => {
    const planned = planRequests(specOf(), 'shop', [{ store: storeOf(), identity: READER }]);
    if (!planned.ok) throw new Error('refused');
    expect(renderData(planned.value.items, { values: new Map(), members: new Map() })).toMatchObject({
      ok: false,
      faults: [{ kind: 'Internal' }],
    });
  });

  it('keeps what the source says of the whole store as one fault of the store', () => {
    const planned = planRequests(specOf(), 'shop', [{ store: storeOf(), identity: READER }]);
    if (!planned.ok) throw new Error('refused');
    const { items } = planned.value;
    const denied = fail('AssumeRoleDenied', 'SecretStore/aws', 'the role does not trust it');
    expect(
      renderData(
        items,
        answersBy(items, () => denied),
      ),
    ).toEqual(denied);
  });
});

describe('rendering', () => {
  it('is all or nothing: every broken entry is named, and no data comes with a fault', () => {
    const sources = fc.array(fc.constantFrom('value', 'SecretNotFound', 'AccessDenied'), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(sources, (found) => {
        const data = found.map((_, at) => item(`k${at}`, `s${at}`));
        const rendered = render({ data }, Object.fromEntries(found.map((source, at) => [`s${at}`, source])));
        const broken = found.flatMap((source, at) => (source === 'value' ? [] : [`spec.data[${at}]`]));
        if (rendered.ok) expect([...rendered.value.keys()]).toEqual(data.map(({ secretKey }) => secretKey));
        expect(rendered.ok ? [] : rendered.faults.map(({ subject }) => subject)).toEqual(broken);
      }),
    );
  });

  it('puts no value into any fault', () => {
    const canary = 'c4n4ry';
    const spec = {
      data: [
        item('a', 'x', { property: 'p' }),
        item('b', 'x', { decodingStrategy: 'Base64' }),
        item('c', 'y', { property: 'no' }),
      ],
      ...from(),
    };
    const told = JSON.stringify(
      textsOf(render(spec, { x: `{"${canary}`, y: `{"a":"${canary}"}`, db: `["${canary}"]` })),
    );
    expect(told).toContain('ValueNotJSON');
    expect(told).not.toContain(canary);
  });
});
