import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type ClosableEventQueue, createEventQueue } from '../../src/aws/event-queue.ts';
import { parseQueueUrl } from '../../src/aws/queue-address.ts';
import { succeed } from '../../src/model/result.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { throttled } from '../support/aws-errors.ts';
import { type AwsFront, startAwsFront } from '../support/aws-front.ts';
import { createQueue, type SeededQueue } from '../support/event-queue.ts';
import { MemoryEventQueue } from '../support/memory-event-queue.ts';
import { inRepository } from '../support/repository.ts';
import { describeEventQueue } from './event-queue.suite.ts';

let front: AwsFront;
let queues = 0;
const KEYS = { accessKeyId: 'AKIAEVENTSEVENTSEVEN', secretAccessKey: SecretValue.ofText('events') };
const signal = new AbortController().signal;

beforeAll(async () => {
  front = await startAwsFront({ motoEndpoint: inject('environment').motoEndpoint, accessKeyIds: [KEYS.accessKeyId] });
  process.env.AWS_ENDPOINT_URL = front.endpoint;
});
afterAll(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  await front.stop();
});

function reader(url: string, accessKeyId = KEYS.accessKeyId): ClosableEventQueue {
  const queue = parseQueueUrl(url);
  if (queue === undefined) throw new Error(`${url} is no queue`);
  const nobody = async (): Promise<never> => {
    throw new Error('nobody else is asked');
  };
  return createEventQueue({
    queue,
    identity: () => succeed({ kind: 'operator', sessionName: 'keyferry-events' }),
    identities: { requestToken: nobody, readSecretKey: nobody },
    own: { kind: 'keys', ...KEYS, accessKeyId },
    ambient: { nowMs: () => Date.now(), random: () => Math.random() },
    observer: { request: () => undefined },
    version: '0.0.0-test',
    endpoints: { fips: false, dualStack: false },
  });
}

const seed = (): Promise<SeededQueue> => createQueue(front.seedEndpoint, `events-${process.pid}-${queues++}`);

describeEventQueue('moto', async () => {
  const seeded = await seed();
  const queue = reader(seeded.url);
  return {
    queue,
    send: (bodies) => seeded.send(bodies),
    size: () => seeded.size(),
    giveBack: (messages) => seeded.giveBack(messages.map(({ receipt }) => receipt)),
    end: async () => {
      queue.close();
      seeded.close();
    },
  };
});

describeEventQueue('memory', async () => {
  const queue = new MemoryEventQueue();
  return {
    queue,
    send: async (bodies) => {
      for (const body of bodies) queue.send(body);
    },
    size: async () => queue.size,
    giveBack: async () => queue.returnAll(),
    end: async () => undefined,
  };
});

it('is read with what docs/events.md grants, and nothing else', async () => {
  const page = readFileSync(inRepository('docs', 'events.md'), 'utf8');
  const [, statement = ''] = /^```json\n(\{"Effect".*\})\n```$/m.exec(page) ?? [];
  const before = front.journal.length;
  const seeded = await seed();
  const queue = reader(seeded.url);
  await seeded.send(['a']);
  const got = await queue.receive(signal);
  expect(got.kind === 'messages' && (await queue.remove(got.messages, signal))).toEqual({ left: [] });
  // A batch needs the right to the single call.
  const called = front.journal.slice(before).map(({ operation }) => `sqs:${operation.replace(/Batch$/, '')}`);
  expect(new Set(called)).toEqual(new Set(JSON.parse(statement).Action));
  queue.close();
  seeded.close();
});

describe('a queue that cannot be read', () => {
  it('is told of as not there', async () => {
    const queue = reader('https://sqs.eu-west-1.amazonaws.com/123456789012/no-such-queue');
    const got = await queue.receive(signal);
    expect(got).toMatchObject({ kind: 'trouble', trouble: { reason: 'QueueNotFound' } });
    queue.close();
  });

  it('is told of as not there where it is in another Region', async () => {
    const seeded = await seed();
    const queue = reader(seeded.url.replace('eu-west-1', 'us-east-1'));
    const got = await queue.receive(signal);
    expect(got).toMatchObject({ kind: 'trouble', trouble: { reason: 'QueueNotFound' } });
    expect(got.kind === 'trouble' && got.trouble.message).toContain('us-east-1');
    queue.close();
    seeded.close();
  });

  it('is told of as asked too often', async () => {
    const seeded = await seed();
    const queue = reader(seeded.url);
    const fault = front.inject({ operation: 'ReceiveMessage', times: 1, respond: throttled() });
    expect(await queue.receive(signal)).toMatchObject({ kind: 'trouble', trouble: { reason: 'Throttled' } });
    fault.remove();
    queue.close();
    seeded.close();
  });

  it('is told of as closed to these keys', async () => {
    const seeded = await seed();
    const queue = reader(seeded.url, 'AKIANOBODYNOBODYNOBO');
    expect(await queue.receive(signal)).toMatchObject({ kind: 'trouble', trouble: { reason: 'CredentialsInvalid' } });
    queue.close();
    seeded.close();
  });
});
