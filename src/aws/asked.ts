import type { Access, ValueRef } from '../core/ports.ts';
import { parseArn, partitionOf } from './arn.ts';
import type { AwsError } from './aws-error.ts';
import { accountOf, describeIdentity } from './identity.ts';
import type { ReadApi } from './transport.ts';

/** What was asked of AWS, and the error that came back. */
export interface Asked {
  readonly api: ReadApi;
  readonly error: AwsError;
  readonly ref: ValueRef;
  readonly access: Access;
}

type Question = Pick<Asked, 'ref' | 'access'>;

export const noun = (ref: ValueRef): string => (ref.service === 'SecretsManager' ? 'secret' : 'parameter');

export const serviceName = (ref: ValueRef): string =>
  ref.service === 'SecretsManager' ? 'Secrets Manager' : 'Parameter Store';

/** The key as messages quote it. */
export const quoted = (ref: ValueRef): string => JSON.stringify(ref.key);

/** The account whose identity asks, as far as its role or AWS's words (`User: arn:aws:iam::123456789012:...`) tell. */
export const homeAccount = ({ error, access }: Pick<Asked, 'error' | 'access'>): string | undefined =>
  accountOf(access.identity) ?? /^User: arn:[a-z-]+:(?:sts|iam)::(\d{12}):/.exec(error.message)?.[1];

/** The account that the asked-for thing belongs to: its ARN tells, and a bare name means the identity's own. */
export function ownerAccount(asked: Pick<Asked, 'error' | 'ref' | 'access'>): string | undefined {
  return accountIn(asked.ref) ?? homeAccount(asked);
}

function accountIn(ref: ValueRef): string | undefined {
  const told = parseArn(ref.key)?.account;
  return told !== undefined && /^\d{12}$/.test(told) ? told : undefined;
}

/** True when the thing is surely of another account. */
export function isForeign(asked: Asked): boolean {
  const home = homeAccount(asked);
  return home !== undefined && ownerAccount(asked) !== home;
}

/** `account 123456789012`, or whose account it is where the number is not known. */
export const nameAccount = (account: string | undefined, access: Access): string =>
  account === undefined ? `the account of ${describeIdentity(access.identity)}` : `account ${account}`;

/** Whom a policy names to let the identity in: its role, else its whole account. */
export function principalOf(asked: Pick<Asked, 'error' | 'access'>): string {
  const holder = describeIdentity(asked.access.identity);
  if (parseArn(holder) !== undefined) return holder;
  return `arn:${partitionOf(asked.access.region)}:iam::${homeAccount(asked) ?? 'ACCOUNT'}:root`;
}

// The bridge asks Secrets Manager for the secret, and is denied in that service's words.
export const BRIDGE = '/aws/reference/secretsmanager/';

/** The service that has the value, as policies name it. */
export const keeperOf = ({ service, key }: ValueRef): 'secretsmanager' | 'ssm' =>
  service === 'SecretsManager' || key.startsWith(BRIDGE) ? 'secretsmanager' : 'ssm';

/** Whether Parameter Store failed at the secret behind a bridge name: it says so in these words, and not why. */
export const isBridgeFailure = ({ message }: AwsError, { key }: ValueRef): boolean =>
  key.startsWith(BRIDGE) && /AWS dependency service/i.test(message);

/** The action that is missing. A member of a batch is read by the action of a lone read, so the text is the same for both. */
export function actionOf({ api, error, ref }: Asked): string {
  if (/ secretsmanager:GetSecretValue\b/.test(error.message) || isBridgeFailure(error, ref))
    return 'secretsmanager:GetSecretValue';
  const lone = api === 'BatchGetSecretValue' ? 'GetSecretValue' : api;
  return `${ref.service === 'SecretsManager' ? 'secretsmanager' : 'ssm'}:${lone}`;
}

/** Calls that look for what there is, below a path or everywhere. */
const SEARCHES: ReadonlySet<ReadApi> = new Set(['ListSecrets', 'DescribeParameters', 'GetParametersByPath']);

export const isSearch = ({ api }: Asked): boolean => SEARCHES.has(api);

/** The resource that a policy has to name: `*` for a search of everything, which AWS grants in no other way; else an ARN, with `??????` for the six random characters that end every secret's. */
export function resourceOf(asked: Asked): string {
  const { api, ref, access } = asked;
  if (isSearch(asked) && api !== 'GetParametersByPath') return '*';
  if (parseArn(ref.key) !== undefined) {
    return ref.service === 'SecretsManager' && !/-[A-Za-z0-9]{6}$/.test(ref.key) ? `${ref.key}-??????` : ref.key;
  }
  const owner = `${access.region}:${homeAccount(asked) ?? '*'}`;
  const head = `arn:${partitionOf(access.region)}`;
  if (!actionOf(asked).startsWith('ssm:')) {
    const name = ref.key.startsWith(BRIDGE) ? ref.key.slice(BRIDGE.length) : ref.key;
    return `${head}:secretsmanager:${owner}:secret:${name}-??????`;
  }
  // Public parameters belong to no account.
  const whose = ref.key.startsWith('/aws/service/') ? `${access.region}:` : owner;
  return `${head}:ssm:${whose}:parameter/${ref.key.replace(/^\//, '')}`;
}

/** `eu-west-1 of account 123456789012`: where the thing was looked for, as far as that is known. */
export function placeOf({ ref, access }: Question): string {
  const account = accountIn(ref) ?? accountOf(access.identity);
  return account === undefined ? access.region : `${access.region} of account ${account}`;
}
