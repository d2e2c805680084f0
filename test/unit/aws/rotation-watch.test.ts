import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Access, StoreNote } from '../../../src/core/ports.ts';
import {
  access,
  awsError,
  type Bench,
  createBench,
  everything,
  keyAccess,
  parameter,
  parameterEntry,
  type Respond,
  secret,
  secretArn,
  secretEntry,
  tell,
} from './fake-transport.ts';

const HOUR_MS = 3_600_000;
const SIX_HOURS_MS = 6 * HOUR_MS;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

type Stages = Readonly<Record<string, readonly string[]>>;
const HALF_WAY: Stages = { v1: ['AWSCURRENT'], v2: ['AWSPREVIOUS'], v3: ['AWSPENDING'] };

const described = (id: string, VersionIdsToStages: Stages, more: object = {}) => ({
  ARN: id,
  Name: 'a',
  VersionIdsToStages,
  ...more,
});

interface World {
  stages: Stages;
  /** What DescribeSecret throws, where it does. */
  error?: Error;
  more?: object;
}

const inWorld =
  (world: World): Respond =>
  (call) => {
    if (call.api !== 'DescribeSecret') return everything(call);
    if (world.error !== undefined) throw world.error;
    return described(call.input.SecretId, world.stages, world.more);
  };

const benchOf = (respond: Respond, noted: (store: string) => void = () => undefined): Bench =>
  createBench(respond, {}, { rotationHints: true, noted });

/** Reads `a`, and gives a look that may come of it the time to end. */
async function read(bench: Bench, where: Access = access): Promise<string> {
  const fetching = bench.fetch([secret('a')], where);
  await vi.advanceTimersByTimeAsync(1_000);
  return tell((await fetching)[0]);
}

async function readAfter(bench: Bench, ms: number, where?: Access): Promise<string> {
  await vi.advanceTimersByTimeAsync(ms);
  return read(bench, where);
}

const notesOf = (bench: Bench): readonly StoreNote[] => bench.source.notes(access.storeId, access);
const STALE: StoreNote = { kind: 'stalePending', secret: 'a', versionId: 'v3', region: 'eu-west-1' };

async function staleBench(world: World, noted?: (store: string) => void): Promise<Bench> {
  const bench = benchOf(inWorld(world), noted);
  await read(bench);
  await readAfter(bench, SIX_HOURS_MS);
  expect(notesOf(bench)).toEqual([STALE]);
  return bench;
}

it('asks nothing unless it is told to', async () => {
  const bench = createBench(inWorld({ stages: HALF_WAY }));
  await read(bench);
  await readAfter(bench, SIX_HOURS_MS);
  expect(bench.of('DescribeSecret')).toEqual([]);
  expect(notesOf(bench)).toEqual([]);
});

it('notes after the second look that a version still waits, and tells it once', async () => {
  const told: string[] = [];
  const bench = benchOf(inWorld({ stages: HALF_WAY }), (store) => told.push(store));
  await read(bench);
  expect(bench.of('DescribeSecret')).toEqual([{ SecretId: secretArn('a') }]);
  expect(notesOf(bench)).toEqual([]);
  for (let round = 0; round < 3; round += 1) await readAfter(bench, SIX_HOURS_MS);
  expect(notesOf(bench)).toEqual([STALE]);
  expect(bench.source.notes(access.storeId, undefined)).toEqual([STALE]);
  expect(bench.source.notes(access.storeId, keyAccess)).toEqual([]);
  expect(bench.source.notes('SecretStore/bank/aws', access)).toEqual([]);
  expect(told).toEqual([access.storeId]);
});

it('never looks twice within six hours', async () => {
  const bench = benchOf(inWorld({ stages: HALF_WAY }));
  await read(bench);
  await readAfter(bench, HOUR_MS);
  await readAfter(bench, 5 * HOUR_MS - 5_000);
  expect(bench.of('DescribeSecret')).toHaveLength(1);
  await readAfter(bench, 5_000);
  expect(bench.of('DescribeSecret')).toHaveLength(2);
});

const endings: readonly { it: string; change: Partial<World> }[] = [
  { it: 'the label is gone', change: { stages: { v1: ['AWSCURRENT'], v3: [] } } },
  { it: 'the version is current', change: { stages: { v3: ['AWSCURRENT', 'AWSPENDING'] } } },
  { it: 'another version waits', change: { stages: { v1: ['AWSCURRENT'], v4: ['AWSPENDING'] } } },
  { it: 'the secret is marked for deletion', change: { more: { DeletedDate: new Date(0) } } },
  { it: 'it may be looked at no more', change: { error: awsError('AccessDeniedException', 'no') } },
];
for (const { it: why, change } of endings) {
  it(`takes the note back when ${why}`, async () => {
    const told: string[] = [];
    const world: World = { stages: HALF_WAY };
    const bench = await staleBench(world, (store) => told.push(store));
    Object.assign(world, change);
    await readAfter(bench, SIX_HOURS_MS);
    expect(notesOf(bench)).toEqual([]);
    expect(told).toEqual([access.storeId, access.storeId]);
  });
}

it('takes the note back as soon as the version that waited is read as the current one', async () => {
  let current = 'v1';
  const bench = benchOf((call) => {
    if (call.api === 'GetSecretValue') return secretEntry('a', 'text', current);
    return call.api === 'DescribeSecret' ? described(call.input.SecretId, HALF_WAY) : undefined;
  });
  await read(bench);
  await readAfter(bench, SIX_HOURS_MS);
  expect(notesOf(bench)).toEqual([STALE]);
  current = 'v3';
  await readAfter(bench, HOUR_MS);
  expect(notesOf(bench)).toEqual([]);
  expect(bench.of('DescribeSecret')).toHaveLength(2);
});

it('keeps the note through a look that fails, and forgets it when the secret is read no more', async () => {
  const world: World = { stages: HALF_WAY };
  const bench = await staleBench(world);
  world.error = awsError('InternalServiceError', '', 500);
  await readAfter(bench, SIX_HOURS_MS);
  expect(notesOf(bench)).toEqual([STALE]);
  await vi.advanceTimersByTimeAsync(47 * HOUR_MS);
  expect(notesOf(bench)).toEqual([STALE]);
  await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
  expect(notesOf(bench)).toEqual([]);
});

it('says nothing where it is denied, and asks again after six hours', async () => {
  const world: World = { stages: HALF_WAY, error: awsError('AccessDeniedException', 'no') };
  const bench = benchOf(inWorld(world));
  for (let round = 0; round < 3; round += 1) {
    expect(await readAfter(bench, SIX_HOURS_MS)).toBe('value of a');
    expect(await read(bench)).toBe('value of a');
  }
  expect(bench.of('DescribeSecret')).toHaveLength(3);
  expect(notesOf(bench)).toEqual([]);
});

const quiet: readonly { it: string; world: World }[] = [
  { it: 'that has been rotated to its end', world: { stages: { v1: ['AWSCURRENT', 'AWSPENDING'] } } },
  { it: 'that is not rotated', world: { stages: { v1: ['AWSCURRENT'] } } },
  { it: 'of which another answer comes', world: { stages: HALF_WAY, more: { ARN: secretArn('b') } } },
  { it: 'whose version id no shell takes as it is', world: { stages: { 'v3; ls': ['AWSPENDING'] } } },
];
for (const { it: which, world } of quiet) {
  it(`says nothing of a secret ${which}`, async () => {
    const bench = benchOf(inWorld(world));
    await read(bench);
    await readAfter(bench, SIX_HOURS_MS);
    expect(bench.of('DescribeSecret')).toHaveLength(2);
    expect(notesOf(bench)).toEqual([]);
  });
}

it('notes it of every store that reads the secret as the identity', async () => {
  const other = { ...access, store: 'SecretStore/other', storeId: 'SecretStore/shop/other' };
  const bench = benchOf(inWorld({ stages: HALF_WAY }));
  await read(bench);
  await read(bench, other);
  await readAfter(bench, SIX_HOURS_MS);
  expect(bench.of('DescribeSecret')).toHaveLength(2);
  for (const { storeId } of [access, other]) expect(bench.source.notes(storeId, access)).toEqual([STALE]);
});

it('forgets it of a store that reads the secret no more, while another still does', async () => {
  const other = { ...access, store: 'SecretStore/other', storeId: 'SecretStore/shop/other' };
  const bench = benchOf(inWorld({ stages: HALF_WAY }));
  await read(bench, other);
  for (let round = 0; round < 10; round += 1) await readAfter(bench, SIX_HOURS_MS);
  expect(notesOf(bench)).toEqual([STALE]);
  expect(bench.source.notes(other.storeId, other)).toEqual([]);
});

it('names the Region of the secret itself, where a replica is read', async () => {
  const bench = benchOf(inWorld({ stages: HALF_WAY, more: { PrimaryRegion: 'us-east-1' } }));
  await read(bench);
  await readAfter(bench, SIX_HOURS_MS);
  expect(notesOf(bench)).toEqual([{ ...STALE, region: 'us-east-1' }]);
});

it('looks at the members of a batch, two at a time, and at nothing that is no current version of a secret', async () => {
  let [underWay, most] = [0, 0];
  const bench = benchOf(async (call) => {
    if (call.api === 'GetParameters') return { Parameters: [parameterEntry('/p')] };
    if (call.api !== 'DescribeSecret') return everything(call);
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve, 100));
    underWay -= 1;
    return described(call.input.SecretId, HALF_WAY);
  });
  const names = ['a', 'b', 'c', 'd', 'e'];
  const others = [secret('z', { versionStage: 'AWSPREVIOUS' }), parameter('/p')];
  const fetching = bench.fetch([...names.map((name) => secret(name)), ...others]);
  await vi.advanceTimersByTimeAsync(10_000);
  await fetching;
  expect(bench.of('DescribeSecret').map(({ SecretId }) => SecretId)).toEqual(names.map(secretArn));
  expect(most).toBe(2);
});

it('delays no read while a look hangs, not even of a store that has a limit, and ends the look', async () => {
  const paced = { ...access, requestsPerSecond: 1 };
  const signals: AbortSignal[] = [];
  const bench = benchOf((call, _keys, signal) => {
    if (call.api !== 'DescribeSecret') return everything(call);
    signals.push(signal);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  for (let round = 0; round < 3; round += 1) expect(await readAfter(bench, 1_000, paced)).toBe('value of a');
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  await readAfter(bench, SIX_HOURS_MS, paced);
  expect(signals).toHaveLength(2);
  bench.source.close();
  expect(signals.at(-1)?.aborted).toBe(true);
});
