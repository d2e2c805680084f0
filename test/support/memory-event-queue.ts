import type { EventMessage, EventQueue, QueueTrouble, Received, Removed } from '../../src/core/event-queue.ts';

interface Stored {
  readonly id: string;
  readonly body: string;
  receipt: string;
  isTaken: boolean;
}

/** A queue in memory. A message that was given comes again when `returnAll` says that its time is over. */
export class MemoryEventQueue implements EventQueue {
  readonly #messages = new Map<string, Stored>();
  #receipts = 0;
  /** What both uses meet in place of an answer. */
  trouble: QueueTrouble | undefined;
  /** What removing alone meets. */
  removeTrouble: QueueTrouble | undefined;
  #wake: () => void = () => undefined;

  send(body: string): void {
    const id = `message-${this.#messages.size}-${this.#receipts}`;
    this.#messages.set(id, { id, body, receipt: '', isTaken: false });
    this.#wake();
  }

  get size(): number {
    return this.#messages.size;
  }

  /** Every message that was given is there again. */
  returnAll(): void {
    for (const message of this.#messages.values()) message.isTaken = false;
    this.#wake();
  }

  async receive(signal: AbortSignal): Promise<Received> {
    if (this.trouble !== undefined) return { kind: 'trouble', trouble: this.trouble };
    const free = (): Stored[] => [...this.#messages.values()].filter(({ isTaken }) => !isTaken).slice(0, 10);
    if (free().length === 0) await this.#change(signal);
    const messages = free().map((stored) => {
      stored.isTaken = true;
      stored.receipt = `receipt-${this.#receipts++}`;
      return { id: stored.id, receipt: stored.receipt, body: stored.body };
    });
    return { kind: 'messages', messages };
  }

  async remove(messages: readonly EventMessage[]): Promise<Removed> {
    const trouble = this.trouble ?? this.removeTrouble;
    if (trouble !== undefined) return { left: messages, trouble };
    const isKnown = ({ id, receipt }: EventMessage): boolean => this.#messages.get(id)?.receipt === receipt;
    const known = messages.filter(isKnown);
    for (const { id } of known) this.#messages.delete(id);
    return { left: messages.filter((message) => !known.includes(message)) };
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
  }
}
