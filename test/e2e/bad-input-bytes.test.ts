import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCanary } from '../support/canary.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';

// Values that other tools are known to bend on the way: here each arrives as it is in AWS, to the byte.

const canary = makeCanary();
const place = `bytes-${randomBytes(4).toString('hex')}`;
const at = (name: string): string => `${place}/${name}`;

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const binary = canary.keep(Uint8Array.from([...everyByte, ...Buffer.from(canary.value('binary')), ...everyByte]));
const head = canary.value('large é🔑');
const largeText = canary.keep(head + 'x'.repeat(65_536 - Buffer.byteLength(head)));
const largeBinary = canary.keep(Uint8Array.from({ length: 65_536 }, (_, index) => (index * 31 + (index >> 8)) % 256));
const withNul = canary.keep(`${canary.value('nul')}\u0000\r\n\ttail \u2028 `);
// As text: an object literal would set the prototype, and lose the last digits.
const odd = canary.keep(
  `{"__proto__":"${canary.plain}-proto","constructor":{"name":"${canary.plain}-constructor"},` +
    `"toString":"${canary.plain}-string","hasOwnProperty":true,"prototype":null}`,
);
const literal = canary.keep(
  JSON.stringify({
    'api-key': canary.value('hyphen'),
    'a.b': canary.value('dot'),
    a: { b: canary.value('nested') },
    '/x': canary.value('slash'),
    'with space': canary.value('space'),
    é: canary.value('accent'),
    'x[0]': canary.value('brackets'),
    '@': canary.value('at'),
  }),
);
const numbers = `{"long":12345678901234567890,"rate":1.10,"tiny":1E-7,"yes":true,"list":[1.0,"${canary.plain}"],"none":[]}`;

let stage: Stage;
let team: Team;

/** The Secret's bytes, once it is in sync. */
async function bytesOf(name: string): Promise<ReadonlyMap<string, Buffer>> {
  await team.ready(name, 'True', 'Synced');
  const { data = {} } = (await team.secret(name)) ?? {};
  return new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
}

const textsOf = async (name: string): Promise<Record<string, string>> =>
  Object.fromEntries([...(await bytesOf(name))].map(([key, value]) => [key, value.toString()]));

const properties = (key: string, names: Readonly<Record<string, string>>): object => ({
  data: Object.entries(names).map(([secretKey, property]) => ({ secretKey, remoteRef: { key: at(key), property } })),
});

beforeAll(async () => {
  stage = await setStage(['--log-level', 'debug']);
  team = await stage.team('bytes');
  const seeds = { binary, largeText, largeBinary, withNul, odd, literal, numbers };
  const seeding = Object.entries(seeds).map(([name, value]) => stage.aws.createSecret(at(name), value));
  await Promise.all([...seeding, stage.aws.putParameter(`/${at('parameter')}`, canary.value('ends here\n'))]);
  await Promise.all([
    team.externalSecret('whole', {
      data: ['binary', 'largeText', 'largeBinary', 'withNul'].map((name) => ({
        secretKey: name,
        remoteRef: { key: at(name) },
      })),
    }),
    team.externalSecret('parameter', {
      data: [{ secretKey: 'value', remoteRef: { key: `/${at('parameter')}`, service: 'ParameterStore' } }],
    }),
    team.externalSecret('odd-extract', { dataFrom: [{ extract: { key: at('odd') } }] }),
    team.externalSecret(
      'odd-property',
      properties('odd', { __proto__x: '__proto__', constructor: 'constructor', toString: 'toString' }),
    ),
    team.externalSecret(
      'literal',
      properties('literal', {
        hyphen: 'api-key',
        dot: 'a.b',
        nested: 'a | b',
        slash: '/x',
        space: 'with space',
        accent: 'é',
        brackets: 'x[0]',
        at: '@',
      }),
    ),
    team.externalSecret('numbers', { dataFrom: [{ extract: { key: at('numbers') } }] }),
  ]);
});
afterAll(() => stage?.end());

describe('a value arrives byte for byte', () => {
  it('when it is binary, with every byte there is', async () => {
    expect((await bytesOf('whole')).get('binary')?.equals(binary)).toBe(true);
  });

  it('when it is 64 KB of text', async () => {
    const text = (await bytesOf('whole')).get('largeText');
    expect(text?.byteLength).toBe(65_536);
    expect(text?.toString() === largeText).toBe(true);
  });

  it('when it is 64 KB of bytes', async () => {
    expect((await bytesOf('whole')).get('largeBinary')?.equals(largeBinary)).toBe(true);
  });

  it('when it has NUL, line ends and blanks at its end', async () => {
    expect((await bytesOf('whole')).get('withNul')?.toString()).toBe(withNul);
  });

  it('when it is a parameter that ends with a line break', async () => {
    expect(await textsOf('parameter')).toEqual({ value: canary.value('ends here\n') });
  });
});

describe('a member of a JSON value is that member', () => {
  it('when it is called __proto__ or constructor, by extract', async () => {
    const texts = await bytesOf('odd-extract');
    expect(new Map([...texts].map(([key, value]) => [key, value.toString()]))).toEqual(
      new Map([
        ['__proto__', `${canary.plain}-proto`],
        ['constructor', `{"name":"${canary.plain}-constructor"}`],
        ['toString', `${canary.plain}-string`],
        ['hasOwnProperty', 'true'],
        ['prototype', ''],
      ]),
    );
  });

  it('when it is called __proto__ or constructor, by property', async () => {
    expect(await textsOf('odd-property')).toEqual({
      __proto__x: `${canary.plain}-proto`,
      constructor: `{"name":"${canary.plain}-constructor"}`,
      toString: `${canary.plain}-string`,
    });
  });

  it('when its name is no JMESPath, or would be another one', async () => {
    expect(await textsOf('literal')).toEqual({
      hyphen: canary.value('hyphen'),
      dot: canary.value('dot'),
      nested: canary.value('nested'),
      slash: canary.value('slash'),
      space: canary.value('space'),
      accent: canary.value('accent'),
      brackets: canary.value('brackets'),
      at: canary.value('at'),
    });
  });

  it('when it is a number, with every digit as written', async () => {
    expect(await textsOf('numbers')).toEqual({
      long: '12345678901234567890',
      rate: '1.10',
      tiny: '1E-7',
      yes: 'true',
      list: `[1.0,"${canary.plain}"]`,
      none: '[]',
    });
  });
});

it('lets no value out but into Secrets', async () => {
  const { leaks, secrets } = await canary.scan(stage);
  expect(leaks).toEqual([]);
  expect(secrets).toBe(6);
});
