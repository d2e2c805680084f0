import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecretValue } from '../../../src/model/secret-value.ts';

const CANARY = 'c4n4ry';
const secret = SecretValue.ofText(CANARY);

describe('a secret value prints [secret] and never itself', () => {
  const roads: readonly { by: string; print: (value: SecretValue) => unknown }[] = [
    { by: 'String()', print: String },
    { by: 'a template', print: (value) => `${value}` },
    { by: 'JSON', print: (value) => JSON.stringify({ value }) },
    { by: 'inspect', print: (value) => inspect(value, { showHidden: true, depth: null, getters: true }) },
    {
      by: 'inspect of what holds it',
      print: (value) => inspect({ list: [value], map: new Map([['k', value]]) }, { depth: null }),
    },
    { by: 'format %s', print: (value) => format('%s', value) },
    { by: 'format %o', print: (value) => format('%o', value) },
    { by: 'format %j', print: (value) => format('%j', value) },
    { by: 'an error', print: (value) => new Error(`${value}`).message },
    { by: 'concatenation', print: (value) => ''.concat(String(value)) },
  ];
  for (const { by, print } of roads) {
    it(`by ${by}`, () => {
      expect(print(secret)).toContain('[secret]');
      expect(print(secret)).not.toContain(CANARY);
    });
  }

  it('and has nothing to copy or to walk over', () => {
    expect(Reflect.ownKeys(secret)).toEqual([]);
    expect(JSON.stringify({ ...secret })).toBe('{}');
    expect(structuredClone({ ...secret })).toEqual({});
  });
});

describe('a secret value', () => {
  it('reveals its bytes', () => expect(Buffer.from(secret.reveal()).toString()).toBe(CANARY));
  it('has the size of its bytes, not of its letters', () => expect(SecretValue.ofText('é🔑').sizeBytes).toBe(6));

  it('equals another by its bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 4 });
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        const same = Buffer.compare(one, other) === 0;
        expect(new SecretValue(one).equals(new SecretValue(other))).toBe(same);
        expect(new SecretValue(one).equals(new SecretValue(Uint8Array.from(one)))).toBe(true);
      }),
    );
  });
});
