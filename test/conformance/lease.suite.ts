import { describe, expect, it } from 'vitest';
import type { LeaseClaim, LeaseRecord, LeaseStorage } from '../../src/core/lease.ts';

/** A place for one Lease, with none in it. */
export interface LeaseWorld {
  readonly storage: LeaseStorage;
  /** Sets a label on the Lease, past the storage. */
  label(): Promise<void>;
  delete(): Promise<void>;
}

const signal = new AbortController().signal;
const TIMEOUT_MS = 10_000;
const claim: LeaseClaim = {
  holder: 'a',
  durationMs: 15_000,
  acquiredMs: 1_800_000_000_123,
  renewedMs: 1_800_000_002_456,
  transitions: 3,
};

/** What every LeaseStorage does. */
export function describeLease(name: string, makeWorld: () => Promise<LeaseWorld>): void {
  describe(`the lease of ${name}`, () => {
    const read = async ({ storage }: LeaseWorld): Promise<LeaseRecord | undefined> => {
      const found = await storage.read(TIMEOUT_MS, signal);
      if (!found.ok) throw new Error(found.faults[0].detail);
      return found.value;
    };
    const create = async ({ storage }: LeaseWorld, wanted = claim): Promise<LeaseRecord> => {
      const made = await storage.create(wanted, TIMEOUT_MS, signal);
      if (made.kind !== 'written') throw new Error(made.kind);
      return made.record;
    };

    it('is not there at first, then as it was claimed', async () => {
      const world = await makeWorld();
      expect(await read(world)).toBeUndefined();
      expect(await create(world)).toMatchObject(claim);
      expect(await read(world)).toMatchObject(claim);
    });

    it('is made by one only', async () => {
      const world = await makeWorld();
      await create(world);
      expect(await world.storage.create({ ...claim, holder: 'b' }, TIMEOUT_MS, signal)).toEqual({
        kind: 'alreadyExists',
      });
    });

    it('is replaced by whoever saw its last version, and by nobody else', async () => {
      const world = await makeWorld();
      const first = await create(world);
      const second = await world.storage.replace(first, { ...claim, holder: 'b' }, TIMEOUT_MS, signal);
      expect(second).toMatchObject({ kind: 'written', record: { ...claim, holder: 'b' } });
      const late = await world.storage.replace(first, { ...claim, holder: 'c' }, TIMEOUT_MS, signal);
      expect(late).toEqual({ kind: 'conflict' });
      expect(await read(world)).toMatchObject({ holder: 'b' });
    });

    it('can be given back', async () => {
      const world = await makeWorld();
      await world.storage.replace(await create(world), { ...claim, holder: '' }, TIMEOUT_MS, signal);
      expect(await read(world)).toMatchObject({ ...claim, holder: '' });
    });

    it('keeps what others set beside, and a change of theirs is one', async () => {
      const world = await makeWorld();
      const first = await create(world);
      await world.label();
      expect(await world.storage.replace(first, claim, TIMEOUT_MS, signal)).toEqual({ kind: 'conflict' });
      const labelled = await read(world);
      if (labelled === undefined) throw new Error('it is gone');
      await world.storage.replace(labelled, { ...claim, renewedMs: claim.renewedMs + 1 }, TIMEOUT_MS, signal);
      expect(await read(world)).toMatchObject({
        renewedMs: claim.renewedMs + 1,
        metadata: { labels: { by: 'others' } },
      });
    });

    it('is not made again by who thinks that it is there', async () => {
      const world = await makeWorld();
      const first = await create(world);
      await world.delete();
      expect(await world.storage.replace(first, claim, TIMEOUT_MS, signal)).toEqual({ kind: 'conflict' });
      expect(await read(world)).toBeUndefined();
    });
  });
}
