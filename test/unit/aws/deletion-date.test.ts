import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsError, type Bench, createBench, secret, secretArn, secretEntry } from './fake-transport.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const DOOMED = { ARN: secretArn('a'), Name: 'a', DeletedDate: new Date('2026-12-21T10:00:00Z') };
const marked = { SecretId: 'a', ErrorCode: 'InvalidRequestException', Message: 'because it was marked for deletion.' };

/** An AWS in which `a` is marked for deletion and `b` is well, and that says so of `a` where it is asked. */
const createWorld = (describeSecret: () => unknown): Bench =>
  createBench(({ api }) => {
    if (api === 'DescribeSecret') return describeSecret();
    if (api === 'BatchGetSecretValue') return { SecretValues: [secretEntry('b')], Errors: [marked] };
    if (api === 'GetSecretValue') throw awsError('InvalidRequestException', marked.Message);
    return undefined;
  });

/** What is said of each, or 'well'. */
async function look(bench: Bench, names: readonly string[]): Promise<string[]> {
  const fetching = bench.fetch(names.map((name) => secret(name)));
  await vi.advanceTimersByTimeAsync(60_000);
  return (await fetching).map((result) =>
    result?.ok === false ? result.faults.map(({ detail }) => detail).join() : 'well',
  );
}

describe('a secret that is marked for deletion', () => {
  it('is told with the day on which it goes, alone as in a batch', async () => {
    const bench = createWorld(() => DOOMED);
    const [alone] = await look(bench, ['a']);
    expect(alone).toContain('the secret "a" in eu-west-1 is scheduled for deletion on 2026-12-21; ');
    expect(alone).toContain('restore-secret');
    expect(alone).not.toContain('describe-secret');
    expect(await look(bench, ['a', 'b'])).toEqual([alone, 'well']);
  });

  it('costs one call more in an hour', async () => {
    const bench = createWorld(() => DOOMED);
    await look(bench, ['a']);
    await look(bench, ['a', 'b']);
    expect(bench.of('DescribeSecret')).toHaveLength(1);
    vi.setSystemTime(Date.now() + 3_600_000);
    await look(bench, ['a']);
    expect(bench.of('DescribeSecret')).toHaveLength(2);
  });

  const silent: readonly { it: string; answer: () => unknown }[] = [
    {
      it: 'where that is denied',
      answer: () => {
        throw awsError('AccessDeniedException', 'not authorized');
      },
    },
    { it: 'where it has been restored meanwhile', answer: () => ({ ...DOOMED, DeletedDate: undefined }) },
    { it: 'where the answer is none', answer: () => '<html>' },
  ];
  for (const { it: where, answer } of silent) {
    it(`is told with the command that tells the day, ${where}`, async () => {
      const bench = createWorld(answer);
      const [alone] = await look(bench, ['a']);
      expect(alone).toContain('is scheduled for deletion; ');
      expect(alone).toContain('describe-secret --secret-id a --region eu-west-1 tells until when');
      expect(await look(bench, ['a', 'b'])).toEqual([alone, 'well']);
    });
  }
});
