import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseListenAddress } from './listen-address.ts';

/** What fails, one plain line each; none while all is well. */
type Check = () => readonly string[];

export interface HealthServerOptions {
  /** `HOST:PORT`, `:PORT` or `[IPv6]:PORT`. */
  readonly address: string;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** Whether the process does its work; while it fails, the kubelet restarts it. */
  readonly live: Check;
  /** Whether the process is ready to do its work. */
  readonly ready: Check;
  /** Hears of a bug: a callback threw, or the server failed after it had started. */
  readonly unexpected: (error: unknown) => void;
  readonly limits?: ServerLimits;
}

/** Against clients that are slow, or many. */
interface ServerLimits {
  /** Within this time a request must have arrived; default 5 s. */
  readonly requestTimeoutMs?: number;
  /** How often that is looked at; default 1 s. */
  readonly checkEveryMs?: number;
  /** A connection on which nothing moves is closed after this time; default 10 s. */
  readonly idleTimeoutMs?: number;
  /** Connections beyond these are closed at once; default 64. */
  readonly mostConnections?: number;
}

export interface HealthServer {
  /** Begins to listen; rejects with an error whose message names --metrics-address when it cannot. */
  start(): Promise<Listening>;
}

export interface Listening {
  /** `HOST:PORT` as bound, with the port that was chosen. */
  readonly address: string;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
  readonly allow?: string;
}

/** The server of /metrics, /healthz and /readyz. */
export function createHealthServer(options: HealthServerOptions): HealthServer {
  return {
    async start() {
      const server = serverOf(options);
      await listen(server, options.address);
      server.on('error', options.unexpected);
      return { address: nameOf(server.address()), close: () => close(server) };
    },
  };
}

function serverOf(options: HealthServerOptions): Server {
  const {
    requestTimeoutMs = 5_000,
    checkEveryMs = 1_000,
    idleTimeoutMs = 10_000,
    mostConnections = 64,
  } = options.limits ?? {};
  const timeouts = {
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: checkEveryMs,
    keepAliveTimeout: idleTimeoutMs,
    keepAliveTimeoutBuffer: 0,
  };
  const server = createServer(timeouts, (request, response) => {
    // A request body is of no use to us; unread, it would hold the connection.
    request.resume();
    replyTo(options, request.method, request.url).then(
      (reply) => send(response, reply),
      (error: unknown) => {
        options.unexpected(error);
        send(response, { status: 500, body: 'internal error\n' });
      },
    );
  });
  server.timeout = idleTimeoutMs;
  server.maxConnections = mostConnections;
  return server;
}

async function replyTo(options: HealthServerOptions, method: string | undefined, url = ''): Promise<Reply> {
  const [path = ''] = url.split('?', 1);
  const handlers: Readonly<Record<string, () => Promise<Reply>>> = {
    '/metrics': async () => ({ status: 200, ...(await options.metrics()) }),
    '/healthz': async () => verdict(options.live()),
    '/readyz': async () => verdict(options.ready()),
  };
  const handler = Object.hasOwn(handlers, path) ? handlers[path] : undefined;
  if (handler === undefined) return { status: 404, body: 'not found: there are /metrics, /healthz and /readyz\n' };
  if (method !== 'GET') return { status: 405, body: 'method not allowed: only GET is\n', allow: 'GET' };
  return handler();
}

const verdict = (failing: readonly string[]): Reply =>
  failing.length === 0 ? { status: 200, body: 'ok' } : { status: 503, body: `${failing.join('\n')}\n` };

function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, {
    'content-type': reply.contentType ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(reply.body),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...(reply.allow === undefined ? {} : { allow: reply.allow }),
  });
  response.end(reply.body);
}

function listen(server: Server, address: string): Promise<void> {
  const where = parseListenAddress(address);
  if (where === undefined) {
    return Promise.reject(new Error(`--metrics-address: want HOST:PORT, :PORT or [IPv6]:PORT, got "${address}"`));
  }
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void =>
      reject(new Error(`--metrics-address: cannot listen on ${address}: ${reasonOf(error)}`, { cause: error }));
    server.once('error', refuse);
    server.listen(where, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there; choose another port',
  EACCES: 'this user may not listen on that port; choose one above 1023',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'that host name is not known',
};

const reasonOf = (error: NodeJS.ErrnoException): string => reasons[error.code ?? ''] ?? error.code ?? error.name;

function nameOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return address ?? '';
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // An error can only say that it was closed before.
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
