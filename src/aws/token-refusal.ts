import type { AwsError } from './aws-error.ts';
import { describeClaims, type HeldToken, providerArn, roleAccount } from './held-token.ts';
import type { Refusal } from './refusal.ts';

/** What is wrong with the token, or between AWS and its issuer; undefined where the error is about neither. */
export function explainToken(error: AwsError, held: HeldToken): Refusal | undefined {
  if (error.name === 'ExpiredToken') {
    const detail = `AWS STS got the token of ${held.holder} after it had expired; if it stays so, set the clock of the operator's node`;
    return { cause: 'token-expired', kind: 'CredentialsUnavailable', detail };
  }
  if (error.name === 'IDPCommunicationError' || isKeyless(error)) {
    const detail = `AWS STS cannot fetch the keys of the issuer ${held.issuer}; it has to be reachable from the internet, with its /.well-known/openid-configuration and the keys that this names`;
    return { cause: 'issuer-unreachable', kind: 'CredentialsUnavailable', detail };
  }
  return error.name === 'InvalidIdentityToken' ? explainProvider(error.message, held) : undefined;
}

/** "Couldn't retrieve verification key": it passes, too. */
const isKeyless = ({ message }: Pick<AwsError, 'message'>): boolean => /retrieve verification key/i.test(message);

function explainProvider(message: string, held: HeldToken): Refusal {
  const kind = 'CredentialsInvalid';
  const actor = `${roleAccount(held)} has to act`;
  const provider = `--open-id-connect-provider-arn ${providerArn(held)}`;
  if (/No OpenIDConnect provider/i.test(message)) {
    const cure = `aws iam create-open-id-connect-provider --url ${held.issuer} --client-id-list ${held.audience}`;
    const detail = `the account of ${held.roleArn} has no OIDC provider for the issuer ${held.issuer}; ${actor}: ${cure}`;
    return { cause: 'no-oidc-provider', kind, detail };
  }
  if (/audience/i.test(message)) {
    const cure = `aws iam add-client-id-to-open-id-connect-provider ${provider} --client-id ${held.audience}`;
    const detail = `the OIDC provider of ${held.issuer} does not take the audience ${held.audience}; ${actor}: ${cure}`;
    return { cause: 'wrong-audience', kind, detail };
  }
  if (/thumbprint|certificate/i.test(message)) {
    const cure = `aws iam update-open-id-connect-provider-thumbprint ${provider} --thumbprint-list THUMBPRINT`;
    const detail = `the OIDC provider of ${held.issuer} has not the thumbprint of the issuer's certificate; ${actor}: ${cure}`;
    return { cause: 'wrong-thumbprint', kind, detail };
  }
  const cure = `see the provider with aws iam get-open-id-connect-provider ${provider}`;
  const detail = `AWS STS does not take the token of ${held.holder} for ${held.roleArn} (${describeClaims(held)}); ${actor}: ${cure}`;
  return { cause: 'token-refused', kind, detail };
}
