import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectMeta } from '../../../src/core/ports.ts';
import { type KindEntry, kinds } from '../../../src/kube/kinds.ts';
import { ListWatch } from '../../../src/kube/list-watch.ts';
import { readObjectMeta } from '../../../src/kube/object-meta.ts';
import { ObjectStore } from '../../../src/kube/object-store.ts';
import type { WatchTimings } from '../../../src/kube/watch-pace.ts';
import { ambient, answer, type Heard, type StubServer, startStub, statusOf } from './stub-server.ts';
import { until } from './until.ts';

const SHORT: WatchTimings = {
  minBackoffMs: 2,
  maxBackoffMs: 10,
  idleMs: 60,
  quickMs: 20,
  minWatchS: 300,
  maxWatchS: 600,
  absentMs: 10,
  listTimeoutMs: 500,
};

const object = (name: string, version: number, uid = `uid-${name}`): object => ({
  metadata: { name, namespace: 'team', uid, resourceVersion: String(version), managedFields: [{ manager: 'x' }] },
});
const list = (version: number, items: object[], token = ''): object => ({
  metadata: { resourceVersion: String(version), ...(token === '' ? {} : { continue: token }) },
  items,
});
const line = (type: string, of: object): string => `${JSON.stringify({ type, object: of })}\n`;
const bookmark = (version: number): string => line('BOOKMARK', { metadata: { resourceVersion: String(version) } });

/** What the API server does at the n-th list and the n-th watch; the last of each stays. */
type Turn = (response: ServerResponse, heard: Heard) => void;

const open: Turn = (response) => void response.writeHead(200).flushHeaders();
const sends =
  (...texts: string[]): Turn =>
  (response) => {
    response.writeHead(200);
    response.write(texts.join(''));
  };
const sendsAndCloses =
  (...texts: string[]): Turn =>
  (response) =>
    void response.writeHead(200).end(texts.join(''));
const lists =
  (version: number, ...items: object[]): Turn =>
  (response) =>
    answer(response, 200, list(version, items));
const refuses =
  (code: number, headers: Record<string, string> = {}): Turn =>
  (response) =>
    answer(response, code, statusOf(code, 'Expired'), headers);

describe('list and watch', () => {
  let stub: StubServer;
  let stop: AbortController;
  let running: Promise<void>;
  let loop: ListWatch<ObjectMeta>;
  let told: string[];
  let store: ObjectStore<ObjectMeta>;

  beforeEach(async () => {
    stub = await startStub(() => {});
    stop = new AbortController();
    told = [];
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await stub.stop();
  });

  const watches = (): Heard[] => stub.heard.filter(({ query }) => query.has('watch'));
  const listed = (): Heard[] => stub.heard.filter(({ query }) => !query.has('watch'));
  const names = (): string[] =>
    [...store.items('team')].map(({ name, resourceVersion }) => `${name}@${resourceVersion}`);

  function start(
    atList: Turn[],
    atWatch: Turn[],
    timings: Partial<WatchTimings> = {},
    entry: KindEntry = kinds.Secret,
  ): void {
    const turn = (turns: Turn[], count: number): Turn => turns[Math.min(count, turns.length) - 1] ?? open;
    stub.handle = (heard, response) => {
      const isWatch = heard.query.has('watch');
      turn(isWatch ? atWatch : atList, (isWatch ? watches() : listed()).length)(response, heard);
    };
    store = new ObjectStore<ObjectMeta>(
      (item) => item,
      (before, after) =>
        told.push(
          before === undefined ? `+${after?.name}` : after === undefined ? `-${before.name}` : `~${after.name}`,
        ),
    );
    loop = new ListWatch({
      client: stub.client(),
      ambient,
      entry,
      store,
      read: (of) => readObjectMeta(of, kinds.Secret.keep),
      metaOf: (item) => item,
      timings: { ...SHORT, ...timings },
    });
    running = loop.run(stop.signal);
  }

  it('lists by pages without a resourceVersion, metadata only, and watches from where the list ended', async () => {
    start([(response) => answer(response, 200, list(5, [object('a', 1)], 'more')), lists(5, object('b', 2))], [open]);
    await until(() => watches().length === 1);
    expect(names()).toEqual(['a@1', 'b@2']);
    expect(listed().map(({ query }) => [...query])).toEqual([
      [
        ['labelSelector', 'keyferry.dev/managed=true'],
        ['limit', '500'],
      ],
      [
        ['labelSelector', 'keyferry.dev/managed=true'],
        ['limit', '500'],
        ['continue', 'more'],
      ],
    ]);
    expect(listed()[0]?.headers.accept).toBe('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
    const query = Object.fromEntries(watches()[0]?.query ?? []);
    expect(query).toMatchObject({ allowWatchBookmarks: 'true', resourceVersion: '5', timeoutSeconds: '450' });
    expect(loop.health).toMatchObject({ synced: true, relists: 0, restarts: 0 });
  });

  it('starts the list over when its continue token has expired', async () => {
    start(
      [(response) => answer(response, 200, list(5, [object('a', 1)], 'more')), refuses(410), lists(9, object('b', 8))],
      [open],
    );
    await until(() => watches().length === 1);
    expect(listed()[2]?.query.has('continue')).toBe(false);
    expect(names()).toEqual(['b@8']);
    expect(told).toEqual(['+a', '+b', '-a']);
  });

  for (const code of [403, 404]) {
    it(`takes a kind that need not be served for empty where it is answered ${code}, and finds it later`, async () => {
      start([refuses(code), refuses(code), lists(5, object('a', 1))], [open], {}, kinds.Rollout);
      await until(() => loop.health.synced);
      expect(loop.health.trouble).toBe(code === 403 ? '403' : undefined);
      await until(() => watches().length === 1);
      expect(names()).toEqual(['a@1']);
      expect(loop.health.trouble).toBeUndefined();
    });
  }

  it('forgets the objects of such a kind when it is not served any more', async () => {
    start([lists(5, object('a', 1)), refuses(404)], [refuses(404)], {}, kinds.Rollout);
    await until(() => told.includes('-a'));
    expect(loop.health).toMatchObject({ synced: true });
  });

  it('resumes after a clean close from the last event', async () => {
    start([lists(5)], [sendsAndCloses(line('ADDED', object('a', 6)), line('MODIFIED', object('a', 7))), open]);
    await until(() => watches().length === 2);
    expect(watches()[1]?.query.get('resourceVersion')).toBe('7');
    expect(listed()).toHaveLength(1);
    expect(told).toEqual(['+a', '~a']);
    await until(() => loop.health.restarts === 1);
  });

  it('resumes from a bookmark', async () => {
    start([lists(5)], [sendsAndCloses(bookmark(70)), open]);
    await until(() => watches().length === 2);
    expect(watches()[1]?.query.get('resourceVersion')).toBe('70');
  });

  const breaks: readonly { it: string; turn: Turn }[] = [
    {
      it: 'a line that is cut off',
      turn: sendsAndCloses(line('ADDED', object('a', 6)), line('ADDED', object('b', 7)).slice(0, 30)),
    },
    {
      it: 'a whole line without its line break',
      turn: sendsAndCloses(line('ADDED', object('a', 6)), line('ADDED', object('b', 7)).trim()),
    },
    {
      it: 'a line that is garbled',
      turn: sends(line('ADDED', object('a', 6)), '{"type":"ADD\u0000\n', line('ADDED', object('b', 7))),
    },
    { it: 'an ERROR event other than 410', turn: sends(line('ADDED', object('a', 6)), line('ERROR', { code: 500 })) },
    {
      it: 'a reset connection',
      turn: (response) => {
        response.writeHead(200);
        response.write(line('ADDED', object('a', 6)), () => response.socket?.resetAndDestroy());
      },
    },
    { it: 'silence', turn: sends(line('ADDED', object('a', 6))) },
  ];
  for (const { it: name, turn } of breaks) {
    it(`resumes after ${name}, and misses nothing`, async () => {
      start([lists(5)], [turn, sends(line('ADDED', object('b', 7)))]);
      await until(() => names().includes('b@7'));
      expect(watches()[1]?.query.get('resourceVersion')).toBe('6');
      expect(listed()).toHaveLength(1);
      expect(told).toEqual(['+a', '+b']);
    });
  }

  const expiries: readonly { it: string; turn: Turn }[] = [
    { it: '410 at the start of a watch', turn: refuses(410) },
    { it: '404 at the start of a watch, as when the CRD went', turn: refuses(404) },
    { it: 'an ERROR event 410', turn: sends(line('ERROR', { code: 410, reason: 'Expired' })) },
    { it: 'a version that goes back, as after a restored etcd', turn: sends(bookmark(4)) },
  ];
  for (const { it: name, turn } of expiries) {
    it(`lists again after ${name}, and tells only what differs`, async () => {
      const before = [object('same', 1), object('gone', 2), object('made-anew', 3), object('changed', 4)];
      const after = [object('same', 1), object('made-anew', 8, 'uid-2'), object('changed', 9), object('new', 10)];
      start([lists(5, ...before), lists(11, ...after)], [turn, open]);
      await until(() => watches().length === 2);
      expect(told.slice(4)).toEqual(['-made-anew', '+made-anew', '~changed', '+new', '-gone']);
      expect(watches()[1]?.query.get('resourceVersion')).toBe('11');
      expect(loop.health.relists).toBe(1);
    });
  }

  it('lists again after five watches in a row that closed at once', async () => {
    start([lists(5)], [sendsAndCloses(), sendsAndCloses(), sendsAndCloses(), sendsAndCloses(), sendsAndCloses(), open]);
    await until(() => watches().length === 6);
    expect(listed()).toHaveLength(2);
  });

  it('tells a deleted and recreated object as a delete and an add', async () => {
    start([lists(5, object('a', 1))], [sends(line('MODIFIED', object('a', 6, 'another')))]);
    await until(() => told.length === 3);
    expect(told).toEqual(['+a', '-a', '+a']);
    expect(names()).toEqual(['a@6']);
  });

  it('drops what a DELETED event names', async () => {
    start([lists(5, object('a', 1))], [sends(line('DELETED', object('a', 6)))]);
    await until(() => told.length === 2);
    expect(told).toEqual(['+a', '-a']);
    expect(names()).toEqual([]);
  });

  it('never gives up on refused lists', async () => {
    start([refuses(403), refuses(404), refuses(500), refuses(503), lists(5)], [open]);
    await until(() => loop.health.synced);
    expect(listed()).toHaveLength(5);
  });

  it('says what the trouble is while it lasts', async () => {
    start([refuses(403)], [open]);
    await until(() => loop.health.trouble === '403');
    expect(loop.health).toMatchObject({ synced: false, lastContactMs: 0 });
  });

  it('waits as long as Retry-After says, while one that was not told so goes on', async () => {
    const told = (): number => listed().filter(({ path }) => path.endsWith('/secrets')).length;
    const untold = (): number => listed().length - told();
    start(
      [
        (response, heard) =>
          refuses(503, heard.path.endsWith('/secrets') ? { 'retry-after': '30' } : {})(response, heard),
      ],
      [],
    );
    const other = new ListWatch({
      client: stub.client(),
      ambient,
      entry: kinds.Namespace,
      store,
      read: (of) => readObjectMeta(of),
      metaOf: (item) => item,
      timings: SHORT,
    });
    const running = other.run(stop.signal);
    await until(() => untold() === 10);
    expect(told()).toBe(1);
    stop.abort();
    await running;
  });

  it('ends at once when aborted, in a watch and in a wait', async () => {
    start([lists(5)], [open], { idleMs: 60_000 });
    await until(() => watches().length === 1);
    stop.abort();
    await expect(running).resolves.toBeUndefined();
  });
});
