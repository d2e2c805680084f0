import { describe, expect, it } from 'vitest';
import type { ObjectMeta, WorkloadStorage, WriteOutcome } from '../../../src/core/ports.ts';
import { fail, succeed } from '../../../src/model/result.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { WorkloadReconciler } from '../../../src/reconcile/workload.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import type { MemoryDeployment } from '../../support/memory-deployment.ts';

const signal = new AbortController().signal;
const at = (name: string) => ({ namespace: 'shop', name });
const REVISION = 'keyferry.dev/revision';
const CHANGED_AT = 'keyferry.dev/changed-at';
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** A Deployment that asks for `db`, a Secret `db` that it has seen, and the reconciler. */
class World {
  readonly cluster = new MemoryCluster();
  readonly told: string[] = [];
  readonly deployment: MemoryDeployment;
  readonly reconciler: WorkloadReconciler;

  constructor(restartOn = 'db', storage: (real: WorkloadStorage) => Partial<WorkloadStorage> = () => ({})) {
    const { cluster } = this;
    this.deployment = cluster.createDeployment(
      at('web'),
      { containers: [{ envFrom: [{ secretRef: { name: 'db' } }] }] },
      { 'keyferry.dev/restart-on': restartOn },
    );
    const nothing = (): void => {};
    this.reconciler = new WorkloadReconciler({
      view: cluster.view,
      workloads: { ...cluster.workloads, ...storage(cluster.workloads) },
      ambient: { nowMs: () => cluster.nowMs, random: () => 0.5 },
      recorder: { event: (_object, type, reason, message) => void this.told.push(`${type} ${reason}: ${message}`) },
      observer: {
        synced: nothing,
        forgotten: nothing,
        secretWritten: nothing,
        storeChecked: nothing,
        workloadRead: nothing,
        unexpected: nothing,
        restarted: (workload, _kind, outcome) => void this.told.push(`${outcome} ${workload}`),
      },
    });
  }

  /** Time passes, and the Deployment's own controller finishes what it has begun. */
  later(ms: number): void {
    this.cluster.nowMs += ms;
    while (this.cluster.stepControllers()) this.cluster.nowMs += 1_000;
  }

  async publish(revision: string): Promise<void> {
    const metadata = { labels: { 'keyferry.dev/managed': 'true' }, annotations: { [REVISION]: revision } };
    const more = { finalizers: [], ownerReferences: [], type: 'Opaque', immutable: false };
    const data = new Map([['password', SecretValue.ofText('x')]]);
    await this.cluster.secrets.create({ ...at('db'), ...metadata, ...more, data }, signal);
  }

  change(revision: string, changedAtMs = this.cluster.nowMs + 1_000): void {
    const annotations = { [REVISION]: revision, [CHANGED_AT]: timeOf(changedAtMs) };
    this.cluster.editSecret(at('db'), { metadata: { annotations } });
  }

  look = () => this.reconciler.reconcile('Deployment/shop/web', signal);

  get seen(): string | undefined {
    return JSON.parse(this.deployment.metadata.annotations['keyferry.dev/seen-revisions'] ?? '{}').db;
  }
}

/** The Secret has been seen as k.1. */
async function inSync(...given: ConstructorParameters<typeof World>): Promise<World> {
  const world = new World(...given);
  world.later(60_000);
  await world.publish('k.1');
  await world.look();
  expect(world.seen).toBe('k.1');
  world.told.splice(0);
  world.later(60_000);
  return world;
}

describe('a workload', () => {
  it('rolls when the change has settled, and says so', async () => {
    const world = await inSync();
    world.change('k.2');
    expect(await world.look()).toEqual({ after: 'delay', ms: 6_000 });
    world.later(6_000);
    expect(await world.look()).toEqual({ after: 'change' });
    expect(world.deployment.templateChanges).toBe(1);
    expect(world.told).toEqual([
      'rolled Deployment/shop/web',
      'Normal Restarted: Rolled, since the data of Secret db changed',
    ]);
  });

  it('finds by "*" what its template refers to', async () => {
    const world = await inSync('*');
    world.change('k.2');
    world.later(6_000);
    await world.look();
    expect(world.deployment.templateChanges).toBe(1);
  });

  it('rolls for data that went to another value and back, if a pod was started in between', async () => {
    const world = await inSync();
    world.change('k.2');
    world.change('k.1', world.cluster.nowMs + 3_000);
    world.later(10_000);
    await world.look();
    expect(world.deployment.templateChanges).toBe(1);
    expect(world.seen).toMatch(/^k\.1@/);
  });

  it('is not rolled again in the middle of a rollout that people have begun since the change', async () => {
    const world = await inSync();
    world.change('k.2');
    world.cluster.nowMs += 3_000;
    const { deployment, cluster } = world;
    const again = { [RESTARTED_AT]: 'by hand' };
    await cluster.workloads.patch('Deployment', at('web'), deployment.metadata, {}, again, signal);
    cluster.nowMs += 5_000;
    for (let steps = 0; cluster.stepControllers(); steps++) {
      expect(steps).toBeLessThan(20);
      cluster.nowMs += 1_000;
      expect(await world.look()).toEqual({ after: 'change' });
    }
    await world.look();
    expect(deployment.templateChanges).toBe(1);
    expect(world.seen).toMatch(/^k\.2@/);
  });

  it('rolls old pods that a rollout would have replaced, had it not been undone', async () => {
    const world = await inSync();
    const { deployment, cluster } = world;
    world.change('k.2');
    cluster.nowMs += 10_000;
    const bad = { [RESTARTED_AT]: 'a bad image' };
    await cluster.workloads.patch('Deployment', at('web'), deployment.metadata, {}, bad, signal);
    // The controller looks, and makes one pod.
    cluster.stepControllers();
    cluster.stepControllers();
    await world.look();
    expect(deployment.templateChanges).toBe(1);
    cluster.undoRollout(deployment);
    cluster.stepControllers();
    await world.look();
    expect(deployment.templateChanges).toBe(3);
  });

  it('goes by the Secret as it is, where the cache lags behind what another operator has made of it', async () => {
    const world = await inSync();
    const stale = world.cluster.view.meta('Secret', at('db'));
    if (stale === undefined) throw new Error('no Secret in the cache');
    world.change('k.2');
    world.later(10_000);
    await world.look();
    const seen = world.seen;
    world.cluster.view.put('Secret', stale);
    await world.look();
    expect(world.seen).toBe(seen);
    expect(world.deployment.templateChanges).toBe(1);
  });

  it('rolls pods that were started after changed-at, but before a write that was late', async () => {
    let writtenS: number | undefined;
    const world = await inSync('db', (real) => ({
      readSecretMeta: async (...call) => {
        const read = await real.readSecretMeta(...call);
        return read.ok && read.value !== undefined ? succeed({ ...read.value, writtenS }) : read;
      },
    }));
    const startedS = Math.max(...world.deployment.podsCreatedS);
    world.change('k.2', (startedS - 1) * 1_000);
    writtenS = startedS + 2;
    await world.look();
    expect(world.deployment.templateChanges).toBe(1);
  });

  it('gets a time of restart that differs from the one that it has', async () => {
    const world = await inSync();
    const { deployment, cluster } = world;
    const nowMs = cluster.nowMs + 60_000;
    const now = { [RESTARTED_AT]: timeOf(nowMs) };
    await cluster.workloads.patch('Deployment', at('web'), deployment.metadata, {}, now, signal);
    world.later(0);
    world.change('k.2');
    cluster.nowMs = nowMs;
    await world.look();
    expect(deployment.templateChanges).toBe(2);
  });

  it('is left alone when it has not opted in, is going, or is gone', async () => {
    const world = await inSync();
    world.change('k.2');
    world.later(10_000);
    const { metadata } = world.deployment;
    const absent: readonly Partial<ObjectMeta>[] = [{ annotations: {} }, { deletionTimestamp: timeOf(0) }];
    for (const more of absent) {
      world.cluster.view.put('Deployment', { ...metadata, ...more });
      expect(await world.look()).toEqual({ after: 'change' });
    }
    world.cluster.view.drop('Deployment', at('web'));
    expect(await world.look()).toEqual({ after: 'change' });
    expect(world.deployment.templateChanges).toBe(0);
  });
});

describe('a patch', () => {
  const cases: readonly { it: string; outcome: WriteOutcome; next: object; told: readonly string[] }[] = [
    {
      it: 'that the cluster refuses is told, and tried again',
      outcome: { kind: 'refused', status: 422, cause: 'not by day' },
      next: { after: 'backoff', capMs: 600_000 },
      told: ['refused Deployment/shop/web', 'Warning RestartRefused: The cluster refuses the restart: not by day'],
    },
    {
      it: 'that meets another version is tried again',
      outcome: { kind: 'conflict' },
      next: { after: 'backoff', capMs: 60_000 },
      told: [],
    },
    {
      it: 'of which nobody knows is tried again',
      outcome: { kind: 'unavailable', fault: { kind: 'ClusterUnavailable', subject: 's', detail: 'd' } },
      next: { after: 'backoff', capMs: 60_000 },
      told: [],
    },
    { it: 'of what is gone is given up', outcome: { kind: 'notFound' }, next: { after: 'change' }, told: [] },
    {
      it: 'in a namespace that goes is given up',
      outcome: { kind: 'namespaceTerminating' },
      next: { after: 'change' },
      told: [],
    },
  ];
  for (const { it: name, outcome, next, told } of cases) {
    it(name, async () => {
      let answer: WriteOutcome | undefined;
      const world = await inSync('db', (real) => ({
        patch: async (...call) => answer ?? (await real.patch(...call)),
      }));
      world.change('k.2');
      world.later(10_000);
      answer = outcome;
      expect(await world.look()).toEqual(next);
      expect(world.told).toEqual(told);
      answer = undefined;
      await world.look();
      expect(world.deployment.templateChanges).toBe(1);
    });
  }

  it('is not tried on a guess: what cannot be read is read again', async () => {
    let well = true;
    const broken = fail('ClusterUnavailable', 'Secret/db', 'd');
    const world = await inSync('db', (real) => ({
      readSecretMeta: async (...call) => (well ? real.readSecretMeta(...call) : broken),
    }));
    world.change('k.2');
    world.later(10_000);
    well = false;
    expect(await world.look()).toEqual({ after: 'backoff', capMs: 60_000 });
    well = true;
    await world.look();
    expect(world.deployment.templateChanges).toBe(1);
  });
});
