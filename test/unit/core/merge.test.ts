import { describe, expect, it } from 'vitest';
import { MANAGED_LABEL, OWNER_LABEL } from '../../../src/api/names.ts';
import { diffSecret } from '../../../src/core/diff.ts';
import { partOf } from '../../../src/core/merge.ts';
import type { LiveSecret, SecretPart } from '../../../src/core/ports.ts';
import { revisionOf } from '../../../src/core/revision.ts';
import type { DesiredSecret, SecretChange } from '../../../src/core/secret-change.ts';
import { specOf } from '../../support/builders.ts';
import { dataOf, edited, liveOf } from '../../support/live-secret.ts';

const KEY = { id: '00000001', key: new Uint8Array(32).fill(1) };
const NEW_KEY = { id: '00000002', key: new Uint8Array(32).fill(2) };
const OURS = 'keyferry:uid-db';
const PEER = 'keyferry:uid-tls';
const DEAD = 'keyferry:uid-dead';
const REVISION = 'keyferry.dev/revision.uid-db';
const CHANGED_AT = 'keyferry.dev/changed-at.uid-db';
const NEXT_SECOND = '1970-01-01T00:16:41Z';
const key = { namespace: 'shop', name: 'shared' };

const desired = (texts: Record<string, string> = { password: 'one' }, by = KEY): DesiredSecret => {
  const data = dataOf(texts);
  return {
    key,
    owner: { namespace: 'shop', name: 'db', uid: 'uid-db' },
    target: specOf({ target: { name: 'shared', creationPolicy: 'Merge' } }).target,
    data,
    revision: revisionOf(by, key, data),
    published: undefined,
    peer: (uid) => (uid === 'uid-tls' ? 'tls' : undefined),
  };
};

/** A Secret of others that lets `db` in: keys with their values, and who holds them. */
function foreign(keys: Readonly<Record<string, readonly [string, ...string[]]>> = {}, more: object = {}): LiveSecret {
  const texts = Object.fromEntries(Object.entries(keys).map(([name, [value]]) => [name, value]));
  const bare = liveOf({
    ...key,
    labels: {},
    annotations: { 'keyferry.dev/accept': 'db' },
    ownerReferences: [],
    finalizers: [],
    type: 'Opaque',
    immutable: false,
    data: dataOf({ theirs: 'x', ...texts }),
    ...more,
  });
  const held = Object.entries(keys).map(([name, [, ...managers]]) => [`data.${name}`, managers] as const);
  return { ...bare, holders: new Map([...bare.holders, ...held]) };
}

/** After a merge of ours at an earlier time. */
function merged(of = desired(), more: Record<string, string> = {}): LiveSecret {
  const keys = Object.fromEntries(
    [...of.data].map(([name, value]) => [name, [new TextDecoder().decode(value.reveal()), OURS] as const]),
  );
  const live = foreign(keys);
  const annotations = { ...live.metadata.annotations, [REVISION]: of.revision, ...more };
  const holders = new Map([...live.holders, [`annotations.${REVISION}`, [OURS]]]);
  return edited(live, { holders, metadata: { labels: { [MANAGED_LABEL]: 'true' }, annotations } });
}

const applied = (change: SecretChange): SecretPart & { readonly force: boolean } =>
  change.kind === 'apply' ? { ...change.part, force: change.force } : expect.fail(`is ${change.kind}`);

describe('a merge', () => {
  it('applies its keys, the label and its own revision as its own manager, to the very Secret that was read', () => {
    const live = foreign();
    expect(diffSecret(desired(), live)).toEqual({
      kind: 'apply',
      part: {
        ...key,
        manager: OURS,
        labels: { [MANAGED_LABEL]: 'true' },
        annotations: { [REVISION]: desired().revision, [CHANGED_AT]: NEXT_SECOND },
        data: desired().data,
      },
      precondition: { uid: 'uid-secret', resourceVersion: live.metadata.resourceVersion },
      force: false,
      newData: true,
    });
  });

  const atRest: readonly { it: string; live: LiveSecret }[] = [
    { it: 'as it was left', live: merged() },
    { it: 'whatever the time of its last change', live: merged(desired(), { [CHANGED_AT]: '1970-01-01T00:00:09Z' }) },
    {
      it: 'whatever others do to their keys',
      live: edited(merged(), { data: dataOf({ theirs: 'y', new: 'z', password: 'one' }) }),
    },
  ];
  for (const { it: name, live } of atRest) {
    it(`is left alone ${name}`, () => expect(diffSecret(desired(), live)).toEqual({ kind: 'none' }));
  }

  const changes: readonly { it: string; live: LiveSecret; want?: DesiredSecret; changedAt: string | undefined }[] = [
    { it: 'is a change when a key comes', live: foreign(), changedAt: NEXT_SECOND },
    { it: 'is none over the same bytes', live: foreign({ password: ['one', 'helm'] }), changedAt: undefined },
    { it: 'is a change with new data', live: merged(), want: desired({ password: 'two' }), changedAt: NEXT_SECOND },
    { it: 'is a change when a key goes', live: merged(desired({ password: 'one', old: 'x' })), changedAt: NEXT_SECOND },
    {
      it: 'is none when a deleted key is put back',
      live: edited(merged(), { data: dataOf({ theirs: 'x' }) }),
      changedAt: undefined,
    },
    {
      it: 'keeps the time of its last change when a deleted key is put back',
      live: edited(merged(desired(), { [CHANGED_AT]: '1970-01-01T00:00:09Z' }), { data: dataOf({ theirs: 'x' }) }),
      changedAt: '1970-01-01T00:00:09Z',
    },
    {
      it: 'is none under another installation key',
      live: merged(),
      want: desired({ password: 'one' }, NEW_KEY),
      changedAt: undefined,
    },
    {
      it: 'is none when the label is put back',
      live: edited(merged(), { metadata: { labels: {} } }),
      changedAt: undefined,
    },
  ];
  for (const { it: name, live, want = desired(), changedAt } of changes) {
    it(name, () => expect(applied(diffSecret(want, live)).annotations[CHANGED_AT]).toBe(changedAt));
  }

  const seizures: readonly { it: string; live: LiveSecret; force: boolean }[] = [
    { it: 'uses no force for a key of its own', live: foreign({ password: ['old', OURS] }), force: false },
    { it: 'uses no force for the same value', live: foreign({ password: ['one', 'helm'] }), force: false },
    { it: 'takes the key of an ExternalSecret that is gone', live: foreign({ password: ['old', DEAD] }), force: true },
    {
      it: 'takes its own annotation back',
      live: edited(merged(), {
        metadata: { annotations: { 'keyferry.dev/accept': 'db', [REVISION]: 'forged' } },
        holders: new Map([...merged().holders, [`annotations.${REVISION}`, ['by-hand']]]),
      }),
      force: true,
    },
  ];
  for (const { it: name, live, force } of seizures) {
    it(name, () => expect(applied(diffSecret(desired(), live)).force).toBe(force));
  }

  it('knows its own part by what its manager holds', () => {
    const live = foreign({ password: ['one', OURS, 'helm'], user: ['ada', PEER] });
    expect([...partOf(live, 'uid-db').keys()]).toEqual(['password']);
  });
});

describe('a merge that cannot be', () => {
  const reference = { apiVersion: 'keyferry.dev/v1alpha1', kind: 'ExternalSecret', name: 'x' };
  const owned = (uid: string) => edited(foreign(), { metadata: { ownerReferences: [{ ...reference, uid }] } });
  const accepting = (accept: string) =>
    edited(foreign(), { metadata: { annotations: { 'keyferry.dev/accept': accept } } });
  const consent = 'kubectl annotate secret -n shop shared';
  const cases: readonly { it: string; live: LiveSecret | undefined; kind: string; says: string }[] = [
    { it: 'has no Secret', live: undefined, kind: 'TargetNotFound', says: `${consent} keyferry.dev/accept=db` },
    {
      it: 'has no consent',
      live: edited(foreign(), { metadata: { annotations: {} } }),
      kind: 'TargetConflict',
      says: `${consent} keyferry.dev/accept=db`,
    },
    {
      it: 'has consent for others only',
      live: accepting('tls, db-2'),
      kind: 'TargetConflict',
      says: `${consent} --overwrite keyferry.dev/accept=tls,db-2,db`,
    },
    {
      it: 'meets another ExternalSecret as owner',
      live: owned('uid-tls'),
      kind: 'TargetConflict',
      says: 'ExternalSecret tls',
    },
    { it: 'would be into its own Secret', live: owned('uid-db'), kind: 'InvalidSpec', says: 'may not change to Merge' },
    {
      it: 'meets a type that others read',
      live: edited(foreign(), { type: 'kubernetes.io/service-account-token' }),
      kind: 'TargetRefused',
      says: 'kubernetes.io/service-account-token',
    },
    {
      it: 'meets a type of kubeadm',
      live: edited(foreign(), { type: 'bootstrap.kubernetes.io/token' }),
      kind: 'TargetRefused',
      says: 'bootstrap.kubernetes.io/token',
    },
    {
      it: 'meets a frozen Secret',
      live: edited(foreign(), { immutable: true }),
      kind: 'TargetImmutable',
      says: 'immutable',
    },
    {
      it: 'meets keys of others with other values',
      live: foreign({ password: ['theirs', 'helm', 'kubectl-edit'] }),
      kind: 'TargetConflict',
      says: `password (helm, kubectl-edit); choose another secretKey, or let keyferry write it: kubectl patch secret -n shop shared --type=merge -p '{"data":{"password":null}}'`,
    },
    {
      it: 'meets the key of an ExternalSecret that is there',
      live: foreign({ password: ['theirs', PEER] }),
      kind: 'TargetConflict',
      says: 'password (ExternalSecret tls); choose another secretKey, or take the key out of one of the two',
    },
    {
      it: 'meets a key of its own that another holds too',
      live: foreign({ password: ['old', OURS, 'helm'] }),
      kind: 'TargetConflict',
      says: 'password (helm)',
    },
    {
      it: 'meets a key of which nobody knows who wrote it',
      live: { ...foreign({ password: ['theirs'] }), holders: new Map() },
      kind: 'TargetConflict',
      says: 'password (an unknown writer)',
    },
  ];
  for (const { it: name, live, kind, says } of cases) {
    it(`says so when it ${name}`, () => {
      const change = diffSecret(desired(), live);
      expect(change).toMatchObject({ kind: 'refused', fault: { kind, detail: expect.stringContaining(says) } });
    });
  }

  it('goes on in a Secret whose owner is gone, or of a type of somebody', () => {
    const orphan = edited(foreign(), { metadata: { labels: { [OWNER_LABEL]: 'uid-dead' } } });
    for (const live of [orphan, edited(foreign(), { type: 'example.com/token' })]) {
      expect(diffSecret(desired(), live).kind).toBe('apply');
    }
  });

  it('never becomes the owner of what it was merged into', () => {
    const owner = { ...desired(), target: specOf({ target: { name: 'shared' } }).target };
    const detail = 'may not change from Merge; make another ExternalSecret instead';
    expect(diffSecret(owner, merged())).toMatchObject({ kind: 'refused', fault: { kind: 'InvalidSpec', detail } });
  });
});
