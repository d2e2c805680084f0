import { expect, it } from 'vitest';
import { RateLimit } from '../../../support/aws/rate-limit.ts';

const admitted = (limit: RateLimit, nowMs: number, operation = 'GetParameters', region = 'eu-west-1'): number => {
  let count = 0;
  while (count < 1_000 && limit.admits('111111111111', region, operation, nowMs)) count += 1;
  return count;
};

it('takes everything without a limit', () => {
  expect(admitted(new RateLimit(), 0)).toBe(1_000);
});

it("takes a second's worth at once, then as many as time passes", () => {
  const limit = new RateLimit();
  limit.set('parameter-store', 40);
  expect(admitted(limit, 0)).toBe(40);
  expect(admitted(limit, 100)).toBe(4);
  expect(admitted(limit, 60_000)).toBe(40);
});

it('counts what AWS counts together, and each Region for itself', () => {
  const limit = new RateLimit();
  limit.set('parameter-store', 40);
  expect(admitted(limit, 0, 'GetParametersByPath')).toBe(40);
  expect(admitted(limit, 0, 'GetParameter')).toBe(0);
  expect(admitted(limit, 0, 'GetParameter', 'us-east-1')).toBe(40);
  expect(admitted(limit, 0, 'GetSecretValue')).toBe(1_000);
});

it('lifts a limit', () => {
  const limit = new RateLimit();
  limit.set('parameter-store', 1);
  limit.set('parameter-store', undefined);
  expect(admitted(limit, 0)).toBe(1_000);
});
