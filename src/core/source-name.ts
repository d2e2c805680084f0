import type { Service } from './ports.ts';

/** Where a secret or parameter is, as far as a way to name it tells. */
export interface SourceName {
  readonly service: Service;
  /** Undefined where only the reader knows. */
  readonly region: string | undefined;
  readonly account: string | undefined;
  /** Every name that it can mean; of a parameter without the leading slash, since `/a` and `a` have one ARN. */
  readonly names: readonly string[];
}

const BRIDGE = 'aws/reference/secretsmanager/';
const SECRET = /^arn:[a-z-]+:secretsmanager:([a-z0-9-]+):(\d{12}):secret:(.+)$/;
const PARAMETER = /^arn:[a-z-]+:ssm:([a-z0-9-]+):(\d{12}):parameter\/(.+)$/;
const SUFFIX = /-[A-Za-z0-9]{6}$/;

/** What a name, a path or an ARN means, whole or without its suffix. A secret by way of Parameter Store is the secret. */
export function sourceNameOf(service: Service, key: string): SourceName {
  const [, region, account, rest = ''] = (service === 'SecretsManager' ? SECRET : PARAMETER).exec(key) ?? [];
  if (service === 'SecretsManager') {
    return { service, region, account, names: region === undefined ? [key] : namesOfSecret(rest) };
  }
  const name = region === undefined ? key.replace(/^\//, '') : rest;
  return name.startsWith(BRIDGE)
    ? { service: 'SecretsManager', region, account, names: [name.slice(BRIDGE.length)] }
    : { service, region, account, names: [name] };
}

// A partial ARN whose name ends like a full one's can mean either secret.
const namesOfSecret = (resource: string): readonly string[] =>
  SUFFIX.test(resource) ? [resource.replace(SUFFIX, ''), resource] : [resource];

/** The name as lists of Parameter Store have it: one in a hierarchy begins with a slash. */
export const listedName = (service: Service, name: string): string =>
  service === 'ParameterStore' && name.includes('/') ? `/${name}` : name;
