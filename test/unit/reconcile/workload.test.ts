import { describe, expect, it } from 'vitest';
import type { ObjectMeta, WriteOutcome } from '../../../src/core/ports.ts';
import { readAnyWish } from '../../../src/core/restart-wish.ts';
import type { Next } from '../../../src/core/schedule.ts';
import type { Status } from '../../../src/core/summarize.ts';
import type { WorkloadStorage } from '../../../src/core/workload-storage.ts';
import { fail, succeed } from '../../../src/model/result.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { RestartJournal } from '../../../src/reconcile/restart-journal.ts';
import { RestartStatusReconciler } from '../../../src/reconcile/restart-status.ts';
import { RestartWidth } from '../../../src/reconcile/restart-width.ts';
import { WorkloadReconciler } from '../../../src/reconcile/workload.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import type { MemoryDeployment } from '../../support/memory-deployment.ts';
import { silentObserver } from '../../support/silent-observer.ts';

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
  readonly width = new RestartWidth({ inAll: 1, perNamespace: 1, wake: () => {} });
  /** How restarts have ended, as it is counted. */
  readonly ended: string[] = [];
  readonly deployment: MemoryDeployment;
  reconciler: WorkloadReconciler;
  restarts: RestartStatusReconciler;
  readonly #storage;

  constructor(
    restartOn = 'db',
    storage: (real: WorkloadStorage) => Partial<WorkloadStorage> = () => ({}),
    annotations: Record<string, string> = { 'keyferry.dev/restart-on': restartOn },
  ) {
    const { cluster } = this;
    this.#storage = storage;
    this.deployment = cluster.createDeployment(
      at('web'),
      { containers: [{ envFrom: [{ secretRef: { name: 'db' } }] }] },
      annotations,
    );
    cluster.apply('ExternalSecret', at('db'), {});
    [this.reconciler, this.restarts] = this.#start();
  }

  /** Another process takes the place of the one that was. */
  restart(): void {
    [this.reconciler, this.restarts] = this.#start();
  }

  #start(): readonly [WorkloadReconciler, RestartStatusReconciler] {
    const readWish = readAnyWish;
    const { cluster } = this;
    const nothing = (): void => {};
    const journal = new RestartJournal({
      view: cluster.view,
      writers: () => cluster.view.list('ExternalSecret'),
      restartsChanged: nothing,
      observer: { restarted: (_workload, _kind, outcome) => void this.ended.push(outcome) },
      recorder: { event: (_object, type, reason, message) => void this.told.push(`${type} ${reason}: ${message}`) },
    });
    const restarts = new RestartStatusReconciler({ view: cluster.view, status: cluster.status, journal, readWish });
    const reconciler = new WorkloadReconciler({
      view: cluster.view,
      workloads: { ...cluster.workloads, ...this.#storage(cluster.workloads) },
      ambient: { nowMs: () => cluster.nowMs, random: () => 0.5 },
      journal,
      readWish,
      width: this.width,
      observer: {
        ...silentObserver,
        restarted: (workload, _kind, outcome) => void this.told.push(`${outcome} ${workload}`),
      },
    });
    return [reconciler, restarts];
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
    const { metadata: version, status } = this.cluster.resource('ExternalSecret', at('db')) ?? expect.fail('none');
    const after = { ...(status as object), binding: { name: 'db' } };
    await this.cluster.status.replaceStatus('ExternalSecret', at('db'), version, after, signal);
  }

  change(revision: string, changedAtMs = this.cluster.nowMs + 1_000): void {
    const annotations = { [REVISION]: revision, [CHANGED_AT]: timeOf(changedAtMs) };
    this.cluster.editSecret(at('db'), { metadata: { annotations } });
  }

  async look(): Promise<Next> {
    const next = await this.reconciler.reconcile('Deployment/shop/web', signal);
    await this.restarts.reconcile('shop/db', signal);
    return next;
  }

  /** What the status of the ExternalSecret says of the Deployment. */
  get state(): string | undefined {
    const status = (this.cluster.resource('ExternalSecret', at('db'))?.status ?? {}) as Status;
    return status.restarts?.[0]?.state;
  }

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
    expect(deployment.templateChanges).toBe(2);
    world.later(0);
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
  const cases: readonly {
    it: string;
    outcome: WriteOutcome;
    next: object;
    told: readonly string[];
    state?: string;
  }[] = [
    {
      it: 'that the cluster refuses is told, and tried again',
      outcome: { kind: 'refused', status: 422, cause: 'not by day' },
      next: { after: 'backoff', capMs: 600_000 },
      state: 'Refused',
      told: ['refused Deployment/shop/web', 'Warning RestartRefused: The cluster refuses the restart: not by day'],
    },
    {
      it: 'that meets another version is tried again',
      outcome: { kind: 'conflict' },
      next: { after: 'backoff', capMs: 60_000 },
      state: 'Conflict',
      told: [
        'conflict Deployment/shop/web',
        'Normal RestartConflict: Somebody changed it at the moment of its restart for Secret db; keyferry looks at it again',
      ],
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
  for (const { it: name, outcome, next, told, state } of cases) {
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
      expect(world.state).toBe(state);
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

describe('a workload that is owed a restart', () => {
  /** Data has changed, and the settling time is over. */
  async function owed(): Promise<World> {
    const world = await inSync();
    world.change('k.2');
    world.later(10_000);
    return world;
  }
  const annotate = ({ cluster, deployment }: World, annotations: Record<string, string>): void => {
    cluster.touchDeployment(deployment, annotations);
    while (cluster.stepControllers()) cluster.nowMs += 100;
  };

  it('waits while it is paused, says how to resume it, and rolls once it is resumed', async () => {
    const world = await owed();
    world.deployment.isPaused = true;
    expect(await world.look()).toEqual({ after: 'change' });
    expect(await world.look()).toEqual({ after: 'change' });
    expect(world.told).toEqual([
      'Normal RestartPaused: The data of Secret db changed; it is paused, and is restarted when it is resumed: kubectl rollout resume deployment/web -n shop',
    ]);
    expect(world.state).toBe('Paused');
    world.deployment.isPaused = false;
    await world.look();
    expect(world.deployment.templateChanges).toBe(1);
  });

  it('waits for a rollout under way, and then rolls once for all that came meanwhile', async () => {
    const world = await owed();
    await world.look();
    world.cluster.stepControllers();
    world.cluster.stepControllers();
    world.cluster.nowMs += 2_000;
    world.change('k.3');
    world.cluster.nowMs += 10_000;
    expect(await world.look()).toEqual({ after: 'change' });
    world.change('k.4', world.cluster.nowMs - 5_000);
    expect(await world.look()).toEqual({ after: 'change' });
    expect(world.told.at(-1)).toBe(
      'Normal RestartWaitingForRollout: The data of Secret db changed while a rollout is under way; it is restarted when that has ended',
    );
    expect(world.state).toBe('WaitingForRollout');
    expect(world.deployment.templateChanges).toBe(1);
    world.later(0);
    await world.look();
    expect(world.deployment.templateChanges).toBe(2);
    expect(world.seen).toMatch(/^k\.4@/);
  });

  it('is told of a restart that fails, with the command for one more try, and rolls for the next change', async () => {
    const world = await owed();
    world.deployment.isStuck = true;
    await world.look();
    world.later(0);
    await world.look();
    await world.look();
    expect(world.told.slice(2)).toEqual([
      'Warning RestartFailed: The rollout for Secret db does not come through. It is not restarted again before the data or its spec changes, or you ask for it: kubectl annotate deployment/web -n shop --overwrite keyferry.dev/retry-restart="$(date)"',
    ]);
    expect(world.state).toBe('Failed');
    expect(world.ended).toEqual(['failed']);
    expect(world.deployment.templateChanges).toBe(1);
    world.change('k.3');
    world.cluster.nowMs += 10_000;
    await world.look();
    expect(world.deployment.templateChanges).toBe(2);
  });

  it('is told, after a restart that failed, that it came through once somebody has mended its spec, and is not rolled for that', async () => {
    const world = await owed();
    world.deployment.isStuck = true;
    await world.look();
    world.later(0);
    await world.look();
    expect(world.state).toBe('Failed');
    world.deployment.isStuck = false;
    const { cluster, deployment } = world;
    const mended = { 'example.com/image': 'a better one' };
    await cluster.workloads.patch('Deployment', at('web'), deployment.metadata, {}, mended, signal);
    world.later(0);
    await world.look();
    await world.look();
    expect(world.state).toBe('Restarted');
    expect(world.ended).toEqual(['failed', 'restarted']);
    // A roll of ours, and theirs.
    expect(world.deployment.templateChanges).toBe(2);
  });

  it('waits for its turn, and says so', async () => {
    const world = await owed();
    world.width.settle('Deployment/shop/other', 'shop', true);
    expect(await world.look()).toEqual({ after: 'change' });
    expect(await world.look()).toEqual({ after: 'change' });
    expect(world.told).toEqual([
      'Normal RestartWaitingForTurn: The data of Secret db changed; as many workloads as may restart at once are restarting, and it waits for its turn',
    ]);
    expect(world.state).toBe('WaitingForTurn');
    world.width.settle('Deployment/shop/other', 'shop', false);
    await world.look();
    expect(world.deployment.templateChanges).toBe(1);
  });

  it('is not restarted again when people undo it, and is on request, once', async () => {
    const world = await owed();
    world.deployment.isStuck = true;
    await world.look();
    world.later(0);
    world.deployment.isStuck = false;
    world.cluster.undoRollout(world.deployment);
    world.later(0);
    await world.look();
    await world.look();
    expect(world.told.at(-1)).toContain('Warning RestartUndone: Somebody has undone its restart for Secret db');
    expect(world.state).toBe('Undone');
    expect(world.deployment.templateChanges).toBe(2);
    annotate(world, { 'keyferry.dev/retry-restart': '1' });
    await world.look();
    world.later(0);
    await world.look();
    await world.look();
    expect(world.deployment.templateChanges).toBe(3);
    annotate(world, { 'keyferry.dev/retry-restart': '2' });
    await world.look();
    await world.look();
    expect(world.deployment.templateChanges).toBe(3);
    expect(world.ended).toEqual(['undone', 'restarted']);
  });

  it('waits for the rest of its least interval', async () => {
    const world = await owed();
    annotate(world, { 'keyferry.dev/restart-min-interval': '10m' });
    await world.look();
    world.later(60_000);
    world.change('k.3');
    world.later(10_000);
    world.told.splice(0);
    const next = await world.look();
    expect(next).toMatchObject({ after: 'delay' });
    const ms = next.after === 'delay' ? next.ms : 0;
    expect(ms).toBeGreaterThan(400_000);
    expect(world.told).toEqual([
      'Normal RestartWaitingForInterval: The data of Secret db changed; it is restarted when its keyferry.dev/restart-min-interval of 10m is over',
    ]);
    expect(world.state).toBe('WaitingForInterval');
    world.later(ms);
    await world.look();
    expect(world.deployment.templateChanges).toBe(2);
  });

  it('is not restarted under an interval that cannot be read, and is told what is wrong with it', async () => {
    const world = await owed();
    annotate(world, { 'keyferry.dev/restart-min-interval': '10 minutes' });
    expect(await world.look()).toEqual({ after: 'change' });
    expect(world.told).toEqual([
      'Warning RestartInvalidInterval: The data of Secret db changed, and it is not restarted, as keyferry.dev/restart-min-interval is "10 minutes": want a duration with a unit up to 8760h, such as "30s", "10m" or "1h30m"',
    ]);
    expect(world.state).toBe('InvalidInterval');
    annotate(world, { 'keyferry.dev/restart-min-interval': '10m' });
    await world.look();
    expect(world.deployment.templateChanges).toBe(1);
  });

  it('is told when its template loses the restart, and gets it not back', async () => {
    const world = await owed();
    await world.look();
    world.later(0);
    await world.look();
    const { cluster, deployment } = world;
    cluster.stripDeployment(deployment);
    world.later(0);
    world.told.splice(0);
    await world.look();
    await world.look();
    expect(world.told).toEqual([
      'Warning RestartStripped: Somebody has taken kubectl.kubernetes.io/restartedAt out of its pod template, as a rollback does, or a tool that takes the whole template for its own; keyferry does not put it back',
    ]);
    expect(world.state).toBe('Stripped');
    expect(world.ended).toEqual(['restarted', 'stripped']);
    expect(deployment.templateChanges).toBe(2);
  });
});

describe('a tool that replaces the whole object', () => {
  /** It was restarted for the change, of which its ExternalSecret tells, and nothing of that is left on it. */
  async function stripped({ inTheMiddle = false } = {}): Promise<World> {
    const world = await inSync();
    world.change('k.2');
    world.later(10_000);
    await world.look();
    if (!inTheMiddle) world.later(0);
    await world.look();
    world.told.splice(0);
    world.cluster.stripDeployment(world.deployment, true);
    world.later(0);
    return world;
  }
  for (const inTheMiddle of [false, true]) {
    it(`takes the restart away ${inTheMiddle ? 'in the middle' : 'at its end'}, is told so once, and is not fought`, async () => {
      const world = await stripped({ inTheMiddle });
      const changes = world.deployment.templateChanges;
      for (let sync = 0; sync < 3; sync++) {
        await world.look();
        world.cluster.stripDeployment(world.deployment, true);
        world.later(60_000);
      }
      await world.look();
      expect(world.told).toEqual([
        expect.stringContaining('RestartStripped: Somebody has taken away what keyferry notes on it'),
      ]);
      expect(world.state).toBe('Stripped');
      expect(world.seen).toBeUndefined();
      expect(world.deployment.templateChanges).toBe(changes);
    });
  }

  it('is told so by another process, which knows of the restart by the status alone', async () => {
    const world = await stripped();
    world.restart();
    await world.look();
    await world.look();
    expect(world.told).toHaveLength(1);
    world.restart();
    await world.look();
    expect(world.told).toHaveLength(1);
    expect(world.seen).toBeUndefined();
    expect(world.state).toBe('Stripped');
  });

  it('loses no restart for the next change, and doubles none', async () => {
    const world = await stripped();
    await world.look();
    const changes = world.deployment.templateChanges;
    for (const revision of ['k.3', 'k.4']) {
      world.change(revision);
      world.later(10_000);
      await world.look();
      world.later(0);
      await world.look();
      expect(world.seen?.split('@')[0]).toBe(revision);
      world.cluster.stripDeployment(world.deployment, true);
      world.later(60_000);
      await world.look();
    }
    // A roll of ours and one by its strip, for each of the changes.
    expect(world.deployment.templateChanges).toBe(changes + 4);
  });

  it('is not taken for one that makes the workload anew', async () => {
    const world = await stripped();
    const { metadata } = world.deployment;
    const now = timeOf(world.cluster.nowMs);
    world.deployment.metadata = { ...metadata, uid: 'another', creationTimestamp: now };
    world.cluster.put('Deployment', world.deployment.metadata);
    await world.look();
    expect(world.told).toEqual(['recorded Deployment/shop/web']);
    expect(world.seen).toMatch(/^k\.2@/);
  });
});

describe('a workload with annotations of Reloader', () => {
  it('is not rolled when they make way for the annotation of keyferry, and is for the next change', async () => {
    const world = await inSync('', undefined, { 'reloader.stakater.com/auto': 'true' });
    world.change('k.2');
    world.later(10_000);
    await world.look();
    world.later(60_000);
    const { metadata } = world.deployment;
    const { 'reloader.stakater.com/auto': _auto, ...rest } = metadata.annotations;
    world.deployment.metadata = { ...metadata, annotations: rest };
    world.cluster.touchDeployment(world.deployment, { 'keyferry.dev/restart-on': 'db' });
    world.later(60_000);
    await world.look();
    expect(world.deployment.templateChanges).toBe(1);
    world.change('k.3');
    world.later(10_000);
    await world.look();
    expect(world.deployment.templateChanges).toBe(2);
  });

  const cases: readonly { it: string; annotations: Record<string, string>; rolls: boolean }[] = [
    { it: 'rolls by auto', annotations: { 'reloader.stakater.com/auto': 'true' }, rolls: true },
    { it: 'rolls by a pattern', annotations: { 'secret.reloader.stakater.com/reload': 'd.' }, rolls: true },
    {
      it: 'is left alone by another pattern',
      annotations: { 'secret.reloader.stakater.com/reload': 'd' },
      rolls: false,
    },
    {
      it: 'is left alone where nothing matches its search',
      annotations: { 'reloader.stakater.com/search': 'true' },
      rolls: false,
    },
  ];
  for (const { it: name, annotations, rolls } of cases) {
    it(name, async () => {
      const world = new World('', undefined, annotations);
      world.later(60_000);
      await world.publish('k.1');
      await world.look();
      world.later(60_000);
      world.change('k.2');
      world.later(10_000);
      await world.look();
      world.later(0);
      await world.look();
      expect(world.deployment.templateChanges).toBe(rolls ? 1 : 0);
      expect(world.state).toBe(rolls ? 'Restarted' : undefined);
    });
  }
});
