import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Ambient } from '../../../src/core/ports.ts';
import { type ApiClient, type ClientOptions, createClient } from '../../../src/kube/client.ts';
import type { Connection } from '../../../src/kube/credentials.ts';
import { succeed } from '../../../src/model/result.ts';

/** A request as the stub heard it. */
export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export type Handler = (heard: Heard, response: ServerResponse, socket: Socket) => void;

/** An HTTP server that answers as a test says, and remembers what it heard. */
export interface StubServer {
  readonly connection: Connection;
  readonly heard: Heard[];
  handle: Handler;
  client(options?: ClientOptions): ApiClient;
  stop(): Promise<void>;
}

/** The true clock, and chance in the middle. */
export const ambient: Ambient = { nowMs: () => Date.now(), random: () => 0.5 };

export async function startStub(handle: Handler): Promise<StubServer> {
  const heard: Heard[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://stub');
      const text = Buffer.concat(chunks).toString();
      const one: Heard = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
      };
      heard.push(one);
      stub.handle(one, response, request.socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const clients: ApiClient[] = [];
  const connection: Connection = {
    server: `http://127.0.0.1:${port}`,
    credentials: async () => succeed({ headers: { authorization: 'Bearer token' } }),
  };
  const stub: StubServer = {
    connection,
    heard,
    handle,
    client: (options) => {
      const client = createClient(connection, ambient, options);
      clients.push(client);
      return client;
    },
    stop: async () => {
      for (const client of clients) client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return stub;
}

/** Answers with JSON. */
export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A Status as the API server sends with a refusal. */
export const statusOf = (code: number, reason: string, message = '', details: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Status',
  status: 'Failure',
  code,
  reason,
  message,
  details,
});
