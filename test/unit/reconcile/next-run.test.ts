import { describe, expect, it } from 'vitest';
import type { ObjectMeta } from '../../../src/core/ports.ts';
import { readAnyWish, readOwnWish } from '../../../src/core/restart-wish.ts';
import type { LiveRun, RunKind, RunStorage } from '../../../src/core/run-storage.ts';
import { fail, succeed } from '../../../src/model/result.ts';
import { NextRunReconciler } from '../../../src/reconcile/next-run.ts';
import { metaOf } from '../../support/builders.ts';
import { MemoryView } from '../../support/memory-view.ts';

const signal = new AbortController().signal;
const NOW_MS = Date.parse('2026-01-01T12:00:00Z');
const timeOf = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
const DONE = { after: 'change' };

interface Run {
  readonly meta: ObjectMeta;
  readonly live: LiveRun;
}

/** A namespace with Secrets, CronJobs and Jobs; what is told, and what is asked of the API server. */
class World {
  readonly view = new MemoryView();
  readonly told: string[] = [];
  readonly occasions: (string | undefined)[] = [];
  readonly calls: string[] = [];
  readonly runs: Record<RunKind, Run[]> = { CronJob: [], Job: [] };
  nowMs = NOW_MS;
  isWell = true;
  readonly #readWish;
  reconciler: NextRunReconciler;

  constructor(readWish = readOwnWish) {
    this.#readWish = readWish;
    this.reconciler = this.start();
  }

  /** Another process, that knows of nothing. */
  start(): NextRunReconciler {
    const broken = fail('ClusterUnavailable', 'jobs of shop', 'd');
    const runs: RunStorage = {
      list: async (kind, namespace) => {
        this.calls.push(`list ${kind} ${namespace}`);
        return this.isWell ? succeed(this.runs[kind].map(({ meta }) => meta)) : broken;
      },
      read: async (kind, { name }) => {
        this.calls.push(`read ${kind} ${name}`);
        return succeed(this.runs[kind].find(({ meta }) => meta.name === name)?.live);
      },
    };
    this.reconciler = new NextRunReconciler({
      view: this.view,
      runs,
      ambient: { nowMs: () => this.nowMs, random: () => 0.5 },
      readWish: this.#readWish,
      recorder: {
        event: ({ kind, name }, type, reason, message, occasion) => {
          this.told.push(`${kind}/${name} ${type} ${reason}: ${message}`);
          this.occasions.push(occasion);
        },
      },
    });
    return this.reconciler;
  }

  /** A Secret that has changed so many seconds ago, if ever. */
  secret(name: string, changedAgoS?: number, annotations: Record<string, string> = {}): void {
    const changedAt =
      changedAgoS === undefined ? {} : { 'keyferry.dev/changed-at': timeOf(this.nowMs - changedAgoS * 1_000) };
    const meta = { annotations: { 'keyferry.dev/revision': 'k.1', ...changedAt, ...annotations } };
    this.view.put('Secret', metaOf({ name, namespace: 'shop', ...meta }));
  }

  run(kind: RunKind, name: string, annotations: Record<string, string>, { refersTo = ['db'], isOver = false } = {}) {
    const meta = metaOf({
      name,
      namespace: 'shop',
      uid: name,
      creationTimestamp: timeOf(NOW_MS - 86_400_000),
      annotations,
    });
    const podSpec = { containers: [{ envFrom: refersTo.map((secret) => ({ secretRef: { name: secret } })) }] };
    this.runs[kind].push({ meta, live: { podSpec, isOver } });
  }

  look = () => this.reconciler.reconcile('shop', signal);
}

const asking = (value: string): Record<string, string> => ({ 'keyferry.dev/restart-on': value });

describe('a CronJob', () => {
  it('that asks for a Secret is told of its change, once', async () => {
    const world = new World();
    world.secret('db', 60);
    world.run('CronJob', 'report', asking('db'));
    expect(await world.look()).toEqual(DONE);
    expect(await world.look()).toEqual(DONE);
    expect(world.told).toEqual([
      'CronJob/report Normal RestartLeftToNextRun: The data of Secret db changed; keyferry starts no run for that: the next one reads the new data',
    ]);
    expect(world.calls).toEqual(['list CronJob shop', 'list Job shop']);
    world.secret('db', 10);
    await world.look();
    expect(world.told).toHaveLength(2);
    expect(new Set(world.occasions).size).toBe(2);
  });

  it('is told by another process on the same occasion, so that it is the same Event', async () => {
    const world = new World();
    world.secret('db', 60);
    world.run('CronJob', 'report', asking('db'));
    await world.look();
    world.start();
    await world.look();
    expect(world.told).toHaveLength(2);
    expect(new Set(world.occasions).size).toBe(1);
  });

  const cases: readonly { it: string; changedAgoS?: number; annotations: Record<string, string>; more?: object }[] = [
    { it: 'that has not asked', changedAgoS: 60, annotations: {} },
    { it: 'that asks for another Secret', changedAgoS: 60, annotations: asking('tls') },
    {
      it: 'that asks for all of those that it does not refer to',
      changedAgoS: 60,
      annotations: asking('*'),
      more: { refersTo: ['tls'] },
    },
    { it: 'whose Secret has not changed since it was made', annotations: asking('db') },
    { it: 'whose Secret changed long ago', changedAgoS: 3_600, annotations: asking('db') },
    { it: 'that was made after the change', changedAgoS: 2 * 86_400, annotations: asking('db') },
    {
      it: 'that asks in the words of Reloader, which nobody reads',
      changedAgoS: 60,
      annotations: { 'reloader.stakater.com/auto': 'true' },
    },
  ];
  for (const { it: name, changedAgoS, annotations, more } of cases) {
    it(`${name} is told nothing`, async () => {
      const world = new World();
      world.secret('db', changedAgoS);
      world.run('CronJob', 'report', annotations, more);
      expect(await world.look()).toEqual(DONE);
      expect(world.told).toEqual([]);
    });
  }

  it('that was made after a change of a moment ago is told nothing', async () => {
    const world = new World();
    world.secret('db', 60);
    world.run('CronJob', 'report', asking('db'));
    const [run] = world.runs.CronJob;
    if (run === undefined) throw new Error('none');
    world.runs.CronJob = [{ ...run, meta: { ...run.meta, creationTimestamp: timeOf(NOW_MS - 59_000) } }];
    await world.look();
    expect(world.told).toEqual([]);
  });

  it('that asks for all, or in the words of Reloader, goes by what it refers to', async () => {
    const world = new World(readAnyWish);
    world.secret('db', 60);
    world.run('CronJob', 'all', asking('*'));
    world.run('CronJob', 'auto', { 'reloader.stakater.com/auto': 'true' });
    world.run('CronJob', 'other', { 'reloader.stakater.com/auto': 'true' }, { refersTo: ['tls'] });
    await world.look();
    expect(world.told.map((line) => line.split(' ')[0])).toEqual(['CronJob/all', 'CronJob/auto']);
  });
});

describe('a Job', () => {
  it('is told that it is not restarted, unless it is over', async () => {
    const world = new World();
    world.secret('db', 60);
    world.run('Job', 'running', asking('db'));
    world.run('Job', 'over', asking('db'), { isOver: true });
    await world.look();
    expect(world.told).toEqual([
      'Job/running Normal RestartLeftToNextRun: The data of Secret db changed; a Job is not restarted: pods that run keep the old data, and those to come read the new',
    ]);
  });

  it('costs no more than a hundred reads, of the youngest', async () => {
    const world = new World();
    world.secret('db', 60);
    for (let at = 0; at < 150; at++) world.run('Job', `job-${at}`, asking('db'));
    world.runs.Job = world.runs.Job.map(({ meta, live }, at) => ({
      live,
      meta: { ...meta, creationTimestamp: timeOf(NOW_MS - 86_400_000 + at * 1_000) },
    }));
    await world.look();
    const read = world.calls.filter((call) => call.startsWith('read'));
    expect(read).toHaveLength(100);
    expect(read[0]).toBe('read Job job-149');
  });
});

describe('a namespace', () => {
  it('without a change costs nothing, and changes that come together one look', async () => {
    const world = new World();
    world.secret('db');
    expect(await world.look()).toEqual(DONE);
    expect(world.calls).toEqual([]);
    world.secret('db', 2);
    world.secret('tls', -1);
    expect(await world.look()).toEqual({ after: 'delay', ms: 3_000 });
    world.nowMs += 3_000;
    world.run('CronJob', 'report', asking('db,tls'));
    expect(await world.look()).toEqual(DONE);
    expect(world.told).toHaveLength(2);
    expect(world.calls).toEqual(['list CronJob shop', 'list Job shop']);
  });

  it('is looked at again when it cannot be read', async () => {
    const world = new World();
    world.secret('db', 60);
    world.run('CronJob', 'report', asking('db'));
    world.isWell = false;
    expect(await world.look()).toEqual({ after: 'backoff', capMs: 60_000 });
    world.isWell = true;
    expect(await world.look()).toEqual(DONE);
    expect(world.told).toHaveLength(1);
  });
});

it('looks at the Secrets of a namespace once for all changes that settle together', async () => {
  const world = new World();
  const { list } = world.view;
  let looks = 0;
  world.view.list = (...asked: Parameters<typeof list>) => {
    looks++;
    return list.apply(world.view, asked);
  };
  world.run('CronJob', 'nightly', asking('db,tls'));
  world.secret('db', 1);
  expect(await world.look()).toEqual({ after: 'delay', ms: 4_000 });
  world.nowMs += 1_000;
  world.secret('tls', 0);
  expect(await world.look()).toEqual({ after: 'delay', ms: 3_000 });
  expect(looks).toBe(1);
  world.nowMs += 3_000;
  expect(await world.look()).toEqual(DONE);
  expect(looks).toBe(2);
  expect(world.told).toHaveLength(2);
});
