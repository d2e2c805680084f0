import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SEED_KEYS, TEST_ACCOUNT, TEST_REGION } from './aws.ts';

/** A queue of one's own, from outside: what EventBridge puts into it, and what is left in it. */
export interface SeededQueue {
  /** As AWS would give it; the operator's endpoint is told otherwise. */
  readonly url: string;
  readonly arn: string;
  send(bodies: readonly string[]): Promise<void>;
  /** Messages that are there, those that somebody holds included. */
  size(): Promise<number>;
  close(): void;
}

/** Makes a queue in the account of the tests, whose messages come again so long after they were given. */
export async function createQueue(endpoint: string, name: string): Promise<SeededQueue> {
  const sqs = new SQSClient({ endpoint, region: TEST_REGION, credentials: SEED_KEYS });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  return {
    url: `https://sqs.${TEST_REGION}.amazonaws.com/${TEST_ACCOUNT}/${name}`,
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
    close: () => sqs.destroy(),
  };
}
