import type { FetchedValue } from '../core/ports.ts';
import { SecretValue } from '../model/secret-value.ts';
import { parseArn } from './arn.ts';
import { type AwsError, memberError } from './aws-error.ts';
import { listMember, member } from './member.ts';

/** A secret as AWS answered it. */
export interface SecretAnswer {
  readonly arn: string;
  readonly name: string;
  readonly value: FetchedValue;
}

/** One page of BatchGetSecretValue's answer; whatever in it is not well formed is left out. */
export interface BatchAnswer {
  readonly secrets: readonly SecretAnswer[];
  readonly errors: readonly { readonly secretId: string; readonly error: AwsError }[];
  readonly nextToken?: string;
}

/** Names the parts of GetSecretValue's answer, or of one of a batch's; undefined where a part is missing. */
export function readSecretAnswer(answer: unknown, region: string): SecretAnswer | undefined {
  const arn = member(answer, 'ARN');
  const name = member(answer, 'Name');
  const versionId = member(answer, 'VersionId');
  const text = member(answer, 'SecretString');
  const bytes = member(answer, 'SecretBinary');
  if (typeof arn !== 'string' || typeof name !== 'string' || typeof versionId !== 'string') return undefined;
  if (typeof text === 'string') {
    return { arn, name, value: { value: SecretValue.ofText(text), region, versionId } };
  }
  if (!(bytes instanceof Uint8Array)) return undefined;
  return { arn, name, value: { value: new SecretValue(bytes), region, versionId } };
}

/** Names the parts of a page of BatchGetSecretValue's answer. */
export function readBatchAnswer(answer: unknown, region: string): BatchAnswer {
  const nextToken = member(answer, 'NextToken');
  return {
    secrets: listMember(answer, 'SecretValues').flatMap((entry) => readSecretAnswer(entry, region) ?? []),
    errors: listMember(answer, 'Errors').flatMap((entry) => {
      const secretId = member(entry, 'SecretId');
      const code = member(entry, 'ErrorCode');
      const message = member(entry, 'Message');
      if (typeof secretId !== 'string' || typeof code !== 'string') return [];
      return [{ secretId, error: memberError(code, typeof message === 'string' ? message : '') }];
    }),
    ...(typeof nextToken === 'string' && nextToken !== '' ? { nextToken } : {}),
  };
}

/** What a label of the secret points to; AWSCURRENT where nothing is said. */
export const originOf = (arn: string, stage = 'AWSCURRENT'): string => `${arn} ${stage}`;

/** True when the answer is for the id: its name, its ARN, or its ARN without the six random characters at the end. */
export const answersId = (id: string, { arn, name }: Pick<SecretAnswer, 'arn' | 'name'>): boolean =>
  parseArn(id) === undefined ? name === id : arn === id || isSuffixed(arn, id);

/** True when AWS, speaking of `told`, means the secret that was asked for as `id`: it may answer a name with an ARN. */
export function meansId(id: string, told: string): boolean {
  if (told === id || isSuffixed(told, id)) return true;
  const arn = parseArn(told);
  return arn !== undefined && parseArn(id) === undefined && isSuffixed(arn.resource, `secret:${id}`);
}

const isSuffixed = (whole: string, stem: string): boolean =>
  whole.startsWith(`${stem}-`) && /^[A-Za-z0-9]{6}$/.test(whole.slice(stem.length + 1));
