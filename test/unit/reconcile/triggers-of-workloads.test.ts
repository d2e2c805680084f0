import { describe, expect, it } from 'vitest';
import { CHANGED_AT_ANNOTATION, RESTART_ON_ANNOTATION, REVISION_ANNOTATION } from '../../../src/api/names.ts';
import type { ObjectMeta } from '../../../src/core/ports.ts';
import { readAnyWish } from '../../../src/core/restart-wish.ts';
import { metaOf, rawOf } from '../../support/builders.ts';
import { TriggerWorld } from '../../support/trigger-world.ts';

const secret = (meta: Partial<ObjectMeta> = {}): ObjectMeta => metaOf({ uid: 'uid-secret', ...meta });
const revised = (revision: string, changedAt = '1'): ObjectMeta =>
  secret({ annotations: { [REVISION_ANNOTATION]: revision, [CHANGED_AT_ANNOTATION]: changedAt } });
const workload = (name: string, restartOn: string | undefined, namespace = 'shop'): ObjectMeta =>
  metaOf({
    name,
    namespace,
    uid: `uid-${name}`,
    annotations: restartOn === undefined ? {} : { [RESTART_ON_ANNOTATION]: restartOn },
  });

describe('a workload', () => {
  function withWorkloads(): TriggerWorld {
    const world = new TriggerWorld();
    world.put('Secret', revised('r1'));
    world.put('Deployment', workload('web', 'db,tls'));
    world.put('StatefulSet', workload('queue', '*'));
    world.put('DaemonSet', workload('agent', 'tls'));
    world.put('Deployment', workload('quiet', undefined));
    world.put('Deployment', workload('far', 'db', 'other'));
    world.queued();
    return world;
  }
  const asked = ['workload Deployment/shop/web', 'workload StatefulSet/shop/queue'];

  it('is looked at when it changes, if it asked for restarts', () => {
    const world = new TriggerWorld();
    expect(world.put('Deployment', workload('web', 'db'))).toEqual(['workload Deployment/shop/web']);
    expect(world.put('Deployment', workload('quiet', undefined))).toEqual([]);
    expect(world.put('DaemonSet', workload('agent', '*'))).toEqual(['workload DaemonSet/shop/agent']);
    expect(world.drop('Deployment', { namespace: 'shop', name: 'web' })).toEqual(['workload Deployment/shop/web']);
  });

  it('is looked at when a Secret that it asked for has another revision', () => {
    expect(withWorkloads().put('Secret', revised('r2'))).toEqual(asked);
  });

  it('is looked at when the data went to another value and back, so that only the time tells', () => {
    expect(withWorkloads().put('Secret', revised('r1', '2'))).toEqual(asked);
  });

  it('is looked at when the Secret was made again', () => {
    expect(withWorkloads().put('Secret', { ...revised('r1'), uid: 'uid-2' })).toEqual(asked);
  });

  it('is looked at when a part of the Secret that was merged into it has another revision, or another time', () => {
    const world = withWorkloads();
    const { annotations } = revised('r1');
    const merged = (uid: string, name: string) => secret({ annotations: { ...annotations, [`${name}.${uid}`]: 'x' } });
    expect(world.put('Secret', merged('uid-a', REVISION_ANNOTATION))).toEqual(asked);
    expect(world.put('Secret', merged('uid-a', CHANGED_AT_ANNOTATION))).toEqual(asked);
  });

  it('is not woken by anything else of the Secret', () => {
    const world = withWorkloads();
    expect(world.put('Secret', { ...revised('r1'), resourceVersion: '200', labels: { a: 'b' } })).toEqual([]);
    expect(world.drop('Secret', secret())).toEqual([]);
  });

  it('has the account of restarts looked at when it asks for something else, or is gone', () => {
    const world = new TriggerWorld();
    world.put('ExternalSecret', metaOf({ name: 'db', namespace: 'shop', uid: 'uid-db' }));
    world.put('ExternalSecret', metaOf({ name: 'db', namespace: 'other', uid: 'uid-other' }));
    world.put('Deployment', workload('web', 'db'));
    world.restarts();
    world.put('Deployment', { ...workload('web', 'db'), resourceVersion: '2' });
    expect(world.restarts()).toEqual([]);
    expect(world.put('Deployment', workload('web', 'tls'))).toEqual(['workload Deployment/shop/web']);
    expect(world.restarts()).toEqual(['shop/db']);
    expect(world.put('Deployment', workload('web', undefined))).toEqual(['workload Deployment/shop/web']);
    expect(world.restarts()).toEqual(['shop/db']);
    world.put('Deployment', workload('web', 'db'));
    world.drop('Deployment', { namespace: 'shop', name: 'web' });
    expect(world.restarts()).toEqual(['shop/db']);
  });

  it('has the account of restarts looked at once after a start', () => {
    const world = new TriggerWorld();
    world.resource(
      rawOf('ExternalSecret', {}, { name: 'db', namespace: 'shop', uid: 'uid-db' }, { binding: { name: 'db' } }),
    );
    expect(world.restarts()).toEqual(['shop/db']);
  });

  it('has no account of restarts where no Secret was made yet', () => {
    const world = new TriggerWorld();
    world.resource(rawOf('ExternalSecret', {}, { name: 'db', namespace: 'shop', uid: 'uid-db' }));
    expect(world.restarts()).toEqual([]);
  });

  it('is looked at for its annotations of Reloader by who reads them', () => {
    const annotations = { 'secret.reloader.stakater.com/reload': 'd.' };
    const web = metaOf({ name: 'web', namespace: 'shop', uid: 'uid-web', annotations });
    const blind = new TriggerWorld();
    expect(blind.put('Deployment', web)).toEqual([]);
    const world = new TriggerWorld(readAnyWish);
    expect(world.put('Deployment', web)).toEqual(['workload Deployment/shop/web']);
    expect(world.put('Secret', revised('r1'))).toEqual(['workload Deployment/shop/web']);
    expect(world.put('Secret', { ...revised('r1'), name: 'tls' })).toEqual([]);
  });
});

describe('the CronJobs and Jobs of a namespace', () => {
  it('are looked at when data of a Secret there may have changed, and for nothing else', () => {
    const world = new TriggerWorld();
    world.put('Secret', secret({ annotations: { [REVISION_ANNOTATION]: 'r0' } }));
    expect(world.runs()).toEqual([]);
    world.put('Secret', revised('r1'));
    expect(world.runs()).toEqual(['shop']);
    world.put('Secret', { ...revised('r1'), resourceVersion: '200', labels: { a: 'b' } });
    world.put('Deployment', workload('web', 'db'));
    expect(world.runs()).toEqual([]);
    world.put('Secret', revised('r2'));
    expect(world.runs()).toEqual(['shop']);
    world.drop('Secret', secret());
    expect(world.runs()).toEqual([]);
  });
});
