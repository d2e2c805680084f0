import { beforeEach, describe, expect, it } from 'vitest';
import { reconcileObserver } from '../../src/observe.ts';
import { createLog, type LogLevel } from '../../src/telemetry/log.ts';
import type { Metrics } from '../../src/telemetry/metrics.ts';
import { logLines } from '../support/log-lines.ts';
import { MemoryWorld } from '../support/memory-world.ts';

const nothing = (): void => {};
const metrics: Metrics = {
  synced: nothing,
  faulted: nothing,
  queueWaited: nothing,
  reconciled: nothing,
  awsRequest: nothing,
  awsBatch: nothing,
  awsRate: nothing,
  secretWritten: nothing,
  restarted: nothing,
  eventEnded: nothing,
  eventLagged: nothing,
  eventsQueueReady: nothing,
  render: async () => ({ contentType: '', body: '' }),
};

let world: MemoryWorld;
let written: string[];

function begin(level: LogLevel): void {
  world = new MemoryWorld();
  written = [];
  const destination = { write: (line: string) => void written.push(line), flush: () => {} };
  world.operator.observer = reconcileObserver(
    createLog({ level, destination, ambient: { nowMs: () => world.cluster.nowMs } }),
    metrics,
  );
}

/** What is logged while that happens, and then ten more passes over the ExternalSecret `db`. */
async function linesOf(happens: () => void, more: object = {}): Promise<readonly string[]> {
  written.splice(0);
  await world.operator.run(happens);
  for (let pass = 0; pass < 10; pass++) {
    await world.operator.run(() => world.apply('db', more, `${world.cluster.nowMs}`));
  }
  return logLines(written.join('')).map(({ level, msg, name, secret, workload, reason, outcome }) =>
    [level, msg, name ?? secret ?? workload, reason ?? outcome].filter((part) => part !== undefined).join(' '),
  );
}

describe('the log, at its default level, has a line for each change of state and none for other passes:', () => {
  beforeEach(() => begin('info'));
  const synced = (): Promise<readonly string[]> => linesOf(() => world.apply('db'));

  it('a first sync', async () => {
    expect(await synced()).toEqual([
      'info Secret written shop/db',
      'info Workload looked at for a restart Deployment/shop/web recorded',
    ]);
  });

  it('a fault, another, and the end of both', async () => {
    await synced();
    expect(await linesOf(() => world.aws.delete('prod/db'))).toEqual([
      'warn ExternalSecret failed shop/db SecretNotFound',
    ]);
    const data = [{ secretKey: 'password', remoteRef: { key: 'prod/tls', property: 'a' } }];
    expect(await linesOf(nothing, { data })).toEqual(['warn ExternalSecret failed shop/db ValueNotJSON']);
    expect(await linesOf(() => world.aws.set('prod/db', 'one'))).toEqual(['info ExternalSecret is well again shop/db']);
  });

  it('a rotation with its restart', async () => {
    await synced();
    expect(await linesOf(() => world.aws.set('prod/db', 'two'))).toEqual([
      'info Secret written shop/db',
      'info Workload looked at for a restart Deployment/shop/web rolled',
      'info Workload looked at for a restart Deployment/shop/web restarted',
    ]);
  });

  it('a restart that is refused at each try', async () => {
    await synced();
    let tries = 0;
    const { workloads } = world.cluster;
    const { patch } = workloads;
    const refusal = { kind: 'refused', status: 422, cause: 'not by day' } as const;
    Object.assign(workloads, {
      patch: async (...call: Parameters<typeof patch>) => (++tries <= 5 ? refusal : patch(...call)),
    });
    expect(await linesOf(() => world.aws.set('prod/db', 'two'))).toEqual([
      'info Secret written shop/db',
      'info Workload looked at for a restart Deployment/shop/web refused',
      'info Workload looked at for a restart Deployment/shop/web rolled',
      'info Workload looked at for a restart Deployment/shop/web restarted',
    ]);
    expect(tries).toBeGreaterThan(5);
  });
});

it('at the level debug has a line for each pass', async () => {
  begin('debug');
  const lines = await linesOf(() => world.apply('db'));
  expect(lines.filter((line) => line === 'debug ExternalSecret looked at shop/db').length).toBeGreaterThanOrEqual(11);
});
