import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AwsCall } from '../../../src/aws/transport.ts';
import type { Access, ValueRef } from '../../../src/core/ports.ts';
import {
  access,
  awsError,
  type Bench,
  createBench,
  parameter,
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

const HERE = 'eu-west-1';
const THERE = 'us-west-2';
const store: Access = { ...access, failoverRegions: [THERE] };

type State = 'up' | 'hangs' | 'fails' | 'resets' | 'garbage' | 'denies' | 'lacks' | 'throttles' | 'stsFails';
type Regions = Record<string, State>;

/** Regions in these states; each call is kept with its Region. */
class World {
  readonly regions: Regions;
  readonly calls: string[] = [];
  readonly noted: string[] = [];
  readonly bench: Bench;

  constructor(regions: Regions) {
    this.regions = regions;
    const respond = (call: AwsCall, region: string): unknown => this.#respond(call, region);
    this.bench = createBench(
      (call, _keys, _signal, region) => respond(call, region),
      {},
      {
        noted: (id) => void this.noted.push(id),
      },
    );
  }

  #respond(call: AwsCall, region: string): unknown {
    const state = this.regions[region] ?? 'up';
    if (call.api === 'AssumeRoleWithWebIdentity') {
      if (state === 'stsFails') throw awsError('InternalFailure', '', 500);
      return undefined;
    }
    this.calls.push(`${region} ${call.api}`);
    if (state === 'hangs') return new Promise(() => undefined);
    if (state === 'fails') throw awsError('InternalServiceError', 'canary', 500);
    if (state === 'resets') throw Object.assign(new Error('canary'), { code: 'ECONNRESET' });
    if (state === 'garbage') throw awsError('SyntaxError', 'canary', 200);
    if (state === 'denies') throw awsError('AccessDeniedException', 'canary');
    if (state === 'lacks')
      throw awsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    if (state === 'throttles') throw awsError('ThrottlingException', 'Rate exceeded');
    const there = (id: string) => {
      const entry = secretEntry(
        id.startsWith('arn:') ? (/secret:(.+)-AbCdEf$/.exec(id)?.[1] ?? id) : id,
        `from ${region}`,
      );
      return { ...entry, ARN: entry.ARN.replace(HERE, region) };
    };
    if (call.api === 'GetSecretValue') return there(call.input.SecretId);
    if (call.api === 'BatchGetSecretValue') return { SecretValues: call.input.SecretIdList.map(there) };
    return undefined;
  }

  async fetch(refs: readonly ValueRef[] = [secret('a')], where = store, forMs = 32_000) {
    const fetching = this.bench.fetch(refs, where);
    await vi.advanceTimersByTimeAsync(forMs);
    return fetching;
  }

  async read(...args: Parameters<World['fetch']>): Promise<string[]> {
    return (await this.fetch(...args)).map(tell);
  }

  get note() {
    return this.bench.source.notes(store.storeId, store);
  }
}

describe('a Region that fails', () => {
  for (const state of ['hangs', 'fails', 'resets', 'garbage', 'stsFails'] as const) {
    it(`is replaced by the next one when it ${state}`, async () => {
      const world = new World({ [HERE]: state });
      const [got] = await world.fetch();
      expect(tell(got)).toBe(`from ${THERE}`);
      expect(got).toMatchObject({ value: { region: THERE } });
    });
  }

  it('leaves the next one its time when it hangs', async () => {
    const world = new World({ [HERE]: 'hangs' });
    expect(await world.read([secret('a')], store, 16_000)).toEqual([`from ${THERE}`]);
  });

  it('is not waited for by those who come after', async () => {
    const world = new World({ [HERE]: 'hangs' });
    await world.read();
    world.calls.length = 0;
    expect(await world.read([secret('b')], store, 100)).toEqual([`from ${THERE}`]);
    expect(world.calls).toEqual([`${THERE} GetSecretValue`]);
  });

  it('is asked first again as soon as it has recovered', async () => {
    const world = new World({ [HERE]: 'fails' });
    await world.read([secret('a')], store, 1_000);
    world.regions[HERE] = 'up';
    expect(await world.read([secret('a')], store, 100)).toEqual([`from ${THERE}`]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await world.read()).toEqual([`from ${HERE}`]);
    expect(await world.read([secret('a'), secret('b')])).toEqual([`from ${HERE}`, `from ${HERE}`]);
  });

  it('is tried by one read at a time', async () => {
    const world = new World({ [HERE]: 'hangs' });
    await world.read();
    await vi.advanceTimersByTimeAsync(60_000);
    world.calls.length = 0;
    // Not within one window, where they would be one call.
    const reading: Promise<string[]>[] = [];
    for (const name of ['a', 'b', 'c']) {
      reading.push(world.bench.fetch([secret(name)], store).then((got) => got.map(tell)));
      await vi.advanceTimersByTimeAsync(20);
    }
    await vi.advanceTimersByTimeAsync(32_000);
    expect((await Promise.all(reading)).flat()).toEqual([`from ${THERE}`, `from ${THERE}`, `from ${THERE}`]);
    const triedBy = world.calls.filter((call) => call.startsWith(HERE));
    expect(triedBy.length).toBeLessThanOrEqual(1);
  });

  it('is the store’s hint, told once, until it serves again', async () => {
    const world = new World({ [HERE]: 'fails' });
    for (let read = 0; read < 3; read++) await world.read();
    expect(world.note).toEqual([{ kind: 'failover', region: HERE, servedBy: THERE }]);
    expect(world.noted).toEqual([store.storeId]);
    world.regions[HERE] = 'up';
    await vi.advanceTimersByTimeAsync(300_000);
    await world.read();
    expect(world.note).toEqual([]);
    expect(world.noted).toEqual([store.storeId, store.storeId]);
  });

  it('does not open the way of another account', async () => {
    const world = new World({ [HERE]: 'fails' });
    await world.read();
    world.regions[HERE] = 'up';
    const roleArn = 'arn:aws:iam::999999999999:role/reader';
    const other = { ...store, identity: { ...store.identity, roleArn } } as Access;
    expect(await world.read([secret('a')], other)).toEqual([`from ${HERE}`]);
  });

  it('is asked where there is no other, as ever', async () => {
    const world = new World({ [HERE]: 'fails' });
    expect(await world.read([secret('a')], access)).toEqual(['SourceUnavailable']);
    expect(new Set(world.calls)).toEqual(new Set([`${HERE} GetSecretValue`]));
    expect(world.noted).toEqual([]);
  });

  it('identifies a store by the STS of the next one', async () => {
    const world = new World({ [HERE]: 'stsFails' });
    const identifying = world.bench.source.identify(store, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await identifying).toMatchObject({ ok: true });
  });
});

describe('the refs', () => {
  it('have the Region in their ARNs replaced, and only that of the store', async () => {
    const world = new World({ [HERE]: 'fails' });
    const foreign = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:c-AbCdEf';
    await world.read([secret(secretArn('a')), secret(secretArn('b'), { versionStage: 'X' }), secret(foreign)]);
    const asked = world.bench.of('GetSecretValue').map(({ SecretId }) => SecretId);
    expect(asked).toContain(secretArn('a').replace(HERE, THERE));
    expect(asked).toContain(secretArn('b').replace(HERE, THERE));
    expect(asked).toContain(foreign);
    expect(asked).not.toContain(foreign.replace('eu-central-1', THERE));
  });

  it('travel together in the next Region too', async () => {
    const world = new World({ [HERE]: 'fails' });
    const refs = Array.from({ length: 20 }, (_, at) => secret(`s${at}`));
    expect(new Set(await world.read(refs))).toEqual(new Set([`from ${THERE}`]));
    expect(world.calls.filter((call) => call.startsWith(THERE))).toEqual([`${THERE} BatchGetSecretValue`]);
  });

  it('of one secret come from one Region', async () => {
    const bench = createBench((call, _keys, _signal, region) => {
      if (call.api !== 'GetSecretValue') return undefined;
      const { SecretId, VersionStage = '' } = call.input;
      if (region === HERE && VersionStage === 'B') throw awsError('InternalServiceError', '', 500);
      return { ...secretEntry('a', `from ${region}`), ARN: secretArn('a').replace(HERE, region), Name: SecretId };
    });
    const refs = [secret('a', { versionStage: 'A' }), secret('a', { versionStage: 'B' })];
    const fetching = bench.fetch(refs, store);
    await vi.advanceTimersByTimeAsync(32_000);
    expect((await fetching).map(tell)).toEqual([`from ${THERE}`, `from ${THERE}`]);
  });

  it('to parameters stay with the Region, since parameters have no replicas', async () => {
    const world = new World({ [HERE]: 'fails' });
    expect(await world.read([parameter('/p'), secret('a')])).toEqual(['SourceUnavailable', `from ${THERE}`]);
    expect(world.calls).not.toContain(`${THERE} GetParameters`);
  });
});

describe('what another Region is not asked for', () => {
  const definite = [
    { state: 'denies', want: 'AccessDenied' },
    { state: 'lacks', want: 'SecretNotFound' },
    { state: 'throttles', want: 'Throttled' },
  ] as const;
  for (const { state, want } of definite) {
    it(`is a secret that the Region ${state}`, async () => {
      const world = new World({ [HERE]: state });
      expect(await world.read()).toEqual([want]);
      expect(world.calls.filter((call) => call.startsWith(THERE))).toEqual([]);
    });
  }
});

describe('what the next Region says', () => {
  for (const state of ['denies', 'lacks', 'throttles', 'fails', 'hangs'] as const) {
    it(`is no news about the secret when it ${state}: the fault passes, and names both`, async () => {
      const world = new World({ [HERE]: 'fails', [THERE]: state });
      const told: string[] = [];
      for (let read = 0; read < 3; read++) {
        const [got] = await world.fetch();
        expect(got).toMatchObject({ ok: false, faults: [{ kind: 'SourceUnavailable', subject: 'a' }] });
        if (got?.ok === false) told.push(got.faults[0].detail);
      }
      expect(told[0]).toContain(`Secrets Manager in ${HERE} is not available; in the failover Region ${THERE}: `);
      expect(told.join()).not.toContain('canary');
      // Whether the first was asked or not: an unchanged failure writes no status.
      expect(new Set(told).size).toBe(1);
    });
  }

  it('comes within the one deadline when both hang', async () => {
    const world = new World({ [HERE]: 'hangs', [THERE]: 'hangs' });
    expect(await world.read([secret('a')], store, 31_500)).toEqual(['SourceUnavailable']);
  });

  it('is sought in order', async () => {
    const world = new World({ [HERE]: 'fails', [THERE]: 'fails' });
    const three = { ...store, failoverRegions: [THERE, 'ap-south-1'] };
    expect(await world.read([secret('a')], three)).toEqual(['from ap-south-1']);
    expect([...new Set(world.calls.map((call) => call.split(' ')[0]))]).toEqual([HERE, THERE, 'ap-south-1']);
  });

  it('is asked for again when all have failed of late', async () => {
    const world = new World({ [HERE]: 'fails', [THERE]: 'fails' });
    await world.read();
    world.regions[HERE] = 'up';
    expect(await world.read([secret('a')], store, 5_000)).toEqual([`from ${HERE}`]);
  });
});

it('believes its own Region that a secret is not there, also when it was asked last', async () => {
  const world = new World({ [HERE]: 'fails' });
  await world.read([secret('a')], store, 1_000);
  world.regions[HERE] = 'lacks';
  world.regions[THERE] = 'fails';
  expect(await world.read([secret('a')], store, 5_000)).toEqual(['SecretNotFound']);
});

it('gives up when the caller does', async () => {
  const world = new World({ [HERE]: 'hangs' });
  const impatient = new AbortController();
  const given = world.bench.source.fetch({ access: store, refs: [secret('a')] }, impatient.signal);
  await vi.advanceTimersByTimeAsync(100);
  impatient.abort(new Error('enough'));
  await expect(given).rejects.toThrow('enough');
});

it('refuses a failover Region that would become another host', async () => {
  const world = new World({});
  expect(await world.read([secret('a')], { ...access, failoverRegions: ['x.evil.com/'] })).toEqual(['InvalidSpec']);
  expect(world.calls).toEqual([]);
});
