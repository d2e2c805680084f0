import { describe, expect, it } from 'vitest';
import { readAnyWish, readOwnWish, saidInterval } from '../../../src/core/restart-wish.ts';

const RELOADER = 'reloader.stakater.com';
const asks = (annotations: Record<string, string>, secret: string, isReferenced = false, marks = {}): boolean =>
  readAnyWish({ annotations })?.asksFor({ name: secret, annotations: marks }, isReferenced) === true;

describe("keyferry's own annotation", () => {
  const on = (value: string) => ({ 'keyferry.dev/restart-on': value });

  it('asks for the Secrets that it names, or for those that the template refers to', () => {
    expect(asks(on('db,tls'), 'tls')).toBe(true);
    expect(asks(on('db,tls'), 'other', true)).toBe(false);
    expect(asks(on('*'), 'db', true)).toBe(true);
    expect(asks(on('*'), 'db')).toBe(false);
  });

  it('counts alone, where those of Reloader are there, too', () => {
    const both = { ...on('db'), [`${RELOADER}/auto`]: 'true', [`secret.${RELOADER}/reload`]: 'tls' };
    expect(asks(both, 'db')).toBe(true);
    expect(asks(both, 'tls', true)).toBe(false);
  });
});

describe('the annotations of Reloader', () => {
  const named = (value: string) => ({ [`secret.${RELOADER}/reload`]: value });
  const auto = { [`${RELOADER}/auto`]: 'true' };

  it('count only for who reads them', () => {
    expect(readOwnWish({ annotations: auto })).toBeUndefined();
    expect(readAnyWish({ annotations: {} })).toBeUndefined();
  });

  it('ask by "auto" for what the template refers to', () => {
    for (const annotations of [auto, { [`secret.${RELOADER}/auto`]: 'True' }]) {
      expect(asks(annotations, 'db', true)).toBe(true);
      expect(asks(annotations, 'db')).toBe(false);
    }
    for (const value of ['false', '', 'yes'])
      expect(readAnyWish({ annotations: { [`${RELOADER}/auto`]: value } })).toBeUndefined();
    expect(readAnyWish({ annotations: { [`configmap.${RELOADER}/auto`]: 'true' } })).toBeUndefined();
  });

  it('ask by "reload" for names, each a pattern of the whole', () => {
    expect(asks(named('tls, db'), 'db')).toBe(true);
    expect(asks(named('tls, db'), 'db-2')).toBe(false);
    expect(asks(named('db-.*'), 'db-2')).toBe(true);
    expect(asks(named('db-.*'), 'my-db-2')).toBe(false);
    expect(asks(named('db-(one|two)'), 'db-two')).toBe(true);
    expect(readAnyWish({ annotations: named(' , ') })).toBeUndefined();
  });

  it('mean the Secret of that name where a pattern cannot be read', () => {
    expect(asks(named('(?=db)'), 'db')).toBe(false);
    expect(asks(named('(?=db)'), '(?=db)')).toBe(true);
  });

  it('ask by "search" for referenced Secrets with "match"', () => {
    const search = { [`${RELOADER}/search`]: 'true' };
    const match = { [`${RELOADER}/match`]: 'true' };
    expect(asks(search, 'db', true, match)).toBe(true);
    expect(asks(search, 'db', true)).toBe(false);
    expect(asks(search, 'db', false, match)).toBe(false);
  });

  it('leave out what is excluded or ignored', () => {
    const excluding = { ...auto, ...named('db'), [`secrets.exclude.${RELOADER}/reload`]: 'db,x-.*' };
    for (const name of ['db', 'x-1']) expect(asks(excluding, name, true)).toBe(false);
    expect(asks(excluding, 'tls', true)).toBe(true);
    expect(asks(auto, 'db', true, { [`${RELOADER}/ignore`]: 'true' })).toBe(false);
    expect(readAnyWish({ annotations: { ...auto, [`${RELOADER}/ignore`]: 'true' } })).toBeUndefined();
  });

  const onTemplates: readonly {
    it: string;
    own?: Record<string, string>;
    template: Record<string, string>;
    want: boolean;
  }[] = [
    { it: 'count where the workload has none', template: auto, want: true },
    { it: 'count by name, too', template: named('d.'), want: true },
    { it: 'count beside others of the workload', own: { 'example.com/a': 'true' }, template: auto, want: true },
    {
      it: 'do not count beside "false" on the workload',
      own: { [`${RELOADER}/auto`]: 'false' },
      template: auto,
      want: false,
    },
    { it: 'do not count beside names on the workload', own: named('tls'), template: auto, want: false },
    {
      it: 'do not count beside "search" on the workload',
      own: { [`${RELOADER}/search`]: 'true' },
      template: auto,
      want: false,
    },
    {
      it: "do not count beside keyferry's own",
      own: { 'keyferry.dev/restart-on': 'tls' },
      template: auto,
      want: false,
    },
    {
      it: 'do not count where the workload is to be ignored',
      own: { [`${RELOADER}/ignore`]: 'true' },
      template: auto,
      want: false,
    },
    {
      it: 'leave out what the workload excludes',
      own: { [`secrets.exclude.${RELOADER}/reload`]: 'db' },
      template: auto,
      want: false,
    },
    {
      it: 'exclude nothing themselves',
      template: { ...auto, [`secrets.exclude.${RELOADER}/reload`]: 'db' },
      want: true,
    },
    { it: 'are none where they are of ConfigMaps', template: { [`configmap.${RELOADER}/auto`]: 'true' }, want: false },
  ];
  for (const { it: name, own = {}, template, want } of onTemplates) {
    it(`on the pod template ${name}`, () => {
      const wish = readAnyWish({ annotations: own, templateAnnotations: template });
      expect(wish?.asksFor({ name: 'db', annotations: {} }, true) === true).toBe(want);
      expect(readOwnWish({ annotations: {}, templateAnnotations: template })).toBeUndefined();
    });
  }

  it('are the same wish as long as they say the same', () => {
    const text = (annotations: Record<string, string>) => readAnyWish({ annotations })?.text;
    expect(text({ ...auto, other: 'x' })).toBe(text(auto));
    expect(text({ ...auto, ...named('db') })).not.toBe(text(auto));
  });
});

describe('the least time between two restarts', () => {
  const said = (annotations: Record<string, string>, read = readOwnWish) => saidInterval({ annotations }, read);
  const own = (text: string) => said({ 'keyferry.dev/restart-min-interval': text });
  const pause = { [`deployment.${RELOADER}/pause-period`]: '5m' };

  it('is none where nothing is said', () => expect(said({})).toBeUndefined());

  for (const [text, seconds] of [
    ['10m', 600],
    [' 1h30m ', 5_400],
    ['0s', 0],
    ['1.5m', 90],
    ['8760h', 31_536_000],
  ] as const)
    it(`is read from "${text}"`, () => expect(own(text)).toMatchObject({ seconds, text: text.trim() }));

  for (const text of [
    '',
    '10',
    '10 m',
    '-1m',
    '1d',
    '8761h',
    'm',
    '1e3s',
    '٣m',
    `${'9'.repeat(100_000)}m`,
    '1s'.repeat(5),
  ])
    it(`is not read from "${text.slice(0, 12)}"`, () => {
      expect(own(text)).toMatchObject({ annotation: 'keyferry.dev/restart-min-interval', seconds: undefined });
    });

  it("is Reloader's pause for who reads its wishes, where keyferry's own annotations say nothing", () => {
    expect(said(pause)).toBeUndefined();
    expect(said(pause, readAnyWish)).toMatchObject({ seconds: 300, text: '5m' });
    expect(said({ ...pause, 'keyferry.dev/restart-on': 'db' }, readAnyWish)).toBeUndefined();
    expect(said({ ...pause, 'keyferry.dev/restart-min-interval': '1m' }, readAnyWish)).toMatchObject({ seconds: 60 });
  });
});
