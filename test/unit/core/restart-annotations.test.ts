import { describe, expect, it } from 'vitest';
import type { ObjectMeta } from '../../../src/core/ports.ts';
import { hasSeen, restartOn, seenRevisions, watchedSecret } from '../../../src/core/restart.ts';
import { metaOf } from '../../support/builders.ts';
import { at, R1, watched } from '../../support/restart-state.ts';

describe('the Secret as restarts see it', () => {
  const meta = (annotations: Record<string, string>): ObjectMeta => ({
    name: 'db',
    namespace: 'team',
    uid: 'u',
    resourceVersion: '1',
    generation: 0,
    creationTimestamp: at(100),
    labels: {},
    annotations,
    ownerReferences: [],
  });
  const published = { 'keyferry.dev/revision': R1 };
  const changedAt = (time: string) => ({ ...published, 'keyferry.dev/changed-at': time });

  it('is none before keyferry has published in it', () => {
    expect(watchedSecret(meta({ 'keyferry.dev/changed-at': at(200) }))).toBeUndefined();
  });

  it('holds its data since its creation, or since its last change', () => {
    expect(watchedSecret(meta(published))).toEqual({ name: 'db', revision: R1, changedAtS: undefined, sinceS: 100 });
    expect(watchedSecret(meta(changedAt(at(200))))).toEqual({ name: 'db', revision: R1, changedAtS: 200, sinceS: 200 });
  });

  it('takes a changed-at that is no time for none', () => {
    expect(watchedSecret(meta(changedAt('yesterday')))).toMatchObject({ changedAtS: undefined, sinceS: 100 });
  });

  const writes: readonly { it: string; writtenS: number; sinceS: number }[] = [
    { it: 'that came when changed-at says', writtenS: 199, sinceS: 200 },
    { it: 'that came late', writtenS: 204, sinceS: 204 },
    { it: 'that came as late as a write can', writtenS: 215, sinceS: 215 },
    { it: 'that came later, and so is another', writtenS: 216, sinceS: 200 },
  ];
  for (const { it: name, writtenS, sinceS } of writes) {
    it(`counts a write ${name}`, () => {
      expect(watchedSecret(meta(changedAt(at(200))), writtenS)).toMatchObject({ changedAtS: 200, sinceS });
    });
  }
});

describe('a Secret that several merge into, as restarts see it', () => {
  const seen = (annotations: Record<string, string>) =>
    watchedSecret(metaOf({ creationTimestamp: at(100), annotations }));
  const part = (uid: string, revision: string, changedAtS?: number): Record<string, string> => ({
    [`keyferry.dev/revision.${uid}`]: revision,
    ...(changedAtS === undefined ? {} : { [`keyferry.dev/changed-at.${uid}`]: at(changedAtS) }),
  });

  it('is none as long as nobody has changed its data', () => {
    expect(seen({ ...part('a', '1.aa'), ...part('b', '1.bb') })).toBeUndefined();
  });

  it('is what the one part says, where only one has changed', () => {
    expect(seen({ ...part('a', '1.aa', 200), ...part('b', '1.bb') })).toEqual({
      name: 'db',
      revision: '1.aa',
      changedAtS: 200,
      sinceS: 200,
    });
  });

  it('is all parts together, since the last of their changes', () => {
    const both = { ...part('b', '1.bb', 300), ...part('a', '1.aa', 200) };
    expect(seen(both)).toEqual({ name: 'db', revision: '1.aa+bb', changedAtS: 300, sinceS: 300 });
    expect(seen({ ...part('a', '1.aa', 200), ...part('b', '1.bb', 300) })).toEqual(seen(both));
  });

  it('is of all the installation keys that its parts are of', () => {
    const mixed = { ...part('a', '2.aa', 200), ...part('b', '1.bb', 300) };
    expect(seen(mixed)).toMatchObject({ revision: '1+2.aa+bb' });
  });

  it('counts the part of an owner, too, changed or not', () => {
    const owned = { 'keyferry.dev/revision': '1.oo', ...part('a', '1.aa', 200) };
    expect(seen(owned)).toMatchObject({ revision: '1.oo+aa', changedAtS: 200 });
  });
});

describe('the annotation restart-on', () => {
  const cases: readonly { wish: string | undefined; want: ReturnType<typeof restartOn> }[] = [
    { wish: undefined, want: undefined },
    { wish: '', want: undefined },
    { wish: '  ', want: undefined },
    { wish: 'db', want: ['db'] },
    { wish: ' db , tls,', want: ['db', 'tls'] },
    { wish: 'db,db', want: ['db'] },
    { wish: ',', want: [] },
    { wish: '*', want: '*' },
    { wish: 'db, *', want: '*' },
  ];
  for (const { wish, want } of cases) {
    it(`${JSON.stringify(wish)} means ${JSON.stringify(want)}`, () => {
      const annotations: Record<string, string> = wish === undefined ? {} : { 'keyferry.dev/restart-on': wish };
      expect(restartOn({ annotations })).toEqual(want);
    });
  }
});

describe('the annotation seen-revisions', () => {
  const cases: readonly { text: string; want: object }[] = [
    { text: '{"db":"r"}', want: { db: 'r' } },
    { text: '{"db":"r","tls":7,"x":null}', want: { db: 'r' } },
    { text: '', want: {} },
    { text: 'db=r', want: {} },
    { text: '{"db":', want: {} },
    { text: 'null', want: {} },
    { text: '7', want: {} },
    { text: '["r"]', want: {} },
  ];
  for (const { text, want } of cases) {
    it(`${JSON.stringify(text)} is read as ${JSON.stringify(want)}`, () => {
      expect(seenRevisions({ annotations: { 'keyferry.dev/seen-revisions': text } })).toEqual(want);
    });
  }

  it('has no entry that nobody wrote', () => {
    expect(seenRevisions({ annotations: {} })).toEqual({});
    const forged = seenRevisions({ annotations: { 'keyferry.dev/seen-revisions': '{"__proto__":"r"}' } });
    expect(hasSeen(forged, watched('constructor', 'r'))).toBe(false);
  });
});
