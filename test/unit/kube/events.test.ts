import { describe, expect, it } from 'vitest';
import type { EventTarget } from '../../../src/core/ports.ts';
import type { ApiAnswer } from '../../../src/kube/answer.ts';
import type { ApiClient, ApiRequest } from '../../../src/kube/client.ts';
import { createRecorder, type EventRecorder } from '../../../src/kube/events.ts';

const said = (status: number): ApiAnswer => ({ kind: 'said', status, body: {}, serverTimeS: 0 });
const target = (uid: string, namespace = 'team'): EventTarget => ({
  apiVersion: 'keyferry.dev/v1alpha1',
  kind: 'ExternalSecret',
  namespace,
  name: 'db',
  uid,
});

/** A recorder whose client answers as told and remembers; its clock stands until it is moved. */
function setUp(answers: ApiAnswer[] = []) {
  const sent: ApiRequest[] = [];
  const clock = { nowMs: 1_000_000 };
  const client: ApiClient = {
    request: async (request) => {
      sent.push(request);
      return answers.shift() ?? said(201);
    },
    watch: async () => said(500),
    close: () => {},
  };
  const ambient = { nowMs: () => clock.nowMs, random: () => 0.25 };
  const recorder = createRecorder(client, ambient, { instance: 'pod', retryMs: 1 });
  const notes = (): unknown[] => sent.map(({ body }) => (body as { note: string }).note);
  return { recorder, sent, clock, notes };
}

/** Runs until everything that is queued is sent. */
const drain = (recorder: EventRecorder): Promise<void> => recorder.run(AbortSignal.abort());

describe('the recorder', () => {
  it('sends an Event as events.k8s.io/v1 wants it, of cluster-scoped objects in default', async () => {
    const { recorder, sent } = setUp();
    recorder.event(target('1', ''), 'Warning', 'AccessDenied', 'no');
    await drain(recorder);
    expect(sent).toMatchObject([
      {
        method: 'POST',
        path: '/apis/events.k8s.io/v1/namespaces/default/events',
        body: {
          metadata: { namespace: 'default', name: expect.stringMatching(/^db\.[0-9a-f]+$/) },
          eventTime: '1970-01-01T00:16:40.000000Z',
          reportingController: 'keyferry.dev/operator',
          reportingInstance: 'pod',
          action: 'Reconcile',
          reason: 'AccessDenied',
          type: 'Warning',
          regarding: { uid: '1' },
        },
      },
    ]);
  });

  it('says the same once in ten minutes', async () => {
    const { recorder, clock, notes } = setUp();
    for (const atMs of [0, 599_000, 601_000]) {
      clock.nowMs = 1_000_000 + atMs;
      recorder.event(target('1'), 'Normal', 'Synced', `same`);
      recorder.event(target('2'), 'Normal', 'Synced', `other object at ${atMs}`);
    }
    await drain(recorder);
    expect(notes().filter((note) => note === 'same')).toHaveLength(2);
    expect(notes()).toHaveLength(5);
  });

  it('names the Event of an occasion so that it is one, whoever says it', async () => {
    const [one, other] = [setUp(), setUp([said(409)])];
    other.clock.nowMs += 600_001;
    for (const { recorder } of [one, other]) {
      recorder.event(target('1'), 'Normal', 'Told', 'same', 'db@1');
      recorder.event(target('1'), 'Normal', 'Told', 'same', 'db@1');
      recorder.event(target('1'), 'Normal', 'Told', 'same', 'db@2');
      recorder.event(target('2'), 'Normal', 'Told', 'same', 'db@1');
      await drain(recorder);
    }
    const names = ({ sent }: ReturnType<typeof setUp>) =>
      sent.map(({ body }) => (body as { metadata: { name: string } }).metadata.name);
    expect(new Set(names(one)).size).toBe(3);
    expect(names(other)).toEqual(names(one));
  });

  it('lets an object have 25 at once, then one in five minutes, whatever the others do', async () => {
    const { recorder, clock, notes } = setUp();
    for (let count = 0; count < 40; count++) recorder.event(target('1'), 'Normal', 'Synced', `a${count}`);
    recorder.event(target('2'), 'Normal', 'Synced', 'b');
    clock.nowMs += 5 * 60_000;
    for (let count = 40; count < 50; count++) recorder.event(target('1'), 'Normal', 'Synced', `a${count}`);
    await drain(recorder);
    expect(notes()).toHaveLength(27);
  });

  it('never queues more than a thousand warnings, and a hundred normal ones', async () => {
    const { recorder, sent } = setUp();
    for (const type of ['Normal', 'Warning'] as const) {
      for (let count = 0; count < 3_000; count++) recorder.event(target(`${type} ${count}`), type, 'Synced', 'x');
    }
    await drain(recorder);
    expect(sent.filter(({ body }) => (body as { type: string }).type === 'Normal')).toHaveLength(100);
    expect(sent).toHaveLength(1_100);
  });

  it('cuts a note to 1024 bytes, between characters', async () => {
    const { recorder, notes } = setUp();
    recorder.event(target('1'), 'Normal', 'Synced', `a${'é'.repeat(2_000)}`);
    await drain(recorder);
    const note = String(notes()[0]);
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
    expect(note).toMatch(/^aé+…$/);
  });

  it('tries what may pass once more under the same name, and drops what is turned down', async () => {
    const { recorder, sent } = setUp([said(503), { kind: 'lost', code: 'ECONNRESET' }, said(403), said(201)]);
    const stop = new AbortController();
    const running = recorder.run(stop.signal);
    for (const uid of ['1', '2', '3']) recorder.event(target(uid), 'Normal', 'Synced', uid);
    while (sent.length < 4) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await running;
    expect(sent.map(({ body }) => (body as { note: string }).note)).toEqual(['1', '1', '2', '3']);
    expect(sent[1]?.body).toEqual(sent[0]?.body);
  });

  it('stops waiting for the queue when the drain takes too long', async () => {
    const never: ApiClient = {
      request: (_, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      watch: async () => said(500),
      close: () => {},
    };
    const recorder = createRecorder(never, { nowMs: () => 0, random: () => 0 }, { instance: 'pod', drainMs: 10 });
    for (const uid of ['1', '2']) recorder.event(target(uid), 'Normal', 'Synced', uid);
    await expect(drain(recorder)).resolves.toBeUndefined();
  });
});
