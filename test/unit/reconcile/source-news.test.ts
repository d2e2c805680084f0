import { describe, expect, it } from 'vitest';
import type { SourceChange } from '../../../src/core/source-change.ts';
import type { Sources } from '../../../src/core/source-entry.ts';
import { ParsedSpecs } from '../../../src/reconcile/parsed-specs.ts';
import { Plans } from '../../../src/reconcile/plans.ts';
import { prepare } from '../../../src/reconcile/prepare.ts';
import { type NewsEnding, SourceNews } from '../../../src/reconcile/source-news.ts';
import { metaOf, ROLE_ARN, rawOf, specOf } from '../../support/builders.ts';
import { MemoryView } from '../../support/memory-view.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const ID = 'shop/db';

const view = new MemoryView();
const STORE = { region: 'eu-west-1', auth: { serviceAccountRef: { name: 'reader' } } };
view.put('SecretStore', metaOf({ name: 'aws' }), rawOf('SecretStore', STORE, { name: 'aws', uid: 'uid-aws' }));
const annotations = { 'eks.amazonaws.com/role-arn': ROLE_ARN };
view.put('ServiceAccount', metaOf({ name: 'reader', uid: 'uid-reader', annotations }));

const ref = (key: string, more: object = {}): object => ({ secretKey: 'a', remoteRef: { key, ...more } });
const preparedOf = (spec: object) =>
  prepare(view, rawOf('ExternalSecret', specOf(spec)), 'none', new ParsedSpecs(), new Plans());
const secret = (versionId: string, key = 'prod/db'): Sources => [
  { key, service: 'SecretsManager', region: 'eu-west-1', versionId },
];

const base = { service: 'SecretsManager', region: 'eu-west-1', account: '123456789012', names: ['prod/db'] } as const;
const current = (versionId: string, atMs = T0): SourceChange => ({
  ...base,
  atMs,
  moved: { label: 'AWSCURRENT', versionId },
});
const called = (atMs = T0): SourceChange => ({ ...base, atMs });

/** News for one ExternalSecret, with what became of them. */
function scene(spec: object = { data: [ref('prod/db')] }) {
  const news = new SourceNews();
  news.learn(ID, preparedOf(spec));
  const ends: NewsEnding[] = [];
  return { news, ends, tell: (change: SourceChange) => news.tell(change, (_id, how) => void ends.push(how)) };
}

/** A pass that holds `before` and reads `after` (undefined: it failed); whether it read at all, and how long until the next. */
function pass(news: SourceNews, before: Sources | undefined, after: Sources | undefined, nowMs = T0) {
  const isOwed = news.isOwed(ID, before, nowMs);
  const isOlder = isOwed || before === undefined ? news.judge(ID, { before, after }, nowMs) : false;
  news.settle(ID);
  return { isOwed, isOlder, waitMs: news.waitMs(ID, nowMs) };
}

describe('news of a version', () => {
  it('make one reading, and are settled by it', () => {
    const { news, ends, tell } = scene();
    expect(tell(current('v2'))).toEqual([ID]);
    expect(pass(news, secret('v1'), secret('v2'))).toEqual({ isOwed: true, isOlder: false, waitMs: undefined });
    expect(ends).toEqual(['read']);
    expect(news.isOwed(ID, secret('v2'), T0)).toBe(false);
  });

  it('cost nothing when it is held already', () => {
    const { news, ends, tell } = scene();
    tell(current('v2'));
    expect(news.isOwed(ID, secret('v2'), T0)).toBe(false);
    expect(ends).toEqual(['held']);
  });

  it('are not taken as held by another label of the secret', () => {
    const { news, tell } = scene({
      data: [ref('prod/db'), { ...ref('prod/db', { versionStage: 'AWSPREVIOUS' }), secretKey: 'b' }],
    });
    tell(current('v1'));
    expect(news.isOwed(ID, [...secret('v2'), ...secret('v1')], T0)).toBe(true);
  });

  it('that come while the key is worked on are for the next pass', () => {
    const { news, ends, tell } = scene();
    tell(current('v2'));
    expect(news.isOwed(ID, secret('v1'), T0)).toBe(true);
    tell(current('v3', T0 + 1_000));
    news.judge(ID, { before: secret('v1'), after: secret('v2') }, T0);
    news.settle(ID);
    expect(ends).toEqual(['read']);
    expect(pass(news, secret('v2'), secret('v3'), T0 + 1_000).isOwed).toBe(true);
    expect(ends).toEqual(['read', 'read']);
  });

  it('that fifty times say the same second make one reading and one more', () => {
    const { news, ends, tell } = scene();
    for (let at = 1; at <= 50; at++) tell(current(`v${at}`));
    const first = pass(news, secret('v0'), secret('v49'));
    expect(first).toEqual({ isOwed: true, isOlder: true, waitMs: 2_000 });
    expect(ends).toEqual([]);
    expect(pass(news, secret('v49'), secret('v50'), T0 + 2_000)).toMatchObject({ isOwed: true, waitMs: undefined });
    expect(ends).toHaveLength(50);
  });

  it('go by the latest, in whatever order they come', () => {
    const { news, tell } = scene();
    tell(current('v2', T0 + 5_000));
    tell(current('v1', T0));
    expect(pass(news, secret('v0'), secret('v2'), T0 + 5_000)).toEqual({
      isOwed: true,
      isOlder: false,
      waitMs: undefined,
    });
  });

  it('are read again while the reads of AWS lag behind, soon and then less often, and not for ever', () => {
    const { news, ends, tell } = scene();
    tell(current('v2'));
    let nowMs = T0;
    const waits: (number | undefined)[] = [];
    for (;;) {
      const { waitMs } = pass(news, secret('v1'), secret('v1'), nowMs);
      waits.push(waitMs);
      if (waitMs === undefined) break;
      expect(ends).toEqual([]);
      // A look for another reason, before the time has come, reads nothing.
      expect(news.isOwed(ID, secret('v1'), nowMs + waitMs - 1)).toBe(false);
      nowMs += waitMs;
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, undefined]);
    expect(ends).toEqual(['read']);
  });

  it('are not waited for when they are old', () => {
    const { news, tell } = scene();
    tell(current('v2', T0 - 120_000));
    expect(pass(news, secret('v3'), secret('v3')).waitMs).toBeUndefined();
  });

  it('are waited for after a reading that failed', () => {
    const { news, ends, tell } = scene();
    tell(current('v2'));
    expect(pass(news, undefined, undefined)).toMatchObject({ isOlder: true, waitMs: 500 });
    expect(ends).toEqual([]);
  });

  it('are owed though the clock was set back', () => {
    const { news, tell } = scene();
    tell(current('v2'));
    pass(news, secret('v1'), secret('v1'));
    expect(news.isOwed(ID, secret('v1'), T0 - 3_600_000)).toBe(true);
  });
});

describe('news without a version', () => {
  it('are read twice more where nothing has changed', () => {
    const { news, ends, tell } = scene();
    tell(called());
    expect(pass(news, secret('v1'), secret('v1')).waitMs).toBe(1_000);
    expect(pass(news, secret('v1'), secret('v1'), T0 + 1_000).waitMs).toBe(4_000);
    expect(pass(news, secret('v1'), secret('v1'), T0 + 5_000).waitMs).toBeUndefined();
    expect(ends).toEqual(['read']);
  });

  it('are settled by a reading that shows a change', () => {
    const { news, tell } = scene();
    tell(called());
    expect(pass(news, secret('v1'), secret('v2')).waitMs).toBeUndefined();
  });

  it('are settled by the first reading of all', () => {
    const { news, tell } = scene();
    tell(called());
    expect(pass(news, undefined, secret('v1')).waitMs).toBeUndefined();
  });
});

describe('news of a secret that a find should find', () => {
  const find = (criteria: object): object => ({ data: [], dataFrom: [{ find: criteria }] });

  it('are looked for again for minutes, as lists lag, and hold nothing back', () => {
    const { news, ends, tell } = scene(find({ path: 'prod' }));
    tell(current('v1'));
    const other = secret('v1', 'prod/other');
    expect(pass(news, other, other)).toEqual({ isOwed: true, isOlder: false, waitMs: 5_000 });
    expect(ends).toEqual(['read']);
    expect(pass(news, other, [...other, ...secret('v1')], T0 + 5_000).waitMs).toBeUndefined();
  });

  it('are read once where tags decide', () => {
    const { news, tell } = scene(find({ path: 'prod', tags: { env: 'prod' } }));
    tell(current('v1'));
    const other = secret('v1', 'prod/other');
    expect(pass(news, other, other)).toEqual({ isOwed: true, isOlder: false, waitMs: undefined });
  });

  it('are settled when a member is gone', () => {
    const { news, tell } = scene(find({ path: 'prod' }));
    tell(called());
    const other = secret('v1', 'prod/other');
    expect(pass(news, [...other, ...secret('v1')], other).waitMs).toBeUndefined();
  });
});

describe('news are for nobody', () => {
  const silent: readonly { it: string; spec: object }[] = [
    { it: 'who reads something else', spec: { data: [ref('prod/other')] } },
    { it: 'who is suspended', spec: { data: [ref('prod/db')], suspend: true } },
    { it: 'who reads when the spec changes only', spec: { data: [ref('prod/db')], refreshPolicy: 'OnChange' } },
    { it: 'whose interval is none', spec: { data: [ref('prod/db')], refreshInterval: '0s' } },
    { it: 'who is created once', spec: { data: [ref('prod/db')], refreshPolicy: 'CreatedOnce' } },
    { it: 'whose store is not there', spec: { data: [ref('prod/db')], secretStoreRef: { name: 'none' } } },
  ];
  for (const { it: name, spec } of silent) {
    it(name, () => {
      const { tell } = scene(spec);
      expect(tell(current('v2'))).toEqual([]);
    });
  }

  it('and are settled when the ExternalSecret goes, or reads something else', () => {
    const gone = scene();
    gone.tell(current('v2'));
    gone.news.forget(ID);
    expect(gone.ends).toEqual(['held']);
    expect(gone.tell(current('v3'))).toEqual([]);
    const changed = scene();
    changed.tell(current('v2'));
    changed.news.learn(ID, preparedOf({ data: [ref('prod/other')] }));
    expect(changed.news.isOwed(ID, secret('v1'), T0)).toBe(false);
    expect(changed.ends).toEqual(['held']);
  });
});
