import { expect, it } from 'vitest';
import { patchStatus } from '../../../src/core/patch-status.ts';

interface Sample {
  readonly kept?: number;
  readonly list?: readonly string[];
  readonly member?: { readonly a?: number; readonly b?: number };
}

const before: Sample = { kept: 1, list: ['a'], member: { a: 1, b: 2 } };

it('keeps what the patch does not name', () => {
  expect(patchStatus(before, { kept: 2 })).toEqual({ ...before, kept: 2 });
});

it('takes away what is null, and does not leave it as undefined', () => {
  expect(Object.keys(patchStatus(before, { list: null, member: null }))).toEqual(['kept']);
  expect(patchStatus({}, { list: null } as { list: null })).toEqual({});
});

it('puts a list or an object in the whole place of the old one', () => {
  expect(patchStatus(before, { list: ['b'], member: { a: 3 } })).toEqual({ kept: 1, list: ['b'], member: { a: 3 } });
});

it('leaves the status that it was given as it was', () => {
  patchStatus(before, { kept: null, list: [] });
  expect(before).toEqual({ kept: 1, list: ['a'], member: { a: 1, b: 2 } });
});
