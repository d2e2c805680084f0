import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type BadCase, expectKept, expectOthersSync, expectRest, type Kept, spoil } from '../support/bad-cases.ts';
import { makeCanary } from '../support/canary.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';

const canary = makeCanary();
const place = `values-${randomBytes(4).toString('hex')}`;
const at = (name: string): string => `${place}/${name}`;
const KIB_64 = 65_536;

const json = (value: object): string => canary.keep(JSON.stringify(value));
const seeds: Record<string, string> = {
  plain: canary.value('plain'),
  object: json({
    user: canary.value('user'),
    nothing: null,
    port: 5432,
    creds: { 'api-key': canary.value('nested') },
    list: [canary.value('listed')],
  }),
  list: json([canary.value('one'), canary.value('two')]),
  broken: canary.keep(`{"password": "${canary.plain}", `),
  paths: json({ 'tls/cert': canary.value('cert'), 'tls key': canary.value('key'), ok: canary.value('ok') }),
  dots: json({ '..secret': canary.value('dots'), fine: canary.value('fine') }),
  twins: json({ 'a/b': canary.value('1'), a_b: canary.value('2') }),
};

const one = (remoteRef: object): object => ({ data: [{ secretKey: 'value', remoteRef }] });
const good = one({ key: at('plain') });
/** Also takes the good entry away, which a merge patch would keep. */
const extract = (ref: object, rewrite?: object): object => ({ data: null, dataFrom: [{ extract: ref, ...rewrite }] });
const ten = (broken?: string): object => ({
  data: Array.from({ length: 10 }, (_, number) => ({
    secretKey: `key-${number}`,
    remoteRef: { key: at('object'), property: number === 7 ? (broken ?? 'port') : 'user' },
  })),
});
const large = (count: number): object => ({
  data: Array.from({ length: count }, (_, number) => ({
    secretKey: `part-${number}`,
    remoteRef: { key: at(`large-${number}`) },
  })),
});

const cases: readonly BadCase[] = [
  {
    it: 'names a property that matches nothing',
    name: 'no-match',
    good,
    bad: one({ key: at('object'), property: 'pasword' }),
    reason: 'PropertyNotFound',
    says: ['spec.data[0]: property "pasword" matches nothing; the value has no such member, or it is null'],
  },
  {
    it: 'names a property that is null',
    name: 'null',
    good,
    bad: one({ key: at('object'), property: 'nothing' }),
    reason: 'PropertyNotFound',
    says: ['spec.data[0]: property "nothing" is null'],
  },
  {
    it: 'takes no property from the prototype of an object',
    name: 'prototype',
    good,
    bad: {
      data: ['constructor', '__proto__', 'toString'].map((property) => ({
        secretKey: property,
        remoteRef: { key: at('object'), property },
      })),
    },
    reason: 'PropertyNotFound',
    says: [0, 1, 2].map((entry) => `spec.data[${entry}]: property `),
  },
  {
    it: 'names a function that the value does not suit',
    name: 'mismatch',
    good,
    bad: one({ key: at('object'), property: 'length(port)' }),
    reason: 'PropertyNotFound',
    says: ['spec.data[0]: property "length(port)"'],
  },
  {
    it: 'says that a value is no JSON, and to take it whole',
    name: 'no-json',
    good,
    bad: one({ key: at('broken'), property: 'password' }),
    reason: 'ValueNotJSON',
    says: ['spec.data[0]: the value is not JSON', 'remove property to take the value whole'],
  },
  {
    it: 'says that extract wants an object, of a text that is no JSON',
    name: 'extract-text',
    good,
    bad: extract({ key: at('plain') }),
    reason: 'ValueNotJSON',
    says: ['spec.dataFrom[0]: the value is not JSON; extract wants a JSON object'],
  },
  {
    it: 'says that extract wants an object, of a list',
    name: 'extract-list',
    good,
    bad: extract({ key: at('list') }),
    reason: 'ValueNotJSON',
    says: ['spec.dataFrom[0]: the value is JSON, but a list; extract wants an object'],
  },
  {
    it: 'says how a value is to be encoded that is not',
    name: 'not-encoded',
    good,
    bad: one({ key: at('plain'), decodingStrategy: 'Base64' }),
    reason: 'ValueNotDecodable',
    says: ['spec.data[0]: the value is not valid Base64', 'decodingStrategy'],
  },
  {
    it: 'names both members that become one key',
    name: 'collision',
    good,
    bad: extract({ key: at('twins') }, { rewrite: [{ replace: { from: '/', to: '_' } }] }),
    reason: 'KeyCollision',
    says: ['spec.dataFrom[0]: "a/b" and "a_b" both become the key "a_b"; change the rewrite so that they differ'],
  },
  {
    it: 'names the one bad key among nine good, and keeps the Secret whole',
    name: 'one-of-ten',
    good: ten(),
    bad: ten('prot'),
    reason: 'PropertyNotFound',
    says: ['spec.data[7]: property "prot" matches nothing'],
  },
  {
    it: 'names every bad key at once',
    name: 'two-of-three',
    good,
    bad: {
      data: [
        { secretKey: 'a', remoteRef: { key: at('object'), property: 'x' } },
        { secretKey: 'b', remoteRef: { key: at('plain') } },
        { secretKey: 'c', remoteRef: { key: at('broken'), property: 'y' } },
      ],
    },
    reason: 'ValueNotJSON',
    says: ['spec.data[0]: property "x" matches nothing', 'spec.data[2]: the value is not JSON'],
  },
  {
    it: 'says how large the data is that no Secret can hold, and what to do',
    name: 'too-large',
    good: large(16),
    bad: large(17),
    reason: 'SecretTooLarge',
    says: [`the values come to ${17 * KIB_64} bytes and a Secret holds ${16 * KIB_64}; split them over several`],
  },
];

let stage: Stage;
let team: Team;
let kept: Kept;

/** What waits for a cure that the message prints. */
const cures: readonly BadCase[] = [
  {
    it: 'names the keys that Kubernetes refuses',
    name: 'refused-keys',
    good,
    bad: extract({ key: at('paths') }),
    reason: 'InvalidKey',
    says: ['spec.dataFrom[0]: Kubernetes refuses the key "tls/cert", "tls key"; add rewrite: ['],
  },
  {
    it: 'names a key that no rewrite of a letter can save',
    name: 'refused-dots',
    good,
    bad: extract({ key: at('dots') }),
    reason: 'InvalidKey',
    says: ['spec.dataFrom[0]: Kubernetes refuses the key "..secret"; take the members that you need one by one'],
  },
  {
    it: 'names a property that is neither a member nor an expression',
    name: 'hyphen',
    good,
    bad: one({ key: at('object'), property: 'creds.api-key' }),
    reason: 'PropertyNotFound',
    says: ['spec.data[0]: property "creds.api-key" matches nothing', 'quote it: "creds.\\"api-key\\""'],
  },
];

beforeAll(async () => {
  stage = await setStage(['--log-level', 'debug']);
  team = await stage.team('values');
  const blocks = Array.from({ length: 17 }, (_, number): [string, string] => [
    `large-${number}`,
    canary.keep(canary.plain.repeat(KIB_64 / 8)),
  ]);
  const all = [...Object.entries(seeds), ...blocks];
  await Promise.all(all.map(([name, value]) => stage.aws.createSecret(at(name), value)));
  kept = await spoil(team, [...cases, ...cures]);
});
afterAll(() => stage?.end());

describe('a value that does not do for its spec', () => {
  for (const each of [...cases, ...cures]) it(each.it, () => expectKept(stage, team, each, kept));

  it('says nothing of the keys that are well', async () => {
    const { message } = await team.ready('one-of-ten', 'False');
    expect(message.match(/spec\.data\[\d+\]/g)).toEqual(['spec.data[7]']);
  });

  it('is written of once, however often it is looked at', () =>
    expectRest(
      stage,
      team,
      [...cases, ...cures].map(({ name }) => name),
    ));

  it('leaves the ExternalSecrets beside it alone', () => expectOthersSync(stage, team));
});

describe('the cure in a message', () => {
  const messageOf = async (name: string): Promise<string> => (await team.ready(name, 'False')).message;

  it('is a rewrite that works as it stands', async () => {
    const line = /add (rewrite: \[.*?\}\}\])/.exec(await messageOf('refused-keys'))?.[1] ?? '';
    await team.change('refused-keys', { spec: extract({ key: at('paths') }, parse(line)) });
    await team.holds('refused-keys', {
      tls_cert: canary.value('cert'),
      tls_key: canary.value('key'),
      ok: canary.value('ok'),
    });
    await team.ready('refused-keys', 'True', 'Synced');
  });

  it('is a quoted property that works as it stands', async () => {
    const quoted = /quote it: (".*?[^\\]")(?:;|$)/.exec(await messageOf('hyphen'))?.[1] ?? '""';
    await team.change('hyphen', { spec: one({ key: at('object'), property: JSON.parse(quoted) }) });
    await team.holds('hyphen', { value: canary.value('nested') });
  });

  it('is to take the members one by one', async () => {
    await team.change('refused-dots', {
      spec: { ...one({ key: at('dots'), property: '..secret' }), dataFrom: null },
    });
    await team.holds('refused-dots', { value: canary.value('dots') });
  });
});

it('lets no value out but into Secrets', async () => {
  const { leaks, secrets } = await canary.scan(stage);
  expect(leaks).toEqual([]);
  expect(secrets).toBeGreaterThan(5);
});
