import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../src/kube/client.ts';
import { succeed } from '../../../src/model/result.ts';
import { ambient, answer, type StubServer, startStub, statusOf } from './stub-server.ts';

const never = new AbortController().signal;
const GET = { method: 'GET', path: '/api/v1/x' } as const;
const POST = { method: 'POST', path: '/api/v1/x', body: { a: 1 } } as const;

describe('the client', () => {
  let stub: StubServer;
  beforeEach(async () => {
    stub = await startStub((_, response) => answer(response, 200, { ok: true }));
  });
  afterEach(() => stub.stop());

  it('gives status, JSON and the API server’s clock', async () => {
    stub.handle = (_, response) => answer(response, 200, { ok: true }, { date: 'Sat, 21 Nov 2026 10:00:00 GMT' });
    const said = await stub.client().request({ ...GET, query: { a: 'b c' } }, never);
    expect(said).toEqual({ kind: 'said', status: 200, body: { ok: true }, serverTimeS: 1_795_255_200 });
    expect(stub.heard[0]?.query.get('a')).toBe('b c');
  });

  it('keeps its connection from call to call', async () => {
    const ports = new Set<number | undefined>();
    stub.handle = (_, response, socket) => {
      ports.add(socket.remotePort);
      answer(response, 200, {});
    };
    const client = stub.client();
    for (let count = 0; count < 5; count++) await client.request(GET, never);
    expect(ports.size).toBe(1);
  });

  it('sends a read again when the server closed the connection that was kept, and a write never', async () => {
    const client = stub.client();
    for (const [request, sent, kind] of [
      [GET, 2, 'said'],
      [POST, 1, 'lost'],
    ] as const) {
      stub.handle = (_, response) => answer(response, 200, {});
      await client.request(GET, never);
      let count = 0;
      stub.handle = (_, response, socket) => {
        count++;
        if (count === 1) socket.resetAndDestroy();
        else answer(response, 200, {});
      };
      expect((await client.request(request, never)).kind).toBe(kind);
      expect(count).toBe(sent);
    }
  });

  it('sends no write that it may not send, and asks right before each', async () => {
    let mayWrite = true;
    const client = stub.client({ mayWrite: () => mayWrite });
    stub.handle = (_, response) => {
      mayWrite = false;
      answer(response, 429, statusOf(429, 'TooManyRequests'), { 'retry-after': '0' });
    };
    expect(await client.request(POST, never)).toEqual({ kind: 'lost', code: 'NOT_LEADER' });
    expect(stub.heard).toHaveLength(1);
    stub.handle = (_, response) => answer(response, 200, {});
    expect((await client.request(GET, never)).kind).toBe('said');
  });

  it('reads its token again on a 401, and sends once more', async () => {
    const asked: boolean[] = [];
    const connection = {
      server: stub.connection.server,
      credentials: async (fresh: boolean) => {
        asked.push(fresh);
        return succeed({ headers: { authorization: fresh ? 'Bearer new' : 'Bearer old' } });
      },
    };
    stub.handle = ({ headers }, response) =>
      answer(response, headers.authorization === 'Bearer new' ? 200 : 401, statusOf(401, 'Unauthorized'));
    const client = createClient(connection, ambient);
    expect(await client.request(POST, never)).toMatchObject({ status: 200 });
    expect(await client.request(POST, never)).toMatchObject({ status: 200 });
    expect(asked).toEqual([false, true]);
    client.close();
  });

  it('reads its token again when it is old, and goes on with the old one when it cannot', async () => {
    let nowMs = 0;
    let reads = 0;
    const connection = {
      server: stub.connection.server,
      credentials: async () => {
        reads++;
        return reads < 3
          ? succeed({ headers: { authorization: `Bearer ${reads}` } })
          : { ok: false as const, faults: [{ kind: 'InvalidSpec', subject: 'cluster', detail: 'no token' }] as const };
      },
    };
    const client = createClient(connection, { nowMs: () => nowMs, random: () => 0 });
    for (const at of [0, 59_000, 61_000, 130_000]) {
      nowMs = at;
      await client.request(GET, never);
    }
    expect(stub.heard.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer 1',
      'Bearer 1',
      'Bearer 2',
      'Bearer 2',
    ]);
    client.close();
  });

  it('sends even a write again after a 429 with Retry-After, when the call has the time', async () => {
    stub.handle = (_, response) =>
      stub.heard.length === 1
        ? answer(response, 429, statusOf(429, 'TooManyRequests'), { 'retry-after': '0' })
        : answer(response, 201, {});
    expect(await stub.client().request(POST, never)).toMatchObject({ status: 201 });
  });

  it('does not wait for a pause that is longer than the call may take, and the lease waits for none', async () => {
    stub.handle = (_, response) => answer(response, 429, statusOf(429, 'TooManyRequests'), { 'retry-after': '3600' });
    const client = stub.client({ timeoutMs: 1_000 });
    expect(await client.request(GET, never)).toEqual({ kind: 'lost', code: 'BUSY' });
    expect(await client.request(GET, never)).toEqual({ kind: 'lost', code: 'BUSY' });
    expect(stub.heard).toHaveLength(1);
    expect(await client.request({ ...GET, urgent: true }, never)).toMatchObject({ status: 429, retryAfterMs: 120_000 });
  });

  const losses: readonly { it: string; handle: StubServer['handle']; code: string }[] = [
    { it: 'a hang', handle: () => {}, code: 'TIMEOUT' },
    {
      it: 'a hang after the headers',
      handle: (_, response) => response.writeHead(200).flushHeaders(),
      code: 'TIMEOUT',
    },
    { it: 'a reset', handle: (_, __, socket) => socket.resetAndDestroy(), code: 'ECONNRESET' },
    { it: 'a body that is no JSON', handle: (_, response) => response.writeHead(200).end('<html>'), code: 'NOT_JSON' },
    {
      it: 'a body that breaks off',
      handle: (_, response, socket) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{', () => socket.destroy());
      },
      code: 'CLOSED',
    },
  ];
  for (const { it: name, handle, code } of losses) {
    it(`answers ${name} with a value`, async () => {
      // Time is short only where it is to run out: a busy machine may need long for the rest.
      const timeoutMs = code === 'TIMEOUT' ? 50 : 10_000;
      stub.handle = handle;
      expect(await stub.client({ timeoutMs }).request(POST, never)).toEqual({ kind: 'lost', code });
    });
  }

  it('answers a refused connection with a value', async () => {
    const connection = { ...stub.connection, server: 'http://127.0.0.1:1' };
    expect(await createClient(connection, ambient).request(GET, never)).toEqual({ kind: 'lost', code: 'ECONNREFUSED' });
  });

  it('rejects only when aborted', async () => {
    const stop = new AbortController();
    stub.handle = () => stop.abort(new Error('stop'));
    await expect(stub.client().request(GET, stop.signal)).rejects.toThrow('stop');
    await expect(stub.client().request(GET, stop.signal)).rejects.toThrow('stop');
  });
});
