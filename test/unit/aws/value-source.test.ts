import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fail } from '../../../src/model/result.ts';
import {
  access,
  awsError,
  type Bench,
  createBench,
  everything,
  keyAccess,
  parameter,
  parameterEntry,
  secret,
  secretArn,
  secretEntry,
  tell,
} from './fake-transport.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Fetches while the clock runs as far as it takes, at most a minute. */
async function fetchAll(bench: Bench, refs: Parameters<Bench['fetch']>[0], where = access) {
  const fetching = bench.fetch(refs, where);
  await vi.advanceTimersByTimeAsync(60_000);
  return (await fetching).map(tell);
}
const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `s${at}`);
const denial = (action: string, resource = '*') =>
  awsError(
    'AccessDeniedException',
    `User: x is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows it`,
  );

describe('batches of secrets', () => {
  it('reads 25 secrets in two calls', async () => {
    const bench = createBench(everything);
    const got = await fetchAll(
      bench,
      names(25).map((name) => secret(name)),
    );
    expect(got).toEqual(names(25).map((name) => `value of ${name}`));
    expect(bench.of('BatchGetSecretValue').map(({ SecretIdList }) => SecretIdList.length)).toEqual([20, 5]);
    expect(bench.of('GetSecretValue')).toHaveLength(0);
  });

  it('reads what concurrent fetches ask for at the same moment together, and nothing twice', async () => {
    const bench = createBench(everything);
    const fetching = names(10).map((name) => bench.fetch([secret(name), secret('shared')]));
    await vi.advanceTimersByTimeAsync(1_000);
    for (const answers of await Promise.all(fetching)) expect(tell(answers[1])).toBe('value of shared');
    expect(bench.of('BatchGetSecretValue').map(({ SecretIdList }) => SecretIdList.length)).toEqual([11]);
  });

  it('reads one secret alone, by the call with the larger quota', async () => {
    const bench = createBench(everything);
    await fetchAll(bench, [secret('a'), secret('a', { versionStage: 'AWSCURRENT' })]);
    expect(bench.calls.slice(1)).toEqual([
      { api: 'GetSecretValue', input: { SecretId: 'a', VersionStage: 'AWSCURRENT' } },
    ]);
  });

  it('keeps identities apart', async () => {
    const bench = createBench(everything);
    const other = { ...access, identity: { ...access.identity, uid: 'uid-2' } } as typeof access;
    const fetching = [bench.fetch([secret('a')]), bench.fetch([secret('a')], other)];
    await vi.advanceTimersByTimeAsync(1_000);
    await Promise.all(fetching);
    expect(bench.of('GetSecretValue')).toHaveLength(2);
    expect(bench.of('AssumeRoleWithWebIdentity')).toHaveLength(2);
  });

  it('reads staged and versioned secrets and ARNs of other accounts alone', async () => {
    const foreign = 'arn:aws:secretsmanager:eu-west-1:999999999999:secret:c-AbCdEf';
    const bench = createBench((call) => {
      if (call.api !== 'GetSecretValue') return everything(call, undefined, new AbortController().signal);
      const { SecretId, VersionId = 'v1' } = call.input;
      return { ...secretEntry(SecretId), VersionId, ...(SecretId === foreign ? { ARN: foreign, Name: 'c' } : {}) };
    });
    const got = await fetchAll(bench, [
      secret('a', { versionStage: 'AWSPREVIOUS' }),
      secret('b', { versionId: 'v7' }),
      secret(foreign),
      secret('d'),
      secret('e'),
    ]);
    expect(got).not.toContain('SourceUnavailable');
    expect(bench.of('GetSecretValue')).toEqual([
      { SecretId: 'a', VersionStage: 'AWSPREVIOUS' },
      { SecretId: 'b', VersionId: 'v7' },
      { SecretId: foreign, VersionStage: 'AWSCURRENT' },
    ]);
    expect(bench.of('BatchGetSecretValue')).toEqual([{ SecretIdList: ['d', 'e'] }]);
  });

  it('answers the name and the ARN of one secret with one version', async () => {
    const refs = [secret('a'), secret(secretArn('a')), secret('b')];
    const entries = [secretEntry('b'), secretEntry('a', 'new', 'v2'), secretEntry('a', 'old', 'v1')];
    const bench = createBench((call) => (call.api === 'BatchGetSecretValue' ? { SecretValues: entries } : undefined));
    expect(await fetchAll(bench, refs)).toEqual(['new', 'new', 'value of b']);
  });

  it('tells which values have to be of one version, though calls of their own bring them', async () => {
    const bench = createBench((call, keys, signal) => {
      if (call.api === 'GetSecretValue') {
        const { VersionId = 'v1' } = call.input;
        return secretEntry('a', 'x', VersionId);
      }
      return everything(call, keys, signal);
    });
    const refs = [
      secret('a'),
      secret(secretArn('a')),
      secret('a', { versionStage: 'AWSCURRENT' }),
      secret('a', { versionStage: 'AWSPREVIOUS' }),
      secret(secretArn('a'), { versionStage: 'AWSPREVIOUS' }),
      secret('a', { versionId: 'v0' }),
    ];
    // The account of an access key is not known at first, so the ARN goes alone.
    const fetching = bench.fetch(refs, keyAccess);
    await vi.advanceTimersByTimeAsync(1_000);
    const origins = (await fetching).map((got) => got?.ok === true && got.value.origin);
    const [current, previous] = [`${secretArn('a')} AWSCURRENT`, `${secretArn('a')} AWSPREVIOUS`];
    expect(origins).toEqual([current, current, current, previous, previous, undefined]);
  });

  it('finds a secret whose name ends like an ARN, by its partial ARN', async () => {
    const name = 'team-backup';
    const bench = createBench((call) => {
      if (call.api !== 'GetSecretValue') return undefined;
      if (call.input.SecretId === name) return secretEntry(name);
      throw awsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    });
    const partial = `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}`;
    expect(await fetchAll(bench, [secret(partial)])).toEqual([`value of ${name}`]);
  });

  it('follows the parts of an answer, and stops at a token that leads in circles', async () => {
    const bench = createBench((call) => {
      if (call.api !== 'BatchGetSecretValue') return undefined;
      return call.input.NextToken === undefined
        ? { SecretValues: [secretEntry('s0')], NextToken: 'more' }
        : { SecretValues: [secretEntry('s1')], Errors: [], NextToken: 'more' };
    });
    const got = await fetchAll(
      bench,
      names(3).map((name) => secret(name)),
    );
    expect(got).toEqual(['value of s0', 'value of s1', 'SourceUnavailable']);
    expect(bench.of('BatchGetSecretValue')).toHaveLength(2);
  });

  it('stops at tokens without end', async () => {
    let page = 0;
    const bench = createBench((call) => (call.api === 'BatchGetSecretValue' ? { NextToken: `t${page++}` } : undefined));
    await fetchAll(
      bench,
      names(2).map((name) => secret(name)),
    );
    expect(page).toBeLessThan(30);
  });
});

describe('odd answers', () => {
  const odd: readonly { it: string; answer: unknown; want: string[] }[] = [
    { it: 'nothing at all', answer: {}, want: ['SourceUnavailable', 'SourceUnavailable'] },
    { it: 'text', answer: '<html>', want: ['SourceUnavailable', 'SourceUnavailable'] },
    {
      it: 'lists of the wrong things',
      answer: { SecretValues: [null, 7, {}], Errors: ['x', null] },
      want: ['SourceUnavailable', 'SourceUnavailable'],
    },
    {
      it: 'the other way round, with one that nobody asked for',
      answer: { SecretValues: [secretEntry('s1'), secretEntry('intruder'), secretEntry('s0')] },
      want: ['value of s0', 'value of s1'],
    },
    {
      it: 'without one of them',
      answer: { SecretValues: [secretEntry('s1')], Errors: [] },
      want: ['SourceUnavailable', 'value of s1'],
    },
    {
      it: 'with one that has no value',
      answer: { SecretValues: [{ ...secretEntry('s0'), SecretString: undefined }, secretEntry('s1')] },
      want: ['SourceUnavailable', 'value of s1'],
    },
    {
      it: 'twice',
      answer: { SecretValues: [secretEntry('s0'), secretEntry('s0'), secretEntry('s1')] },
      want: ['value of s0', 'value of s1'],
    },
    {
      it: 'with an error that names the ARN',
      answer: {
        SecretValues: [secretEntry('s1')],
        Errors: [{ SecretId: secretArn('s0'), ErrorCode: 'ResourceNotFoundException', Message: "can't find" }],
      },
      want: ['SecretNotFound', 'value of s1'],
    },
    {
      it: 'with a secret marked for deletion',
      answer: {
        SecretValues: [secretEntry('s1')],
        Errors: [
          { SecretId: 's0', ErrorCode: 'InvalidRequestException', Message: 'because it was marked for deletion.' },
        ],
      },
      want: ['MarkedForDeletion', 'value of s1'],
    },
  ];
  for (const { it: name, answer, want } of odd) {
    it(`gets along with an answer that is ${name}`, async () => {
      const bench = createBench((call) => (call.api === 'BatchGetSecretValue' ? answer : undefined));
      expect(await fetchAll(bench, [secret('s0'), secret('s1')])).toEqual(want);
    });
  }

  it('takes no answer for another secret than the one asked for', async () => {
    const bench = createBench((call) => (call.api === 'GetSecretValue' ? secretEntry('other') : undefined));
    expect(await fetchAll(bench, [secret('a')])).toEqual(['SourceUnavailable']);
  });

  it('gives binary secrets byte for byte', async () => {
    const bytes = Uint8Array.from({ length: 65_536 }, (_, at) => at % 256);
    const { SecretString: _, ...entry } = secretEntry('a');
    const bench = createBench((call) =>
      call.api === 'GetSecretValue' ? { ...entry, SecretBinary: bytes } : undefined,
    );
    const fetching = bench.fetch([secret('a')]);
    await vi.advanceTimersByTimeAsync(1_000);
    const [got] = await fetching;
    expect(got).toMatchObject({ ok: true, value: { versionId: 'v1', region: 'eu-west-1' } });
    expect(got?.ok === true && got.value.value.reveal()).toEqual(bytes);
  });

  it('makes a throw that nobody expected a fault, without its words', async () => {
    const bench = createBench(everything, { requestToken: () => Promise.reject(new Error('canary')) });
    const fetching = bench.fetch([secret('a')]);
    await vi.advanceTimersByTimeAsync(1_000);
    const [got] = await fetching;
    expect(got).toMatchObject({ ok: false, faults: [{ kind: 'Internal' }] });
    expect(JSON.stringify(got)).not.toContain('canary');
  });
});

describe('denials', () => {
  it('reads one by one what may not be read in a batch, and remembers it for an hour', async () => {
    const bench = createBench((call, keys, signal) => {
      if (call.api === 'BatchGetSecretValue') throw denial('secretsmanager:BatchGetSecretValue');
      return everything(call, keys, signal);
    });
    const refs = names(3).map((name) => secret(name));
    expect(await fetchAll(bench, refs)).toEqual(names(3).map((name) => `value of ${name}`));
    await fetchAll(bench, refs);
    expect(bench.of('BatchGetSecretValue')).toHaveLength(1);
    expect(bench.of('GetSecretValue')).toHaveLength(6);
    expect(bench.told).toContain('batch denied for SecretStore/aws');
    await vi.advanceTimersByTimeAsync(3_600_000);
    await fetchAll(bench, refs);
    expect(bench.of('BatchGetSecretValue')).toHaveLength(2);
    // Once for as long as it is so.
    expect(bench.told.filter((line) => line.startsWith('batch denied'))).toHaveLength(1);
  });

  it('notes that the batch is denied, until it is not, and tells only what changes', async () => {
    let denied = true;
    const told: string[] = [];
    const respond: Parameters<typeof createBench>[0] = (call, keys, signal) => {
      if (denied && call.api === 'BatchGetSecretValue') throw denial('secretsmanager:BatchGetSecretValue');
      return everything(call, keys, signal);
    };
    const bench = createBench(respond, {}, { noted: (store) => told.push(store) });
    const refs = names(3).map((name) => secret(name));
    expect(bench.source.notes(access.storeId, access)).toEqual([]);
    for (let round = 0; round < 3; round += 1) await fetchAll(bench, refs);
    const note = { kind: 'batchDenied', identity: 'arn:aws:iam::123456789012:role/reader' };
    expect(bench.source.notes(access.storeId, access)).toEqual([note]);
    expect(bench.source.notes(access.storeId, undefined)).toEqual([note]);
    expect(bench.source.notes(access.storeId, keyAccess)).toEqual([]);
    expect(bench.source.notes('SecretStore/bank/aws', access)).toEqual([]);
    denied = false;
    await vi.advanceTimersByTimeAsync(3_600_000);
    for (let round = 0; round < 3; round += 1) await fetchAll(bench, refs);
    expect(bench.source.notes(access.storeId, access)).toEqual([]);
    expect(told).toEqual([access.storeId, access.storeId]);
  });

  it('notes it of every store that reads as the identity, though only one has asked for the batch', async () => {
    const bench = createBench((call, keys, signal) => {
      if (call.api === 'BatchGetSecretValue') throw denial('secretsmanager:BatchGetSecretValue');
      return everything(call, keys, signal);
    });
    const other = { ...access, store: 'SecretStore/other', storeId: 'SecretStore/shop/other' };
    const refs = names(3).map((name) => secret(name));
    await fetchAll(bench, refs);
    await fetchAll(bench, refs, other);
    expect(bench.of('BatchGetSecretValue')).toHaveLength(1);
    expect(bench.source.notes(other.storeId, other)).toHaveLength(1);
  });

  it('asks once more alone, saying the stage, for a member that a batch was denied', async () => {
    const Errors = [{ SecretId: 's0', ErrorCode: 'AccessDeniedException', Message: 'no' }];
    const bench = createBench((call, keys, signal) =>
      call.api === 'BatchGetSecretValue' && call.input.SecretIdList.includes('s0')
        ? { SecretValues: call.input.SecretIdList.slice(1).map((id) => secretEntry(id)), Errors }
        : everything(call, keys, signal),
    );
    const refs = names(3).map((name) => secret(name));
    expect(await fetchAll(bench, refs)).toEqual(names(3).map((name) => `value of ${name}`));
    expect(bench.of('GetSecretValue')).toEqual([{ SecretId: 's0', VersionStage: 'AWSCURRENT' }]);
    await fetchAll(bench, refs);
    expect(bench.of('BatchGetSecretValue').at(-1)).toEqual({ SecretIdList: ['s1', 's2'] });
  });

  it('gives a denied member its own fault', async () => {
    const Errors = [{ SecretId: 's0', ErrorCode: 'AccessDeniedException', Message: 'no' }];
    const bench = createBench((call) => {
      if (call.api === 'GetSecretValue') throw denial('secretsmanager:GetSecretValue', 's0');
      return call.api === 'BatchGetSecretValue' ? { SecretValues: [secretEntry('s1')], Errors } : undefined;
    });
    expect(await fetchAll(bench, [secret('s0'), secret('s1')])).toEqual(['AccessDenied', 'value of s1']);
  });
});

describe('calls that are refused whole', () => {
  it('splits a batch of secrets until the fault belongs to its own key', async () => {
    const bench = createBench((call, keys, signal) => {
      const ids = call.api === 'BatchGetSecretValue' ? call.input.SecretIdList : [];
      const alone = call.api === 'GetSecretValue' && call.input.SecretId === 's7';
      if (ids.includes('s7') || alone) throw awsError('InvalidParameterException', 'Invalid name');
      return everything(call, keys, signal);
    });
    const got = await fetchAll(
      bench,
      names(20).map((name) => secret(name)),
    );
    expect(got).toEqual(names(20).map((name) => (name === 's7' ? 'SecretNotFound' : `value of ${name}`)));
  });

  it('sets the parameter that a denial names apart, now and at the next refresh', async () => {
    const bench = createBench((call, keys, signal) => {
      if (call.api === 'GetParameters' && call.input.Names.includes('/p3')) {
        throw denial('ssm:GetParameters', 'arn:aws:ssm:eu-west-1:123456789012:parameter/p3');
      }
      return everything(call, keys, signal);
    });
    const refs = Array.from({ length: 10 }, (_, at) => parameter(`/p${at}`));
    const got = await fetchAll(bench, refs);
    expect(got.map((text, at) => (at === 3 ? text === 'AccessDenied' : text === `value of /p${at}`))).not.toContain(
      false,
    );
    expect(bench.of('GetParameters')).toHaveLength(3);
    await fetchAll(bench, refs);
    expect(bench.of('GetParameters').map(({ Names }) => Names.length)).toEqual([10, 1, 9, 9, 1]);
  });

  it('halves a call for parameters whose error names none', async () => {
    const bench = createBench((call, keys, signal) => {
      if (call.api === 'GetParameters' && call.input.Names.includes('/p3')) throw awsError('InvalidKeyId', 'disabled');
      return everything(call, keys, signal);
    });
    const got = await fetchAll(
      bench,
      Array.from({ length: 10 }, (_, at) => parameter(`/p${at}`)),
    );
    expect(got.filter((text) => text === 'DecryptionFailed')).toHaveLength(1);
    expect(got.filter((text) => text.startsWith('value of'))).toHaveLength(9);
  });

  it('give all others who asked at the same moment their values, and the bad name its fault', async () => {
    const bench = createBench((call, keys, signal) => {
      const asked = call.api === 'GetParameters' ? call.input.Names : [];
      if (asked.includes('/p 3')) throw awsError('ValidationException', "Parameter name: can't have spaces");
      return everything(call, keys, signal);
    });
    const paths = Array.from({ length: 10 }, (_, at) => (at === 3 ? '/p 3' : `/p${at}`));
    const fetching = paths.map((path) => bench.fetch([parameter(path)]));
    await vi.advanceTimersByTimeAsync(60_000);
    const got = (await Promise.all(fetching)).map(([answer]) => tell(answer));
    expect(got).toEqual(paths.map((path, at) => (at === 3 ? 'ParameterNotFound' : `value of ${path}`)));
    expect(bench.of('GetParameters')[0]?.Names).toEqual(paths);
  });
});

describe('parameters', () => {
  it('reads 25 in three calls, decrypted', async () => {
    const bench = createBench(everything);
    await fetchAll(
      bench,
      Array.from({ length: 25 }, (_, at) => parameter(`/p${at}`)),
    );
    expect(bench.of('GetParameters').map(({ Names }) => Names.length)).toEqual([10, 10, 5]);
    expect(bench.of('GetParameters').every(({ WithDecryption }) => WithDecryption)).toBe(true);
  });

  it('tells answers in any order apart, with versions and labels', async () => {
    const Parameters = [parameterEntry('/b', 3, ':3'), parameterEntry('/c', 8, ':gold'), parameterEntry('/a', 2)];
    const InvalidParameters = ['/d', '/e:9', '/f:silver'];
    const bench = createBench((call) => (call.api === 'GetParameters' ? { Parameters, InvalidParameters } : undefined));
    const refs = [
      parameter('/a'),
      parameter('/b', { version: 3 }),
      parameter('/c', { label: 'gold' }),
      parameter('/d'),
      parameter('/e', { version: 9 }),
      parameter('/f', { label: 'silver' }),
      parameter('/g'),
    ];
    expect(await fetchAll(bench, refs)).toEqual([
      'value of /a',
      'value of /b',
      'value of /c',
      'ParameterNotFound',
      'VersionNotFound',
      'VersionNotFound',
      'SourceUnavailable',
    ]);
    expect(bench.of('GetParameters')[0]?.Names).toEqual(['/a', '/b:3', '/c:gold', '/d', '/e:9', '/f:silver', '/g']);
  });

  it('never asks for one parameter twice in one call', async () => {
    const bench = createBench((call) => {
      if (call.api !== 'GetParameters') return undefined;
      return { Parameters: call.input.Names.map((name) => parameterEntry('/a', Number(name.split(':')[1] ?? 5))) };
    });
    await fetchAll(bench, [parameter('/a'), parameter('/a', { version: 1 }), parameter('/a', { version: 2 })]);
    expect(bench.of('GetParameters')).toHaveLength(3);
  });

  it('tells which values have to be of one version, by name, path and label', async () => {
    const bench = createBench((call) => {
      if (call.api !== 'GetParameters') return undefined;
      const entryOf = (name: string): object => {
        const [path = '', selector] = name.replace(/^arn:.*:parameter/, '').split(':');
        return parameterEntry(path, 3, selector === undefined ? '' : `:${selector}`);
      };
      return { Parameters: call.input.Names.map(entryOf) };
    });
    const arn = 'arn:aws:ssm:eu-west-1:123456789012:parameter/a';
    const refs = [parameter('/a'), parameter(arn), parameter('/a', { label: 'gold' }), parameter('/a', { version: 3 })];
    const fetching = bench.fetch(refs);
    await vi.advanceTimersByTimeAsync(1_000);
    const origins = (await fetching).map((got) => got?.ok === true && got.value.origin);
    expect(origins).toEqual([`${arn} /a `, `${arn} /a `, `${arn} /a gold`, undefined]);
  });

  const sources: readonly { it: string; source: string; want: object }[] = [
    {
      it: 'its version id',
      source: JSON.stringify({ ARN: secretArn('a'), versionId: 'v7', secretString: 'canary' }),
      want: { origin: `${secretArn('a')} AWSCURRENT`, versionId: 'v7' },
    },
    {
      it: 'its VersionId',
      source: JSON.stringify({ ARN: secretArn('a'), VersionId: 'v8', SecretString: 'canary' }),
      want: { origin: `${secretArn('a')} AWSCURRENT`, versionId: 'v8' },
    },
    { it: 'none', source: JSON.stringify({ ARN: secretArn('a') }), want: { origin: `${secretArn('a')} AWSCURRENT` } },
    { it: 'garbage', source: '{"secretString":"canary', want: { origin: `${secretArn('a')} AWSCURRENT` } },
  ];
  for (const { it: what, source, want } of sources) {
    it(`takes a value of the bridge for one of the secret, with ${what} for a version`, async () => {
      const bridged = {
        ...parameterEntry('/aws/reference/secretsmanager/a', 0),
        ARN: secretArn('a'),
        SourceResult: source,
      };
      const bench = createBench((call) => (call.api === 'GetParameters' ? { Parameters: [bridged] } : undefined));
      const fetching = bench.fetch([parameter('/aws/reference/secretsmanager/a')]);
      await vi.advanceTimersByTimeAsync(1_000);
      const [got] = await fetching;
      expect(got).toMatchObject({ ok: true, value: want });
      expect(JSON.stringify(got)).not.toContain('canary');
      expect(got?.ok === true && got.value).not.toHaveProperty('version');
    });
  }

  it('says which are lists', async () => {
    const entry = { ...parameterEntry('/a'), Type: 'StringList', Value: 'a,b' };
    const bench = createBench((call) => (call.api === 'GetParameters' ? { Parameters: [entry] } : undefined));
    const fetching = bench.fetch([parameter('/a')]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await fetching)[0]).toMatchObject({ ok: true, value: { list: true, version: 1 } });
  });
});

describe('time and retries', () => {
  it('tries throttled and failed calls three times', async () => {
    for (const [error, want] of [
      [awsError('ThrottlingException', 'Rate exceeded'), 'Throttled'],
      [awsError('InternalServiceError', '', 500), 'SourceUnavailable'],
    ] as const) {
      const bench = createBench((call) => {
        if (call.api !== 'AssumeRoleWithWebIdentity') throw error;
      });
      expect(await fetchAll(bench, [secret('a')])).toEqual([want]);
      expect(bench.of('GetSecretValue')).toHaveLength(3);
    }
  });

  it('recovers when the second attempt succeeds', async () => {
    let tries = 0;
    const bench = createBench((call, keys, signal) => {
      if (call.api === 'GetParameters' && tries++ === 0) throw awsError('ThrottlingException', 'Rate exceeded');
      return everything(call, keys, signal);
    });
    expect(await fetchAll(bench, [parameter('/a')])).toEqual(['value of /a']);
  });

  it('keeps its credentials when AWS says that the clock is wrong, which the SDK corrects', async () => {
    let tries = 0;
    const bench = createBench((call, keys, signal) => {
      const late = 'Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z';
      if (call.api === 'GetSecretValue' && tries++ === 0) throw awsError('InvalidSignatureException', late, 403);
      return everything(call, keys, signal);
    });
    expect(await fetchAll(bench, [secret('a')])).toEqual(['value of a']);
    expect(bench.of('AssumeRoleWithWebIdentity')).toHaveLength(1);
  });

  it('takes a denial for one, though the clock of the host is wrong and the SDK says so on every error', async () => {
    const bench = createBench((call, keys, signal) => {
      if (call.api !== 'GetSecretValue') return everything(call, keys, signal);
      const denied = awsError('AccessDeniedException', 'no');
      throw Object.assign(denied, { $metadata: { httpStatusCode: 400, clockSkewCorrected: true } });
    });
    expect(await fetchAll(bench, [secret('a')])).toEqual(['AccessDenied']);
    expect(bench.of('GetSecretValue')).toHaveLength(1);
  });

  it('ends after 30 s when AWS hangs, and aborts the call', async () => {
    let aborted = false;
    const bench = createBench((call, _, signal) => {
      if (call.api === 'AssumeRoleWithWebIdentity') return undefined;
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise(() => undefined);
    });
    const fetching = bench.fetch([secret('a'), parameter('/b')]);
    await vi.advanceTimersByTimeAsync(31_000);
    const got = await fetching;
    expect(got.map(tell)).toEqual(['SourceUnavailable', 'SourceUnavailable']);
    expect(JSON.stringify(got)).toContain('did not answer in time');
    expect(aborted).toBe(true);
  });

  it('keeps what came before the rest hung', async () => {
    const bench = createBench((call, keys, signal) =>
      call.api === 'GetParameters' ? new Promise(() => undefined) : everything(call, keys, signal),
    );
    const fetching = bench.fetch([secret('a'), parameter('/b')]);
    await vi.advanceTimersByTimeAsync(31_000);
    expect((await fetching).map(tell)).toEqual(['value of a', 'SourceUnavailable']);
  });

  it('rejects only for the caller that gives up, and answers the other', async () => {
    const bench = createBench(async (call, keys, signal) => {
      if (call.api === 'GetSecretValue') await new Promise((resolve) => setTimeout(resolve, 1_000));
      return everything(call, keys, signal);
    });
    const impatient = new AbortController();
    const given = bench.source.fetch({ access, refs: [secret('a')] }, impatient.signal);
    const patient = bench.fetch([secret('a')]);
    await vi.advanceTimersByTimeAsync(100);
    impatient.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await patient).map(tell)).toEqual(['value of a']);
    expect(bench.of('GetSecretValue')).toHaveLength(1);
  });

  it('aborts the call when everyone has given up', async () => {
    let seen: AbortSignal | undefined;
    const bench = createBench((call, _, signal) => {
      if (call.api === 'AssumeRoleWithWebIdentity') return undefined;
      seen = signal;
      return new Promise(() => undefined);
    });
    const impatient = new AbortController();
    const given = bench.source.fetch({ access, refs: [secret('a')] }, impatient.signal);
    await vi.advanceTimersByTimeAsync(100);
    impatient.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    expect(seen?.aborted).toBe(true);
  });
});

describe('credentials', () => {
  it('makes one STS call an hour for an identity, however many fetches there are', async () => {
    const bench = createBench(everything);
    for (let minute = 0; minute < 60; minute += 1) await fetchAll(bench, [secret('a'), parameter('/b')]);
    expect(bench.of('AssumeRoleWithWebIdentity')).toEqual([
      {
        RoleArn: 'arn:aws:iam::123456789012:role/reader',
        RoleSessionName: 'keyferry-shop-aws',
        WebIdentityToken: 'jwt',
        DurationSeconds: 3_600,
      },
      expect.anything(),
    ]);
  });

  it('renews before the end, and goes on with the old ones when it cannot', async () => {
    let broken = false;
    const bench = createBench((call, keys, signal) => {
      if (call.api === 'AssumeRoleWithWebIdentity' && broken) throw awsError('InternalFailure', '', 500);
      return everything(call, keys, signal);
    });
    await fetchAll(bench, [secret('a')]);
    broken = true;
    await vi.advanceTimersByTimeAsync(50 * 60_000);
    expect(await fetchAll(bench, [secret('a')])).toEqual(['value of a']);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(await fetchAll(bench, [secret('a')])).toEqual(['CredentialsUnavailable']);
  });

  it('does not make a thousand STS calls for a thousand fetches on a broken role', async () => {
    const bench = createBench((call) => {
      if (call.api === 'AssumeRoleWithWebIdentity') throw awsError('AccessDenied', 'Not authorized to perform', 403);
    });
    const fetching = names(1_000).map((name) => bench.fetch([secret(name)]));
    await vi.advanceTimersByTimeAsync(1_000);
    const [[first]] = (await Promise.all(fetching)) as [[Awaited<ReturnType<Bench['fetch']>>[number]]];
    expect(bench.of('AssumeRoleWithWebIdentity')).toHaveLength(1);
    expect(first).toMatchObject({ ok: false, faults: [{ kind: 'AssumeRoleDenied', subject: 'SecretStore/aws' }] });
    expect(JSON.stringify(first)).toContain('subject system:serviceaccount:shop:reader, audience sts.amazonaws.com');
    await vi.advanceTimersByTimeAsync(10_000);
    await fetchAll(bench, [secret('a')]);
    expect(bench.of('AssumeRoleWithWebIdentity')).toHaveLength(2);
  });

  const refusals = [
    ['InvalidIdentityToken', 'No OpenIDConnect provider found in your account for https://x', 'CredentialsInvalid'],
    ['InvalidIdentityToken', 'Incorrect token audience', 'CredentialsInvalid'],
    [
      'InvalidIdentityToken',
      "Couldn't retrieve verification key from your identity provider",
      'CredentialsUnavailable',
    ],
    ['IDPCommunicationError', '', 'CredentialsUnavailable'],
    ['ExpiredTokenException', 'Token expired', 'CredentialsUnavailable'],
    ['RegionDisabledException', '', 'CredentialsInvalid'],
    ['ValidationError', 'Request ARN is invalid', 'CredentialsInvalid'],
    ['Throttling', 'Rate exceeded', 'Throttled'],
    ['MalformedPolicyDocument', '', 'CredentialsInvalid'],
  ] as const;
  for (const [code, message, want] of refusals) {
    it(`tells what ${code} of STS means: ${message}`, async () => {
      const bench = createBench((call) => {
        if (call.api === 'AssumeRoleWithWebIdentity') throw awsError(code, message);
      });
      expect(await fetchAll(bench, [secret('a')])).toEqual([want]);
    });
  }

  it('gets new ones once when AWS calls them expired', async () => {
    const refused = new Set<string>();
    const bench = createBench((call, keys, signal) => {
      if (call.api === 'AssumeRoleWithWebIdentity') return undefined;
      if (refused.size === 0) refused.add(keys?.accessKeyId ?? '');
      if (refused.has(keys?.accessKeyId ?? ''))
        throw awsError('ExpiredTokenException', 'The security token is expired');
      return everything(call, keys, signal);
    });
    expect(
      await fetchAll(
        bench,
        names(3).map((name) => secret(name, { versionStage: 'X' })),
      ),
    ).not.toContain('CredentialsInvalid');
    expect(bench.of('AssumeRoleWithWebIdentity')).toHaveLength(2);
  });

  it('uses a replaced access key after five minutes, though AWS still takes the old one', async () => {
    const signers: (string | undefined)[] = [];
    const bench = createBench((call, keys, signal) => {
      if (call.api === 'GetSecretValue') signers.push(keys?.accessKeyId);
      return everything(call, keys, signal);
    });
    await fetchAll(bench, [secret('a')], keyAccess);
    bench.held.set('id', 'AKIANEW');
    await fetchAll(bench, [secret('a')], keyAccess);
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    await fetchAll(bench, [secret('a')], keyAccess);
    expect(signers).toEqual(['AKIAEXAMPLE', 'AKIAEXAMPLE', 'AKIANEW']);
  });

  it('reads a replaced access key again when AWS refuses the old one', async () => {
    const bench = createBench((call, keys, signal) => {
      if (keys?.accessKeyId !== 'AKIANEW') throw awsError('UnrecognizedClientException', 'invalid');
      return everything(call, keys, signal);
    });
    expect(await fetchAll(bench, [secret('a')], keyAccess)).toEqual(['CredentialsInvalid']);
    bench.held.set('id', 'AKIANEW\n');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await fetchAll(bench, [secret('a')], keyAccess)).toEqual(['value of a']);
  });

  it('says of each store what is wrong with the access key that they share', async () => {
    const bench = createBench(() => {
      throw awsError('InvalidClientTokenId', 'invalid', 403);
    });
    const stores = ['SecretStore/aws', 'SecretStore/other'];
    const fetching = stores.map((store) =>
      bench.fetch([secret('a')], { ...keyAccess, store, storeId: `${store} of shop` }),
    );
    await vi.advanceTimersByTimeAsync(100);
    const faults = (await Promise.all(fetching)).map(([got]) => (got?.ok === false ? got.faults[0].subject : 'none'));
    expect(faults).toEqual(stores);
    expect(
      await bench.source.identify({ ...keyAccess, store: 'SecretStore/third' }, new AbortController().signal),
    ).toMatchObject({
      faults: [{ kind: 'CredentialsInvalid', subject: 'SecretStore/third' }],
    });
  });

  it('makes few calls with an access key that AWS refuses', async () => {
    const bench = createBench(() => {
      throw awsError('InvalidClientTokenId', 'invalid', 403);
    });
    for (let round = 0; round < 20; round += 1) {
      const fetching = bench.fetch([secret('a')], keyAccess);
      await vi.advanceTimersByTimeAsync(100);
      expect((await fetching).map(tell)).toEqual(['CredentialsInvalid']);
    }
    expect(bench.calls.length).toBeLessThan(5);
  });

  it('passes on what the cluster says about the token', async () => {
    const bench = createBench(everything, {
      requestToken: async () => fail('CredentialsUnavailable', 'ServiceAccount/reader', 'no token'),
    });
    expect(await fetchAll(bench, [secret('a')])).toEqual(['CredentialsUnavailable']);
  });

  it('does not wait for a cluster that never answers', async () => {
    const bench = createBench(everything, { requestToken: () => new Promise(() => undefined) });
    expect(await fetchAll(bench, [secret('a')])).toEqual(['CredentialsUnavailable']);
  });

  it('identifies a role by what STS calls it, without asking who it is', async () => {
    const bench = createBench(everything);
    const { signal } = new AbortController();
    expect(await bench.source.identify(access, signal)).toEqual({
      ok: true,
      value: { identityArn: 'arn:aws:sts::123456789012:assumed-role/reader/keyferry-shop-aws' },
    });
    expect(bench.of('GetCallerIdentity')).toEqual([]);
  });

  it('refuses a Region that would become another host', async () => {
    const bench = createBench(everything);
    const where = { ...access, region: 'x.evil.com/' };
    expect(await fetchAll(bench, [secret('a')], where)).toEqual(['InvalidSpec']);
    expect(bench.calls).toHaveLength(0);
  });
});
