import { readFile } from 'node:fs/promises';
import type { Access } from '../core/ports.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import type { SecretValue } from '../model/secret-value.ts';
import { type ContainerEndpoint, readContainerCredentials } from './container-credentials.ts';
import type { Credentials } from './credentials.ts';
import type { StsMeans } from './sts-call.ts';
import { lifeOf } from './sts-credentials.ts';
import { tradeToken } from './web-identity.ts';

/** Where the operator has credentials of its own from. */
export type OwnSource =
  /** IRSA of its own pod. */
  | { readonly kind: 'webIdentity'; readonly roleArn: string; readonly tokenFile: string }
  /** The agent of EKS Pod Identity, or another at a container's endpoint. */
  | ({ readonly kind: 'container' } & ContainerEndpoint)
  /** Access keys in its environment. */
  | {
      readonly kind: 'keys';
      readonly accessKeyId: string;
      readonly secretAccessKey: SecretValue;
      readonly sessionToken?: SecretValue;
    };

// The environment of a process does not change; what is got anew is only the word of AWS about the keys.
const KEYS_LIFE_MS = 3_600_000;

const SOURCES =
  'AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONTAINER_CREDENTIALS_FULL_URI, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY';

/** Gets the operator's own credentials. Never from the instance metadata, nor from a profile in a file. */
export async function readOwnCredentials(
  means: StsMeans & { readonly own: OwnSource | undefined },
  access: Access,
  sessionName: string,
  signal: AbortSignal,
): Promise<Result<Credentials>> {
  const { own } = means;
  const nowMs = means.ambient.nowMs();
  switch (own?.kind) {
    case undefined:
      return fail(
        'CredentialsInvalid',
        access.store,
        `the operator has no AWS credentials of its own; its pod needs ${SOURCES}`,
      );
    case 'webIdentity': {
      const token = await readToken(own.tokenFile, access.store, signal);
      return token.ok ? tradeToken(means, access, { ...own, sessionName, token: token.value }, signal) : token;
    }
    case 'container': {
      const { tokenFile } = own;
      const token = tokenFile === undefined ? succeed(undefined) : await readToken(tokenFile, access.store, signal);
      return token.ok ? readContainerCredentials(own, token.value, access.store, nowMs, signal) : token;
    }
    case 'keys': {
      const session = own.sessionToken === undefined ? {} : { sessionToken: textOf(own.sessionToken) };
      const keys = { accessKeyId: own.accessKeyId, secretAccessKey: textOf(own.secretAccessKey), ...session };
      return succeed({ keys, ...lifeOf(KEYS_LIFE_MS, nowMs) });
    }
  }
}

const textOf = (value: SecretValue): string => new TextDecoder().decode(value.reveal());

/** The kubelet puts a new token into the file in time, so it is read whenever one is needed. */
async function readToken(file: string, subject: string, signal: AbortSignal): Promise<Result<string>> {
  const text = await readFile(file, { encoding: 'utf8', signal }).catch(() => undefined);
  if (text === undefined) return fail('CredentialsUnavailable', subject, `the operator cannot read its token ${file}`);
  const token = text.trim();
  // It becomes part of a request, where white space would mean something.
  return /^[\x21-\x7e]+$/.test(token)
    ? succeed(token)
    : fail('CredentialsInvalid', subject, `the operator's own file ${file} holds no token`);
}
