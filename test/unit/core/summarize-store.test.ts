import { describe, expect, it } from 'vitest';
import { patchStatus } from '../../../src/core/patch-status.ts';
import { type Check, type StoreStatus, summarizeStore, wasFoundWell } from '../../../src/core/summarize-store.ts';
import { fail, succeed } from '../../../src/model/result.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const ARN = 'arn:aws:sts::123456789012:assumed-role/reader/keyferry';
const good = succeed({ identityArn: ARN });
/** The patch for a check that found this, and has these hints. */
const patch = (status: StoreStatus, found: Check['found'], generation: number, nowMs: number, hints: string[] = []) =>
  summarizeStore(status, { found, hints }, generation, nowMs);
const after = (status: StoreStatus, ...rest: Tail<typeof patch>): StoreStatus =>
  patchStatus(status, patch(status, ...rest) ?? {});
type Tail<F> = F extends (first: StoreStatus, ...rest: infer R) => unknown ? R : never;
const told = ({ conditions = [] }: StoreStatus) =>
  conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`);

it('says who the store is to AWS', () => {
  const status = after({ observedGeneration: -1 }, good, 1, T0);
  expect(status).toMatchObject({ observedGeneration: 1, identityArn: ARN });
  expect(told(status)).toEqual([`Ready=True Valid: AWS knows the store as ${ARN}`]);
});

it('says only what is known where AWS told no name', () => {
  expect(told(after({}, succeed({}), 1, T0))).toEqual(['Ready=True Valid: The store is well-formed']);
});

it('is not written again while it says the same', () => {
  const status = after({}, good, 1, T0);
  expect(patch(status, good, 1, T0 + 60_000)).toBeUndefined();
  const broken = after(status, fail('AssumeRoleDenied', 'SecretStore/aws', 'is denied'), 1, T0);
  expect(patch(broken, fail('AssumeRoleDenied', 'SecretStore/aws', 'is denied'), 1, T0 + 60_000)).toBeUndefined();
});

it('is written for a new generation, though nothing else changes', () => {
  expect(patch(after({}, good, 1, T0), good, 2, T0)).toMatchObject({ observedGeneration: 2 });
});

it('is Reconciling with what may pass and Stalled with what does not, and keeps the last known name', () => {
  const status = after({}, good, 1, T0);
  const denied = after(status, fail('AssumeRoleDenied', 'SecretStore/aws', 'is denied'), 1, T0);
  expect(told(denied)).toEqual([
    'Ready=False AssumeRoleDenied: SecretStore/aws: is denied',
    'Reconciling=True AssumeRoleDenied: SecretStore/aws: is denied',
  ]);
  expect(denied.identityArn).toBe(ARN);
  expect(told(after(status, fail('InvalidSpec', 'spec.region', 'is wrong'), 1, T0))[1]).toBe(
    'Stalled=True InvalidSpec: spec.region: is wrong',
  );
});

it('keeps the name that is known while STS does not tell, and forgets it with another spec', () => {
  const status = after({}, good, 1, T0);
  expect(patch(status, succeed({}), 1, T0)).toBeUndefined();
  expect(patch(status, succeed({}), 2, T0)).toMatchObject({ identityArn: null });
});

it('says the hints, is not written again for the same, and takes them away', () => {
  const hinted = after({}, good, 1, T0, ['b', 'c']);
  expect(hinted.hints).toEqual(['b', 'c']);
  expect(patch(hinted, good, 1, T0 + 60_000, ['b', 'c'])).toBeUndefined();
  expect(patch(hinted, good, 1, T0, ['c'])).toMatchObject({ hints: ['c'] });
  expect(patch(hinted, good, 1, T0, [])).toMatchObject({ hints: null });
  expect(patch(after({}, good, 1, T0), good, 1, T0, [])).toBeUndefined();
});

describe('a store that an earlier process found well', () => {
  const status = after({}, good, 1, T0);
  it('needs no look with the identity that it has still', () => expect(wasFoundWell(status, ARN, 1)).toBe(true));
  it('needs none where only AWS can say who it is', () => expect(wasFoundWell(status, undefined, 1)).toBe(true));
  it('needs one with another identity', () => expect(wasFoundWell(status, `${ARN}-2`, 1)).toBe(false));
  it('needs one with another spec', () => expect(wasFoundWell(status, ARN, 2)).toBe(false));
  it('needs one where nobody has looked', () => expect(wasFoundWell({}, undefined, 1)).toBe(false));
});
