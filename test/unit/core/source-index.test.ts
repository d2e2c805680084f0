import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRequests } from '../../../src/core/plan.ts';
import type { Identity } from '../../../src/core/ports.ts';
import type { SourceChange } from '../../../src/core/source-change.ts';
import { concerns, entriesOf, type SourceEntry } from '../../../src/core/source-entry.ts';
import { SourceIndex } from '../../../src/core/source-index.ts';
import { READER, specOf, storeOf } from '../../support/builders.ts';

const OPERATOR: Identity = { kind: 'operator', sessionName: 'keyferry-aws' };

/** What an ExternalSecret of this spec reads from the store. */
function entries(spec: object, store: object = {}, identity: Identity = READER): readonly SourceEntry[] {
  const planned = planRequests(specOf({ data: [], ...spec }), 'shop', [{ store: storeOf(store), identity }]);
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return entriesOf(planned.value);
}

const reads = (key: string, more: object = {}): object => ({ data: [{ secretKey: 'a', remoteRef: { key, ...more } }] });
const finds = (find: object): object => ({ dataFrom: [{ find }] });
const PINNED = '0f4b1a2c-0d9f-4f5e-8a74-3c1f6f0a9b11';
const PARAMETER = { service: 'ParameterStore' };

const change = (names: readonly string[], more: Partial<SourceChange> = {}): SourceChange => ({
  service: 'SecretsManager',
  region: 'eu-west-1',
  account: '123456789012',
  atMs: 0,
  names,
  ...more,
});
const PROD = change(['prod/db', 'prod/db-a1B2c3']);
const parameter = (name: string): SourceChange => change([name], { service: 'ParameterStore' });
const moved = (label: string): SourceChange => ({ ...PROD, moved: { label, versionId: 'v2' } });
const arn = (name: string, region = 'eu-west-1', account = '123456789012') =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${name}`;

describe('a change', () => {
  const cases: readonly { it: string; read: readonly SourceEntry[]; of?: SourceChange; want: boolean }[] = [
    { it: 'concerns who reads by name', read: entries(reads('prod/db')), want: true },
    { it: 'concerns nobody who reads another name', read: entries(reads('prod/db2')), want: false },
    { it: 'concerns who reads by ARN', read: entries(reads(arn('prod/db-a1B2c3'))), want: true },
    { it: 'concerns who reads by partial ARN', read: entries(reads(arn('prod/db'))), want: true },
    {
      it: 'concerns who reads by a partial ARN that ends like a full one',
      read: entries(reads(arn('prod/db-abcdef'))),
      of: change(['prod/db-abcdef', 'prod/db-abcdef-a1B2c3']),
      want: true,
    },
    {
      it: 'concerns who reads over the bridge',
      read: entries(reads('/aws/reference/secretsmanager/prod/db', PARAMETER)),
      want: true,
    },
    { it: 'concerns who reads a JSON member', read: entries(reads('prod/db', { property: 'user' })), want: true },
    { it: 'concerns who reads the metadata', read: entries(reads('prod/db', { metadataPolicy: 'Fetch' })), want: true },
    { it: 'concerns who extracts', read: entries({ dataFrom: [{ extract: { key: 'prod/db' } }] }), want: true },
    { it: 'goes by the keyPrefix', read: entries(reads('db'), { keyPrefix: 'prod/' }), want: true },
    { it: 'does not go without the keyPrefix', read: entries(reads('prod/db'), { keyPrefix: 'prod/' }), want: false },
    { it: 'of another Region is none', read: entries(reads('prod/db'), { region: 'us-east-1' }), want: false },
    {
      it: 'in a failover Region counts',
      read: entries(reads('prod/db'), { region: 'us-east-1', failoverRegions: ['eu-west-1'] }),
      want: true,
    },
    {
      it: 'of a parameter in a failover Region is none',
      read: entries(reads('/prod/db', PARAMETER), { region: 'us-east-1', failoverRegions: ['eu-west-1'] }),
      of: parameter('prod/db'),
      want: false,
    },
    {
      it: 'of another account is none',
      read: entries(reads('prod/db')),
      of: { ...PROD, account: '999999999999' },
      want: false,
    },
    {
      it: 'of another account counts where the ARN names it',
      read: entries(reads(arn('prod/db-a1B2c3', 'eu-west-1', '999999999999'))),
      of: { ...PROD, account: '999999999999' },
      want: true,
    },
    {
      it: 'of any account counts while nobody knows which is read',
      read: entries(reads('prod/db'), { auth: { operatorIdentity: {} } }, OPERATOR),
      of: { ...PROD, account: '999999999999' },
      want: true,
    },
    {
      it: 'of a parameter concerns who reads its path',
      read: entries(reads('/prod/db', PARAMETER)),
      of: parameter('prod/db'),
      want: true,
    },
    {
      it: 'of a parameter concerns who reads it without a slash',
      read: entries(reads('db', PARAMETER)),
      of: parameter('db'),
      want: true,
    },
    {
      it: 'of a parameter concerns who reads its ARN',
      read: entries(reads('arn:aws:ssm:eu-west-1:123456789012:parameter/prod/db')),
      of: parameter('prod/db'),
      want: true,
    },
    {
      it: 'of a parameter is none of a secret’s',
      read: entries(reads('prod/db')),
      of: parameter('prod/db'),
      want: false,
    },
    {
      it: 'of AWSCURRENT concerns who reads AWSPREVIOUS',
      read: entries(reads('prod/db', { versionStage: 'AWSPREVIOUS' })),
      of: moved('AWSCURRENT'),
      want: true,
    },
    {
      it: 'of another label does not concern who reads AWSCURRENT',
      read: entries(reads('prod/db')),
      of: moved('GREEN'),
      want: false,
    },
    {
      it: 'of another label concerns who reads that',
      read: entries(reads('prod/db', { versionStage: 'GREEN' })),
      of: moved('GREEN'),
      want: true,
    },
    {
      it: 'of a label does not concern a version that is pinned',
      read: entries(reads('prod/db', { versionId: PINNED })),
      of: moved('AWSCURRENT'),
      want: false,
    },
    {
      it: 'that may be a deletion concerns a version that is pinned',
      read: entries(reads('prod/db', { versionId: PINNED })),
      want: true,
    },
    { it: 'concerns a find by path', read: entries(finds({ path: 'prod' })), want: true },
    { it: 'concerns no find by another path', read: entries(finds({ path: 'pro' })), want: false },
    { it: 'concerns a find by glob', read: entries(finds({ name: { glob: '*/d?' } })), want: true },
    { it: 'concerns no find by another glob', read: entries(finds({ name: { glob: '*/d' } })), want: false },
    {
      it: 'concerns a find by tag, as no event tells of tags',
      read: entries(finds({ tags: { env: 'prod' } })),
      want: true,
    },
    {
      it: 'concerns a find by path under a keyPrefix',
      read: entries(finds({ path: 'db' }), { keyPrefix: 'prod/' }),
      of: change(['prod/db/user']),
      want: true,
    },
    {
      it: 'concerns no find by a label of one’s own',
      read: entries(finds({ path: 'prod' })),
      of: moved('GREEN'),
      want: false,
    },
    {
      it: 'of a parameter concerns a find by path',
      read: entries(finds({ path: '/prod', service: 'ParameterStore' })),
      of: parameter('prod/db'),
      want: true,
    },
    {
      it: 'of a parameter without a slash concerns a find of all',
      read: entries(finds({ name: { glob: 'd*' }, service: 'ParameterStore' })),
      of: parameter('db'),
      want: true,
    },
  ];
  for (const { it: name, read, of = PROD, want } of cases) {
    it(name, () => {
      expect(read.some((entry) => concerns(of, entry))).toBe(want);
      const index = new SourceIndex();
      index.set('shop/db', read);
      if (want) expect([...index.candidates(of)]).toEqual(['shop/db']);
    });
  }
});

describe('the index', () => {
  const regions = fc.constantFrom('eu-west-1', 'us-east-1');
  const accounts = fc.constantFrom('123456789012', '999999999999');
  const names = fc.constantFrom('a', 'a/b', 'a/bc', 'a/b/c', 'b', 'a-abcdef', 'a/b-abcdef');
  const specs = fc.oneof(
    names.map((name) => reads(name)),
    names.map((name) => reads(name, PARAMETER)),
    names.map((name) => reads(`/${name}`, PARAMETER)),
    names.map((name) => reads(`/aws/reference/secretsmanager/${name}`, PARAMETER)),
    fc.tuple(names, regions, accounts).map(([name, region, account]) => reads(arn(name, region, account))),
    fc.constantFrom('a', 'a/b', 'b').map((path) => finds({ path })),
    fc.constantFrom('/a', '/a/b').map((path) => finds({ path, service: 'ParameterStore' })),
    fc.constantFrom('*', 'a*', '*b', 'a/?', 'a/*/c').map((glob) => finds({ name: { glob } })),
    fc.constant(finds({ tags: { env: 'prod' } })),
  );
  const stores = fc.record({
    region: regions,
    failoverRegions: fc.constantFrom(undefined, ['ap-south-1'], ['us-west-2', 'ap-south-1']),
  });
  const reading = fc
    .tuple(specs, stores, fc.boolean())
    .map(([spec, { region, failoverRegions }, isOwn]) =>
      entries(
        spec,
        { region, ...(failoverRegions && { failoverRegions }), ...(isOwn && { auth: { operatorIdentity: {} } }) },
        isOwn ? OPERATOR : READER,
      ),
    );
  const step = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.oneof(reading, fc.constant([])));
  const changes = fc.record({
    service: fc.constantFrom('SecretsManager' as const, 'ParameterStore' as const),
    region: fc.oneof(regions, fc.constant('ap-south-1')),
    account: accounts,
    names: names.map((name) => [name, `${name}-a1B2c3`]),
    atMs: fc.constant(0),
  });

  it('finds whom a look at every ExternalSecret finds, whatever they read and however that changed', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.array(changes, { minLength: 1, maxLength: 10 }),
        (steps, told) => {
          const index = new SourceIndex();
          const all = new Map<string, readonly SourceEntry[]>();
          for (const [at, read] of steps) {
            index.set(`shop/${at}`, read);
            all.set(`shop/${at}`, read);
          }
          for (const each of told) {
            const naive = [...all].filter(([, read]) => read.some((entry) => concerns(each, entry))).map(([id]) => id);
            const found = [...index.candidates(each)].filter((id) =>
              index.entries(id).some((entry) => concerns(each, entry)),
            );
            expect(found.toSorted()).toEqual(naive.toSorted());
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('looks at those alone that may be meant, among ten thousand', () => {
    const index = new SourceIndex();
    for (let at = 0; at < 10_000; at++)
      index.set(`shop/${at}`, entries(at % 2 === 0 ? reads(`team-${at}/db`) : finds({ path: `team-${at}` })));
    expect([...index.candidates(change(['team-8/db']))]).toEqual(['shop/8']);
    expect([...index.candidates(change(['team-9/db']))]).toEqual(['shop/9']);
  });
});
