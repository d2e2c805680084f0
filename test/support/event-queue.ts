import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { SEED_KEYS, TEST_ACCOUNT, TEST_REGION } from './aws.ts';

/** A queue of one's own, from outside: what EventBridge puts into it, and what is left in it. */
export interface SeededQueue {
  /** As AWS would give it; the operator's endpoint is told otherwise. */
  readonly url: string;
  readonly arn: string;
  send(bodies: readonly string[]): Promise<void>;
  /** Messages that are there, those that somebody holds included. */
  size(): Promise<number>;
  /** Has the messages given again at once, by the receipts that they were given with. */
  giveBack(receipts: readonly string[]): Promise<void>;
  /** Takes out and removes all that is there. */
  takeAll(): Promise<readonly string[]>;
  close(): void;
}

/** Makes a queue in the account of the tests. */
export async function createQueue(endpoint: string, name: string): Promise<SeededQueue> {
  const sqs = clientOf(endpoint);
  await sqs.send(new CreateQueueCommand({ QueueName: name }));
  sqs.destroy();
  return openQueue(endpoint, name);
}

const clientOf = (endpoint: string): SQSClient =>
  new SQSClient({ endpoint, region: TEST_REGION, credentials: SEED_KEYS, useQueueUrlAsEndpoint: false });

/** One that is there. */
export function openQueue(endpoint: string, name: string): SeededQueue {
  const sqs = clientOf(endpoint);
  const QueueUrl = `https://sqs.${TEST_REGION}.amazonaws.com/${TEST_ACCOUNT}/${name}`;
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  return {
    url: QueueUrl,
    arn: `arn:aws:sqs:${TEST_REGION}:${TEST_ACCOUNT}:${name}`,
    async send(bodies) {
      for (let at = 0; at < bodies.length; at += 10) {
        const Entries = bodies.slice(at, at + 10).map((MessageBody, index) => ({ Id: String(index), MessageBody }));
        await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      }
    },
    async size() {
      const get = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] });
      const { Attributes = {} } = await sqs.send(get);
      return AttributeNames.reduce((sum, attribute) => sum + Number(Attributes[attribute]), 0);
    },
    async giveBack(receipts) {
      for (const ReceiptHandle of receipts)
        await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    },
    async takeAll() {
      const bodies: string[] = [];
      for (;;) {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
        if (Messages.length === 0) return bodies;
        bodies.push(...Messages.map(({ Body = '' }) => Body));
        const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
        await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      }
    },
    close: () => sqs.destroy(),
  };
}
