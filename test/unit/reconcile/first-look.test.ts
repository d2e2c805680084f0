import { describe, expect, it } from 'vitest';
import type { ObjectMeta } from '../../../src/core/ports.ts';
import { ParsedSpecs } from '../../../src/reconcile/parsed-specs.ts';
import { Plans } from '../../../src/reconcile/plans.ts';
import { isReady, prepare } from '../../../src/reconcile/prepare.ts';
import { TargetKeeper, type TargetPorts } from '../../../src/reconcile/target.ts';
import { metaOf, rawOf, specOf } from '../../support/builders.ts';
import { dataOf } from '../../support/live-secret.ts';
import { MemoryView } from '../../support/memory-view.ts';
import { at, MemoryWorld } from '../../support/memory-world.ts';
import { silentObserver } from '../../support/silent-observer.ts';

const textOf = (world: MemoryWorld, name: string, key: string): string | undefined => {
  const value = world.cluster.secret(at(name))?.data.get(key);
  return value && new TextDecoder().decode(value.reveal());
};

const reasonOf = (world: MemoryWorld, name: string): string | undefined => {
  const status = world.cluster.resource('ExternalSecret', at(name))?.status as
    | { conditions?: { type: string; reason: string }[] }
    | undefined;
  return status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
};

it('the first Secret of an ExternalSecret takes one call to the API server, and its status another', async () => {
  const world = new MemoryWorld();
  world.apply('db');
  await world.operator.run();
  expect(textOf(world, 'db', 'password')).toBe('one');
  const written = world.operator.calls.indexOf('secrets.create');
  expect(world.operator.calls.slice(0, written)).not.toContain('secrets.read');
});

it('the Secret of one that AWS does not have yet is not looked for each time', async () => {
  const world = new MemoryWorld();
  world.apply('later');
  await world.operator.run();
  expect(reasonOf(world, 'later')).toBe('SecretNotFound');
  const before = world.operator.calls.length;
  world.apply('later', {}, 'again');
  await world.operator.run();
  const calls = world.operator.calls.slice(before);
  expect(calls).toContain('values.fetch');
  expect(calls).not.toContain('secrets.read');
});

it('a Secret that nobody knew of is found by the create, and taken over where its author consents', async () => {
  const world = new MemoryWorld();
  world.cluster.createSecret(at('db'), dataOf({ theirs: 'x' }), { 'keyferry.dev/accept': 'db' });
  world.apply('db');
  await world.operator.run();
  expect(reasonOf(world, 'db')).toBe('Synced');
  expect(textOf(world, 'db', 'password')).toBe('one');
  expect(textOf(world, 'db', 'theirs')).toBeUndefined();
});

const SECRETS: TargetPorts['secrets'] = {
  read: () => Promise.reject(new Error('nothing is read')),
  create: () => Promise.reject(new Error('nothing is created')),
  replace: () => Promise.reject(new Error('nothing is replaced')),
  apply: () => Promise.reject(new Error('nothing is applied')),
  remove: () => Promise.reject(new Error('nothing is removed')),
};

interface Given {
  readonly spec?: object;
  readonly status?: object;
  readonly secret?: ObjectMeta;
  readonly rival?: ObjectMeta;
}

function isFresh({ spec = {}, status = {}, secret, rival }: Given): boolean {
  const view = new MemoryView();
  const store = rawOf(
    'SecretStore',
    { region: 'eu-west-1', auth: { serviceAccountRef: { name: 'reader' } } },
    { name: 'aws' },
  );
  view.put('SecretStore', store.metadata, store);
  if (secret !== undefined) view.put('Secret', secret);
  const raw = rawOf('ExternalSecret', specOf(spec), {}, status);
  const prepared = prepare(view, raw, 'none', new ParsedSpecs(), new Plans());
  if (!isReady(prepared)) throw new Error('the spec is not ready');
  const keeper = new TargetKeeper({
    view,
    secrets: SECRETS,
    observer: silentObserver,
    revise: () => '',
    claimants: () => [raw.metadata, ...(rival === undefined ? [] : [rival])],
    possessions: () => [],
  });
  return keeper.isFresh(prepared);
}

const failedBy = (reason: string) => ({ conditions: [{ type: 'Ready', status: 'False', reason }] });

describe('the target is taken to be absent', () => {
  const cases: readonly (readonly [string, Given, boolean])[] = [
    ['when nobody has looked at the ExternalSecret, and nothing is known of the target', {}, true],
    ['also when nothing was found in AWS before', { status: failedBy('SecretNotFound') }, true],
    ['not when a Secret of somebody else was met', { status: failedBy('TargetConflict') }, false],
    ['not when it was written before', { status: { binding: { name: 'db' } } }, false],
    ['not when a Secret of its name is known', { secret: metaOf({ uid: 'uid-secret' }) }, false],
    ['not when another wants it, too', { rival: metaOf({ name: 'other', uid: 'uid-other' }) }, false],
    ['not where a Secret that is there is to be kept', { spec: { refreshPolicy: 'CreatedOnce' } }, false],
    ['not where it has to be there', { spec: { target: { creationPolicy: 'Merge' } } }, false],
  ];
  for (const [name, given, want] of cases) it(name, () => expect(isFresh(given)).toBe(want));
});
