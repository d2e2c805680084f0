import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

/** After so long without a byte a connection is probed. The agents say the same, so that it is not set anew for each exchange. */
export const PROBE_MS = 30_000;

/** Where the API server is. */
export interface Server {
  readonly protocol: string;
  readonly hostname: string;
  /** undefined: that of the protocol. */
  readonly port: number | undefined;
}

/** One HTTP request as it goes over the wire. */
export interface Outgoing {
  readonly server: Server;
  /** With its query. */
  readonly path: string;
  readonly method: string;
  /** Names and values in turn, as node sends them as they are: what it looks at one by one takes it several times as long. */
  readonly headers: readonly string[];
  readonly body?: string;
  readonly agent: http.Agent;
  /** For the whole exchange; of a stream, until its headers are there. */
  readonly timeoutMs: number;
  /** A longer body ends the exchange. */
  readonly maxBytes: number;
}

/** No whole answer came. `code` is Node's error code, or TIMEOUT, TOO_LONG, CLOSED; never free text. */
export interface Lost {
  readonly kind: 'lost';
  readonly code: string;
  /** True where the connection was an older one kept alive, which the server may have closed meanwhile. */
  readonly reused: boolean;
}

export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** How a stream of lines ended: as HTTP says it should, by the caller's wish, by silence, or in some other way. */
export interface Streamed {
  readonly kind: 'streamed';
  readonly end: 'closed' | 'stopped' | 'idle' | 'broken';
}

export interface LineReader {
  /** Takes one line; false ends the stream. What it throws, the stream rejects with. */
  onLine(line: string): boolean;
  /** The stream is there: status 200. */
  onOpen(): void;
  /** Without a byte for so long, the stream ends. */
  readonly idleMs: number;
}

/** Sends a request and reads its whole answer. Never rejects; an abort loses the answer, and the caller looks at the signal. */
export async function exchange(outgoing: Outgoing, signal: AbortSignal): Promise<Answered | Lost> {
  const flight = takeOff(outgoing, signal);
  try {
    const opened = await flight.opened;
    return opened === undefined ? flight.lost() : await readAnswer(opened, flight, outgoing.maxBytes);
  } finally {
    flight.land();
  }
}

/** Sends a request and hands the lines of a 200 answer to `reader`; another answer is read whole. Rejects only with what `reader` throws. */
export async function streamLines(
  outgoing: Outgoing,
  reader: LineReader,
  signal: AbortSignal,
): Promise<Streamed | Answered | Lost> {
  const flight = takeOff(outgoing, signal);
  try {
    const opened = await flight.opened;
    if (opened === undefined) return flight.lost();
    if (opened.statusCode !== 200) return await readAnswer(opened, flight, outgoing.maxBytes);
    flight.inTime();
    reader.onOpen();
    return { kind: 'streamed', end: await readLines(opened, reader, outgoing.maxBytes) };
  } finally {
    flight.land();
  }
}

interface Flight {
  /** undefined when the request failed before an answer began. */
  readonly opened: Promise<IncomingMessage | undefined>;
  /** The answer has begun as it should: the deadline no longer counts. */
  inTime(): void;
  /** Gives back what the flight holds: its timer and its ear for the signal. */
  land(): void;
  lost(code?: string): Lost;
}

function takeOff(outgoing: Outgoing, signal: AbortSignal): Flight {
  let code = 'CLOSED';
  const { server, path, method, headers, agent } = outgoing;
  // The agent knows whether it is TLS.
  const request = http.request({ ...server, path, method, headers, agent });
  const abort = (): void => {
    request.destroy();
  };
  const timer = setTimeout(() => {
    code = 'TIMEOUT';
    request.destroy();
  }, outgoing.timeoutMs);
  signal.addEventListener('abort', abort);
  const opened = new Promise<IncomingMessage | undefined>((resolve) => {
    // A half-open connection is noticed within 40 s: Node probes each second after the delay, and gives up after ten.
    request.on('socket', (socket) => socket.setKeepAlive(true, PROBE_MS));
    request.on('response', resolve);
    request.on('error', (error) => {
      if (code === 'CLOSED') code = codeOf(error);
      resolve(undefined);
    });
    request.on('close', () => resolve(undefined));
  });
  if (signal.aborted) request.destroy();
  else request.end(outgoing.body);
  return {
    opened,
    inTime: () => clearTimeout(timer),
    land: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
    lost: (better = code) => ({ kind: 'lost', code: better, reused: request.reusedSocket }),
  };
}

/** By events: iterating over a message costs as much again as all the rest of an exchange. */
function readAnswer(message: IncomingMessage, flight: Flight, maxBytes: number): Promise<Answered | Lost> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    message.on('data', (chunk: Buffer) => {
      size += chunk.byteLength;
      chunks.push(chunk);
      if (size <= maxBytes) return;
      resolve(flight.lost('TOO_LONG'));
      // So nobody goes on sending.
      message.destroy();
    });
    message.on('error', () => resolve(flight.lost()));
    message.on('close', () => {
      if (!message.complete) return resolve(flight.lost());
      const text = Buffer.concat(chunks).toString('utf8');
      resolve({ kind: 'answered', status: message.statusCode ?? 0, headers: message.headers, text });
    });
  });
}

/** By events, as above. */
function readLines(message: IncomingMessage, reader: LineReader, maxBytes: number): Promise<Streamed['end']> {
  let isOver = false;
  let rest: Buffer[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Streamed['end']>();
  const end = (settle: () => void): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    message.destroy();
    settle();
  };
  const timer = setTimeout(() => end(() => resolve('idle')), reader.idleMs);
  const take = (chunk: Buffer): void => {
    timer.refresh();
    rest.push(chunk);
    if (!chunk.includes(LINE_BREAK)) {
      if (sizeOf(rest) > maxBytes) end(() => resolve('broken'));
      return;
    }
    const whole = Buffer.concat(rest);
    const cut = whole.lastIndexOf(LINE_BREAK);
    rest = [whole.subarray(cut + 1)];
    const lines = whole.toString('utf8', 0, cut).split('\n');
    if (!lines.every((line) => reader.onLine(line))) end(() => resolve('stopped'));
  };
  message.on('data', (chunk: Buffer) => {
    if (isOver) return;
    try {
      take(chunk);
    } catch (error) {
      end(() => reject(error));
    }
  });
  message.on('error', () => end(() => resolve('broken')));
  // A line without its line break was cut off: what it says comes again after the resume.
  const close = (): void => end(() => resolve(message.complete ? 'closed' : 'broken'));
  message.on('close', close);
  // It may have been before anybody listened.
  if (message.destroyed) close();
  return promise;
}

const LINE_BREAK = 0x0a;

const sizeOf = (chunks: readonly Buffer[]): number => chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN');
