/** A message as the queue gave it. */
export interface EventMessage {
  /** The same each time that it is given. */
  readonly id: string;
  /** What removes it, until it is given again. */
  readonly receipt: string;
  readonly body: string;
}

/** Why the queue cannot be used. */
export interface QueueTrouble {
  /** One word, as the reasons of conditions are. */
  readonly reason: string;
  /** Whole sentences without the closing full stop: what is wrong, and the cure. */
  readonly message: string;
}

export type Received =
  | { readonly kind: 'messages'; readonly messages: readonly EventMessage[] }
  | { readonly kind: 'trouble'; readonly trouble: QueueTrouble };

/** Which of the messages are still there, and why, where it is known. */
export interface Removed {
  readonly left: readonly EventMessage[];
  readonly trouble?: QueueTrouble;
}

/** The queue that AWS puts its events into. A message that is not removed comes again after a while. */
export interface EventQueue {
  /** Some messages, as soon as there are any; none after 20 s without. Never rejects. */
  receive(signal: AbortSignal): Promise<Received>;
  /** Removes ten messages at most. Never rejects. */
  remove(messages: readonly EventMessage[], signal: AbortSignal): Promise<Removed>;
}
