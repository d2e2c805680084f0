import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryLease } from '../../support/memory-lease.ts';
import { elapse, Replica } from '../../support/replica.ts';
import { FakeTime } from './fake-time.ts';

function makeWorld(names: readonly string[], isNew = true) {
  const [lease, time] = [new MemoryLease(), new FakeTime()];
  const replicas = names.map((name) => new Replica(name, lease, time, isNew));
  const [a, b] = replicas;
  if (a === undefined || b === undefined) throw new Error('want two');
  const leaders = (): number => replicas.filter(({ writes }) => writes).length;
  const pass = (ms: number): Promise<void> => elapse(time, ms, () => expect(leaders()).toBeLessThan(2));
  return { lease, time, replicas, a, b, pass, leaders };
}

/** A world in which `a` leads and `b` stands by. */
async function settled() {
  const { lease, time } = { lease: new MemoryLease(), time: new FakeTime() };
  const a = new Replica('a', lease, time, true);
  await elapse(time, 100);
  const b = new Replica('b', lease, time, true);
  const both = (): number => [a, b].filter(({ writes }) => writes).length;
  const pass = (ms: number): Promise<void> => elapse(time, ms, () => expect(both()).toBeLessThan(2));
  await pass(5_000);
  expect([a.writes, b.writes]).toEqual([true, false]);
  return { lease, time, a, b, pass };
}

describe('an election', () => {
  it('has one winner at once where there was never a leader', async () => {
    const { leaders, pass } = makeWorld(['a', 'b', 'c']);
    await pass(100);
    expect(leaders()).toBe(1);
  });

  it('waits a whole lease where there was one, and the Lease is gone, and then for the end of any other leader', async () => {
    const { lease, leaders, pass } = makeWorld(['a', 'b'], false);
    await pass(14_900);
    expect(lease.lease).toBeUndefined();
    await pass(3_000);
    expect(lease.lease).toBeDefined();
    expect(leaders()).toBe(0);
    await pass(10_000);
    expect(leaders()).toBe(1);
  });

  it('has one leader where a Lease that was made anew is deleted before its maker has renewed it', async () => {
    const { lease, leaders, pass } = makeWorld(['a', 'b', 'c'], false);
    for (let tenths = 0; lease.lease === undefined; tenths++) {
      if (tenths > 200) throw new Error('nobody makes one');
      await pass(100);
    }
    lease.delete();
    await pass(60_000);
    expect(leaders()).toBe(1);
  });

  it('gives back what it has made anew and not yet worked with', async () => {
    const { a, b, lease, pass } = makeWorld(['a', 'b'], false);
    await pass(18_000);
    const maker = lease.lease?.holder === 'a' ? a : b;
    maker.terminate();
    await pass(100);
    expect(await maker.ended).toBeUndefined();
    expect(lease.lease?.holder).not.toBe(maker === a ? 'a' : 'b');
  });

  it('keeps its leader, who renews', async () => {
    const { a, b, lease, pass } = await settled();
    const { renewedMs } = lease.lease ?? { renewedMs: 0 };
    await pass(60_000);
    expect([a.writes, b.writes]).toEqual([true, false]);
    expect(lease.lease?.renewedMs).toBeGreaterThan(renewedMs + 55_000);
    expect(lease.lease?.transitions).toBe(0);
    expect(b.told).toEqual(['waits for a']);
  });

  it('goes on within three seconds of an orderly stop', async () => {
    const { a, b, lease, pass } = await settled();
    a.terminate();
    await pass(3_000);
    expect(await a.ended).toBeUndefined();
    expect(b.writes).toBe(true);
    expect(lease.lease?.transitions).toBe(1);
  });

  it('goes on within twenty seconds of a crash', async () => {
    const { a, b, pass } = await settled();
    a.isDead = true;
    await pass(20_000);
    expect(b.writes).toBe(true);
  });

  it('stops a leader that is cut off before anybody can take its place', async () => {
    const { a, b, pass } = await settled();
    a.isCut = true;
    await pass(10_000);
    expect(a.turn?.aborted).toBe(true);
    expect(await a.ended).toBe('it could not be renewed in time');
    expect(b.writes).toBe(false);
    await pass(8_000);
    expect(b.writes).toBe(true);
  });

  it('goes on when the cut was short', async () => {
    const { a, pass } = await settled();
    a.isCut = true;
    await pass(5_000);
    a.isCut = false;
    await pass(20_000);
    expect(a.writes).toBe(true);
    expect(a.told).toEqual(['leads', 'the API server cannot be reached']);
  });

  it('lets no leader write that was stopped and goes on, before any of its timers rings', async () => {
    const { a, b, pass } = await settled();
    a.stop();
    await pass(20_000);
    expect(b.writes).toBe(true);
    a.resume();
    expect(a.writes).toBe(false);
    expect(a.turn?.aborted).toBe(true);
    a.catchUp();
    await pass(1_000);
    expect(await a.ended).toBeTypeOf('string');
    expect(b.writes).toBe(true);
  });

  it('keeps the leader when its Lease is deleted', async () => {
    const { a, b, lease, pass } = await settled();
    lease.delete();
    await pass(30_000);
    expect([a.writes, b.writes]).toEqual([true, false]);
    expect(lease.lease?.holder).toBe('a');
  });

  it('keeps the leader when somebody labels its Lease', async () => {
    const { a, lease, pass } = await settled();
    lease.label();
    await pass(30_000);
    expect(a.writes).toBe(true);
    expect(lease.lease?.metadata.labels).toEqual({ by: 'others' });
  });

  it('ends the leader whose Lease names another', async () => {
    const { a, b, lease, pass } = await settled();
    const record = lease.lease;
    if (record === undefined) throw new Error('no lease');
    await lease.storage().replace(record, { ...record, holder: 'c' }, 0, new AbortController().signal);
    await pass(3_000);
    expect(await a.ended).toBe('c holds it now');
    expect(b.writes).toBe(false);
  });

  it('gives the lease back though somebody has just changed it', async () => {
    const { a, b, lease, pass } = await settled();
    a.terminate();
    lease.label();
    await pass(3_000);
    expect(await a.ended).toBeUndefined();
    expect(b.writes).toBe(true);
  });

  it('gives the lease back when the work throws, and passes on what it threw', async () => {
    const { a, b, pass } = await settled();
    const thrown = expect(a.ended).rejects.toThrow('a bug');
    a.crash(new Error('a bug'));
    await pass(3_000);
    await thrown;
    expect(b.writes).toBe(true);
  });

  it('does not wait for ever for work that goes on after the lease is lost', async () => {
    const { a, pass } = await settled();
    a.isDeaf = true;
    a.isCut = true;
    await pass(14_000);
    expect(await a.ended).toBe('it could not be renewed in time');
  });

  it('says of one that stands by that it does not look any more', async () => {
    const { a, b, lease, pass } = await settled();
    await pass(120_000);
    expect([...a.election.health(), ...b.election.health()]).toEqual([]);
    lease.hang();
    await pass(80_000);
    expect(b.election.health()).toEqual(['the election of the leader has stopped moving']);
  });

  it('ends at once when it is told to stop while it waits', async () => {
    const { b, pass } = await settled();
    b.terminate();
    await pass(100);
    expect(await b.ended).toBeUndefined();
    expect(b.told).toEqual(['waits for a']);
  });
});

describe('whatever happens', () => {
  const happening = fc.tuple(
    fc.constantFrom('stop', 'resume', 'catchUp', 'cut', 'mend', 'kill', 'terminate', 'delete', 'label'),
    fc.integer({ min: 0, max: 2 }),
    fc.integer({ min: 1, max: 180 }),
  );

  it('no two lead at once, and one leads in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 12 }), async (story) => {
        const { replicas, lease, pass, leaders } = makeWorld(['a', 'b', 'c'], false);
        for (const [what, who, tenths] of story) {
          const replica = replicas[who];
          if (replica === undefined) throw new Error('want three');
          if (what === 'cut' || what === 'mend') replica.isCut = what === 'cut';
          else if (what === 'kill') replica.isDead = true;
          else if (what === 'delete') lease.delete();
          else if (what === 'label') lease.label();
          else replica[what]();
          await pass(tenths * 100);
        }
        for (const replica of replicas) {
          replica.isCut = false;
          replica.resume();
          replica.catchUp();
        }
        // Whoever has ended would be started again by the kubelet.
        const left = await Promise.all(replicas.map(isIn));
        await pass(40_000);
        const stillIn = await Promise.all(replicas.map(isIn));
        expect(leaders()).toBe(left.some((each) => each) && stillIn.some((each) => each) ? 1 : 0);
      }),
      {
        numRuns: 60,
        examples: [
          [
            [
              ['stop', 0, 80],
              ['stop', 0, 71],
              ['delete', 0, 1],
            ],
          ],
        ],
      },
    );
  });
});

/** Whether the process lives and takes part. */
async function isIn({ isDead, ended }: Replica): Promise<boolean> {
  const out = {};
  return !isDead && (await Promise.race([ended, Promise.resolve(out)])) === out;
}
