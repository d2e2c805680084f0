import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  BatchGetSecretValueCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  DescribeParametersCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { LRUCache } from 'lru-cache';
import { cappedCollector } from './capped-collector.ts';
import type { AwsKeys, QueueCall, ReadCall, Transport } from './transport.ts';

// Per endpoint. The token buckets hold the rate; this only bounds what is in flight when AWS is slow.
const MAX_SOCKETS = 100;
const CONNECTION_TIMEOUT_MS = 5_000;
// Three attempts fit into the 30 s that a fetch has.
const REQUEST_TIMEOUT_MS = 9_000;
// A queue without messages answers after 20 s.
const RECEIVE_TIMEOUT_MS = 29_000;
// Twenty secrets of 64 KiB, each byte written as a JSON escape of six characters, are 8 MB.
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const MAX_STS_CLIENTS = 50;

interface Clients {
  secretsManager?: SecretsManagerClient;
  ssm?: SSMClient;
  sts?: STSClient;
  sqs?: SQSClient;
}

/** How the hosts of AWS are chosen. */
export interface Endpoints {
  readonly fips: boolean;
  readonly dualStack: boolean;
}

/**
 * The transport over the AWS SDK. Endpoints are the Region's own or those of the SDK's variables (`AWS_ENDPOINT_URL`, ...).
 *
 * The SDK makes one attempt a call: a retry of its own would pass the quota's turnstile by, hide the throttles that the
 * turnstile learns from, and go out under credentials that were just refused.
 */
export function createSdkTransport(version: string, endpoints: Endpoints, handler?: Handler): Transport {
  const agents = {
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
    httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS, minVersion: 'TLSv1.2' }),
  };
  const own = new NodeHttpHandler({
    ...agents,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
    // It warns of a queue for sockets on the console; the turnstile and the deadline are our answer to that.
    logger: silent,
  });
  const shared: Shared = {
    requestHandler: handler ?? own,
    streamCollector: cappedCollector(MAX_BODY_BYTES),
    maxAttempts: 1,
    customUserAgent: [['keyferry', version]],
    logger: silent,
    // Said either way, so that the SDK does not look for them in the environment and in profiles.
    useFipsEndpoint: endpoints.fips,
    useDualstackEndpoint: endpoints.dualStack,
  };
  const clientsFor = createClients(shared);
  const stsFor = createStsClients(shared);
  return {
    send: (call, region, keys, signal) => {
      if (call.api === 'AssumeRoleWithWebIdentity') {
        return stsFor(region).send(new AssumeRoleWithWebIdentityCommand(call.input), { abortSignal: signal });
      }
      if (keys === undefined) throw new Error(`${call.api} needs keys`);
      if (call.api === 'AssumeRole') {
        return clientsFor(region, keys).sts().send(new AssumeRoleCommand(call.input), { abortSignal: signal });
      }
      if (call.api === 'GetCallerIdentity') {
        return clientsFor(region, keys).sts().send(new GetCallerIdentityCommand(call.input), { abortSignal: signal });
      }
      if (call.api === 'ReceiveMessage' || call.api === 'DeleteMessageBatch') {
        return sendToQueue(call, clientsFor(region, keys).sqs(), signal);
      }
      return sendRead(call, clientsFor(region, keys), { abortSignal: signal });
    },
    close() {
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

/** What sends a signed request; a test puts its own here. */
type Handler = Pick<NodeHttpHandler, 'handle'>;

interface Shared {
  readonly requestHandler: Handler;
  readonly streamCollector: ReturnType<typeof cappedCollector>;
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
  readonly maxAttempts: 1;
  readonly customUserAgent: [string, string][];
  readonly logger: typeof silent;
}

const ignore = (): void => undefined;
// Without `info`: for that, the SDK would make a copy of each answer.
const silent = { trace: ignore, debug: ignore, warn: ignore, error: ignore } as Record<
  'trace' | 'debug' | 'info' | 'warn' | 'error',
  () => void
>;

async function sendRead(
  call: ReadCall,
  clients: { secretsManager(): SecretsManagerClient; ssm(): SSMClient },
  options: { abortSignal: AbortSignal },
): Promise<unknown> {
  switch (call.api) {
    case 'GetSecretValue':
      return clients.secretsManager().send(new GetSecretValueCommand(call.input), options);
    case 'BatchGetSecretValue':
      return clients.secretsManager().send(new BatchGetSecretValueCommand(call.input), options);
    case 'DescribeSecret':
      return clients.secretsManager().send(new DescribeSecretCommand(call.input), options);
    case 'ListSecrets':
      return clients.secretsManager().send(new ListSecretsCommand(call.input), options);
    case 'GetParameters':
      return clients.ssm().send(new GetParametersCommand(call.input), options);
    case 'GetParametersByPath':
      return clients.ssm().send(new GetParametersByPathCommand(call.input), options);
    case 'DescribeParameters':
      return clients.ssm().send(new DescribeParametersCommand(call.input), options);
    case 'ListTagsForResource':
      return clients.ssm().send(new ListTagsForResourceCommand(call.input), options);
  }
}

const sendToQueue = (call: QueueCall, sqs: SQSClient, abortSignal: AbortSignal): Promise<unknown> =>
  call.api === 'ReceiveMessage'
    ? sqs.send(new ReceiveMessageCommand(call.input), { abortSignal, requestTimeout: RECEIVE_TIMEOUT_MS })
    : sqs.send(new DeleteMessageBatchCommand(call.input), { abortSignal });

/**
 * A client signs with one set of keys for its whole life, so it is always known which keys a call went out under, and the
 * SDK's own caching of credentials has no part in it. Clients are small (17 KB) and go with their keys.
 */
function createClients(shared: Shared) {
  const byKeys = new WeakMap<AwsKeys, Map<string, Clients>>();
  return (region: string, keys: AwsKeys) => {
    const regions = byKeys.get(keys) ?? new Map<string, Clients>();
    byKeys.set(keys, regions);
    const clients: Clients = regions.get(region) ?? {};
    regions.set(region, clients);
    const config = { ...shared, region, credentials: { ...keys } };
    return {
      secretsManager: () => (clients.secretsManager ??= new SecretsManagerClient(config)),
      ssm: () => (clients.ssm ??= new SSMClient(config)),
      sts: () => (clients.sts ??= new STSClient(config)),
      // The Region's own endpoint, whatever host the URL of the queue names: FIPS and the SDK's variables choose it, as everywhere.
      sqs: () => (clients.sqs ??= new SQSClient({ ...config, md5: false, useQueueUrlAsEndpoint: false })),
    };
  };
}

function createStsClients(shared: Shared) {
  const byRegion = new LRUCache<string, STSClient>({ max: MAX_STS_CLIENTS });
  return (region: string): STSClient => {
    const client = byRegion.get(region) ?? new STSClient({ ...shared, region });
    byRegion.set(region, client);
    return client;
  };
}
