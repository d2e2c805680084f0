import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AwsCall } from '../../../src/aws/transport.ts';
import type { Found, Search } from '../../../src/core/ports.ts';
import type { Result } from '../../../src/model/result.ts';
import { access, awsError, type Bench, createBench, parameterEntry } from './fake-transport.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const secrets = (prefix: string, tags: Search['tags'] = {}): Search => ({ service: 'SecretsManager', prefix, tags });
const parameters = (prefix: string, tags: Search['tags'] = {}): Search => ({ service: 'ParameterStore', prefix, tags });

/** Looks while the clock runs as far as it takes, at most a minute. */
async function find({ source }: Bench, search: Search): Promise<Result<readonly Found[]>> {
  const finding = source.find(access, search, new AbortController().signal);
  await vi.advanceTimersByTimeAsync(60_000);
  return finding;
}

const namesIn = (found: Result<readonly Found[]>): unknown =>
  found.ok ? found.value.map(({ ref }) => ref.key) : found.faults.map(({ kind, subject }) => `${kind} ${subject}`);

const entry = (Name: string, tags: Readonly<Record<string, string>> = {}, more: object = {}) => ({
  Name,
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  ...more,
});
const denial = (action: string, resource = '*') =>
  awsError('AccessDeniedException', `User: x is not authorized to perform: ${action} on resource: ${resource}`);

/** One list of each kind: how it is asked for, and how it answers. */
const lists: readonly {
  it: string;
  api: Exclude<AwsCall['api'], 'AssumeRoleWithWebIdentity'>;
  search: Search;
  page: (names: readonly string[], token?: string) => object;
}[] = [
  {
    it: 'secrets',
    api: 'ListSecrets',
    search: secrets('/a/'),
    page: (names, NextToken) => ({ SecretList: names.map((name) => entry(name)), NextToken }),
  },
  {
    it: 'parameters of a path',
    api: 'GetParametersByPath',
    search: parameters('/a/'),
    page: (names, NextToken) => ({ Parameters: names.map((name) => parameterEntry(name)), NextToken }),
  },
  {
    it: 'parameters by tags',
    api: 'DescribeParameters',
    search: parameters('/a/', { env: 'prod' }),
    page: (names, NextToken) => ({ Parameters: names.map((Name) => ({ Name })), NextToken }),
  },
];

for (const { it: what, api, search, page } of lists) {
  describe(`a list of ${what}`, () => {
    it('is read page by page, also past an empty one', async () => {
      const pages: Readonly<Record<string, object>> = {
        '': page(['/a/1'], 'two'),
        two: page([], 'three'),
        three: { NextToken: 'four' },
        four: page(['/a/2', '/b']),
      };
      const bench = createBench((call) => (call.api === api ? pages[tokenOf(call)] : undefined));
      expect(namesIn(await find(bench, search))).toEqual(['/a/1', '/a/2']);
      expect(bench.of(api)).toHaveLength(4);
    });

    it('is a fault when a token comes again, never a part of it', async () => {
      const bench = createBench((call) => (call.api === api ? page([`/a/${tokenOf(call)}`], 'again') : undefined));
      expect(namesIn(await find(bench, search))).toEqual(['SourceUnavailable find']);
      expect(bench.of(api)).toHaveLength(2);
    });

    it('is a fault when its tokens lead in a larger circle', async () => {
      const bench = createBench((call) => (call.api === api ? page([], tokenOf(call) === 'a' ? 'b' : 'a') : undefined));
      expect(namesIn(await find(bench, search))).toEqual(['SourceUnavailable find']);
      expect(bench.of(api)).toHaveLength(3);
    });

    it('is a fault that says how to narrow when it has no end', async () => {
      let at = 0;
      const bench = createBench((call) => (call.api === api ? page([], `t${at++}`) : undefined));
      expect(await find(bench, search)).toMatchObject({
        ok: false,
        faults: [{ kind: 'InvalidSpec', retry: 'onInterval', detail: expect.stringContaining('narrow it') }],
      });
      expect(at).toBe(200);
    });

    it('is a fault when a later page fails, never a part of it', async () => {
      const bench = createBench((call) => {
        if (call.api !== api) return undefined;
        if (tokenOf(call) !== '') throw awsError('InternalServerError', 'canary', 500);
        return page(['/a/1'], 'more');
      });
      const found = await find(bench, search);
      expect(namesIn(found)).toEqual(['SourceUnavailable find']);
      expect(JSON.stringify(found)).not.toContain('canary');
    });

    const odd: readonly unknown[] = [undefined, {}, '<html>', { SecretList: 'x', Parameters: 7 }];
    for (const answer of odd) {
      it(`is none when AWS answers with ${JSON.stringify(answer)}`, async () => {
        const bench = createBench((call) => (call.api === api ? answer : undefined));
        expect(namesIn(await find(bench, search))).toEqual(['SourceUnavailable find']);
      });
    }

    it('leaves out what has no name', async () => {
      const bench = createBench((call) =>
        call.api === api ? { SecretList: [null, 7, {}], Parameters: [null, 7, {}] } : undefined,
      );
      expect(namesIn(await find(bench, search))).toEqual([]);
    });

    it('names the action and the resource when it is denied', async () => {
      const bench = createBench((call) => {
        if (call.api === api) throw denial(`x:${api}`);
        return undefined;
      });
      const resource = api === 'GetParametersByPath' ? 'arn:aws:ssm:eu-west-1:123456789012:parameter/a' : '*';
      expect(await find(bench, search)).toMatchObject({
        ok: false,
        faults: [
          { kind: 'AccessDenied', subject: 'find', detail: expect.stringContaining(`:${api} on ${resource}: `) },
        ],
      });
    });

    it('is a fault of the search when AWS does not take it', async () => {
      const bench = createBench((call) => {
        if (call.api === api) throw awsError('ValidationException', 'canary');
        return undefined;
      });
      expect(namesIn(await find(bench, search))).toEqual(['InvalidSpec find']);
    });

    it('is throttled when AWS says so time and again', async () => {
      const bench = createBench((call) => {
        if (call.api === api) throw awsError('ThrottlingException', 'Rate exceeded');
        return undefined;
      });
      expect(namesIn(await find(bench, search))).toEqual(['Throttled find']);
    });

    it('is out of reach when AWS hangs', async () => {
      const bench = createBench((call) => (call.api === api ? new Promise(() => undefined) : undefined));
      expect(namesIn(await find(bench, search))).toEqual(['SourceUnavailable find']);
    });

    it('is read once for all who ask at the same moment', async () => {
      const bench = createBench((call) => (call.api === api ? page(['/a/1']) : undefined));
      const both = await Promise.all([find(bench, search), find(bench, search)]);
      expect(both.map(namesIn)).toEqual([['/a/1'], ['/a/1']]);
      expect(bench.of(api)).toHaveLength(1);
    });
  });
}

const tokenOf = ({ input }: AwsCall): string => ('NextToken' in input ? (input.NextToken ?? '') : '');

describe('secrets', () => {
  it('are those that bear each pair exactly, and that nobody has marked for deletion', async () => {
    const both = { env: 'prod', team: 'shop' };
    const SecretList = [
      entry('p/right', both),
      entry('p/other-order', { team: 'shop', env: 'prod', more: 'x' }),
      entry('p/longer-value', { ...both, env: 'production' }),
      entry('p/longer-key', { environment: 'prod', team: 'shop' }),
      entry('p/swapped', { env: 'shop', team: 'prod' }),
      entry('p/other-case', { Env: 'prod', team: 'shop' }),
      entry('p/one-of-two', { env: 'prod' }),
      entry('p/doomed', both, { DeletedDate: new Date(0) }),
      entry('P/other-name', both),
    ];
    const bench = createBench((call) => (call.api === 'ListSecrets' ? { SecretList } : undefined));
    expect(namesIn(await find(bench, secrets('p/', both)))).toEqual(['p/right', 'p/other-order']);
  });

  const filters: readonly { it: string; search: Search; want: object[] }[] = [
    { it: 'the beginning of the names', search: secrets('p/'), want: [{ Key: 'name', Values: ['p/'] }] },
    { it: 'nothing where all names are meant', search: secrets(''), want: [] },
    {
      it: 'one pair, whose halves AWS looks for apart',
      search: secrets('', { env: 'prod', team: 'shop' }),
      want: [
        { Key: 'tag-key', Values: ['env'] },
        { Key: 'tag-value', Values: ['prod'] },
      ],
    },
    {
      it: 'no value that AWS would turn round or refuse',
      search: secrets('!rds', { größe: '!prod' }),
      want: [],
    },
    { it: 'no empty value', search: secrets('', { env: '' }), want: [{ Key: 'tag-key', Values: ['env'] }] },
  ];
  for (const { it: what, search, want } of filters) {
    it(`are looked for by ${what}`, async () => {
      const bench = createBench((call) => (call.api === 'ListSecrets' ? { SecretList: [] } : undefined));
      await find(bench, search);
      expect(bench.of('ListSecrets')).toEqual([{ MaxResults: 100, Filters: want }]);
    });
  }
});

describe('parameters', () => {
  const calls: readonly { it: string; search: Search; want: object }[] = [
    {
      it: 'below a path',
      search: parameters('/a/b/'),
      want: { Path: '/a/b', Recursive: true, WithDecryption: true, MaxResults: 10 },
    },
    { it: 'below a path, by the beginning of a name', search: parameters('/a/b'), want: { Path: '/a' } },
    { it: 'below the root', search: parameters('/'), want: { Path: '/' } },
    {
      it: 'below a path, by tags',
      search: parameters('/a/', { env: 'prod' }),
      want: {
        MaxResults: 50,
        ParameterFilters: [
          { Key: 'Path', Option: 'Recursive', Values: ['/a'] },
          { Key: 'tag:env', Option: 'Equals', Values: ['prod'] },
        ],
      },
    },
    {
      it: 'outside a hierarchy',
      search: parameters('shop-'),
      want: { ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: ['shop-'] }] },
    },
    { it: 'of every name', search: parameters(''), want: { ParameterFilters: [] } },
  ];
  for (const { it: what, search, want } of calls) {
    it(`are looked for ${what}`, async () => {
      const bench = createBench((call) => (call.api.includes('Parameters') ? { Parameters: [] } : undefined));
      await find(bench, search);
      expect(bench.calls.at(-1)?.input).toMatchObject(want);
    });
  }

  it('of a path come with their values', async () => {
    const bench = createBench((call) =>
      call.api === 'GetParametersByPath' ? { Parameters: [parameterEntry('/a/1', 4), { Name: '/a/2' }] } : undefined,
    );
    const found = await find(bench, parameters('/a/'));
    expect(found).toMatchObject({
      ok: true,
      value: [{ ref: { key: '/a/1' }, value: { version: 4, region: 'eu-west-1' } }, { ref: { key: '/a/2' } }],
    });
    expect(found.ok && found.value[1]).not.toHaveProperty('value');
  });

  const locked: readonly { it: string; error: Error }[] = [
    { it: 'may not be used', error: denial('kms:Decrypt', 'arn:aws:kms:eu-west-1:123456789012:key/k') },
    { it: 'is disabled', error: awsError('InvalidKeyId', 'KMS key is disabled') },
  ];
  for (const { it: how, error } of locked) {
    it(`are listed without values when a key ${how}, so that each tells by itself`, async () => {
      const bench = createBench((call) => {
        if (call.api !== 'GetParametersByPath') return undefined;
        if (call.input.WithDecryption) throw error;
        return { Parameters: [parameterEntry('/a/1'), parameterEntry('/a/2')] };
      });
      expect(await find(bench, parameters('/a/'))).toEqual({
        ok: true,
        value: ['/a/1', '/a/2'].map((key) => ({ ref: { service: 'ParameterStore', key } })),
      });
    });
  }
});
