import type { QueueTrouble } from '../core/event-queue.ts';
import type { Access } from '../core/ports.ts';
import { partitionOf } from './arn.ts';
import { type AwsError, named } from './aws-error.ts';
import { describeIdentity } from './identity.ts';
import type { QueueAddress } from './queue-address.ts';
import { refusedCredentials } from './translate.ts';
import type { QueueCall } from './transport.ts';

const ACTIONS: Readonly<Record<QueueCall['api'], string>> = {
  ReceiveMessage: 'sqs:ReceiveMessage',
  DeleteMessageBatch: 'sqs:DeleteMessage',
};

/** What an error of the queue means, in our own words: who has to act, and the cure. Nothing of AWS's text is in it. */
export function explainQueue(
  api: QueueCall['api'],
  error: AwsError,
  queue: QueueAddress,
  access: Access,
): QueueTrouble {
  const who = describeIdentity(access.identity);
  const { region, account, name } = queue;
  if (error.class === 'credentials')
    return { reason: 'CredentialsInvalid', message: refusedCredentials(error, access) };
  if (/^(QueueDoesNotExist|.*NonExistentQueue)$/.test(error.name)) {
    const message = `there is no queue ${name} in the account ${account} and ${region}; create it (docs/events.md tells how), or correct --events-queue-url`;
    return { reason: 'QueueNotFound', message };
  }
  if (/^kms/i.test(error.name)) {
    const message = `the queue ${name} is encrypted with a key that ${who} may not use${named(error)}; grant kms:Decrypt on that key, in its policy or in one of the identity`;
    return { reason: 'DecryptionFailed', message };
  }
  if (error.class === 'denied') {
    const statement = JSON.stringify({ Effect: 'Allow', Action: Object.values(ACTIONS), Resource: arnOf(queue) });
    const message = `${who} may not call ${ACTIONS[api]} on the queue ${name}; add this to a policy of the identity, and to the queue's own where that is of another account: ${statement}`;
    return { reason: 'AccessDenied', message };
  }
  if (error.class === 'throttle') return { reason: 'Throttled', message: `SQS in ${region} asks for fewer calls` };
  if (error.class === 'client') {
    return { reason: 'SourceUnavailable', message: `SQS in ${region} refuses the call ${api}${named(error)}` };
  }
  return { reason: 'SourceUnavailable', message: `SQS in ${region} gives no answer${named(error)}; it is asked again` };
}

const arnOf = ({ region, account, name }: QueueAddress): string =>
  `arn:${partitionOf(region)}:sqs:${region}:${account}:${name}`;
