import type { Access } from '../core/ports.ts';
import { type Asked, homeAccount, nameAccount } from './asked.ts';
import { type AwsError, named } from './aws-error.ts';
import { describeIdentity } from './identity.ts';
import type { Refusal } from './refusal.ts';

/** Credentials that AWS knows nothing of, that have ended, or whose signature it does not take. */
export function explainCredentials(error: AwsError, access: Access): Refusal {
  const kind = 'CredentialsInvalid';
  const start = `AWS does not take the credentials of ${describeIdentity(access.identity)}${named(error)}`;
  if (error.name === 'ExpiredToken') {
    return { cause: 'keys-expired', kind, detail: `${start}: they have expired; ${renew(access)}` };
  }
  if (/^(SignatureDoesNotMatch|InvalidSignature)$/.test(error.name)) {
    const cure = `check the secret access key, and the clock of the operator's node`;
    return { cause: 'wrong-signature', kind, detail: `${start}: the signature does not match; ${cure}` };
  }
  const cure = `check that they still exist and are active, and that the account has enabled ${access.region}`;
  return { cause: 'keys-unknown', kind, detail: `${start}: it does not know them; ${cure}` };
}

const renew = ({ identity }: Access): string =>
  identity.kind === 'secret'
    ? 'put new ones, with their session token, into that Secret'
    : 'a new session is asked for at the next look';

/** The account has not turned the Region on. */
export function explainDisabledRegion(asked: Asked): Refusal {
  const { region } = asked.access;
  const account = homeAccount(asked);
  const forAccount = account === undefined ? '' : ` --account-id ${account}`;
  return {
    cause: 'region-disabled',
    kind: 'CredentialsInvalid',
    detail:
      `${nameAccount(account, asked.access)} has not enabled the Region ${region}, and has to act: ` +
      `aws account enable-region --region-name ${region}${forAccount}`,
  };
}
