import type { EventMessage, EventQueue, QueueTrouble } from '../core/event-queue.ts';
import type { Ambient } from '../core/ports.ts';
import { type Poison, readEvent, type SourceChange } from '../core/source-change.ts';
import type { NewsEnding, SourceNews } from './source-news.ts';

/**
 * What a message came to: something was read anew; all of it was known already; nobody reads what changed; it tells of no change; or what is
 * wrong with it.
 */
export type EventOutcome = NewsEnding | 'unmatched' | 'noChange' | Poison;

export const EVENT_OUTCOMES: readonly EventOutcome[] = [
  'read',
  'held',
  'unmatched',
  'noChange',
  'tooLarge',
  'notJSON',
  'unknownShape',
];

/** Hears what becomes of events; it must not throw. */
export interface EventObserver {
  /** A message has been worked off. Nothing that was in it is told, save its size. */
  event(outcome: EventOutcome, sizeCharacters: number): void;
  /** What an event told of has been read, so long after it happened. */
  lag(lagMs: number): void;
  /** What is in the way of one of the two uses of the queue; undefined when it works. */
  queue(use: 'receive' | 'remove', trouble: QueueTrouble | undefined): void;
}

interface Ports {
  readonly queue: EventQueue;
  readonly news: Pick<SourceNews, 'tell'>;
  /** Puts the ExternalSecret into the queue of work. */
  readonly wake: (id: string) => void;
  readonly observer: EventObserver;
  readonly ambient: Ambient;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

// Looks that are owed at most before more is received: one message may be about a secret that thousands read.
const MAX_OWED = 100_000;
// Where messages cannot be removed, there is no use in more of them.
const MAX_DONE = 1_000;
const LOOK_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
// Removing is no hurry, and ten go in one call.
const GATHER_MS = 100;
const BATCH = 10;
const MAX_TRIES = 3;

/** A message of which something is still owed. */
interface Open {
  message: EventMessage;
  readonly sizeCharacters: number;
  readonly change: SourceChange;
  readonly left: Set<string>;
  how: NewsEnding;
}

/**
 * Reads the queue, and has each ExternalSecret looked at that reads what has changed. A message is removed when all of them have been, and
 * have told so in their status: whatever happens before, it comes again.
 */
export class EventReader {
  readonly #ports: Ports;
  readonly #open = new Map<string, Open>();
  #owed = 0;
  /** What can be removed, and how often that has been tried. */
  readonly #done: { readonly message: EventMessage; readonly tries: number }[] = [];
  #arrived: () => void = () => undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Works until the signal aborts. What is not removed by then comes to whoever reads next. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#receive(signal), this.#remove(signal)]);
  }

  async #receive(signal: AbortSignal): Promise<void> {
    const { queue, ambient, observer, pause } = this.#ports;
    for (let failures = 0; !signal.aborted; ) {
      if (this.#owed >= MAX_OWED || this.#done.length >= MAX_DONE) {
        await pause(LOOK_MS, signal);
        continue;
      }
      const startedMs = ambient.nowMs();
      const got = await queue.receive(signal);
      if (signal.aborted) return;
      observer.queue('receive', got.kind === 'trouble' ? got.trouble : undefined);
      if (got.kind === 'trouble') {
        await pause(backoffMs(++failures, ambient.random()), signal);
        continue;
      }
      failures = 0;
      for (const message of got.messages) this.#take(message);
      // A queue without messages holds the call for 20 s. One that does not would be asked without end.
      if (got.messages.length === 0 && ambient.nowMs() - startedMs < LOOK_MS) await pause(LOOK_MS, signal);
    }
  }

  #take({ body, ...handle }: EventMessage): void {
    // What is in it is not kept: many may wait, and they may be large.
    const message = { ...handle, body: '' };
    const open = this.#open.get(message.id);
    if (open !== undefined) {
      // It has come again while it was worked off; what removes it has changed.
      open.message = message;
      return;
    }
    const reading = readEvent(body);
    if (reading.kind !== 'change') {
      this.#conclude(message, reading.kind === 'poison' ? reading.why : reading.kind, body.length);
      return;
    }
    const { change } = reading;
    const ids = this.#ports.news.tell(change, (id, how) => this.#settled(message.id, id, how));
    if (ids.length === 0) {
      this.#conclude(message, 'unmatched', body.length);
      return;
    }
    this.#open.set(message.id, { message, sizeCharacters: body.length, change, left: new Set(ids), how: 'held' });
    this.#owed += ids.length;
    for (const id of ids) this.#ports.wake(id);
  }

  #settled(messageId: string, id: string, how: NewsEnding): void {
    const open = this.#open.get(messageId);
    if (open === undefined) return;
    if (how === 'read') open.how = how;
    if (open.left.delete(id)) this.#owed--;
    if (open.left.size > 0) return;
    this.#open.delete(messageId);
    if (open.how === 'read') this.#ports.observer.lag(Math.max(0, this.#ports.ambient.nowMs() - open.change.atMs));
    this.#conclude(open.message, open.how, open.sizeCharacters);
  }

  #conclude(message: EventMessage, outcome: EventOutcome, sizeCharacters: number): void {
    this.#ports.observer.event(outcome, sizeCharacters);
    this.#done.push({ message, tries: 0 });
    this.#arrived();
  }

  async #remove(signal: AbortSignal): Promise<void> {
    const { queue, observer, pause, ambient } = this.#ports;
    for (let failures = 0; !signal.aborted; ) {
      if (this.#done.length === 0) await this.#arrival(signal);
      const waitMs = failures === 0 ? GATHER_MS : backoffMs(failures, ambient.random());
      if (failures > 0 || this.#done.length < BATCH) await pause(waitMs, signal);
      const batch = this.#done.splice(0, BATCH);
      if (signal.aborted || batch.length === 0) continue;
      const messages = batch.map(({ message }) => message);
      const { left, trouble } = await queue.remove(messages, signal);
      if (signal.aborted) return;
      observer.queue('remove', trouble);
      failures = left.length === 0 ? 0 : failures + 1;
      // What cannot be removed comes again, and then costs nothing.
      const again = batch.filter(({ message, tries }) => left.includes(message) && tries + 1 < MAX_TRIES);
      this.#done.push(...again.map(({ message, tries }) => ({ message, tries: tries + 1 })));
    }
  }

  #arrival(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.#arrived = end;
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
    });
  }
}

const backoffMs = (failures: number, random: number): number =>
  Math.min(1_000 * 2 ** (failures - 1), LONGEST_BACKOFF_MS) * (0.5 + random / 2);
