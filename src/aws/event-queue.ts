import type { EventMessage, EventQueue, QueueTrouble, Received, Removed } from '../core/event-queue.ts';
import type { Access, Ambient, Identity, IdentitySource } from '../core/ports.ts';
import { describeFault } from '../model/fault.ts';
import type { Result } from '../model/result.ts';
import { outcomeOf, readAwsError } from './aws-error.ts';
import { type CredentialStore, createCredentialStore } from './credential-store.ts';
import { fence } from './fence.ts';
import { listMember, member, textMember } from './member.ts';
import type { AwsObserver } from './observer.ts';
import type { OwnSource } from './own-credentials.ts';
import type { QueueAddress } from './queue-address.ts';
import { explainQueue } from './queue-trouble.ts';
import { createSdkTransport, type Endpoints } from './sdk-transport.ts';
import { refusedCredentials } from './translate.ts';
import type { QueueCall, Transport } from './transport.ts';

export interface EventQueueOptions {
  readonly queue: QueueAddress;
  /** Who reads the queue, as of now. */
  readonly identity: () => Result<Identity>;
  readonly identities: IdentitySource;
  /** The operator's own credentials, where it is the one who reads. */
  readonly own: OwnSource | undefined;
  readonly ambient: Ambient;
  readonly observer: Pick<AwsObserver, 'request'>;
  readonly version: string;
  readonly endpoints: Endpoints;
  /** Asked right before each call is sent; false: it is not. */
  readonly mayCall?: () => boolean;
}

export interface ClosableEventQueue extends EventQueue {
  /** Ends what is in flight and closes every connection. */
  close(): void;
}

const SIZE = 10;
const WAIT_S = 20;
/** How long a message is nobody else's: longer than it takes to work off what it tells of, most of the time. */
const VISIBILITY_S = 120;

/** The queue over the AWS SDK. */
export const createEventQueue = (options: EventQueueOptions): ClosableEventQueue =>
  createEventQueueOver(
    fence(createSdkTransport(options.version, options.endpoints), options.mayCall ?? (() => true)),
    options,
  );

/** The same over any transport. */
export function createEventQueueOver(
  transport: Transport,
  options: Omit<EventQueueOptions, 'version' | 'endpoints' | 'mayCall'>,
): ClosableEventQueue {
  const closing = new AbortController();
  const { own } = options;
  const observer = { ...options.observer, batch: ignore, rate: ignore, batchDenied: ignore, unexpected: ignore };
  const credentials = createCredentialStore({ ...options, observer, own, transport, closed: closing.signal });
  const means: Means = { ...options, transport, credentials };
  const { url } = options.queue;
  let size = SIZE;
  return {
    async receive(signal) {
      const input = {
        QueueUrl: url,
        MaxNumberOfMessages: size,
        WaitTimeSeconds: WAIT_S,
        VisibilityTimeout: VISIBILITY_S,
      };
      const got = await callQueue(means, { api: 'ReceiveMessage', input }, signal);
      // An answer that cannot be taken in may be too large, and then one message alone is not.
      size = got.kind === 'garbage' ? 1 : SIZE;
      return got.kind === 'answer' ? { kind: 'messages', messages: messagesIn(got.answer) } : got.received;
    },
    async remove(messages, signal) {
      const entries = messages.slice(0, SIZE).map(({ receipt }, at) => ({ Id: String(at), ReceiptHandle: receipt }));
      const input = { QueueUrl: url, Entries: entries };
      const got = await callQueue(means, { api: 'DeleteMessageBatch', input }, signal);
      return got.kind === 'answer' ? leftIn(got.answer, messages) : { left: messages, trouble: got.received.trouble };
    },
    close() {
      closing.abort();
      transport.close();
    },
  };
}

const ignore = (): void => undefined;

interface Means extends Pick<EventQueueOptions, 'queue' | 'identity' | 'ambient' | 'observer'> {
  readonly transport: Transport;
  readonly credentials: CredentialStore;
}

type Called =
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'garbage' | 'failed'; readonly received: Extract<Received, { kind: 'trouble' }> };

const failed = (trouble: QueueTrouble, kind: 'garbage' | 'failed' = 'failed'): Called => ({
  kind,
  received: { kind: 'trouble', trouble },
});

/** One call; a second one where AWS does not take the credentials, and others can be got. */
async function callQueue(means: Means, call: QueueCall, signal: AbortSignal): Promise<Called> {
  const { queue, ambient, observer } = means;
  const identity = means.identity();
  if (!identity.ok) return failed(troubleOf(identity));
  const label = `queue ${queue.name}`;
  const access: Access = { store: label, storeId: label, region: queue.region, identity: identity.value };
  for (;;) {
    const credentials = await means.credentials.get(access, signal);
    if (!credentials.ok) return failed(troubleOf(credentials));
    const startedMs = ambient.nowMs();
    const observe = (outcome: Parameters<AwsObserver['request']>[2]): void =>
      observer.request(call.api, queue.region, outcome, ambient.nowMs() - startedMs);
    try {
      const answer = await means.transport.send(call, queue.region, credentials.value.keys, signal);
      observe('ok');
      return { kind: 'answer', answer };
    } catch (thrown) {
      const error = readAwsError(thrown);
      observe(signal.aborted ? 'aborted' : outcomeOf(error));
      const isRefused = error.class === 'credentials' && !signal.aborted;
      if (isRefused && means.credentials.refuse(access, credentials.value, refusedCredentials(error, access))) continue;
      return failed(explainQueue(call.api, error, queue, access), error.class === 'garbage' ? 'garbage' : 'failed');
    }
  }
}

const troubleOf = ({ faults: [fault] }: Extract<Result<unknown>, { ok: false }>): QueueTrouble => ({
  reason: fault.kind,
  message: describeFault(fault),
});

const messagesIn = (answer: unknown): readonly EventMessage[] =>
  listMember(answer, 'Messages').flatMap((entry) => {
    const receipt = textMember(entry, 'ReceiptHandle');
    const id = textMember(entry, 'MessageId') || receipt;
    return receipt === '' ? [] : [{ id, receipt, body: textMember(entry, 'Body') }];
  });

/** Only what AWS says it has removed is gone. */
function leftIn(answer: unknown, messages: readonly EventMessage[]): Removed {
  const removed = new Set(listMember(answer, 'Successful').map((entry) => member(entry, 'Id')));
  return { left: messages.filter((_message, at) => !removed.has(String(at))) };
}
