import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FetchedValue, ValueRef } from '../../../src/core/ports.ts';
import type { Result } from '../../../src/model/result.ts';
import {
  awsError,
  type Bench,
  createBench,
  parameter,
  parameterEntry,
  type Respond,
  secret,
  secretArn,
} from './fake-transport.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const about = { metadata: true } as const;

async function read(bench: Bench, ref: ValueRef): Promise<Result<FetchedValue> | undefined> {
  const fetching = bench.fetch([ref]);
  await vi.advanceTimersByTimeAsync(60_000);
  return (await fetching)[0];
}

/** The document, or the kind and subject of the fault. */
const tell = (got: Result<FetchedValue> | undefined): unknown =>
  got?.ok === true
    ? JSON.parse(new TextDecoder().decode(got.value.value.reveal()))
    : got?.faults.map(({ kind, subject }) => `${kind} ${subject}`);

const DESCRIBED = {
  ARN: secretArn('a'),
  Name: 'a',
  Description: 'left out',
  Tags: [
    { Key: 'team', Value: 'shop' },
    { Key: 'env', Value: 'prod' },
  ],
  VersionIdsToStages: { v1: ['AWSPREVIOUS'], v2: ['blue', 'AWSCURRENT'], v3: ['AWSPENDING'] },
  CreatedDate: new Date('2026-01-01T10:00:00.123Z'),
  LastChangedDate: new Date('2026-02-01T10:00:00Z'),
  LastRotatedDate: new Date('2026-03-01T10:00:00Z'),
  NextRotationDate: new Date('2026-04-01T10:00:00Z'),
  LastAccessedDate: new Date('2026-05-01T00:00:00Z'),
};
const describes =
  (answer: unknown): Respond =>
  (call) =>
    call.api === 'DescribeSecret' ? answer : undefined;

describe('the metadata of a secret', () => {
  it('are its tags, its version and its dates, and nothing that reading changes', async () => {
    const bench = createBench(describes(DESCRIBED));
    const got = await read(bench, secret('a', about));
    expect(tell(got)).toEqual({
      arn: secretArn('a'),
      name: 'a',
      tags: { env: 'prod', team: 'shop' },
      versionId: 'v2',
      versionStages: ['AWSCURRENT', 'blue'],
      createdDate: '2026-01-01T10:00:00Z',
      lastChangedDate: '2026-02-01T10:00:00Z',
      lastRotatedDate: '2026-03-01T10:00:00Z',
      nextRotationDate: '2026-04-01T10:00:00Z',
    });
    expect(got).toMatchObject({ ok: true, value: { versionId: 'v2', region: 'eu-west-1', metadata: true } });
    expect(bench.calls.slice(1)).toEqual([{ api: 'DescribeSecret', input: { SecretId: 'a' } }]);
  });

  it('are the same bytes whatever the order in which AWS tells them', async () => {
    const other = {
      ...DESCRIBED,
      Tags: DESCRIBED.Tags.toReversed(),
      VersionIdsToStages: { v2: ['AWSCURRENT', 'blue'] },
    };
    const texts = await Promise.all(
      [DESCRIBED, other].map(async (answer) => {
        const got = await read(createBench(describes(answer)), secret('a', about));
        return got?.ok === true && new TextDecoder().decode(got.value.value.reveal());
      }),
    );
    expect(texts[0]).toBe(texts[1]);
  });

  const versions: readonly { it: string; ref: Partial<ValueRef>; want: unknown }[] = [
    { it: 'a stage', ref: { versionStage: 'AWSPREVIOUS' }, want: { versionId: 'v1', versionStages: ['AWSPREVIOUS'] } },
    { it: 'an id', ref: { versionId: 'v3' }, want: { versionId: 'v3', versionStages: ['AWSPENDING'] } },
    { it: 'a stage that is not there', ref: { versionStage: 'gold' }, want: ['VersionNotFound a'] },
    { it: 'an id that is not there', ref: { versionId: 'v9' }, want: ['VersionNotFound a'] },
  ];
  for (const { it: what, ref, want } of versions) {
    it(`tell of the version of ${what}`, async () => {
      const got = tell(await read(createBench(describes(DESCRIBED)), secret('a', { ...about, ...ref })));
      if (Array.isArray(want)) expect(got).toEqual(want);
      else expect(got).toMatchObject(want as object);
    });
  }

  it('are there for a secret that has no value yet', async () => {
    const bench = createBench(describes({ ARN: secretArn('a'), Name: 'a' }));
    expect(tell(await read(bench, secret('a', about)))).toEqual({ arn: secretArn('a'), name: 'a', tags: {} });
  });

  const refusals: readonly { it: string; respond: Respond; want: string }[] = [
    {
      it: 'is marked for deletion',
      respond: describes({ ...DESCRIBED, DeletedDate: new Date(0) }),
      want: 'MarkedForDeletion a',
    },
    {
      it: 'is another than the one asked for',
      respond: describes({ ...DESCRIBED, ARN: secretArn('b'), Name: 'b' }),
      want: 'SourceUnavailable a',
    },
    { it: 'has an answer that is none', respond: describes('<html>'), want: 'SourceUnavailable a' },
    {
      it: 'is not there',
      respond: (call) => {
        if (call.api === 'DescribeSecret')
          throw awsError('ResourceNotFoundException', "can't find the specified secret.");
        return undefined;
      },
      want: 'SecretNotFound a',
    },
    {
      it: 'is denied',
      respond: (call) => {
        if (call.api === 'DescribeSecret') throw awsError('AccessDeniedException', 'no');
        return undefined;
      },
      want: 'AccessDenied a',
    },
  ];
  for (const { it: what, respond, want } of refusals) {
    it(`are a fault when it ${what}`, async () => {
      expect(tell(await read(createBench(respond), secret('a', about)))).toEqual([want]);
    });
  }

  it('name the action when they are denied', async () => {
    const bench = createBench((call) => {
      if (call.api === 'DescribeSecret') throw awsError('AccessDeniedException', 'no');
      return undefined;
    });
    expect(JSON.stringify(await read(bench, secret('a', about)))).toContain('secretsmanager:DescribeSecret on ');
  });

  it('are found by a partial ARN whose name ends like a full one', async () => {
    const name = 'team-backup';
    const bench = createBench((call) => {
      if (call.api !== 'DescribeSecret') return undefined;
      if (call.input.SecretId === name) return { ...DESCRIBED, ARN: secretArn(name), Name: name };
      throw awsError('ResourceNotFoundException', "can't find the specified secret.");
    });
    const partial = `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}`;
    expect(tell(await read(bench, secret(partial, about)))).toMatchObject({ name });
  });
});

describe('the metadata of a parameter', () => {
  const parameterWorld =
    (tags: unknown = { TagList: [{ Key: 'env', Value: 'prod' }] }): Respond =>
    (call) => {
      if (call.api === 'ListTagsForResource') return tags;
      if (call.api !== 'GetParameters') return undefined;
      const [name = '', selector] = (call.input.Names[0] ?? '').split(':');
      const entry = parameterEntry(name, Number(selector ?? 3), selector === undefined ? '' : `:${selector}`);
      return { Parameters: [{ ...entry, LastModifiedDate: new Date('2026-02-01T10:00:00Z'), Value: 'canary' }] };
    };

  it('are its tags, its version and its date, by calls that decrypt nothing', async () => {
    const bench = createBench(parameterWorld());
    const got = await read(bench, parameter('/a', about));
    expect(tell(got)).toEqual({
      arn: 'arn:aws:ssm:eu-west-1:123456789012:parameter/a',
      name: '/a',
      tags: { env: 'prod' },
      version: 3,
      type: 'SecureString',
      lastChangedDate: '2026-02-01T10:00:00Z',
    });
    expect(got).toMatchObject({ ok: true, value: { version: 3, metadata: true } });
    expect(bench.calls.slice(1)).toEqual([
      { api: 'GetParameters', input: { Names: ['/a'], WithDecryption: false } },
      { api: 'ListTagsForResource', input: { ResourceType: 'Parameter', ResourceId: '/a' } },
    ]);
  });

  it('tell of the version that is asked for', async () => {
    const got = await read(createBench(parameterWorld()), parameter('/a', { ...about, version: 2 }));
    expect(tell(got)).toMatchObject({ version: 2 });
  });

  const refusals: readonly { it: string; respond: Respond; want: string }[] = [
    {
      it: 'is not there',
      respond: (call) => (call.api === 'GetParameters' ? { Parameters: [], InvalidParameters: ['/a'] } : undefined),
      want: 'ParameterNotFound /a',
    },
    { it: 'has tags that are none', respond: parameterWorld('<html>'), want: 'SourceUnavailable /a' },
    {
      it: 'goes between the two calls',
      respond: (call, ...rest) => {
        if (call.api === 'ListTagsForResource') throw awsError('InvalidResourceId', 'canary');
        return parameterWorld()(call, ...rest);
      },
      want: 'ParameterNotFound /a',
    },
    {
      it: 'has tags that are denied',
      respond: (call, ...rest) => {
        if (call.api === 'ListTagsForResource') throw awsError('AccessDeniedException', 'no');
        return parameterWorld()(call, ...rest);
      },
      want: 'AccessDenied /a',
    },
  ];
  for (const { it: what, respond, want } of refusals) {
    it(`are a fault when it ${what}`, async () => {
      const got = await read(createBench(respond), parameter('/a', about));
      expect(tell(got)).toEqual([want]);
      expect(JSON.stringify(got)).not.toContain('canary');
    });
  }
});

it('a value and its metadata are asked for apart', async () => {
  const bench = createBench((call) => {
    if (call.api === 'DescribeSecret') return DESCRIBED;
    return call.api === 'GetSecretValue' ? { ...DESCRIBED, VersionId: 'v2', SecretString: 'value' } : undefined;
  });
  const fetching = bench.fetch([secret('a'), secret('a', about)]);
  await vi.advanceTimersByTimeAsync(60_000);
  const [value, metadata] = await fetching;
  expect(value?.ok === true && new TextDecoder().decode(value.value.value.reveal())).toBe('value');
  expect(tell(metadata)).toMatchObject({ name: 'a' });
  expect(value?.ok === true && value.value.origin).toBe(metadata?.ok === true && metadata.value.origin);
});
