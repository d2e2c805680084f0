import { describe, expect, it } from 'vitest';
import type { FetchedValue } from '../../../src/core/ports.ts';
import { oneVersionEach } from '../../../src/core/snapshot.ts';
import { fail, type Result, succeed } from '../../../src/model/result.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';

const of = (versionId: string, more: Partial<FetchedValue> = {}): Result<FetchedValue> =>
  succeed({
    value: SecretValue.ofText(versionId),
    region: 'eu-west-1',
    versionId,
    origin: 'arn:db AWSCURRENT',
    ...more,
  });
const about = { metadata: true } as const;

const told = (...answers: Result<FetchedValue>[]): readonly unknown[] =>
  [...oneVersionEach(new Map(answers.map((answer, at) => [`${at}`, answer]))).values()].map((answer) =>
    answer.ok ? answer.value.versionId : answer.faults[0],
  );

describe('the answers about one secret', () => {
  it('are the first value, for all that share secret and label', () => {
    expect(told(of('v1'), of('v2'), of('v3', { origin: 'arn:db AWSPREVIOUS' }))).toEqual(['v1', 'v1', 'v3']);
  });

  it('stay as they are where a version is fixed', () => {
    const { origin: _, ...fixed } = {
      region: 'eu-west-1',
      versionId: 'v9',
      value: SecretValue.ofText('x'),
      origin: '',
    };
    expect(told(of('v1'), succeed(fixed))).toEqual(['v1', 'v9']);
  });

  it('leave faults to their own refs', () => {
    const denied = fail('AccessDenied', 'db', 'no');
    expect(told(denied, of('v2'))).toEqual([denied.faults[0], 'v2']);
  });

  it('are the first document, for all that are about the version of the value', () => {
    expect(told(of('v1'), of('v1', about), of('v2', about))).toEqual(['v1', 'v1', 'v1']);
    expect(told(of('v1', about), of('v2', about))).toEqual(['v1', 'v1']);
  });

  it('are a fault that passes where the document is about another version than the value', () => {
    expect(told(of('v2', about), of('v1'))).toEqual([
      expect.objectContaining({ kind: 'SourceUnavailable', subject: 'arn:db' }),
      'v1',
    ]);
  });
});
