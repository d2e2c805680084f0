import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FetchedValue, ValueRef } from '../../../src/core/ports.ts';
import type { Result } from '../../../src/model/result.ts';
import { type Bench, createBench, parameter, parameterEntry, secretArn, tell } from './fake-transport.ts';

// Parameters that are none of the account's own, as AWS documents its answers for them.

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

async function fetchAll(
  bench: Bench,
  refs: readonly ValueRef[],
): Promise<readonly (Result<FetchedValue> | undefined)[]> {
  const fetching = bench.fetch(refs);
  await vi.advanceTimersByTimeAsync(60_000);
  return fetching;
}

/** Answers each name with what `entries` has for it, and calls the others invalid. */
const holding = (entries: Readonly<Record<string, object>>): Bench =>
  createBench((call) => {
    if (call.api !== 'GetParameters') return undefined;
    const { Names } = call.input;
    return {
      Parameters: Names.flatMap((name) => entries[name] ?? []),
      InvalidParameters: Names.filter((name) => entries[name] === undefined),
    };
  });

describe('a parameter that another account shares', () => {
  const ARN = 'arn:aws:ssm:eu-west-1:210987654321:parameter/team/token';

  it('is asked for by its ARN, in a call with others, and found under its name or its ARN', async () => {
    for (const Name of ['/team/token', ARN]) {
      const entry = { ...parameterEntry('/team/token', 4), ARN, Name };
      const bench = holding({
        [ARN]: entry,
        [`${ARN}:2`]: { ...entry, Version: 2, Selector: ':2' },
        '/own': parameterEntry('/own'),
      });
      const got = await fetchAll(bench, [parameter(ARN), parameter('/own'), parameter(ARN, { version: 2 })]);
      expect(got.map(tell)).toEqual(['value of /team/token', 'value of /own', 'value of /team/token']);
      expect(got.map((result) => result?.ok && result.value.version)).toEqual([4, 1, 2]);
      expect(bench.of('GetParameters').map(({ Names }) => Names)).toEqual([[ARN, '/own'], [`${ARN}:2`]]);
    }
  });

  it('that is not there, or not shared, is a fault of its own', async () => {
    const got = await fetchAll(holding({ '/own': parameterEntry('/own') }), [parameter(ARN), parameter('/own')]);
    expect(got.map(tell)).toEqual(['ParameterNotFound', 'value of /own']);
  });
});

describe('a secret that Parameter Store reads', () => {
  const NAME = '/aws/reference/secretsmanager/db';
  const ID = '9d4cb84b-ad69-40c0-a0ab-cead3example';
  const entryOf = (VersionId: string, Selector?: string) => ({
    Name: NAME,
    ARN: secretArn('db'),
    Type: 'SecureString',
    Value: `value of ${VersionId}`,
    SourceResult: JSON.stringify({ name: 'db', versionId: VersionId, secretString: `value of ${VersionId}` }),
    ...(Selector === undefined ? {} : { Selector }),
  });

  it('is known by its version id, which a stage or the id itself may pin', async () => {
    const bench = holding({
      [NAME]: entryOf('v3'),
      [`${NAME}:AWSPREVIOUS`]: entryOf('v2', ':AWSPREVIOUS'),
      [`${NAME}:${ID}`]: entryOf(ID, `:${ID}`),
    });
    const refs = [{}, { label: 'AWSPREVIOUS' }, { label: ID }].map((more) => parameter(NAME, more));
    const got = await fetchAll(bench, refs);
    expect(got.map(tell)).toEqual(['value of v3', 'value of v2', `value of ${ID}`]);
    expect(got.map((result) => result?.ok && [result.value.versionId, result.value.version])).toEqual([
      ['v3', undefined],
      ['v2', undefined],
      [ID, undefined],
    ]);
    expect(bench.of('GetParameters').map(({ Names }) => Names.length)).toEqual([1, 1, 1]);
  });

  it('is read without a version id where AWS does not tell it', async () => {
    for (const SourceResult of ['{"VersionId":', '{}', '[]', 'null', undefined]) {
      const bench = holding({ [NAME]: { ...entryOf('v1'), Version: 0, SourceResult } });
      const [got] = await fetchAll(bench, [parameter(NAME)]);
      expect(got).toMatchObject({ ok: true, value: { region: 'eu-west-1' } });
      expect(got?.ok === true && 'versionId' in got.value).toBe(false);
    }
  });
});
