import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  awsError,
  type Bench,
  createBench,
  everything,
  keyAccess,
  type Respond,
  secret,
  secretArn,
  tell,
} from './fake-transport.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

async function settled<T>(work: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(30_000);
  return work;
}
const identify = (bench: Bench) => settled(bench.source.identify(keyAccess, new AbortController().signal));
const ARN = 'arn:aws:iam::123456789012:user/reader';

describe('whose an access key is', () => {
  it('is asked of STS once, by all who want to know and by the reads, though the key is read again and again', async () => {
    const bench = createBench(everything);
    const { signal } = new AbortController();
    const asked = Array.from({ length: 5 }, () => bench.source.identify(keyAccess, signal));
    for (const found of await Promise.all(asked)) expect(found).toEqual({ ok: true, value: { identityArn: ARN } });
    for (let minute = 0; minute < 60; minute += 5) {
      await settled(bench.fetch([secret('a')], keyAccess));
      await vi.advanceTimersByTimeAsync(5 * 60_000);
      await identify(bench);
    }
    expect(bench.of('GetCallerIdentity')).toHaveLength(1);
  });

  it('is asked again for another key', async () => {
    const bench = createBench(everything);
    await identify(bench);
    bench.held.set('id', 'AKIANEW');
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    await identify(bench);
    expect(bench.of('GetCallerIdentity')).toHaveLength(2);
  });

  it('tells the account to the reads that come after', async () => {
    const bench = createBench(everything);
    await settled(bench.fetch([secret('a')], keyAccess));
    // Of the own account, so they may travel together.
    await settled(bench.fetch([secret(secretArn('b')), secret(secretArn('c'))], keyAccess));
    expect(bench.of('BatchGetSecretValue')).toHaveLength(1);
  });

  it('never keeps a read waiting', async () => {
    const hangs: Respond = (call, keys, signal) =>
      call.api === 'GetCallerIdentity' ? new Promise(() => undefined) : everything(call, keys, signal);
    const bench = createBench(hangs);
    const fetching = bench.fetch([secret('a')], keyAccess);
    await vi.advanceTimersByTimeAsync(100);
    expect((await fetching).map(tell)).toEqual(['value of a']);
  });

  it('is unknown while STS cannot be reached, which is no fault, and asked again later', async () => {
    let down = true;
    const bench = createBench((call, keys, signal) => {
      if (down && call.api === 'GetCallerIdentity') throw awsError('InternalFailure', '', 500);
      return everything(call, keys, signal);
    });
    expect(await identify(bench)).toEqual({ ok: true, value: {} });
    down = false;
    expect(await identify(bench)).toEqual({ ok: true, value: { identityArn: ARN } });
  });

  it('is nobody’s where AWS does not take it', async () => {
    const bench = createBench((call) => {
      if (call.api === 'GetCallerIdentity') throw awsError('InvalidClientTokenId', 'canary', 403);
    });
    const found = await identify(bench);
    expect(found).toMatchObject({ ok: false, faults: [{ kind: 'CredentialsInvalid', subject: 'SecretStore/aws' }] });
    expect(JSON.stringify(found)).toContain('the access key in Secret shop/aws-key');
    expect(JSON.stringify(found)).not.toContain('canary');
    expect(bench.of('GetCallerIdentity').length).toBeLessThan(4);
  });

  it('is found out as soon as it is put right', async () => {
    const bench = createBench((call, keys, signal) => {
      if (keys?.accessKeyId !== 'AKIANEW') throw awsError('InvalidClientTokenId', '', 403);
      return everything(call, keys, signal);
    });
    expect(await identify(bench)).toMatchObject({ ok: false });
    bench.held.set('id', 'AKIANEW');
    expect(await identify(bench)).toEqual({ ok: true, value: { identityArn: ARN } });
  });

  it('is no answer that is no ARN', async () => {
    const bench = createBench((call, keys, signal) =>
      call.api === 'GetCallerIdentity' ? { Arn: '<html>canary' } : everything(call, keys, signal),
    );
    expect(await identify(bench)).toEqual({ ok: true, value: {} });
  });
});
