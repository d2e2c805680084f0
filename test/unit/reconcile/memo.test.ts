import { describe, expect, it } from 'vitest';
import { OWNER_LABEL, REVISION_ANNOTATION, ROLE_ARN_ANNOTATION } from '../../../src/api/names.ts';
import type { ObjectMeta, RawResource } from '../../../src/core/ports.ts';
import { type Status, summarize } from '../../../src/core/summarize.ts';
import { isNewer, memoOfStatus } from '../../../src/reconcile/memo.ts';
import { ParsedSpecs } from '../../../src/reconcile/parsed-specs.ts';
import { Plans } from '../../../src/reconcile/plans.ts';
import { prepare } from '../../../src/reconcile/prepare.ts';
import { metaOf, ROLE_ARN, rawOf, specOf } from '../../support/builders.ts';
import { MemoryView } from '../../support/memory-view.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const HOUR = 3_600_000;
const STORE = rawOf(
  'SecretStore',
  { region: 'eu-west-1', auth: { serviceAccountRef: { name: 'reader' } } },
  { name: 'aws', uid: 'uid-aws' },
);
const SECRET = metaOf({
  uid: 'uid-secret',
  resourceVersion: '123',
  labels: { [OWNER_LABEL]: 'uid-db' },
  annotations: { [REVISION_ANNOTATION]: 'r1' },
});

const GOOD = summarize(
  { uid: 'uid-db', generation: 1, forceSync: 'now', spec: specOf(), status: {}, refreshedMs: undefined },
  {
    kind: 'synced',
    refreshedMs: T0,
    secretName: 'db',
    keyCount: 1,
    targetResourceVersion: '123',
    targetRevision: 'r1',
    reading: undefined,
    store: { uid: 'uid-aws', generation: 1 },
    sources: [],
  },
  T0,
) as Status;

interface World {
  readonly status?: Status;
  readonly meta?: Partial<ObjectMeta>;
  readonly spec?: object;
  readonly secret?: ObjectMeta | 'absent';
  readonly store?: RawResource;
  readonly nowMs?: number;
}

function memoIn({ status = GOOD, meta = {}, spec, secret = SECRET, store = STORE, nowMs = T0 + 1_000 }: World) {
  const view = new MemoryView();
  view.put('SecretStore', store.metadata, store);
  view.put(
    'ServiceAccount',
    metaOf({ name: 'reader', uid: 'uid-reader', annotations: { [ROLE_ARN_ANNOTATION]: ROLE_ARN } }),
  );
  if (secret !== 'absent') view.put('Secret', secret);
  const annotations = { 'keyferry.dev/force-sync': 'now' };
  const raw = rawOf('ExternalSecret', specOf(spec), { annotations, ...meta }, status);
  return memoOfStatus(view, prepare(view, raw, 'none', new ParsedSpecs(), new Plans()), nowMs);
}

describe('what an earlier process left in the status', () => {
  it('is believed where the caches bear it out, and no earlier than it was due', () => {
    expect(memoIn({})).toMatchObject({
      secret: { namespace: 'shop', name: 'db' },
      targetResourceVersion: '123',
      revision: 'r1',
    });
    const dueMs = memoIn({})?.dueMs ?? 0;
    expect(dueMs).toBeGreaterThanOrEqual(T0 + 0.9 * HOUR);
    expect(dueMs).toBeLessThanOrEqual(T0 + HOUR);
  });

  it('is due never without an interval', () => {
    const memo = memoIn({ spec: { refreshInterval: '0s' } });
    expect(memo).toBeDefined();
    expect(memo?.dueMs).toBeUndefined();
  });

  const conditionWith = (more: object): Status => ({
    ...GOOD,
    conditions: (GOOD.conditions ?? []).map((condition) => ({ ...condition, ...more })),
  });
  const reconciling = {
    type: 'Reconciling',
    status: 'True' as const,
    reason: 'Throttled',
    message: 'm',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const doubted: readonly { it: string; world: World }[] = [
    { it: 'has no status', world: { status: { observedGeneration: -1 } } },
    { it: 'was not ready', world: { status: conditionWith({ status: 'False' }) } },
    {
      it: 'has work that goes on',
      world: { status: { ...GOOD, conditions: [...(GOOD.conditions ?? []), reconciling] } },
    },
    {
      it: 'is of another generation',
      world: { meta: { generation: 2, annotations: { 'keyferry.dev/force-sync': 'now' } } },
    },
    { it: 'is of another wish', world: { meta: { annotations: { 'keyferry.dev/force-sync': 'again' } } } },
    { it: 'is of a wish that was taken back', world: { meta: { annotations: {} } } },
    {
      it: 'is of another target',
      world: { spec: { target: { name: 'other' } }, secret: { ...SECRET, name: 'other' } },
    },
    {
      it: 'is of a store that was made again',
      world: { store: { ...STORE, metadata: { ...STORE.metadata, uid: 'uid-2' } } },
    },
    {
      it: 'is of a store that changed',
      world: { store: { ...STORE, metadata: { ...STORE.metadata, generation: 2 } } },
    },
    {
      it: 'is of several stores, of which it names one',
      world: {
        spec: { data: [{ secretKey: 'a', remoteRef: { key: 'k' }, secretStoreRef: { name: 'other' } }] },
      },
    },
    { it: 'has a Secret that is gone', world: { secret: 'absent' } },
    { it: 'has a Secret that changed', world: { secret: { ...SECRET, resourceVersion: '124' } } },
    { it: 'has a Secret without a revision', world: { secret: { ...SECRET, annotations: {} } } },
    { it: 'has a Secret that is not ours', world: { secret: { ...SECRET, labels: { [OWNER_LABEL]: 'uid-x' } } } },
    { it: 'has a forged time to come', world: { status: { ...GOOD, refreshTime: '2126-01-01T00:00:00Z' } } },
    { it: 'has a time that is none', world: { status: { ...GOOD, refreshTime: 'yesterday' } } },
    { it: 'has no spec that can be read', world: { spec: {}, meta: { name: 'bootstrap-token-x' } } },
  ];
  for (const { it: name, world } of doubted) {
    it(`counts for nothing when it ${name}`, () => expect(memoIn(world)).toBeUndefined());
  }
});

describe('what an earlier process of a merge left in the status', () => {
  const spec = { target: { creationPolicy: 'Merge' } };
  const merged = (revision: string): ObjectMeta => ({
    ...SECRET,
    resourceVersion: '200',
    labels: {},
    annotations: { [`${REVISION_ANNOTATION}.uid-db`]: revision },
  });

  it('is believed where others have written to the Secret since, as of then, so that it is read', () => {
    expect(memoIn({ spec, secret: merged('r1') })).toMatchObject({ targetResourceVersion: '123', revision: 'r1' });
  });

  it('counts for nothing when our part has another revision', () => {
    expect(memoIn({ spec, secret: merged('r2') })).toBeUndefined();
  });

  it('counts for nothing when our part is not there', () => {
    expect(memoIn({ spec })).toBeUndefined();
  });
});

describe('a resourceVersion is newer', () => {
  const cases: readonly { it: string; a: string; b: string; want: boolean }[] = [
    { it: 'as a number, not as a text', a: '1000', b: '999', want: true },
    { it: 'not than itself', a: '7', b: '7', want: false },
    { it: 'not when it is older', a: '6', b: '7', want: false },
    { it: 'beyond what a double can tell apart', a: '9007199254740993', b: '9007199254740992', want: true },
    { it: 'when it is no number and another', a: 'x', b: '7', want: true },
    { it: 'not when it is the same text', a: 'x', b: 'x', want: false },
    { it: 'than an empty one', a: '1', b: '', want: true },
  ];
  for (const { it: name, a, b, want } of cases) it(name, () => expect(isNewer(a, b)).toBe(want));
});
