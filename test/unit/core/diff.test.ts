import { describe, expect, it } from 'vitest';
import { CHANGED_AT_ANNOTATION, MANAGED_LABEL, OWNER_LABEL, REVISION_ANNOTATION } from '../../../src/api/names.ts';
import { diffSecret } from '../../../src/core/diff.ts';
import type { LiveSecret, SecretManifest } from '../../../src/core/ports.ts';
import { revisionOf } from '../../../src/core/revision.ts';
import type { DesiredSecret, SecretChange } from '../../../src/core/secret-change.ts';
import { specOf } from '../../support/builders.ts';
import { dataOf, edited, liveOf, UNKNOWN } from '../../support/live-secret.ts';

const KEY = { id: '00000001', key: new Uint8Array(32).fill(1) };
const NEW_KEY = { id: '00000002', key: new Uint8Array(32).fill(2) };
const owner = { namespace: 'shop', name: 'db', uid: 'uid-db' };
const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', uid: 'uid-settings' };

const desired = (texts: Record<string, string> = { password: 'one' }, target: object = {}, by = KEY): DesiredSecret => {
  const key = { namespace: 'shop', name: 'db' };
  const data = dataOf(texts);
  return { key, owner, target: specOf({ target }).target, data, revision: revisionOf(by, key, data), ...UNKNOWN };
};

const manifestOf = (change: SecretChange): SecretManifest => {
  if (change.kind !== 'create' && change.kind !== 'replace') throw new Error(`is ${change.kind}`);
  return change.manifest;
};
/** The Secret as keyferry makes it, at second 1000 of the API server's clock. */
const made = (of: DesiredSecret = desired()): LiveSecret => liveOf(manifestOf(diffSecret(of, undefined)));
const changedAt = (change: SecretChange): string | undefined => manifestOf(change).annotations[CHANGED_AT_ANNOTATION];

describe('a target that is not there', () => {
  it('is created whole, with what marks it as ours, and has never changed', () => {
    const template = { metadata: { labels: { app: 'shop' }, annotations: { note: 'a' } }, type: 'example.com/token' };
    const want = desired({ password: 'one' }, { template, immutable: true });
    expect(diffSecret(want, undefined)).toEqual({
      kind: 'create',
      manifest: {
        namespace: 'shop',
        name: 'db',
        labels: { app: 'shop', [MANAGED_LABEL]: 'true', [OWNER_LABEL]: 'uid-db' },
        annotations: {
          note: 'a',
          [REVISION_ANNOTATION]: want.revision,
          'keyferry.dev/template-keys': '{"labels":["app"],"annotations":["note"]}',
        },
        ownerReferences: [expect.objectContaining({ uid: 'uid-db', controller: true, blockOwnerDeletion: false })],
        finalizers: [],
        type: 'example.com/token',
        immutable: true,
        data: want.data,
      },
    });
  });
});

describe('a target that is as it should be', () => {
  const cases: readonly { it: string; live: LiveSecret }[] = [
    { it: 'as it was made', live: made() },
    {
      it: 'with what others put beside ours',
      live: edited(made(), {
        finalizers: ['example.com/keep'],
        metadata: {
          labels: { ...made().metadata.labels, theirs: 'x' },
          annotations: { ...made().metadata.annotations, theirs: 'y' },
          ownerReferences: [other, ...made().metadata.ownerReferences],
        },
      }),
    },
    {
      it: 'whatever the order of its keys',
      live: edited(made(), {
        metadata: { labels: Object.fromEntries(Object.entries(made().metadata.labels).toReversed()) },
      }),
    },
    { it: 'though immutable, when nothing asks for that', live: edited(made(), { immutable: true }) },
  ];
  for (const { it: name, live } of cases) {
    it(`is left alone ${name}`, () => {
      expect(diffSecret(desired(), live)).toEqual({ kind: 'none' });
    });
  }
});

describe('the time of a change', () => {
  const { [REVISION_ANNOTATION]: _revision, ...unrevised } = made().metadata.annotations;
  const before = { [CHANGED_AT_ANNOTATION]: '1970-01-01T00:10:00Z' };
  const cases: readonly { it: string; live: LiveSecret; want?: DesiredSecret; changedAt: string | undefined }[] = [
    {
      it: 'is the next second when the data changes',
      live: made(),
      want: desired({ password: 'two' }),
      changedAt: '1970-01-01T00:16:41Z',
    },
    {
      it: 'is the next second when a key comes',
      live: made(),
      want: desired({ password: 'one', user: 'ada' }),
      changedAt: '1970-01-01T00:16:41Z',
    },
    {
      it: 'replaces the time of the change before',
      live: edited(made(), { metadata: { annotations: { ...made().metadata.annotations, ...before } } }),
      want: desired({ password: 'two' }),
      changedAt: '1970-01-01T00:16:41Z',
    },
    {
      it: 'is none when edited bytes are put back',
      live: edited(made(), { data: dataOf({ password: 'by hand' }) }),
      changedAt: undefined,
    },
    {
      it: 'stays as it was when edited bytes are put back',
      live: edited(made(), {
        data: dataOf({ password: 'by hand' }),
        metadata: { annotations: { ...made().metadata.annotations, ...before } },
      }),
      changedAt: '1970-01-01T00:10:00Z',
    },
    {
      it: 'is the next second when bytes that were edited by hand turn out to be the new ones',
      live: edited(made(), { data: dataOf({ password: 'two' }) }),
      want: desired({ password: 'two' }),
      changedAt: '1970-01-01T00:16:41Z',
    },
    {
      it: 'is none when labels change',
      live: made(),
      want: desired({ password: 'one' }, { template: { metadata: { labels: { app: 'shop' } } } }),
      changedAt: undefined,
    },
    {
      it: 'is none when a stripped revision is put back',
      live: edited(made(), { metadata: { annotations: unrevised } }),
      changedAt: undefined,
    },
    {
      it: 'is none when edited bytes are put back whose revision was stripped',
      live: edited(made(), { data: dataOf({ password: 'by hand' }), metadata: { annotations: unrevised } }),
      want: { ...desired(), published: desired().revision },
      changedAt: undefined,
    },
    {
      it: 'is none when edited bytes are put back whose revision was forged',
      live: edited(made(), {
        data: dataOf({ password: 'by hand' }),
        metadata: { annotations: { [REVISION_ANNOTATION]: 'forged.0' } },
      }),
      want: { ...desired(), published: desired().revision },
      changedAt: undefined,
    },
    {
      it: 'is the next second when bytes without a revision give way to new ones',
      live: edited(made(), { data: dataOf({ password: 'by hand' }), metadata: { annotations: unrevised } }),
      want: { ...desired({ password: 'two' }), published: desired().revision },
      changedAt: '1970-01-01T00:16:41Z',
    },
    {
      it: 'goes by the Secret where the status has missed the last change',
      live: made(desired({ password: 'two' })),
      want: { ...desired({ password: 'one' }), published: desired({ password: 'one' }).revision },
      changedAt: '1970-01-01T00:16:41Z',
    },
    {
      it: 'is the next second when a Secret is taken over in place of one that was ours',
      live: edited(made(), {
        data: dataOf({ password: 'theirs' }),
        metadata: { labels: {}, ownerReferences: [], annotations: { 'keyferry.dev/accept': 'other, db' } },
      }),
      want: { ...desired(), published: desired().revision },
      changedAt: '1970-01-01T00:16:41Z',
    },
    {
      it: 'is none when the revision is only of another installation key',
      live: made(),
      want: desired({ password: 'one' }, {}, NEW_KEY),
      changedAt: undefined,
    },
    {
      it: 'is the next second when the data changes together with the installation key',
      live: made(),
      want: desired({ password: 'two' }, {}, NEW_KEY),
      changedAt: '1970-01-01T00:16:41Z',
    },
    {
      it: 'is none when a Secret with equal bytes is taken over',
      live: edited(made(), {
        metadata: { labels: {}, ownerReferences: [], annotations: { 'keyferry.dev/accept': 'db' } },
      }),
      changedAt: undefined,
    },
    {
      it: 'is the next second when a Secret with other bytes is taken over',
      live: edited(made(), {
        data: dataOf({ password: 'theirs' }),
        metadata: { labels: {}, ownerReferences: [], annotations: { 'keyferry.dev/accept': 'db' } },
      }),
      changedAt: '1970-01-01T00:16:41Z',
    },
  ];
  for (const { it: name, live, want = desired(), changedAt: time } of cases) {
    it(name, () => {
      const change = diffSecret(want, live);
      expect(change).toMatchObject({
        kind: 'replace',
        precondition: { uid: 'uid-secret', resourceVersion: live.metadata.resourceVersion },
        manifest: { annotations: { [REVISION_ANNOTATION]: want.revision } },
      });
      expect(changedAt(change)).toBe(time);
    });
  }
});

describe('a target that has drifted', () => {
  it('gets back exactly our data, and its labels and owner beside those of others', () => {
    const live = edited(made(), {
      data: dataOf({ password: 'eve', extra: 'x' }),
      metadata: {
        labels: { theirs: 'x', [MANAGED_LABEL]: 'false', [OWNER_LABEL]: 'uid-db' },
        ownerReferences: [other],
      },
    });
    const change = diffSecret(desired(), live);
    expect(change).toMatchObject({ kind: 'replace', newData: true });
    expect(manifestOf(change)).toMatchObject({
      labels: { theirs: 'x', [MANAGED_LABEL]: 'true' },
      ownerReferences: [other, { uid: 'uid-db' }],
    });
    expect([...manifestOf(change).data.keys()]).toEqual(['password']);
  });

  it('loses the copy of its data that kubectl apply left in an annotation', () => {
    const name = 'kubectl.kubernetes.io/last-applied-configuration';
    const live = edited(made(), { metadata: { annotations: { ...made().metadata.annotations, [name]: '{}' } } });
    const change = diffSecret(desired(), live);
    expect(change).toMatchObject({ kind: 'replace', newData: false });
    expect(manifestOf(change).annotations).not.toHaveProperty([name]);
  });

  it('loses what the template no longer names, and keeps what others gave it under other names', () => {
    const metadata = { labels: { app: 'shop', tier: 'db' }, annotations: { note: 'a' } };
    const dressed = made(desired(undefined, { template: { metadata } }));
    const live = edited(dressed, { metadata: { labels: { ...dressed.metadata.labels, theirs: 'x' } } });
    const bare = manifestOf(
      diffSecret(desired(undefined, { template: { metadata: { labels: { app: 'cart' } } } }), live),
    );
    expect(bare.labels).toEqual({ app: 'cart', theirs: 'x', [MANAGED_LABEL]: 'true', [OWNER_LABEL]: 'uid-db' });
    expect(bare.annotations).not.toHaveProperty('note');
  });

  for (const record of ['', 'null', '[]', '7', '{"labels":"app","annotations":{"note":1}}', '{"labels":[null,7]}']) {
    it(`is put right beside a record of the template that reads ${JSON.stringify(record)}`, () => {
      const annotations = { ...made().metadata.annotations, 'keyferry.dev/template-keys': record, theirs: 'y' };
      const change = diffSecret(desired(), edited(made(), { metadata: { annotations } }));
      expect(manifestOf(change).annotations).toEqual({ ...made().metadata.annotations, theirs: 'y' });
    });
  }
});

describe('a target that cannot be had', () => {
  const strange = edited(made(), { metadata: { labels: {}, ownerReferences: [] } });
  const cases: readonly { it: string; live: LiveSecret; want?: DesiredSecret; kind: string; says: string }[] = [
    {
      it: 'is a Secret that is not ours',
      live: strange,
      kind: 'TargetConflict',
      says: 'kubectl annotate secret -n shop db keyferry.dev/accept=db',
    },
    {
      it: 'is one that accepts another',
      live: edited(strange, { metadata: { annotations: { 'keyferry.dev/accept': 'other' } } }),
      kind: 'TargetConflict',
      says: '--overwrite keyferry.dev/accept=other,db',
    },
    {
      it: 'is one that belongs to another, consent or not',
      live: edited(strange, {
        metadata: {
          annotations: { 'keyferry.dev/accept': 'db' },
          ownerReferences: [{ ...other, kind: 'SealedSecret', controller: true }],
        },
      }),
      kind: 'TargetConflict',
      says: 'belongs to SealedSecret settings',
    },
    {
      it: 'is of another type',
      live: edited(made(), { type: 'kubernetes.io/tls' }),
      kind: 'TargetRefused',
      says: 'kubectl delete secret -n shop db',
    },
    {
      it: 'is immutable, and the data has changed',
      live: edited(made(), { immutable: true }),
      want: desired({ password: 'two' }),
      kind: 'TargetImmutable',
      says: 'choose a new spec.target.name',
    },
  ];
  for (const { it: name, live, want = desired(), kind, says } of cases) {
    it(name, () => {
      expect(diffSecret(want, live)).toMatchObject({
        kind: 'refused',
        fault: { kind, subject: 'Secret/db', detail: expect.stringContaining(says) },
      });
    });
  }
});
