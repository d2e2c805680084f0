import type { Call } from './call.ts';
import { listTags, numberOf, requiredText, textOf, textsOf } from './input.ts';
import type { KeyManagement } from './key-management.ts';
import { type Paging, pageOf } from './paging.ts';
import {
  type Parameter,
  type ParameterShelf,
  type ParameterVersion,
  parameterArn,
  parseParameterId,
  selectVersion,
} from './parameter.ts';
import { filterParameters, isBelow } from './parameter-filter.ts';
import type { PolicyDocument } from './policy.ts';
import { Refusal } from './refusal.ts';
import type { SecretVault } from './secret.ts';
import { BRIDGE, readBridged } from './secret-bridge.ts';

export interface ParameterMeans {
  readonly shelf: ParameterShelf;
  readonly vault: SecretVault;
  readonly keys: KeyManagement;
  paging(): Paging;
}

const MAX_NAMES = 10;
const MAX_BY_PATH = 10;
const MAX_DESCRIBED = 50;

/** Demands an action on the parameter of that name, whether it is there or not. */
export function demandParameter(call: Call, action: string, bare: string, parameter?: Parameter): void {
  const { caller, region } = call;
  const isPublic = bare.startsWith('/aws/service/');
  const owner = isPublic ? '' : caller.account;
  const arn = parameter?.arn ?? (bare.startsWith('arn:') ? bare : parameterArn(owner, region, bare));
  const account = isPublic ? caller.account : (arn.split(':')[4] ?? '');
  const policy = parameter === undefined ? undefined : sharePolicy(parameter);
  call.demand({ action: `ssm:${action}`, resource: arn, account, policy });
}

/** What sharing by the Resource Access Manager comes to. */
const sharePolicy = ({ sharedWith }: Parameter): PolicyDocument => ({
  Statement: {
    Effect: 'Allow',
    Principal: { AWS: [...sharedWith].map((account) => `arn:aws:iam::${account}:root`) },
    Action: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:DescribeParameters'],
    Resource: '*',
  },
});

/** Undefined when there is no such parameter or version. */
function readOne(means: ParameterMeans, call: Call, asked: string): object | undefined {
  const { bare, selector } = parseParameterId(asked);
  const parameter = means.shelf.find(bare, call.caller.account, call.region);
  if (bare.startsWith(BRIDGE)) return readBridged(means, call, asked);
  const version = parameter === undefined ? undefined : selectVersion(parameter, selector);
  if (parameter === undefined || version === undefined) return undefined;
  return present(means, call, parameter, version, bare.startsWith('arn:') ? bare : undefined, selector);
}

function present(
  { keys }: ParameterMeans,
  call: Call,
  parameter: Parameter,
  { version, value, type, modifiedMs, keyArn }: ParameterVersion,
  byArn?: string,
  selector?: string,
): object {
  const isOpen = type !== 'SecureString' || call.input.WithDecryption === true;
  if (type === 'SecureString' && isOpen && keyArn !== undefined) demandDecryption(keys, call, parameter, keyArn);
  return {
    Name: byArn ?? parameter.name,
    Type: type,
    Value: isOpen ? value : `kms:${keyArn ?? 'alias/aws/ssm'}:...`,
    Version: version,
    ...(selector === undefined ? {} : { Selector: selector }),
    LastModifiedDate: modifiedMs / 1_000,
    ARN: parameter.arn,
    DataType: 'text',
  };
}

function demandDecryption(keys: KeyManagement, call: Call, { arn }: Parameter, keyArn: string): void {
  const decryption = keys.decrypt(call, keyArn, { service: 'ssm', encryptionContext: { PARAMETER_ARN: arn } });
  if (decryption === 'ok') return;
  const trailer = (code: string): string =>
    `(Service: AWSKMS; Status Code: 400; Error Code: ${code}; Request ID: 00000000-0000-4000-8000-000000000000; Proxy: null)`;
  if (decryption === 'denied') {
    throw new Refusal(
      'AccessDeniedException',
      `The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access. ${trailer('AccessDeniedException')}`,
    );
  }
  throw decryption === 'disabled'
    ? new Refusal('InvalidKeyId', `${keyArn} is disabled. ${trailer('DisabledException')}`)
    : new Refusal('InvalidKeyId', `${keyArn} is pending deletion. ${trailer('KMSInvalidStateException')}`);
}

function readNamed(means: ParameterMeans, call: Call): object {
  const asked = requiredText(call.input, 'Name');
  const { bare, selector } = parseParameterId(asked);
  const parameter = means.shelf.find(bare, call.caller.account, call.region);
  demandParameter(call, 'GetParameter', bare, parameter);
  const found = readOne(means, call, asked);
  if (found !== undefined) return { Parameter: found };
  if (selector === undefined || parameter === undefined) {
    throw new Refusal('ParameterNotFound');
  }
  const [version, cure] = [selector.slice(1), 'Verify the version and try again.'];
  throw new Refusal(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${version} of ${bare}. ${cure}`,
  );
}

function readList(means: ParameterMeans, call: Call): object {
  const names = [...new Set(textsOf(call.input, 'Names'))];
  if (names.length > MAX_NAMES) {
    throw new Refusal(
      'ValidationException',
      `1 validation error detected: Value '[${names.join(', ')}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to ${MAX_NAMES}.`,
    );
  }
  // A call is denied as a whole, before anything is read.
  for (const name of names) {
    const { bare } = parseParameterId(name);
    demandParameter(call, 'GetParameters', bare, means.shelf.find(bare, call.caller.account, call.region));
  }
  const found = names.map((name) => [name, readOne(means, call, name)] as const);
  return {
    Parameters: found.flatMap(([, parameter]) => parameter ?? []),
    InvalidParameters: found.filter(([, parameter]) => parameter === undefined).map(([name]) => name),
  };
}

function readPath(means: ParameterMeans, call: Call): object {
  const { caller, region, input } = call;
  const path = requiredText(input, 'Path');
  demandParameter(call, 'GetParametersByPath', path.startsWith('/') ? path : `/${path}`);
  const all = means.shelf
    .listed(caller.account, region)
    .filter(({ name }) => isBelow(name, path, input.Recursive === true));
  const limit = Math.min(numberOf(input, 'MaxResults') ?? MAX_BY_PATH, MAX_BY_PATH);
  const { items, nextToken } = pageOf(all, textOf(input, 'NextToken'), limit, means.paging());
  const parameters = items.flatMap((parameter) => {
    const version = parameter.versions.at(-1);
    return version === undefined ? [] : [present(means, call, parameter, version)];
  });
  return { Parameters: parameters, ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
}

function describeAll({ shelf, paging }: ParameterMeans, call: Call): object {
  const { caller, region, input } = call;
  const everything = parameterArn(caller.account, region, '').replace(/parameter\/$/, '*');
  call.demand({ action: 'ssm:DescribeParameters', resource: everything, account: caller.account });
  const all = filterParameters(shelf.listed(caller.account, region), input);
  const limit = Math.min(numberOf(input, 'MaxResults') ?? MAX_DESCRIBED, MAX_DESCRIBED);
  const { items, nextToken } = pageOf(all, textOf(input, 'NextToken'), limit, paging());
  const described = items.map(({ name, arn, tier, versions }) => {
    const { type, version, modifiedMs = 0, keyArn } = versions.at(-1) ?? {};
    const key = type === 'SecureString' ? { KeyId: keyArn ?? 'alias/aws/ssm' } : {};
    return {
      Name: name,
      ARN: arn,
      Type: type,
      ...key,
      LastModifiedDate: modifiedMs / 1_000,
      Version: version,
      Tier: tier,
      Policies: [],
      DataType: 'text',
    };
  });
  return { Parameters: described, ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
}

function listParameterTags({ shelf }: ParameterMeans, call: Call): object {
  const name = requiredText(call.input, 'ResourceId');
  const parameter = shelf.find(name, call.caller.account, call.region);
  demandParameter(call, 'ListTagsForResource', name, parameter);
  if (parameter === undefined) throw new Refusal('InvalidResourceId');
  return { TagList: listTags(parameter.tags) };
}

/** The operations of Parameter Store that change nothing. */
export const parameterReads = (means: ParameterMeans): Readonly<Record<string, (call: Call) => object>> => ({
  GetParameter: (call) => readNamed(means, call),
  GetParameters: (call) => readList(means, call),
  GetParametersByPath: (call) => readPath(means, call),
  DescribeParameters: (call) => describeAll(means, call),
  ListTagsForResource: (call) => listParameterTags(means, call),
});
