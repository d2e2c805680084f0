import { setTimeout as wait } from 'node:timers/promises';
import type { AwsAnswer } from './aws-errors.ts';
import type { AwsRequest } from './aws-request.ts';

const LOOK_MS = 50;

/**
 * Waits for messages as SQS does, until the caller has gone. moto itself goes on waiting for a caller who has hung up, and gives them
 * the next message; so it is asked over and over, and never to wait.
 */
export async function longPoll(
  { input }: AwsRequest,
  ask: (body: Buffer) => Promise<AwsAnswer>,
  gone: AbortSignal,
): Promise<AwsAnswer> {
  const body = Buffer.from(JSON.stringify({ ...input, WaitTimeSeconds: 0 }));
  const endMs = Date.now() + 1_000 * Number(input.WaitTimeSeconds ?? 0);
  for (;;) {
    const answer = await ask(body);
    const isWhole = answer.status !== 200 || answer.body.includes('ReceiptHandle');
    if (isWhole || gone.aborted || Date.now() >= endMs) return answer;
    await wait(LOOK_MS, undefined, { signal: gone }).catch(() => undefined);
  }
}
