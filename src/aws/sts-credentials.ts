import type { Access } from '../core/ports.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import type { Credentials } from './credentials.ts';
import { member, textMember } from './member.ts';

// As late as the SDKs do, so that an identity costs hardly more than one call to STS an hour.
const RENEW_BEFORE_END_MS = 5 * 60_000;
const SAFETY_MS = 30_000;

/**
 * Takes the credentials out of the answer of an AssumeRole call that asked for `durationS`. Their life is counted on our own clock where
 * the two clocks disagree.
 */
export function readStsCredentials(
  answer: unknown,
  access: Access,
  durationS: number,
  nowMs: number,
): Result<Credentials> {
  const keys = member(answer, 'Credentials');
  const accessKeyId = member(keys, 'AccessKeyId');
  const secretAccessKey = member(keys, 'SecretAccessKey');
  const sessionToken = member(keys, 'SessionToken');
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string' || typeof sessionToken !== 'string') {
    return fail('CredentialsUnavailable', access.store, `AWS STS in ${access.region} answered without credentials`);
  }
  const identityArn = textMember(member(answer, 'AssumedRoleUser'), 'Arn');
  return succeed({
    keys: { accessKeyId, secretAccessKey, sessionToken },
    ...(identityArn === '' ? {} : { identityArn }),
    ...lifeOf(lifeMsOf(member(keys, 'Expiration'), durationS * 1_000, nowMs), nowMs),
  });
}

/** When credentials that live so long from now on are to be renewed, and when they are not used any more. */
export const lifeOf = (lifeMs: number, nowMs: number): Pick<Credentials, 'renewAtMs' | 'endAtMs'> => ({
  renewAtMs: nowMs + Math.max(lifeMs / 2, lifeMs - RENEW_BEFORE_END_MS),
  endAtMs: nowMs + lifeMs - SAFETY_MS,
});

function lifeMsOf(expiration: unknown, askedMs: number, nowMs: number): number {
  const lifeMs = expiration instanceof Date ? expiration.getTime() - nowMs : Number.NaN;
  return lifeMs > 60_000 && lifeMs <= askedMs ? lifeMs : askedMs;
}
