import { describe, expect, it } from 'vitest';
import type { FetchedValues, Need, RequestPlan } from '../../../src/core/ports.ts';
import type { Status } from '../../../src/core/summarize.ts';
import { ROLE_ARN, specOf } from '../../support/builders.ts';
import { labelUpdated, type SampleEvent, secretCalled } from '../../support/events.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { type CrashPoint, MemoryOperator } from '../../support/memory-operator.ts';
import { MemoryValues } from '../../support/memory-values.ts';

const at = (name: string) => ({ namespace: 'shop', name });
const PASSWORD = { secretKey: 'password', remoteRef: { key: 'prod/db' } };
const CERTIFICATE = { secretKey: 'certificate', remoteRef: { key: 'prod/tls' } };
const DAY_MS = 24 * 3_600_000;

/** AWS whose reads show a change late. */
class LateValues extends MemoryValues {
  /** What reads show in place of what is there, and how many of them do. */
  stale: { readonly shown: MemoryValues; reads: number } | undefined;
  onRead = (_need: Need | undefined): void => {};

  override async fetch(plan: RequestPlan, signal: AbortSignal): Promise<FetchedValues> {
    this.onRead(plan.need);
    if (this.stale === undefined || this.stale.reads === 0) return super.fetch(plan, signal);
    this.stale.reads--;
    return this.stale.shown.fetch(plan, signal);
  }
}

/** ExternalSecrets that are read once a day, all from the secret `prod/db`, and in sync with it. */
class World {
  readonly cluster = new MemoryCluster();
  readonly aws = new LateValues({ 'prod/db': 'one' });
  readonly operator = new MemoryOperator(this.cluster, this.aws);

  static async open(names: readonly string[] = ['db']): Promise<World> {
    const world = new World();
    const { cluster, operator } = world;
    cluster.put('Namespace', cluster.stamp({ namespace: '', name: 'shop' }));
    const role = { annotations: { 'eks.amazonaws.com/role-arn': ROLE_ARN } };
    cluster.put('ServiceAccount', cluster.stamp(at('reader'), role));
    cluster.apply('SecretStore', at('aws'), { region: 'eu-west-1', auth: { serviceAccountRef: { name: 'reader' } } });
    const spec = specOf({ data: [PASSWORD], refreshInterval: '24h' });
    await operator.run(() => {
      for (const name of names) cluster.apply('ExternalSecret', at(name), spec);
    });
    cluster.nowMs += 3_600_000;
    return world;
  }

  /** Rotates the secret; the event that tells of it, as of now. */
  rotate(text: string, laterMs = 0): SampleEvent {
    const { versionId } = this.aws.set('prod/db', text);
    return labelUpdated('prod/db', versionId, { time: this.time(laterMs) });
  }

  time = (laterMs = 0): string => new Date(this.cluster.nowMs + laterMs).toISOString();

  /** Another process starts, finds these events in its queue, and works until nothing is left to do; how often it read values. */
  async hear(...events: readonly SampleEvent[]): Promise<number> {
    const before = this.operator.calls.length;
    for (const event of events) this.operator.events.add(JSON.stringify(event));
    await this.operator.run();
    return this.operator.calls.slice(before).filter((call) => call === 'values.fetch').length;
  }

  status = (name = 'db'): Status => (this.cluster.resource('ExternalSecret', at(name))?.status ?? {}) as Status;

  password(name = 'db'): string {
    const value = this.cluster.secret(at(name))?.data.get('password');
    return new TextDecoder().decode(value?.reveal());
  }
}

it('what an event tells of waits for no others to share its call, nor does it when reads show it late', async () => {
  const world = await World.open();
  world.operator.need = { isUrgent: false, maxAgeMs: 0, patienceMs: Number.POSITIVE_INFINITY };
  const patience: unknown[] = [];
  world.aws.onRead = (need) => patience.push(need?.patienceMs);
  world.aws.stale = { shown: new MemoryValues({ 'prod/db': 'one' }), reads: 1 };
  await world.hear(world.rotate('two'));
  expect(world.password()).toBe('two');
  expect(patience).toEqual([0, 0]);
});

describe('an event', () => {
  it('has read what it tells of, and is done with', async () => {
    const world = await World.open();
    expect(await world.hear(world.rotate('two'))).toBe(1);
    expect(world.password()).toBe('two');
    expect(world.operator.events.size).toBe(0);
  });

  it('has read it for all who do', async () => {
    const names = ['a', 'b', 'c'];
    const world = await World.open(names);
    expect(await world.hear(world.rotate('two'))).toBe(3);
    expect(names.map((name) => world.password(name))).toEqual(['two', 'two', 'two']);
  });

  it('that tells of what is held costs no call to AWS and no write, after a restart of the operator too', async () => {
    const world = await World.open();
    const event = world.rotate('two');
    await world.hear(event);
    const before = world.operator.calls.length;
    expect(await world.hear(event)).toBe(0);
    expect(world.operator.calls.slice(before)).toEqual([]);
    expect(world.operator.events.size).toBe(0);
  });

  it('of a burst is read with the others, at once', async () => {
    const world = await World.open();
    const events = Array.from({ length: 50 }, (_, second) => world.rotate(`value ${second}`, second * 1_000));
    expect(await world.hear(...events)).toBe(1);
    expect(world.password()).toBe('value 49');
    expect(world.operator.events.size).toBe(0);
  });

  it('of a burst within one second has it read once more, since nobody knows which was the last', async () => {
    const world = await World.open();
    expect(await world.hear(...Array.from({ length: 50 }, (_, count) => world.rotate(`value ${count}`)))).toBe(2);
    expect(world.password()).toBe('value 49');
    expect(world.operator.events.size).toBe(0);
  });

  it('is not needed: what nobody told of is read when its time has come', async () => {
    const world = await World.open();
    world.rotate('two');
    expect(await world.hear()).toBe(0);
    world.cluster.nowMs += DAY_MS;
    expect(await world.hear()).toBe(1);
    expect(world.password()).toBe('two');
  });
});

describe('a change that reads do not show yet', () => {
  it('is read again until they do', async () => {
    const world = await World.open();
    world.aws.stale = { shown: new MemoryValues({ 'prod/db': 'one' }), reads: 3 };
    expect(await world.hear(world.rotate('two'))).toBe(4);
    expect(world.password()).toBe('two');
    expect(world.operator.events.size).toBe(0);
  });

  it('has the values not said to be of now, though another key of the Secret is new', async () => {
    const world = await World.open();
    const { refreshTime, targetRevision } = world.status();
    const seen: Status[] = [];
    world.aws.onRead = () => void seen.push(world.status());
    world.aws.set('prod/tls', 'two');
    world.aws.stale = { shown: new MemoryValues({ 'prod/db': 'one', 'prod/tls': 'two' }), reads: 1 };
    world.cluster.apply('ExternalSecret', at('db'), specOf({ data: [PASSWORD, CERTIFICATE], refreshInterval: '24h' }));
    expect(await world.hear(world.rotate('two'))).toBe(2);
    expect(seen[1]?.targetRevision).not.toBe(targetRevision);
    expect(seen[1]?.refreshTime).toBe(refreshTime);
    expect(world.status().refreshTime).not.toBe(refreshTime);
  });

  it('is read again a few times, and then left to the interval', async () => {
    const world = await World.open();
    world.aws.stale = { shown: new MemoryValues({ 'prod/db': 'one' }), reads: 100 };
    expect(await world.hear(world.rotate('two'))).toBe(6);
    expect(world.password()).toBe('one');
    expect(world.operator.events.size).toBe(0);
  });

  it('is read again where the event names no version', async () => {
    const world = await World.open();
    world.aws.stale = { shown: new MemoryValues({ 'prod/db': 'one' }), reads: 1 };
    world.rotate('two');
    const event = secretCalled('UpdateSecret', { secretId: 'prod/db' }, null, { time: world.time() });
    expect(await world.hear(event)).toBe(2);
    expect(world.password()).toBe('two');
  });
});

/** The story of one rotation that only an event tells of, with a death of the operator on the way. */
async function story(...crashes: readonly CrashPoint[]): Promise<{ world: World; calls: readonly string[] }> {
  const world = await World.open(['a', 'b']);
  world.aws.stale = { shown: new MemoryValues({ 'prod/db': 'one' }), reads: 1 };
  const before = world.operator.calls.length;
  world.operator.crashAt = crashes.map(({ call, when }) => ({ call: before + call, when }));
  await world.hear(world.rotate('two'));
  return { world, calls: world.operator.calls.slice(before) };
}

it('an event is lost nowhere, wherever the operator dies on the way', async () => {
  const { calls } = await story();
  expect(calls.length).toBeGreaterThan(5);
  for (const [index, name] of calls.entries()) {
    for (const when of ['before', 'after'] as const) {
      const { world } = await story({ call: index + 1, when });
      const where = `${when} call ${index + 1}, ${name}`;
      expect(world.operator.crashes, where).toBe(1);
      expect([world.password('a'), world.password('b')], where).toEqual(['two', 'two']);
      expect(world.operator.events.size, where).toBe(0);
    }
  }
});
