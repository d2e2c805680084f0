import { describe, expect, it } from 'vitest';
import { createEventQueueOver } from '../../../src/aws/event-queue.ts';
import { parseQueueUrl } from '../../../src/aws/queue-address.ts';
import type { AwsCall } from '../../../src/aws/transport.ts';
import type { Identity } from '../../../src/core/ports.ts';
import { fail, type Result, succeed } from '../../../src/model/result.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';

const URL = 'https://sqs.eu-west-1.amazonaws.com/111122223333/keyferry-events';
const signal = new AbortController().signal;
const CANARY = 'text of AWS';

const awsError = (name: string, status = 400, message = CANARY): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });

/** A queue over a transport that answers as told; and what was sent. */
function openQueue(answer: (call: AwsCall) => unknown, identity?: () => Result<Identity>) {
  const calls: AwsCall[] = [];
  const queue = parseQueueUrl(URL);
  if (queue === undefined) throw new Error('no queue');
  const nobody = async (): Promise<never> => {
    throw new Error('nobody is asked');
  };
  const transport = {
    send: async (call: AwsCall) => {
      calls.push(call);
      const given = answer(call);
      if (given instanceof Error) throw given;
      return given;
    },
    close: () => undefined,
  };
  const over = createEventQueueOver(transport, {
    queue,
    identity: identity ?? (() => succeed({ kind: 'operator', sessionName: 'keyferry-events' })),
    identities: { requestToken: nobody, readSecretKey: nobody },
    own: { kind: 'keys', accessKeyId: 'AKIA', secretAccessKey: SecretValue.ofText('secret') },
    ambient: { nowMs: () => 1_000, random: () => 0.5 },
    observer: { request: () => undefined },
  });
  return { queue: over, calls };
}

describe('the URL of a queue', () => {
  const good: readonly string[] = [
    URL,
    'https://sqs.cn-north-1.amazonaws.com.cn/111122223333/keyferry-events',
    'https://sqs.eusc-de-east-1.amazonaws.eu/111122223333/keyferry-events',
    'https://sqs-fips.us-gov-west-1.amazonaws.com/111122223333/keyferry-events',
    'https://sqs.eu-west-1.api.aws/111122223333/keyferry-events',
    'https://eu-west-1.queue.amazonaws.com/111122223333/keyferry-events',
    'https://sqs.eu-west-1.amazonaws.com/111122223333/keyferry.fifo',
  ];
  for (const text of good)
    it(`is ${text}`, () => expect(parseQueueUrl(text)).toMatchObject({ url: text, account: '111122223333' }));
  const bad: readonly string[] = [
    '',
    'keyferry-events',
    'arn:aws:sqs:eu-west-1:111122223333:keyferry-events',
    URL.replace('https', 'http'),
    `${URL}?x=1`,
    `${URL}/`,
    URL.replace('sqs.eu-west-1.', 'example.'),
    URL.replace('111122223333', '1111'),
    URL.replace('https://', 'https://user:password@'),
  ];
  for (const text of bad) it(`is not ${JSON.stringify(text)}`, () => expect(parseQueueUrl(text)).toBeUndefined());
});

describe('what is in the way of the queue', () => {
  const ARN = 'arn:aws:sqs:eu-west-1:111122223333:keyferry-events';
  const cases: readonly { it: string; error: Error; reason: string; says: readonly string[] }[] = [
    {
      it: 'a missing grant',
      error: awsError('AccessDeniedException', 403),
      reason: 'AccessDenied',
      says: ['sqs:ReceiveMessage', ARN, "operator's own"],
    },
    {
      it: 'a missing queue',
      error: awsError('QueueDoesNotExist'),
      reason: 'QueueNotFound',
      says: ['keyferry-events', '111122223333', '--events-queue-url'],
    },
    {
      it: 'a missing queue, as older endpoints say it',
      error: awsError('AWS.SimpleQueueService.NonExistentQueue'),
      reason: 'QueueNotFound',
      says: ['docs/events.md'],
    },
    {
      it: 'a key that may not be used',
      error: awsError('KmsAccessDenied'),
      reason: 'DecryptionFailed',
      says: ['kms:Decrypt'],
    },
    { it: 'too many calls', error: awsError('ThrottlingException'), reason: 'Throttled', says: ['eu-west-1'] },
    { it: 'an outage', error: awsError('InternalError', 500), reason: 'SourceUnavailable', says: ['no answer'] },
    {
      it: 'a connection that broke',
      error: Object.assign(new Error(CANARY), { code: 'ECONNRESET' }),
      reason: 'SourceUnavailable',
      says: ['no answer'],
    },
    { it: 'any other refusal', error: awsError('InvalidAddress'), reason: 'SourceUnavailable', says: ['refuses'] },
  ];
  for (const { it: name, error, reason, says } of cases) {
    it(`is told in our own words: ${name}`, async () => {
      const { queue } = openQueue(() => error);
      const got = await queue.receive(signal);
      if (got.kind !== 'trouble') throw new Error('it was received');
      expect(got.trouble.reason).toBe(reason);
      for (const part of says) expect(got.trouble.message).toContain(part);
      expect(got.trouble.message).not.toContain(CANARY);
    });
  }

  it('names the action of a removal', async () => {
    const { queue } = openQueue(() => awsError('AccessDeniedException', 403));
    const message = { id: 'a', receipt: 'r', body: '' };
    const removed = await queue.remove([message], signal);
    expect(removed.left).toEqual([message]);
    expect(removed.trouble?.message).toContain('may not call sqs:DeleteMessage');
    expect(removed.trouble?.message).toContain('"Action":["sqs:ReceiveMessage","sqs:DeleteMessage"]');
  });

  it('is a ServiceAccount without a role', async () => {
    const { queue, calls } = openQueue(
      () => ({}),
      () => fail('CredentialsInvalid', '--events-service-account', 'there is none'),
    );
    const got = await queue.receive(signal);
    expect(got).toEqual({
      kind: 'trouble',
      trouble: { reason: 'CredentialsInvalid', message: '--events-service-account: there is none' },
    });
    expect(calls).toEqual([]);
  });
});

describe('the queue', () => {
  it('asks again with new credentials, once', async () => {
    const { queue, calls } = openQueue(() => awsError('ExpiredToken', 403));
    expect(await queue.receive(signal)).toMatchObject({ trouble: { reason: 'CredentialsInvalid' } });
    expect(calls).toHaveLength(2);
  });

  it('asks for one message where ten were too much to take in, and then for ten again', async () => {
    let tries = 0;
    const { queue, calls } = openQueue(() => (tries++ === 0 ? new Error('too large') : { Messages: [] }));
    for (let at = 0; at < 3; at++) await queue.receive(signal);
    const sizes = calls.map((call) => (call.api === 'ReceiveMessage' ? call.input.MaxNumberOfMessages : 0));
    expect(sizes).toEqual([10, 1, 10]);
  });

  it('takes only well-formed messages, and only what AWS says for removed', async () => {
    const entry = { MessageId: 'm', ReceiptHandle: 'r', Body: 'b' };
    const { queue } = openQueue((call) =>
      call.api === 'ReceiveMessage'
        ? { Messages: [entry, {}, null, 'x'] }
        : { Successful: [{ Id: '1' }], Failed: [{ Id: '0' }] },
    );
    const got = await queue.receive(signal);
    expect(got).toEqual({ kind: 'messages', messages: [{ id: 'm', receipt: 'r', body: 'b' }] });
    const [a, b] = [
      { id: 'a', receipt: 'a', body: '' },
      { id: 'b', receipt: 'b', body: '' },
    ];
    expect(await queue.remove([a, b], signal)).toEqual({ left: [a] });
  });
});
