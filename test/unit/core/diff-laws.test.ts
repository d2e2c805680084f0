import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffSecret } from '../../../src/core/diff.ts';
import type { LiveSecret } from '../../../src/core/ports.ts';
import { revisionOf } from '../../../src/core/revision.ts';
import type { DesiredSecret } from '../../../src/core/secret-change.ts';
import { isOwned, ownerReferenceTo } from '../../../src/core/target.ts';
import { specOf } from '../../support/builders.ts';
import { dataOf, edited, liveOf, UNKNOWN } from '../../support/live-secret.ts';

const installation = { id: '00000001', key: new Uint8Array(32).fill(1) };
const owner = { namespace: 'shop', name: 'db', uid: 'uid-db' };
const key = { namespace: 'shop', name: 'db' };

const name = fc.constantFrom('app', 'tier', 'note', 'example.com/x');
const dictionary = (keys: fc.Arbitrary<string>, values: fc.Arbitrary<string>) =>
  fc.dictionary(keys, values, { maxKeys: 3, noNullPrototype: true });
const texts = dictionary(fc.constantFrom('user', 'password', 'url'), fc.constantFrom('', 'one', 'two'));
const labels = dictionary(name, fc.constantFrom('a', 'b'));

const target = fc.record({
  creationPolicy: fc.constantFrom('Owner' as const, 'Orphan' as const),
  immutable: fc.boolean(),
  template: fc.option(
    fc.record({
      type: fc.constantFrom('Opaque', 'example.com/token'),
      metadata: fc.record({ labels, annotations: labels }),
    }),
    { nil: undefined },
  ),
});

const desired: fc.Arbitrary<DesiredSecret> = fc.record({ texts, target }).map(({ texts: values, target: of }) => {
  const { template, ...rest } = of;
  const data = dataOf(values);
  const spec = specOf({ target: { ...rest, ...(template && { template }) } });
  return { key, owner, target: spec.target, data, revision: revisionOf(installation, key, data), ...UNKNOWN };
});

const stranger = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'uid-x' };
const owners = fc.subarray([stranger, { ...stranger, uid: 'uid-y', controller: true }, ownerReferenceTo(owner)]);
const annotations = fc.record(
  {
    'keyferry.dev/accept': fc.constantFrom('db', 'other'),
    'keyferry.dev/owner': fc.constant('x'),
    'keyferry.dev/revision': fc.constantFrom('00000001.0', '00000002.0', 'nonsense'),
    'keyferry.dev/changed-at': fc.constantFrom('1970-01-01T00:00:01Z', 'yesterday'),
    'keyferry.dev/template-keys': fc.constantFrom('{"labels":["app"],"annotations":["note"]}', 'nonsense'),
    'kubectl.kubernetes.io/last-applied-configuration': fc.constant('{}'),
    note: fc.constant('theirs'),
  },
  { requiredKeys: [] },
);

/** A Secret of anybody's making. */
const live: fc.Arbitrary<LiveSecret> = fc
  .record({
    texts,
    labels: fc.record(
      { 'keyferry.dev/owner': fc.constantFrom('uid-db', 'uid-x'), app: fc.constant('a'), theirs: fc.constant('b') },
      { requiredKeys: [] },
    ),
    annotations,
    ownerReferences: owners,
    type: fc.constantFrom('Opaque', 'example.com/token'),
    immutable: fc.boolean(),
    finalizers: fc.subarray(['example.com/keep']),
  })
  .map(({ texts: values, ...rest }) => liveOf({ ...key, ...rest, data: dataOf(values) }));

describe('whatever is wanted, and whatever is there', () => {
  it('what was written is as it should be: the next look finds nothing to do', () => {
    fc.assert(
      fc.property(desired, fc.option(live, { nil: undefined }), fc.nat(100), (want, found, waitedS) => {
        const change = diffSecret(want, found);
        if (change.kind !== 'create' && change.kind !== 'replace') return;
        expect(diffSecret(want, liveOf(change.manifest, 1_000 + waitedS))).toEqual({ kind: 'none' });
      }),
      { numRuns: 400 },
    );
  });

  it('nothing is written to a Secret that is neither ours nor has accepted us', () => {
    fc.assert(
      fc.property(desired, live, (want, found) => {
        const { metadata } = found;
        const isOurs = isOwned(metadata, owner.uid);
        const isFree = !metadata.ownerReferences.some(({ controller }) => controller === true);
        const hasAccepted = isFree && metadata.annotations['keyferry.dev/accept'] === 'db';
        if (!isOurs && !hasAccepted) expect(diffSecret(want, found).kind).toBe('refused');
      }),
      { numRuns: 400 },
    );
  });

  it('what a write leaves is exactly our data, and everything of others', () => {
    fc.assert(
      fc.property(desired, live, (want, found) => {
        const change = diffSecret(want, found);
        if (change.kind !== 'replace') return;
        const { manifest, precondition } = change;
        expect(manifest.data).toBe(want.data);
        expect(manifest.finalizers).toEqual(found.finalizers);
        expect(manifest.type).toBe(found.type);
        expect(manifest.labels.theirs).toBe(found.metadata.labels.theirs);
        const others = found.metadata.ownerReferences.filter(({ uid }) => uid !== owner.uid);
        expect(manifest.ownerReferences.filter(({ uid }) => uid !== owner.uid)).toEqual(others);
        expect(precondition).toEqual({ uid: found.metadata.uid, resourceVersion: found.metadata.resourceVersion });
      }),
      { numRuns: 400 },
    );
  });

  it('a change of hands alone is no change of the data: equal bytes of ours never get a new time', () => {
    fc.assert(
      fc.property(desired, live, (want, found) => {
        const known = { ...found.metadata.annotations, 'keyferry.dev/revision': want.revision };
        const same = edited(found, { data: want.data, metadata: { annotations: known } });
        const change = diffSecret(want, same);
        if (change.kind !== 'replace') return;
        expect(change.newData).toBe(false);
        const before = found.metadata.annotations['keyferry.dev/changed-at'];
        expect(change.manifest.annotations['keyferry.dev/changed-at']).toBe(before);
      }),
      { numRuns: 400 },
    );
  });
});
