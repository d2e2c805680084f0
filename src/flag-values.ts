import { InvalidArgumentError } from 'commander';
import { parseQueueUrl, type QueueAddress } from './aws/queue-address.ts';
import type { ObjectKey } from './core/ports.ts';

// What commander is to make of the text behind a flag. Each throws what it wants instead.

export const QUOTA_GROUPS = [
  'secrets-manager-batch',
  'secrets-manager-get',
  'secrets-manager-describe',
  'parameter-store',
] as const;
export type QuotaGroup = (typeof QUOTA_GROUPS)[number];

export function address(text: string): string {
  const port = /^(?:\[[0-9a-fA-F:]+\]|[^\s:[\]]*):(\d{1,5})$/.exec(text)?.[1];
  if (port === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError('Want HOST:PORT, such as 127.0.0.1:8080 or :8080.');
  }
  return text;
}

export function namespaceName(text: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text))
    throw new InvalidArgumentError('Want the name of a namespace.');
  return text;
}

export function queueUrl(text: string): QueueAddress {
  const queue = parseQueueUrl(text);
  if (queue !== undefined) return queue;
  throw new InvalidArgumentError(
    'Want the URL of an SQS queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/keyferry-events; where another host serves it, set AWS_ENDPOINT_URL_SQS.',
  );
}

export function serviceAccount(text: string): ObjectKey {
  const [, namespace, name] =
    /^([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)$/.exec(text) ?? [];
  if (namespace === undefined || name === undefined)
    throw new InvalidArgumentError('Want NAMESPACE/NAME of a ServiceAccount, such as keyferry/events.');
  return { namespace, name };
}

export function width(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1_000)
    throw new InvalidArgumentError('Want a number from 1 to 1000.');
  return value;
}

export function leaseDuration(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 3 || value > 300) throw new InvalidArgumentError('Want seconds, from 3 to 300.');
  return value;
}

export function rate(text: string, before: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const [, group, calls] = /^([a-z-]+)=(\d{1,5}(?:\.\d+)?)$/.exec(text) ?? [];
  if (group === undefined || !QUOTA_GROUPS.some((known) => known === group) || !(Number(calls) > 0)) {
    throw new InvalidArgumentError(`Want GROUP=CALLS, such as parameter-store=40; groups: ${QUOTA_GROUPS.join(', ')}.`);
  }
  return { ...before, [group]: Number(calls) };
}
