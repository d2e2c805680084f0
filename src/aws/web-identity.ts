import type { Access, FirstIdentity, IdentitySource } from '../core/ports.ts';
import type { Result } from '../model/result.ts';
import type { Credentials } from './credentials.ts';
import { blame } from './region-outage.ts';
import { callSts, type StsMeans } from './sts-call.ts';
import { readStsCredentials } from './sts-credentials.ts';
import { stsFault } from './sts-fault.ts';

/** One hour: the longest that every role allows, whatever its own maximum. */
const DURATION_S = 3_600;

/** Trades a token of the ServiceAccount for credentials of its role: one TokenRequest and one call of the Region's STS. */
export async function assumeWithWebIdentity(
  means: StsMeans & { readonly identities: Pick<IdentitySource, 'requestToken'> },
  access: Access,
  identity: Extract<FirstIdentity, { kind: 'serviceAccount' }>,
  signal: AbortSignal,
): Promise<Result<Credentials>> {
  const account = { namespace: identity.namespace, name: identity.name };
  const got = await means.identities.requestToken(account, signal);
  return got.ok ? tradeToken(means, access, { ...identity, token: got.value.token }, signal) : got;
}

/** Trades a token for credentials of the role: one call of the Region's STS. */
export async function tradeToken(
  means: StsMeans,
  access: Access,
  { roleArn, sessionName, token }: { readonly roleArn: string; readonly sessionName: string; readonly token: string },
  signal: AbortSignal,
): Promise<Result<Credentials>> {
  const input = {
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    WebIdentityToken: token,
    DurationSeconds: DURATION_S,
  };
  const outcome = await callSts(means, { api: 'AssumeRoleWithWebIdentity', input }, access.region, undefined, signal);
  return outcome.kind === 'answer'
    ? readStsCredentials(outcome.answer, access, DURATION_S, means.ambient.nowMs())
    : blame(outcome.error, stsFault(outcome.error, access, token, roleArn));
}
