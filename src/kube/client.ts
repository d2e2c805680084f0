import type { Ambient } from '../core/ports.ts';
import { type ApiAnswer, MAX_RETRY_AFTER_MS, readAnswer } from './answer.ts';
import type { Connection } from './credentials.ts';
import {
  type Answered,
  exchange,
  type LineReader,
  type Lost,
  type Outgoing,
  type Server,
  type Streamed,
  streamLines,
} from './exchange.ts';
import { type Key, Keyring } from './keyring.ts';
import { pause } from './pause.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Without query, its parts already percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default application/json. */
  readonly contentType?: string;
  /** Default application/json. */
  readonly accept?: string;
  /** For the whole call, waits included; default 15 s. Of a watch, until it begins. */
  readonly timeoutMs?: number;
  /** True for calls that do not wait when the API server asks for a pause: those of the lease. */
  readonly urgent?: true;
}

/** How a watch ended: as a stream, or because none began. */
export type WatchEnd = Streamed | ApiAnswer;

export interface ApiClient {
  /** One call. Every failure is an answer; rejects only when aborted. */
  request(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer>;
  /** One watch, whose lines go to `reader`. Rejects when aborted, and with what `reader` throws. */
  watch(request: ApiRequest, reader: LineReader, signal: AbortSignal): Promise<WatchEnd>;
  /** Closes all connections. */
  close(): void;
}

export interface ClientOptions {
  readonly userAgent?: string;
  /** Default 15 s. */
  readonly timeoutMs?: number;
  /** How long credentials are used before they are read again; default 60 s, as client-go does. */
  readonly credentialsMs?: number;
  /** Asked right before anything but a GET is sent; false: it is not sent, and the answer is lost, `NOT_LEADER`. */
  readonly mayWrite?: () => boolean;
}

/** A page of 500 custom resources is about 2 MB; the API server itself takes no object over 3 MB. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;
const MAX_TRIES = 3;

/** A client on node:https, with connections kept alive: calls and watches never wait for each other. */
export const createClient = (connection: Connection, ambient: Ambient, options: ClientOptions = {}): ApiClient =>
  new HttpClient(connection, ambient, options);

class HttpClient implements ApiClient {
  readonly #server: Server;
  readonly #host: string;
  /** Before every path, where the API server is behind one. */
  readonly #base: string;
  readonly #ambient: Ambient;
  readonly #keys: Keyring;
  readonly #timeoutMs: number;
  readonly #userAgent: string;
  readonly #mayWrite: () => boolean;
  /** The API server asked for quiet (429 or 503 with Retry-After) until then. */
  #quietUntilMs = 0;

  constructor(connection: Connection, ambient: Ambient, options: ClientOptions) {
    const { protocol, host, hostname, port, pathname } = new URL(connection.server);
    this.#host = host;
    // Of an IPv6 address, a URL has brackets that a socket does not want.
    this.#server = {
      protocol,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? undefined : Number(port),
    };
    this.#base = pathname.replace(/\/$/, '');
    this.#ambient = ambient;
    this.#keys = new Keyring(connection, ambient, options.credentialsMs ?? 60_000);
    this.#timeoutMs = options.timeoutMs ?? 15_000;
    this.#userAgent = options.userAgent ?? 'keyferry';
    this.#mayWrite = options.mayWrite ?? (() => true);
  }

  async request(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
    const startMs = this.#ambient.nowMs();
    const timeoutMs = request.timeoutMs ?? this.#timeoutMs;
    const leftMs = (): number => timeoutMs - Math.max(0, this.#ambient.nowMs() - startMs);
    const send = async (key: Key): Promise<Answered | Lost> =>
      request.method === 'GET' || this.#mayWrite()
        ? exchange(this.#outgoing(request, key, leftMs()), signal)
        : { kind: 'lost', code: 'NOT_LEADER', reused: false };
    for (let tries = 1; ; tries++) {
      if (request.urgent !== true && !(await this.#waitForQuiet(leftMs(), signal)))
        return { kind: 'lost', code: 'BUSY' };
      const answer = await this.#try(request, send, signal);
      // 429 means that nobody looked at the call, so even a write may be sent again.
      const again = answer.kind === 'said' && answer.status === 429 && answer.retryAfterMs !== undefined;
      if (!again || request.urgent === true || tries === MAX_TRIES) return answer;
    }
  }

  async watch(request: ApiRequest, reader: LineReader, signal: AbortSignal): Promise<WatchEnd> {
    const timeoutMs = request.timeoutMs ?? this.#timeoutMs;
    const send = (key: Key): Promise<Answered | Lost | Streamed> =>
      streamLines(this.#outgoing(request, key, timeoutMs), reader, signal);
    const end = await this.#withKey(send, signal);
    return end.kind === 'streamed' ? end : this.#read(end);
  }

  close(): void {
    this.#keys.close();
  }

  async #try(
    request: ApiRequest,
    send: (key: Key) => Promise<Answered | Lost>,
    signal: AbortSignal,
  ): Promise<ApiAnswer> {
    const first = await this.#withKey(send, signal);
    // The server may close a connection just when it is used again. Only a read may then be sent twice.
    const again = first.kind === 'lost' && first.reused && request.method === 'GET';
    return this.#read(again ? await this.#withKey(send, signal) : first);
  }

  /** Sends with the present credentials, and once more with fresh ones when the API server does not take them (401). */
  async #withKey<T extends Answered | Lost | Streamed>(
    send: (key: Key) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | Lost> {
    signal.throwIfAborted();
    const key = await this.#keys.get();
    if ('missing' in key) return { kind: 'lost', code: key.missing, reused: false };
    const answer = await send(key);
    signal.throwIfAborted();
    if (answer.kind !== 'answered' || answer.status !== 401) return answer;
    const fresh = await this.#keys.renew(key);
    if ('missing' in fresh) return answer;
    const second = await send(fresh);
    signal.throwIfAborted();
    return second;
  }

  /** Waits until the API server's wish for quiet is over; false when the call has no time for that. */
  async #waitForQuiet(leftMs: number, signal: AbortSignal): Promise<boolean> {
    const waitMs = this.#quietUntilMs - this.#ambient.nowMs();
    // A clock that was set back must not make a pause of hours.
    if (waitMs <= 0 || waitMs > 2 * MAX_RETRY_AFTER_MS) return true;
    if (waitMs > leftMs) return false;
    await pause(waitMs, signal);
    signal.throwIfAborted();
    return true;
  }

  #read(end: Answered | Lost): ApiAnswer {
    const nowMs = this.#ambient.nowMs();
    if (end.kind === 'lost') return { kind: 'lost', code: end.code };
    const answer = readAnswer(end);
    const busy = answer.kind === 'said' && (answer.status === 429 || answer.status === 503);
    if (busy && answer.retryAfterMs !== undefined) {
      // Jitter on top: everyone else was told the same number.
      this.#quietUntilMs = nowMs + answer.retryAfterMs * (1 + this.#ambient.random() * 0.2);
    }
    return answer;
  }

  #outgoing(request: ApiRequest, key: Key, timeoutMs: number): Outgoing {
    const query = request.query === undefined ? '' : queryText(request.query);
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const content = contentHeaders(body, request.contentType);
    const { accept = 'application/json' } = request;
    return {
      server: this.#server,
      path: `${this.#base}${request.path}${query}`,
      method: request.method,
      headers: ['host', this.#host, ...key.headers, ...content, 'accept', accept, 'user-agent', this.#userAgent],
      ...(body === undefined ? {} : { body }),
      agent: key.agent,
      timeoutMs: Math.max(1, timeoutMs),
      maxBytes: MAX_ANSWER_BYTES,
    };
  }
}

/** By the object: most calls have one of a few that never change. */
const queryTexts = new WeakMap<object, string>();

function queryText(query: Readonly<Record<string, string>>): string {
  const known = queryTexts.get(query);
  if (known !== undefined) return known;
  const text = `?${new URLSearchParams(query)}`;
  queryTexts.set(query, text);
  return text;
}

const contentHeaders = (body: string | undefined, type = 'application/json'): readonly string[] =>
  body === undefined ? [] : ['content-type', type, 'content-length', String(Buffer.byteLength(body))];
