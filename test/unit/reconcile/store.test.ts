import { beforeEach, describe, expect, it } from 'vitest';
import type { Access, StoreNote } from '../../../src/core/ports.ts';
import { fail, type Result, succeed } from '../../../src/model/result.ts';
import { StoreReconciler } from '../../../src/reconcile/store.ts';
import { ROLE_ARN } from '../../support/builders.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { silentObserver } from '../../support/silent-observer.ts';

const KEY = { namespace: 'shop', name: 'aws' };
const ID = 'SecretStore/shop/aws';
const HOUR_MS = 3_600_000;
const SESSION = 'arn:aws:sts::123456789012:assumed-role/reader/keyferry-shop-aws';
const DENIED: StoreNote = { kind: 'batchDenied', identity: ROLE_ARN };

/** A store with a role, and an AWS that says of it what the test wants. */
class World {
  readonly cluster = new MemoryCluster();
  readonly identified: Access[] = [];
  readonly events: string[] = [];
  found: Result<{ readonly identityArn?: string }> = succeed({ identityArn: SESSION });
  notes: StoreNote[] = [];
  operatorIdentity: 'none' | 'cluster' | 'all' = 'none';
  /** Status writes. */
  writes = 0;

  constructor() {
    this.cluster.put('Namespace', this.cluster.stamp({ namespace: '', name: 'shop' }));
    this.annotate(ROLE_ARN);
    this.apply({ serviceAccountRef: { name: 'reader' } });
  }

  apply(auth: object): void {
    this.cluster.apply('SecretStore', KEY, { region: 'eu-west-1', auth });
  }

  annotate(roleArn: string): void {
    const meta = this.cluster.stamp({ namespace: 'shop', name: 'reader' });
    this.cluster.put('ServiceAccount', { ...meta, annotations: { 'eks.amazonaws.com/role-arn': roleArn } });
  }

  /** A new process. */
  start(): StoreReconciler {
    const { cluster } = this;
    return new StoreReconciler({
      view: cluster.view,
      status: {
        readResource: cluster.status.readResource,
        replaceStatus: (...write) => {
          this.writes++;
          return cluster.status.replaceStatus(...write);
        },
      },
      values: {
        fetch: async () => new Map(),
        find: async () => succeed([]),
        identify: async (access) => {
          this.identified.push(access);
          return this.found;
        },
        notes: () => this.notes,
      },
      recorder: { event: (_regarding, type, reason) => void this.events.push(`${type} ${reason}`) },
      ambient: { nowMs: () => cluster.nowMs, random: () => 0.5 },
      operatorIdentity: this.operatorIdentity,
      observer: silentObserver,
    });
  }

  look(process: StoreReconciler) {
    return process.reconcile(ID, new AbortController().signal);
  }

  get status(): { identityArn?: string; hints?: string[]; conditions?: { type: string; reason: string }[] } {
    return this.cluster.resource('SecretStore', KEY)?.status ?? {};
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

describe('a store', () => {
  it('is checked, told of, and looked at again after about an hour', async () => {
    const next = await world.look(world.start());
    expect(world.identified).toMatchObject([{ storeId: ID, identity: { roleArn: ROLE_ARN } }]);
    expect(world.status).toMatchObject({ identityArn: SESSION, conditions: [{ type: 'Ready', reason: 'Valid' }] });
    if (next.after !== 'delay') throw new Error(next.after);
    expect(next.ms).toBeGreaterThanOrEqual(0.9 * HOUR_MS);
    expect(next.ms).toBeLessThanOrEqual(HOUR_MS);
  });

  it('is not written again while it is as it was', async () => {
    const process = world.start();
    for (let hour = 0; hour < 5; hour++) {
      await world.look(process);
      world.cluster.nowMs += HOUR_MS;
    }
    expect(world.identified).toHaveLength(5);
    expect(world.writes).toBe(1);
  });

  it('costs no call when a new process finds it as the last one left it', async () => {
    await world.look(world.start());
    await world.look(world.start());
    expect(world.identified).toHaveLength(1);
  });

  it('is checked by a new process when its role is another by now', async () => {
    await world.look(world.start());
    world.annotate('arn:aws:iam::123456789012:role/other');
    await world.look(world.start());
    expect(world.identified).toHaveLength(2);
  });

  it('keeps the name that AWS once told while it fails, and says so in an Event', async () => {
    const process = world.start();
    await world.look(process);
    world.found = fail('AssumeRoleDenied', 'SecretStore/aws', 'is denied');
    await world.look(process);
    expect(world.status).toMatchObject({ identityArn: SESSION, conditions: [{ reason: 'AssumeRoleDenied' }, {}] });
    expect(world.events).toEqual(['Warning AssumeRoleDenied']);
  });

  it('may have the operator’s own identity only where that is lent', async () => {
    world.apply({ operatorIdentity: {} });
    await world.look(world.start());
    expect(world.identified).toEqual([]);
    expect(world.status.conditions).toMatchObject([{ type: 'Ready', reason: 'StoreNotAllowed' }, {}]);
    world.operatorIdentity = 'all';
    await world.look(world.start());
    expect(world.identified).toMatchObject([{ identity: { kind: 'operator', sessionName: 'keyferry-shop-aws' } }]);
  });
});

describe('the hints of a store', () => {
  it('appear, stay without another write, and vanish', async () => {
    const process = world.start();
    await world.look(process);
    expect(world.status).not.toHaveProperty('hints');
    world.notes = [DENIED];
    for (let look = 0; look < 3; look++) await world.look(process);
    expect(world.status.hints).toMatchObject([expect.stringContaining(`${ROLE_ARN} may not call`)]);
    expect(world.writes).toBe(2);
    world.notes = [];
    await world.look(process);
    expect(world.status.hints ?? null).toBeNull();
    expect(world.writes).toBe(3);
  });

  it('of an earlier process stand until this one has looked for itself', async () => {
    const first = world.start();
    world.notes = [DENIED];
    await world.look(first);
    world.notes = [];
    const second = world.start();
    await world.look(second);
    expect(world.status.hints).toHaveLength(1);
    await world.look(second);
    expect(world.status.hints ?? null).toBeNull();
  });

  it('are told by a new process at once where it has seen something', async () => {
    await world.look(world.start());
    world.notes = [DENIED];
    await world.look(world.start());
    expect(world.status.hints).toHaveLength(1);
  });
});
