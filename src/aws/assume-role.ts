import type { Access, Ambient, Identity, IdentitySource } from '../core/ports.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import { type AwsError, outcomeOf, readAwsError } from './aws-error.ts';
import type { Credentials } from './credentials.ts';
import { member, textMember } from './member.ts';
import type { AwsObserver } from './observer.ts';
import { pause } from './pause.ts';
import { backoffMs, MAX_ATTEMPTS } from './retry.ts';
import { stsFault } from './sts-fault.ts';
import type { AwsCall, Transport } from './transport.ts';

/** One hour: the longest that every role allows, whatever its own maximum. */
const DURATION_S = 3_600;
// As late as the SDKs do, so that an identity costs hardly more than one call to STS an hour.
const RENEW_BEFORE_END_MS = 5 * 60_000;
const SAFETY_MS = 30_000;

type TokenCall = Extract<AwsCall, { api: 'AssumeRoleWithWebIdentity' }>;

interface Means {
  readonly identities: Pick<IdentitySource, 'requestToken'>;
  readonly transport: Pick<Transport, 'send'>;
  readonly ambient: Ambient;
  readonly observer: Pick<AwsObserver, 'request'>;
}

/** Trades a token of the ServiceAccount for credentials of its role: one TokenRequest and one call of the Region's STS. */
export async function assumeRole(
  means: Means,
  access: Access,
  identity: Extract<Identity, { kind: 'serviceAccount' }>,
  signal: AbortSignal,
): Promise<Result<Credentials>> {
  const account = { namespace: identity.namespace, name: identity.name };
  const got = await means.identities.requestToken(account, signal);
  if (!got.ok) return got;
  const call: TokenCall = {
    api: 'AssumeRoleWithWebIdentity',
    input: {
      RoleArn: identity.roleArn,
      RoleSessionName: identity.sessionName,
      WebIdentityToken: got.value.token,
      DurationSeconds: DURATION_S,
    },
  };
  const answer = await sendPatiently(means, call, access, signal);
  return answer.ok ? readAnswer(answer.value, access, means.ambient.nowMs()) : answer;
}

async function sendPatiently(
  means: Means,
  call: TokenCall,
  access: Access,
  signal: AbortSignal,
): Promise<Result<unknown>> {
  for (let attempt = 1; ; attempt += 1) {
    const startedMs = means.ambient.nowMs();
    const observe = (outcome: Parameters<AwsObserver['request']>[2]): void =>
      means.observer.request(call.api, access.region, outcome, means.ambient.nowMs() - startedMs);
    try {
      const answer = await means.transport.send(call, access.region, undefined, signal);
      observe('ok');
      return succeed(answer);
    } catch (thrown) {
      const error = readAwsError(thrown);
      observe(signal.aborted ? 'aborted' : outcomeOf(error));
      if (attempt >= MAX_ATTEMPTS || signal.aborted || !passes(error)) {
        return stsFault(error, access, call.input.WebIdentityToken);
      }
      await pause(backoffMs(attempt, error, means.ambient.random()), signal);
    }
  }
}

// "Couldn't retrieve verification key" passes too.
const passes = (error: AwsError): boolean =>
  error.class === 'throttle' || error.class === 'transient' || /retrieve verification key/i.test(error.message);

/** Takes the credentials out of STS's answer. Their life is counted on our own clock where the two clocks disagree. */
function readAnswer(answer: unknown, access: Access, nowMs: number): Result<Credentials> {
  const keys = member(answer, 'Credentials');
  const accessKeyId = member(keys, 'AccessKeyId');
  const secretAccessKey = member(keys, 'SecretAccessKey');
  const sessionToken = member(keys, 'SessionToken');
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string' || typeof sessionToken !== 'string') {
    return fail('CredentialsUnavailable', access.store, `AWS STS in ${access.region} answered without credentials`);
  }
  const identityArn = textMember(member(answer, 'AssumedRoleUser'), 'Arn');
  const lifeMs = lifeMsOf(member(keys, 'Expiration'), nowMs);
  return succeed({
    keys: { accessKeyId, secretAccessKey, sessionToken },
    ...(identityArn === '' ? {} : { identityArn }),
    renewAtMs: nowMs + Math.max(lifeMs / 2, lifeMs - RENEW_BEFORE_END_MS),
    endAtMs: nowMs + lifeMs - SAFETY_MS,
  });
}

function lifeMsOf(expiration: unknown, nowMs: number): number {
  const lifeMs = expiration instanceof Date ? expiration.getTime() - nowMs : Number.NaN;
  return lifeMs > 60_000 && lifeMs <= DURATION_S * 1_000 ? lifeMs : DURATION_S * 1_000;
}
