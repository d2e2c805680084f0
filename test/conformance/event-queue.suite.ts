import { describe, expect, it } from 'vitest';
import type { EventMessage, EventQueue } from '../../src/core/event-queue.ts';

/** A queue of one's own, with nothing in it. */
export interface EventQueueWorld {
  readonly queue: EventQueue;
  send(bodies: readonly string[]): Promise<void>;
  size(): Promise<number>;
  /** The time of these is over in which nobody else is given them. */
  giveBack(messages: readonly EventMessage[]): Promise<void>;
  end(): Promise<void>;
}

/** What every queue of events does. */
export function describeEventQueue(name: string, open: () => Promise<EventQueueWorld>): void {
  const signal = new AbortController().signal;

  /** Receives until there are so many. */
  async function receive({ queue }: EventQueueWorld, count: number): Promise<EventMessage[]> {
    const messages: EventMessage[] = [];
    while (messages.length < count) {
      const got = await queue.receive(signal);
      if (got.kind === 'trouble') throw new Error(got.trouble.message);
      messages.push(...got.messages);
    }
    return messages;
  }

  describe(`the queue of events: ${name}`, () => {
    it('gives each message once, as it was sent, ten at most at a time', async () => {
      const world = await open();
      const bodies = Array.from({ length: 12 }, (_, at) => `{"at":${at},"text":"ä \\"<&>\\""}`);
      await world.send(bodies);
      const got = await world.queue.receive(signal);
      const first = got.kind === 'messages' ? got.messages : [];
      expect(first.length).toBeLessThanOrEqual(10);
      const rest = await receive(world, 12 - first.length);
      expect([...first, ...rest].map(({ body }) => body).toSorted()).toEqual(bodies.toSorted());
      expect(new Set([...first, ...rest].map(({ id }) => id)).size).toBe(12);
      await world.end();
    });

    it('waits for a message', async () => {
      const world = await open();
      const [[message]] = await Promise.all([receive(world, 1), world.send(['late'])]);
      expect(message?.body).toBe('late');
      await world.end();
    });

    it('keeps a message until it is removed', async () => {
      const world = await open();
      await world.send(['a', 'b']);
      const messages = await receive(world, 2);
      expect(await world.size()).toBe(2);
      expect(await world.queue.remove(messages, signal)).toEqual({ left: [] });
      expect(await world.size()).toBe(0);
      await world.end();
    });

    it('gives a message again that was not removed, with another receipt, and takes that', async () => {
      const world = await open();
      await world.send(['a']);
      const before = await receive(world, 1);
      await world.giveBack(before);
      const [again] = await receive(world, 1);
      expect(again).toMatchObject({ id: before[0]?.id, body: 'a' });
      expect(again?.receipt).not.toBe(before[0]?.receipt);
      expect(await world.queue.remove(again === undefined ? [] : [again], signal)).toEqual({ left: [] });
      expect(await world.size()).toBe(0);
      await world.end();
    });

    it('says which messages it could not remove, and removes the others', async () => {
      const world = await open();
      await world.send(['a']);
      const [message] = await receive(world, 1);
      if (message === undefined) throw new Error('no message');
      const stranger = { id: 'x', receipt: 'no receipt of this queue', body: '' };
      expect(await world.queue.remove([stranger, message], signal)).toEqual({ left: [stranger] });
      expect(await world.size()).toBe(0);
      await world.end();
    });

    it('answers when it is told to stop', async () => {
      const world = await open();
      const stop = new AbortController();
      const waiting = world.queue.receive(stop.signal);
      stop.abort();
      expect(['trouble', 'messages']).toContain((await waiting).kind);
      await world.end();
    });
  });
}
