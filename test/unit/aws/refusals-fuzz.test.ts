import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readAwsError } from '../../../src/aws/aws-error.ts';
import { explainSts } from '../../../src/aws/sts-fault.ts';
import { explainRead } from '../../../src/aws/translate.ts';
import type { ReadApi } from '../../../src/aws/transport.ts';
import { access, errorOf, foreignParameter, foreignSecret, keyAccess, parameter, secret } from './refusals/case.ts';
import { tables } from './refusals/table.ts';
import { token } from './refusals/tokens.ts';

const CANARY = 'Canary/wJalrXUtnFEMI';
const known = tables.flatMap(({ cases }) => cases.map(errorOf));

/** A canary somewhere in a text of AWS's, in a text of anything, or in place of a word. */
const message = fc.oneof(
  fc.tuple(fc.string(), fc.string()).map((around) => around.join(CANARY)),
  fc.tuple(fc.constantFrom(...known), fc.nat()).map(([{ message: text }, at]) => {
    const place = at % (text.length + 1);
    return `${text.slice(0, place)} ${CANARY} ${text.slice(place)}`;
  }),
  fc.tuple(fc.constantFrom(...known), fc.nat()).map(([{ message: text }, at]) => {
    const words = text.split(' ');
    return words.with(at % words.length, CANARY).join(' ');
  }),
);
const name = fc.oneof(fc.constantFrom(...known.map((error) => `${error.name}Exception`)), fc.string(), fc.constant(''));
const status = fc.option(fc.constantFrom(200, 400, 403, 429, 500, 503), { nil: undefined });
const error = fc
  .record({ name, message, status })
  .map((one) => readAwsError({ ...one, $metadata: { httpStatusCode: one.status } }));

const key = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.constantFrom(secret.key, foreignSecret.key, 'arn:aws:', "a'b\n$(c)"),
);
const ref = fc.oneof(
  fc.constantFrom(secret, parameter, foreignSecret, foreignParameter),
  fc.tuple(fc.constantFrom(secret, parameter), key).map(([one, other]) => ({ ...one, key: other })),
);
const api = fc.constantFrom<ReadApi>('GetSecretValue', 'BatchGetSecretValue', 'GetParameters');
const asker = fc.constantFrom(access, keyAccess);

it('no text of AWS reaches ours, whatever it holds and wherever', () => {
  fc.assert(
    fc.property(api, error, ref, asker, (call, refused, asked, who) => {
      const told = explainRead({ api: call, error: refused, ref: asked, access: who });
      expect(told.detail).not.toContain(CANARY);
      expect(told.detail.length).toBeGreaterThan(0);
      expect(explainSts(refused, who, token).detail).not.toContain(CANARY);
    }),
    { numRuns: 2_000 },
  );
});

it('what a key means to a shell stays text in the commands that are printed', () => {
  fc.assert(
    fc.property(key, (name) => {
      const marked = readAwsError({
        name: 'InvalidRequestException',
        message: 'was marked for deletion',
        $metadata: { httpStatusCode: 400 },
      });
      const { detail } = explainRead({ api: 'GetSecretValue', error: marked, ref: { ...secret, key: name }, access });
      const word = /--secret-id ('(?:[^']|'\\'')*'|[\w/+=.,@:%-]+) --region/s.exec(detail)?.[1];
      expect(word?.startsWith("'") ? word.slice(1, -1).replaceAll("'\\''", "'") : word).toBe(name);
    }),
  );
});
