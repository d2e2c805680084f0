import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SEED_KEYS, TEST_ACCOUNT } from '../aws.ts';
import type { AwsFront } from '../aws-front.ts';
import type { TokenIssuer } from '../web-identity.ts';
import type { Rights, Role } from './iam.ts';
import type { KmsKey } from './key-management.ts';
import { putParameters, putSecrets, type Texts } from './many.ts';
import type { Paging } from './paging.ts';
import type { PolicyDocument } from './policy.ts';
import type { LimitGroup } from './rate-limit.ts';
import { StandInServer } from './stand-in-server.ts';
import { providerArn, providerHost } from './token-service.ts';

export interface StandInOptions {
  /** Whose ServiceAccount tokens STS takes; every account has an OIDC provider for it. */
  readonly issuer?: TokenIssuer;
}

/** Keys to sign with. */
export interface AccessKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * An AWS of our own, in this process: Secrets Manager, Parameter Store and STS of any number of accounts and Regions. The account
 * of a call is that of its keys, the Region that of its signature. Signatures themselves are not verified.
 *
 * What tests do with the seeding keys is allowed, answered at once, and shows in no journal.
 */
export interface StandIn extends AwsFront {
  /** The seeding keys of an account. */
  seedKeys(account: string): AccessKeys;
  putRole(arn: string, role: Role): void;
  /** A user with access keys; `accessKeyId` is made up unless given. */
  putUser(arn: string, rights: Rights, accessKeyId?: string): AccessKeys;
  /** A customer managed key; secrets and parameters name it by its ARN. */
  putKey(arn: string, key: KmsKey): void;
  /** Lets another account read a parameter by its ARN, as a share of the Resource Access Manager does. */
  shareParameter(arn: string, account: string): void;
  /** Below `/aws/service/`, for every account and Region. */
  publishParameter(name: string, value: string): void;
  /** Of the callers in an account; undefined takes it away. */
  setServiceControl(account: string, policy: PolicyDocument | undefined): void;
  /** Of the resources of an account; undefined takes it away. */
  setResourceControl(account: string, policy: PolicyDocument | undefined): void;
  /** Of the VPC endpoint that all calls come through; undefined takes it away. */
  setEndpointPolicy(policy: PolicyDocument | undefined): void;
  /** Calls a second for each account and Region; undefined lifts the limit. */
  setLimit(group: LimitGroup, perSecond: number | undefined): void;
  /** How long each answer takes at least. */
  setLatency(ms: number): void;
  setPaging(paging: Paging): void;
  /** Makes or changes so many secrets of the tests' account at once that calls would take too long. */
  putSecrets(texts: Texts): void;
  /** The same for parameters, each a SecureString. */
  putParameters(texts: Texts): void;
}

/** Lets everything happen. */
export const ALLOW_ALL: PolicyDocument = {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
};

const NO_ISSUER: TokenIssuer = { issuer: '', fetchKeys: async () => ({ keys: [] }) };

/** The trust policy that lets one ServiceAccount assume a role of the account. */
export const trustOf = (account: string, issuer: string, subject: string): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Federated: providerArn(account, issuer) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: {
        [`${providerHost(issuer)}:sub`]: subject,
        [`${providerHost(issuer)}:aud`]: 'sts.amazonaws.com',
      },
    },
  },
});

/** Starts an empty stand-in, in which nobody but the seeding keys may do anything. */
export async function startStandIn({ issuer = NO_ISSUER }: StandInOptions = {}): Promise<StandIn> {
  const standIn = new StandInServer(issuer);
  standIn.iam.addSeed(SEED_KEYS.accessKeyId, TEST_ACCOUNT);
  const server = createServer((incoming, outgoing) => {
    standIn.answer(incoming, outgoing).catch((error: unknown) => {
      console.error('the AWS stand-in failed:', error);
      outgoing.destroy();
    });
  });
  // Clients keep connections open between calls, and one that is closed under a call fails it.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    seedEndpoint: endpoint,
    ...controlOf(standIn, issuer),
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function controlOf(
  { iam, keys, vault, shelf, faults, journal, limit, settings }: StandInServer,
  { issuer }: TokenIssuer,
): Omit<StandIn, 'endpoint' | 'seedEndpoint' | 'stop'> {
  const set = (policies: Map<string, PolicyDocument>, account: string, policy: PolicyDocument | undefined): void => {
    if (policy === undefined) policies.delete(account);
    else policies.set(account, policy);
  };
  return {
    journal,
    calls: (operation) => journal.filter((entry) => entry.operation === operation),
    inject: (rule) => faults.inject(rule),
    trust: (roleArn, { subject }) => {
      const trust = trustOf(roleArn.split(':')[4] ?? '', issuer, subject);
      iam.roles.set(roleArn, { policies: [ALLOW_ALL], ...iam.roles.get(roleArn), trust });
    },
    distrust: (roleArn) => void iam.roles.delete(roleArn),
    seedKeys: (account) => {
      const accessKeyId = `AKIASEED${account}`;
      iam.addSeed(accessKeyId, account);
      return { accessKeyId, secretAccessKey: 'seed' };
    },
    putRole: (arn, role) => void iam.roles.set(arn, role),
    putUser: (arn, rights, accessKeyId = `AKIA${arn.replaceAll(/\W/g, '').slice(-28).toUpperCase()}`) => {
      iam.addUser(accessKeyId, arn, rights);
      return { accessKeyId, secretAccessKey: 'secret' };
    },
    putKey: (arn, key) => void keys.keys.set(arn, key),
    shareParameter: (arn, account) => {
      const parameter = shelf.find(arn, '', '');
      if (parameter === undefined) throw new Error(`there is no parameter ${arn} to share`);
      parameter.sharedWith.add(account);
    },
    publishParameter: (name, value) => void shelf.published.set(name, value),
    setServiceControl: (account, policy) => set(iam.serviceControl, account, policy),
    setResourceControl: (account, policy) => set(iam.resourceControl, account, policy),
    setEndpointPolicy: (policy) => {
      iam.endpointPolicy = policy;
    },
    setLimit: (group, perSecond) => limit.set(group, perSecond),
    setLatency: (ms) => {
      settings.latencyMs = ms;
    },
    setPaging: (paging) => {
      settings.paging = paging;
    },
    putSecrets: (texts) => putSecrets(vault, texts, Date.now()),
    putParameters: (texts) => putParameters(shelf, texts, Date.now()),
  };
}
