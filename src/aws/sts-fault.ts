import type { Access } from '../core/ports.ts';
import { type Failed, fail } from '../model/result.ts';
import { type AwsError, isClock, named } from './aws-error.ts';
import { heldBy } from './held-token.ts';
import type { Refusal } from './refusal.ts';
import { explainRoleDenial } from './role-denial.ts';
import { explainToken } from './token-refusal.ts';

/** What an error of AssumeRoleWithWebIdentity means for the store, with the cure. The subject is the store. Of `token` only claims are told. */
export function stsFault(error: AwsError, access: Access, token = '', roleArn?: string): Failed {
  const { kind, detail } = explainSts(error, access, token, roleArn);
  return fail(kind, access.store, detail);
}

/** Why STS did not trade the token for credentials of the role; `roleArn` where the identity does not tell it. */
export function explainSts(error: AwsError, access: Access, token: string, roleArn?: string): Refusal {
  const sts = `AWS STS in ${access.region}`;
  const held = heldBy(access.identity, token, roleArn);
  if (error.class === 'throttle') {
    const detail = `${sts} throttles its callers; identities are asked for again with growing pauses, so nothing has to be done`;
    return { cause: 'sts-throttled', kind: 'Throttled', detail };
  }
  if (error.class === 'denied') return explainRoleDenial(error, held);
  if (isClock(error)) {
    const detail = `${sts} takes no call whose time is minutes off; set the clock of the operator's node`;
    return { cause: 'clock', kind: 'CredentialsUnavailable', detail };
  }
  return explainToken(error, held) ?? explainRole(error, held.roleArn, sts) ?? explainOther(error, held.roleArn, sts);
}

function explainRole(error: AwsError, roleArn: string, sts: string): Refusal | undefined {
  const kind = 'CredentialsInvalid';
  if (error.name === 'RegionDisabled') {
    const detail = `${sts} is not activated for the account of ${roleArn}; an administrator of that account has to act: IAM, Account settings, Security Token Service, activate the Region`;
    return { cause: 'sts-region-disabled', kind, detail };
  }
  if (error.name !== 'ValidationError' && error.name !== 'Validation') return undefined;
  return { cause: 'invalid-role', kind, detail: `${sts} takes ${JSON.stringify(roleArn)} for no role ARN; correct it` };
}

function explainOther(error: AwsError, roleArn: string, sts: string): Refusal {
  if (error.class === 'client' || error.class === 'credentials') {
    const detail = `${sts} refused to assume ${roleArn}${named(error)}, for a reason that keyferry does not know; CloudTrail has AWS's own words`;
    return { cause: 'sts-refused', kind: 'CredentialsInvalid', detail };
  }
  const detail = `${sts} cannot be reached or did not answer as AWS does`;
  return { cause: 'sts-unavailable', kind: 'CredentialsUnavailable', detail };
}
