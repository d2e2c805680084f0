import { expect, it } from 'vitest';
import { type StoreStatus, summarizeStore } from '../../../src/core/summarize-store.ts';
import { fail, succeed } from '../../../src/model/result.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const ARN = 'arn:aws:sts::123456789012:assumed-role/reader/keyferry';
const good = succeed({ identityArn: ARN });
const after = (status: StoreStatus, ...rest: [Parameters<typeof summarizeStore>[1], number, number]): StoreStatus =>
  ({ ...status, ...summarizeStore(status, ...rest) }) as StoreStatus;
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
  expect(summarizeStore(status, good, 1, T0 + 60_000)).toBeUndefined();
  const broken = after(status, fail('AssumeRoleDenied', 'SecretStore/aws', 'is denied'), 1, T0);
  expect(
    summarizeStore(broken, fail('AssumeRoleDenied', 'SecretStore/aws', 'is denied'), 1, T0 + 60_000),
  ).toBeUndefined();
});

it('is written for a new generation, though nothing else changes', () => {
  expect(summarizeStore(after({}, good, 1, T0), good, 2, T0)).toMatchObject({ observedGeneration: 2 });
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
