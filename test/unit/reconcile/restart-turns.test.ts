import { describe, expect, it } from 'vitest';
import { ROLE_ARN, specOf } from '../../support/builders.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import type { MemoryDeployment } from '../../support/memory-deployment.ts';
import { type CrashPoint, MemoryOperator } from '../../support/memory-operator.ts';
import { MemoryValues } from '../../support/memory-values.ts';

const at = (name: string) => ({ namespace: 'shop', name });
const NAMES = ['a', 'b', 'c'] as const;

/** Three Deployments that ask for one Secret, of which one may restart at once. */
class World {
  readonly cluster = new MemoryCluster();
  readonly aws = new MemoryValues({ 'prod/db': 'one' });
  readonly operator = new MemoryOperator(this.cluster, this.aws);
  readonly deployments: readonly MemoryDeployment[];
  /** The most that were restarting at the same moment. */
  widest = 0;

  constructor() {
    const { cluster } = this;
    cluster.put('Namespace', cluster.stamp({ namespace: '', name: 'shop' }));
    const role = { annotations: { 'eks.amazonaws.com/role-arn': ROLE_ARN } };
    cluster.put('ServiceAccount', cluster.stamp(at('reader'), role));
    cluster.apply('SecretStore', at('aws'), { region: 'eu-west-1', auth: { serviceAccountRef: { name: 'reader' } } });
    this.deployments = NAMES.map((name) =>
      cluster.createDeployment(at(name), { containers: [] }, { 'keyferry.dev/restart-on': 'db' }),
    );
    cluster.nowMs += 2_000;
    cluster.onStep = () => {
      const restarting = this.deployments.filter(
        (each) => each.templateChanges > 0 && each.read(0).rollout.phase !== 'done',
      );
      this.widest = Math.max(this.widest, restarting.length);
    };
    this.operator.width = { inAll: 1, perNamespace: 1 };
  }

  apply(wish?: string): void {
    const data = [{ secretKey: 'password', remoteRef: { key: 'prod/db' } }];
    const annotations: Record<string, string> = wish === undefined ? {} : { 'keyferry.dev/force-sync': wish };
    this.cluster.apply('ExternalSecret', at('db'), specOf({ data }), annotations);
  }
}

async function rotate(...crashes: readonly CrashPoint[]): Promise<World> {
  const world = new World();
  await world.operator.run(() => world.apply());
  const before = world.operator.calls.length;
  world.operator.crashAt = crashes.map(({ call, when }) => ({ call: before + call, when }));
  await world.operator.run(() => {
    world.aws.set('prod/db', 'two');
    world.apply('now');
  });
  world.operator.calls.splice(0, before);
  return world;
}

const templateChanges = (world: World) => world.deployments.map((each) => each.templateChanges);

describe('workloads of which one may restart at once', () => {
  it('restart one after the other, each once', async () => {
    const world = await rotate();
    expect(templateChanges(world)).toEqual([1, 1, 1]);
    expect(world.widest).toBe(1);
    const { restarts, lastRestartTime } = (world.cluster.resource('ExternalSecret', at('db'))?.status ?? {}) as {
      restarts?: readonly { readonly state: string }[];
      lastRestartTime?: string;
    };
    expect(restarts?.map(({ state }) => state)).toEqual(['Restarted', 'Restarted', 'Restarted']);
    expect(Date.parse(lastRestartTime ?? '')).toBeLessThanOrEqual(world.cluster.nowMs);
  });

  it('are not held up by one that is refused, nor by one that is paused', async () => {
    const world = new World();
    await world.operator.run(() => world.apply());
    const [refused, paused, free] = world.deployments;
    const { workloads } = world.cluster;
    const { patch } = workloads;
    const whenRefused: (number | undefined)[] = [];
    Object.assign(workloads, {
      patch: async (...call: Parameters<typeof patch>) => {
        if (call[1].name !== refused?.metadata.name || whenRefused.length === 20) return patch(...call);
        whenRefused.push(free?.templateChanges);
        return { kind: 'refused', status: 422, cause: 'not by day' };
      },
    });
    world.operator.meddle = () => {
      if (paused?.isPaused !== true) return false;
      expect(templateChanges(world)).toEqual([1, 0, 1]);
      paused.isPaused = false;
      world.cluster.touchDeployment(paused);
      return true;
    };
    await world.operator.run(() => {
      if (paused !== undefined) paused.isPaused = true;
      world.aws.set('prod/db', 'two');
      world.apply('now');
    });
    // That one was restarted while the other was refused again and again.
    expect(whenRefused.at(-1)).toBe(1);
    expect(templateChanges(world)).toEqual([1, 1, 1]);
    expect(world.widest).toBe(1);
  });

  it('do so wherever the operator dies on the way', async () => {
    const { calls } = (await rotate()).operator;
    for (const [at, call] of calls.entries()) {
      for (const when of ['before', 'after'] as const) {
        const world = await rotate({ call: at + 1, when });
        const { widest, operator } = world;
        const where = `${when} ${call}, call ${at + 1}`;
        const found = { where, crashes: operator.crashes, changes: templateChanges(world), widest };
        expect(found).toEqual({ where, crashes: 1, changes: [1, 1, 1], widest: 1 });
      }
    }
  });
});
