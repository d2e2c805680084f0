import { createHash } from 'node:crypto';
import type { Ambient, EventTarget, Recorder } from '../core/ports.ts';
import type { ApiAnswer } from './answer.ts';
import type { ApiClient } from './client.ts';
import { pause } from './pause.ts';

/** A Recorder whose queue is sent by `run`. */
export interface EventRecorder extends Recorder {
  /** Sends until the signal aborts, then what is still queued, for `drainMs` at most. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export interface RecorderOptions {
  /** The pod's name: which replica says it. */
  readonly instance: string;
  /** How long a stop waits for the queue; default 3 s. */
  readonly drainMs?: number;
  /** How long an Event that could not be sent waits for its second and last try; default 1 s. */
  readonly retryMs?: number;
}

const CONTROLLER = 'keyferry.dev/operator';
/** Limits of events.k8s.io/v1 (k8s.io/kubernetes, pkg/apis/core/validation/events.go). */
const NOTE_BYTES = 1024;
const INSTANCE_CHARACTERS = 128;

const SAME_MS = 10 * 60_000;
// As client-go's spam filter: 25 at once for an object, then one in five minutes.
const BURST = 25;
const REFILL_MS = 5 * 60_000;
// What is well is told by statuses, too: of thousands that have become so at once, nobody reads each Event.
const QUEUED = { Warning: 1000, Normal: 100 } as const;
// Thousands of Events at a start would take half of what the API server can do, just when it has Secrets to write.
const PER_SECOND = 10;
const AT_ONCE = 25;
// What is well counts for more: it can wait while there is work to do.
const COST = { Warning: 1, Normal: 2.5 } as const;
/** Of objects and of messages that are remembered; the oldest is forgotten first. */
const REMEMBERED = 4096;

interface Queued {
  readonly path: string;
  readonly body: object;
}

type EventType = 'Normal' | 'Warning';

/** What is to be told, and what its name ends in. */
interface Telling {
  readonly regarding: EventTarget;
  readonly type: EventType;
  readonly reason: string;
  readonly note: string;
  readonly suffix: string;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Kubernetes Events: without repetition, within limits, and never in anybody's way. */
export const createRecorder = (client: ApiClient, ambient: Ambient, options: RecorderOptions): EventRecorder =>
  new QueueRecorder(client, ambient, options);

class QueueRecorder implements EventRecorder {
  readonly #client: ApiClient;
  readonly #ambient: Ambient;
  readonly #options: RecorderOptions;
  readonly #queues: Readonly<Record<EventType, Queued[]>> = { Warning: [], Normal: [] };
  /** Of Events in all; it may be in debt, for the time to come. */
  #pace: Bucket;
  readonly #saidAtMs = new Map<string, number>();
  readonly #buckets = new Map<string, Bucket>();
  #wake: () => void = () => {};

  constructor(client: ApiClient, ambient: Ambient, options: RecorderOptions) {
    this.#client = client;
    this.#ambient = ambient;
    this.#options = options;
    this.#pace = { tokens: AT_ONCE, atMs: ambient.nowMs() };
  }

  event(...[regarding, type, reason, message, occasion]: Parameters<Recorder['event']>): void {
    const nowMs = this.#ambient.nowMs();
    const note = cut(message, NOTE_BYTES);
    const queue = this.#queues[type];
    if (queue.length >= QUEUED[type] || this.#wasSaid(regarding.uid, reason, occasion ?? note, nowMs)) return;
    if (!this.#takeToken(regarding.uid, nowMs)) return;
    const suffix =
      occasion === undefined ? this.#chance(nowMs) : digestOf(regarding.uid, reason, occasion).slice(0, 24);
    queue.push(this.#toEvent({ regarding, type, reason, note, suffix }, nowMs));
    this.#wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      const type = this.#next();
      const queue = this.#queues[type];
      const [next] = queue;
      if (next === undefined) await this.#somethingNew();
      else {
        await this.#send(next, signal);
        // An Event that the stop interrupted stays, for the drain.
        if (!signal.aborted) queue.shift();
        await this.#slowDown(type, signal);
      }
    }
    const deadline = AbortSignal.timeout(this.#options.drainMs ?? 3_000);
    const left = [...this.#queues.Warning.splice(0), ...this.#queues.Normal.splice(0)];
    for (const each of left) if (!deadline.aborted) await this.#send(each, deadline);
  }

  /** Trouble is told first. */
  #next(): EventType {
    return this.#queues.Warning.length > 0 ? 'Warning' : 'Normal';
  }

  async #slowDown(type: EventType, signal: AbortSignal): Promise<void> {
    const nowMs = this.#ambient.nowMs();
    const { tokens, atMs } = this.#pace;
    const earned = (Math.max(0, nowMs - atMs) / 1_000) * PER_SECOND;
    this.#pace = { tokens: Math.min(AT_ONCE, tokens + earned) - COST[type], atMs: nowMs };
    if (this.#pace.tokens < 0) await pause((-this.#pace.tokens / PER_SECOND) * 1_000, signal);
  }

  #somethingNew(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Sends with one more try; an Event that does not arrive is lost, as Events may be. */
  async #send(queued: Queued, signal: AbortSignal): Promise<void> {
    for (let tries = 0; tries < 2 && !signal.aborted; tries++) {
      if (tries > 0) await pause(this.#options.retryMs ?? 1_000, signal);
      if (isSettled(await this.#post(queued, signal))) return;
    }
  }

  async #post({ path, body }: Queued, signal: AbortSignal): Promise<ApiAnswer> {
    try {
      return await this.#client.request({ method: 'POST', path, body, timeoutMs: 5_000 }, signal);
    } catch (thrown) {
      if (signal.aborted) return { kind: 'lost', code: 'ABORTED' };
      throw thrown;
    }
  }

  /** Whether the same was said within ten minutes; if not, it now is. */
  #wasSaid(uid: string, reason: string, what: string, nowMs: number): boolean {
    const digest = digestOf(uid, reason, what);
    const saidAtMs = this.#saidAtMs.get(digest);
    if (saidAtMs !== undefined && Math.abs(nowMs - saidAtMs) < SAME_MS) return true;
    remember(this.#saidAtMs, digest, nowMs);
    return false;
  }

  #takeToken(uid: string, nowMs: number): boolean {
    const { tokens, atMs } = this.#buckets.get(uid) ?? { tokens: BURST, atMs: nowMs };
    const filled = Math.min(BURST, tokens + Math.max(0, nowMs - atMs) / REFILL_MS);
    remember(this.#buckets, uid, { tokens: filled >= 1 ? filled - 1 : filled, atMs: nowMs });
    return filled >= 1;
  }

  /** The name is chosen here, so that a second try of the same Event does not make two. */
  #chance(nowMs: number): string {
    return `${Math.floor(nowMs).toString(16)}${Math.floor(this.#ambient.random() * 2 ** 48).toString(16)}`;
  }

  #toEvent({ regarding, type, reason, note, suffix }: Telling, nowMs: number): Queued {
    // Objects without a namespace have their Events in `default`, where kubectl describe looks for them.
    const namespace = regarding.namespace === '' ? 'default' : regarding.namespace;
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `${regarding.name.slice(0, 200)}.${suffix}`, namespace },
      eventTime: new Date(nowMs).toISOString().replace('Z', '000Z'),
      reportingController: CONTROLLER,
      reportingInstance: this.#options.instance.slice(0, INSTANCE_CHARACTERS) || 'keyferry',
      action: 'Reconcile',
      type,
      reason,
      note,
      regarding: { ...regarding },
    };
    return { path: `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`, body };
  }
}

const digestOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** Arrived, turned down for good, or said before (409): only what may pass is sent again. */
const isSettled = (answer: ApiAnswer): boolean =>
  answer.kind === 'said' && answer.status < 500 && answer.status !== 429 && answer.status !== 401;

/** Sets an entry as the newest, and drops the oldest when there are too many. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > REMEMBERED && oldest.done !== true) map.delete(oldest.value);
}

/** The longest beginning of the text that has at most so many bytes, and no half character. */
function cut(text: string, bytes: number): string {
  const whole = Buffer.from(text);
  if (whole.byteLength <= bytes) return text;
  let end = bytes - 3;
  // A byte 10xxxxxx goes on with the character before it.
  while (end > 0 && ((whole[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${whole.toString('utf8', 0, end)}…`;
}
