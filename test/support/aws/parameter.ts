import { partitionOf } from '../../../src/aws/arn.ts';

export type ParameterType = 'String' | 'StringList' | 'SecureString';

/** One version of a parameter. */
export interface ParameterVersion {
  readonly version: number;
  readonly value: string;
  readonly type: ParameterType;
  readonly modifiedMs: number;
  /** The customer managed key of a SecureString, if any. */
  readonly keyArn: string | undefined;
  readonly labels: Set<string>;
}

/** A parameter with its versions, the newest last. */
export interface Parameter {
  readonly name: string;
  readonly arn: string;
  readonly tier: string;
  readonly versions: ParameterVersion[];
  readonly tags: Map<string, string>;
  /** The accounts that may read it by its ARN. */
  readonly sharedWith: Set<string>;
}

/** A name as it is asked for, taken apart. */
export interface ParameterId {
  /** Name or ARN, without the selector. */
  readonly bare: string;
  /** `:3` or `:gold`. */
  readonly selector: string | undefined;
}

/** Splits `name:3`, `name:gold` and ARNs with the same. */
export function parseParameterId(asked: string): ParameterId {
  const [, arn, rest = asked] = /^(arn:[^:]*:ssm:[^:]*:[^:]*:)(.*)$/.exec(asked) ?? [];
  const at = rest.indexOf(':');
  if (at < 0) return { bare: asked, selector: undefined };
  return { bare: `${arn ?? ''}${rest.slice(0, at)}`, selector: rest.slice(at) };
}

export const parameterArn = (account: string, region: string, name: string): string =>
  `arn:${partitionOf(region)}:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`;

/** The version that a selector means; the newest without one. */
export function selectVersion(parameter: Parameter, selector: string | undefined): ParameterVersion | undefined {
  if (selector === undefined) return parameter.versions.at(-1);
  const wanted = selector.slice(1);
  return parameter.versions.find(({ version, labels }) => String(version) === wanted || labels.has(wanted));
}

/** All parameters, of all accounts and Regions. */
export class ParameterShelf {
  readonly #parameters = new Map<string, Parameter>();
  /** What AWS publishes below `/aws/service/`, for everyone. */
  readonly published = new Map<string, string>();

  put(account: string, region: string, parameter: Parameter): void {
    this.#parameters.set(`${account} ${region} ${parameter.name}`, parameter);
  }

  remove(account: string, region: string, name: string): boolean {
    return this.#parameters.delete(`${account} ${region} ${name}`);
  }

  /** By name, or by ARN, which has one slash less than a name in a path. */
  find(bare: string, account: string, region: string): Parameter | undefined {
    const [, place = region, owner = account, path] =
      /^arn:[^:]*:ssm:([^:]*):([^:]*):parameter\/(.*)$/.exec(bare) ?? [];
    const names = path === undefined ? [bare] : [`/${path}`, path];
    const found = names.map((name) => this.#parameters.get(`${owner} ${place} ${name}`));
    return found.find((parameter) => parameter !== undefined) ?? this.#publishedIn(bare, region);
  }

  listed(account: string, region: string): readonly Parameter[] {
    const place = `${account} ${region} `;
    return [...this.#parameters].filter(([key]) => key.startsWith(place)).map(([, parameter]) => parameter);
  }

  #publishedIn(name: string, region: string): Parameter | undefined {
    const value = this.published.get(name);
    if (value === undefined) return undefined;
    const version = {
      version: 1,
      value,
      type: 'String',
      modifiedMs: 0,
      keyArn: undefined,
      labels: new Set<string>(),
    } as const;
    const arn = parameterArn('', region, name);
    return { name, arn, tier: 'Standard', versions: [version], tags: new Map(), sharedWith: new Set() };
  }
}
