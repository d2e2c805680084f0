import { expect, it } from 'vitest';
import type { FetchedValue, ValueSource } from '../../../src/core/ports.ts';
import { type Result, succeed } from '../../../src/model/result.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { MemoryOperator } from '../../support/memory-operator.ts';
import { at, MemoryWorld } from '../../support/memory-world.ts';

const HOUR_MS = 3_600_000;
const ANOTHER_KEY = [{ secretKey: 'again', remoteRef: { key: 'prod/db' } }];

/** A value that tells when somebody looks at it. */
class Watched extends SecretValue {
  readonly #seen: () => void;

  constructor(bytes: Uint8Array, seen: () => void) {
    super(bytes);
    this.#seen = seen;
  }

  override reveal(): Uint8Array {
    this.#seen();
    return super.reveal();
  }
}

/**
 * One process that refreshes `db` four times, an hour between: which of these readings it looked into, and what the Secret holds at last. `answer`
 * makes of each reading what AWS says in it; `meddle` is what people do after it.
 */
async function fourReadings({
  answer = (_reading: number, value: FetchedValue): FetchedValue => value,
  meddle = (_world: MemoryWorld, _reading: number): void => {},
}) {
  const world = new MemoryWorld();
  const { aws, cluster } = world;
  let reading = 0;
  const seen = new Set<number>();
  const watched = (value: FetchedValue): FetchedValue => {
    const now = reading;
    return { ...value, value: new Watched(value.value.reveal(), () => seen.add(now)) };
  };
  const values: ValueSource = {
    identify: () => aws.identify(),
    notes: () => aws.notes(),
    find: (...search) => aws.find(...search),
    fetch: async (plan, signal) => {
      reading += 1;
      const told = (read: Result<FetchedValue>) => (read.ok ? succeed(watched(answer(reading, read.value))) : read);
      return new Map([...(await aws.fetch(plan, signal))].map(([id, read]) => [id, told(read)]));
    },
  };
  const operator = new MemoryOperator(cluster, values);
  operator.meddle = () => {
    if (reading === 4) return false;
    meddle(world, reading);
    cluster.nowMs += HOUR_MS;
    return true;
  };
  await operator.run(() => world.apply('db', { refreshInterval: '1h' }));
  const [held] = [...(cluster.secret(at('db'))?.data.values() ?? [])].map((value) => value.reveal());
  const writes = operator.calls.filter((call) => /^secrets\.(create|replace)$/.test(call)).length;
  return { readings: reading, seen: [...seen], held: new TextDecoder().decode(held), writes };
}

it('does not look again into what AWS has not changed', async () => {
  expect(await fourReadings({})).toEqual({ readings: 4, seen: [1], held: 'one', writes: 1 });
});

it('looks into another version, once', async () => {
  const answer = (reading: number, value: FetchedValue): FetchedValue =>
    reading < 3 ? value : { ...value, value: SecretValue.ofText('two'), versionId: 'v2' };
  expect(await fourReadings({ answer })).toEqual({ readings: 4, seen: [1, 3], held: 'two', writes: 2 });
});

it('looks into a secret that was made again under its name, with a version of the same id', async () => {
  const answer = (reading: number, value: FetchedValue): FetchedValue =>
    reading < 3 ? value : { ...value, value: SecretValue.ofText('two'), origin: 'arn:again AWSCURRENT' };
  expect(await fourReadings({ answer })).toEqual({ readings: 4, seen: [1, 3], held: 'two', writes: 2 });
});

it('looks at each reading of what may change without another version', async () => {
  const answer = (reading: number, { versionId: _, ...value }: FetchedValue): FetchedValue => ({
    ...value,
    value: SecretValue.ofText(reading < 4 ? 'one' : 'two'),
    version: 1,
  });
  expect(await fourReadings({ answer })).toEqual({ readings: 4, seen: [1, 2, 3, 4], held: 'two', writes: 2 });
});

it('looks into the same version where another spec, or a wish, asks for it', async () => {
  const meddle = (world: MemoryWorld, reading: number): void => {
    if (reading === 1) world.apply('db', { refreshInterval: '1h', data: ANOTHER_KEY });
    if (reading === 2) world.apply('db', { refreshInterval: '1h', data: ANOTHER_KEY }, 'now');
  };
  expect(await fourReadings({ meddle })).toMatchObject({ seen: [1, 2, 3], held: 'one', writes: 2 });
});
