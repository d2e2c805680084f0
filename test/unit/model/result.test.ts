import { expect, it } from 'vitest';
import type { Fault } from '../../../src/model/fault.ts';
import { fail, failWith, succeed } from '../../../src/model/result.ts';

const fault: Fault = { kind: 'InvalidSpec', subject: 's', detail: 'd' };

it('succeeds with its value, even with none', () => {
  expect(succeed(undefined)).toEqual({ ok: true, value: undefined });
});

it('fails with one fault', () => expect(fail('InvalidSpec', 's', 'd')).toEqual({ ok: false, faults: [fault] }));

it('fails with all that is wrong, in order', () => {
  expect(failWith([fault, { ...fault, subject: 't' }])).toEqual({
    ok: false,
    faults: [fault, { ...fault, subject: 't' }],
  });
});

it('is no failure when nothing is wrong', () => expect(failWith([])).toBeUndefined());
