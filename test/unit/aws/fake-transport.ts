import type { AwsObserver } from '../../../src/aws/observer.ts';
import type { AwsCall, AwsKeys, Transport } from '../../../src/aws/transport.ts';
import {
  type ClosableValueSource,
  createValueSourceOver,
  type ValueSourceOptions,
} from '../../../src/aws/value-source.ts';
import type { Access, FetchedValue, IdentitySource, ValueRef } from '../../../src/core/ports.ts';
import { refId } from '../../../src/core/ref-id.ts';
import { type Result, succeed } from '../../../src/model/result.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';

const REGION = 'eu-west-1';
const ACCOUNT = '123456789012';

/** A store of the namespace `shop`, with a role of its own. */
export const access: Access = {
  store: 'SecretStore/aws',
  storeId: 'SecretStore/shop/aws',
  region: REGION,
  identity: {
    kind: 'serviceAccount',
    namespace: 'shop',
    name: 'reader',
    uid: 'uid-1',
    roleArn: `arn:aws:iam::${ACCOUNT}:role/reader`,
    sessionName: 'keyferry-shop-aws',
  },
};

/** The same store with an access key out of a Secret. */
export const keyAccess: Access = {
  ...access,
  identity: {
    kind: 'secret',
    namespace: 'shop',
    accessKeyId: { namespace: 'shop', name: 'aws-key', key: 'id' },
    secretAccessKey: { namespace: 'shop', name: 'aws-key', key: 'secret' },
  },
};

export const secret = (key: string, more: Partial<ValueRef> = {}): ValueRef => ({
  service: 'SecretsManager',
  key,
  ...more,
});
export const parameter = (key: string, more: Partial<ValueRef> = {}): ValueRef => ({
  service: 'ParameterStore',
  key,
  ...more,
});
export const secretArn = (name: string): string => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-AbCdEf`;
export const secretEntry = (name: string, text = `value of ${name}`, versionId = 'v1') => ({
  ARN: secretArn(name),
  Name: name,
  VersionId: versionId,
  SecretString: text,
});
export const parameterEntry = (name: string, version = 1, selector = '') => ({
  ARN: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/${name.replace(/^\//, '')}`,
  Name: name,
  Type: 'SecureString',
  Value: `value of ${name}`,
  Version: version,
  ...(selector === '' ? {} : { Selector: selector }),
});

/** What the SDK throws for an error answer. */
export const awsError = (name: string, message = '', httpStatusCode = 400): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });

export type Respond = (call: AwsCall, keys: AwsKeys | undefined, signal: AbortSignal, region: string) => unknown;

/** Answers every name with a value, as an AWS that has everything. */
export const everything = (call: AwsCall, ..._more: readonly unknown[]): unknown => {
  if (call.api === 'GetSecretValue') return secretEntry(call.input.SecretId);
  if (call.api === 'BatchGetSecretValue')
    return { SecretValues: call.input.SecretIdList.map((id) => secretEntry(id)), Errors: [] };
  if (call.api === 'GetParameters')
    return { Parameters: call.input.Names.map((name) => parameterEntry(name)), InvalidParameters: [] };
  return undefined;
};

/** A value source over a transport that answers as it is told, and remembers what it was asked. */
export interface Bench {
  readonly source: ClosableValueSource;
  readonly calls: readonly AwsCall[];
  /** The calls of one API. */
  of<A extends AwsCall['api']>(api: A): readonly Extract<AwsCall, { api: A }>['input'][];
  /** The answers to the refs, in their order. */
  fetch(refs: readonly ValueRef[], where?: Access): Promise<readonly (Result<FetchedValue> | undefined)[]>;
  readonly told: readonly string[];
  /** What the Secret that holds the access key contains. */
  readonly held: Map<string, string>;
}

let keysMade = 0;

/** `respond` answers the reads, and STS too where it gives anything for it. */
export function createBench(
  respond: Respond,
  identities: Partial<IdentitySource> = {},
  more: Partial<Pick<ValueSourceOptions, 'own' | 'noted' | 'rates' | 'rotationHints'>> = {},
): Bench {
  const calls: AwsCall[] = [];
  const told: string[] = [];
  const held = new Map([
    ['id', 'AKIAEXAMPLE'],
    ['secret', 'shh'],
  ]);
  const transport: Transport = {
    async send(call, region, keys, signal) {
      calls.push(call);
      const answer = await respond(call, keys, signal, region);
      return answer ?? stsAnswer(call);
    },
    close: () => undefined,
  };
  const source = createValueSourceOver(transport, {
    identities: {
      requestToken: async () => succeed({ token: 'jwt', expiresAt: new Date(Date.now() + 600_000) }),
      readSecretKey: async ({ key }) => succeed(SecretValue.ofText(held.get(key) ?? '')),
      ...identities,
    },
    ambient: { nowMs: () => Date.now(), random: () => 0.5 },
    steady: { nowMs: () => performance.now() },
    rates: {},
    rotationHints: false,
    observer: observerInto(told),
    refId,
    ...more,
  });
  return {
    source,
    calls,
    told,
    held,
    of: (api) => calls.flatMap((call) => (call.api === api ? [call.input as never] : [])),
    async fetch(refs, where = access) {
      const fetched = await source.fetch({ access: where, refs }, new AbortController().signal);
      return refs.map((ref) => fetched.get(refId(ref)));
    },
  };
}

/** What STS answers to those who may do what they ask for; undefined for other calls. */
function stsAnswer(call: AwsCall) {
  if (call.api === 'GetCallerIdentity') return { Arn: `arn:aws:iam::${ACCOUNT}:user/reader` };
  if (call.api !== 'AssumeRoleWithWebIdentity' && call.api !== 'AssumeRole') return undefined;
  const { RoleArn, RoleSessionName, DurationSeconds } = call.input;
  const [, , , , account, role = ''] = RoleArn.split(':');
  keysMade += 1;
  return {
    Credentials: {
      AccessKeyId: `ASIA${keysMade}`,
      SecretAccessKey: 's',
      SessionToken: 't',
      Expiration: new Date(Date.now() + DurationSeconds * 1_000),
    },
    AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/${role.split('/').at(-1)}/${RoleSessionName}` },
  };
}

const observerInto = (told: string[]): AwsObserver => ({
  request: (api, region, outcome) => told.push(`${api} ${region} ${outcome}`),
  batch: () => undefined,
  rate: () => undefined,
  batchDenied: (store) => told.push(`batch denied for ${store}`),
  unexpected: () => told.push('unexpected'),
});

/** `text`, or the kind of the first fault. */
export const tell = (result: Result<FetchedValue> | undefined): string => {
  if (result === undefined) return 'no answer';
  return result.ok ? new TextDecoder().decode(result.value.value.reveal()) : result.faults[0].kind;
};
