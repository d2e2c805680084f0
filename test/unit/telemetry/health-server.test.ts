import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHealthServer, type HealthServerOptions, type Listening } from '../../../src/telemetry/health-server.ts';

const open: Listening[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(options: Partial<HealthServerOptions> = {}): Promise<Listening & { readonly url: string }> {
  const server = await createHealthServer({
    address: '127.0.0.1:0',
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'a 1\n' }),
    live: () => [],
    ready: () => [],
    unexpected: (error) => {
      throw error;
    },
    ...options,
  }).start();
  open.push(server);
  return { ...server, url: `http://${server.address}` };
}

async function ask(url: string, method = 'GET') {
  const response = await fetch(url, { method, headers: { connection: 'close' } });
  return { status: response.status, body: await response.text(), headers: response.headers };
}

/** A client that sends what it is told to and then nothing; resolves when the server closes the connection. */
function slowClient(address: string, text: string): { readonly closed: Promise<void> } {
  const [host, port] = address.split(':');
  const socket = connect({ host: host ?? '', port: Number(port) });
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.on('data', () => undefined);
  socket.write(text);
  return { closed: new Promise((resolve) => socket.on('close', () => resolve())) };
}

describe('createHealthServer', () => {
  it('serves the metrics', async () => {
    const { url } = await serve();
    const { status, body, headers } = await ask(`${url}/metrics?name[]=a`);
    expect({ status, body, type: headers.get('content-type') }).toEqual({
      status: 200,
      body: 'a 1\n',
      type: 'text/plain; version=0.0.4',
    });
  });

  it('says ok while all is well', async () => {
    const { url } = await serve();
    for (const path of ['/healthz', '/readyz']) {
      expect(await ask(url + path)).toMatchObject({ status: 200, body: 'ok' });
    }
  });

  it('says what fails, a line each', async () => {
    const { url } = await serve({
      live: () => ['queue sync stands still', 'watch Secret is silent'],
      ready: () => ['watch Secret has not synced'],
    });
    expect(await ask(`${url}/healthz`)).toMatchObject({
      status: 503,
      body: 'queue sync stands still\nwatch Secret is silent\n',
    });
    expect(await ask(`${url}/readyz`)).toMatchObject({ status: 503, body: 'watch Secret has not synced\n' });
  });

  it('knows no other path and no other method', async () => {
    const { url } = await serve();
    for (const path of ['/', '/metrics/', '/__proto__', '/constructor', '/healthz/x']) {
      expect((await ask(url + path)).status).toBe(404);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'HEAD']) {
      const { status, headers } = await ask(`${url}/metrics`, method);
      expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'GET' });
    }
  });

  it('answers 500 without a word of the error when a callback throws, and serves on', async () => {
    const heard: unknown[] = [];
    const bug = new TypeError('hunter2');
    const { url } = await serve({ metrics: () => Promise.reject(bug), unexpected: (error) => void heard.push(error) });
    expect(await ask(`${url}/metrics`)).toMatchObject({ status: 500, body: 'internal error\n' });
    expect(heard).toEqual([bug]);
    expect((await ask(`${url}/healthz`)).status).toBe(200);
  });
});

describe('HealthServer.start', () => {
  it('listens on every address when there is no host', async () => {
    const { address } = await serve({ address: ':0' });
    expect((await ask(`http://127.0.0.1:${address.split(':').at(-1)}/healthz`)).status).toBe(200);
  });

  it('names the flag when the port is taken', async () => {
    const { address } = await serve();
    await expect(serve({ address })).rejects.toThrow(
      `--metrics-address: cannot listen on ${address}: another process listens there; choose another port`,
    );
  });

  it('names the flag when the address is none', async () => {
    await expect(serve({ address: 'nonsense' })).rejects.toThrow(
      '--metrics-address: want HOST:PORT, :PORT or [IPv6]:PORT, got "nonsense"',
    );
  });

  it('frees the port on close, though clients hold connections', async () => {
    const { address, close } = await serve();
    const slow = slowClient(address, 'GET /metrics HTTP/1.1\r\n');
    await ask(`http://${address}/healthz`);
    await close();
    await slow.closed;
    expect((await ask(`${(await serve({ address })).url}/healthz`)).status).toBe(200);
  });
});

describe('HealthServer and slow clients', () => {
  const limits = { requestTimeoutMs: 100, checkEveryMs: 20, idleTimeoutMs: 200, mostConnections: 8 };

  it('answers others while connections dribble', async () => {
    const { address, url } = await serve({ limits });
    const slow = Array.from({ length: 6 }, () => slowClient(address, 'GET /metrics HTTP/1.1\r\nx: '));
    expect((await ask(`${url}/healthz`)).status).toBe(200);
    await Promise.all(slow.map(({ closed }) => closed));
  });

  const dribbles: readonly { it: string; text: string }[] = [
    { it: 'sends nothing', text: '' },
    { it: 'never ends its headers', text: 'GET /healthz HTTP/1.1\r\nhost: a\r\n' },
    { it: 'never ends its body', text: 'POST /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nab' },
    { it: 'keeps its connection without using it', text: 'GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n' },
    { it: 'speaks no HTTP', text: 'hello\r\n\r\n' },
  ];
  for (const { it: name, text } of dribbles) {
    it(`closes the connection of a client that ${name}`, async () => {
      const { address } = await serve({ limits });
      await slowClient(address, text).closed;
    });
  }

  it('serves again when more clients than it takes have been turned away', async () => {
    const { address, url } = await serve({ limits });
    const crowd = Array.from({ length: 40 }, () => slowClient(address, 'GET /'));
    await Promise.all(crowd.map(({ closed }) => closed));
    expect((await ask(`${url}/healthz`)).status).toBe(200);
  });
});
