import type { Access, Ambient, Identity, IdentitySource, SecretKeyRef } from '../core/ports.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import type { Credentials } from './credentials.ts';

// How long a key that was replaced in its Secret is still used, unless AWS refuses it before.
const REREAD_MS = 5 * 60_000;

/** Reads an access key out of the Secrets that the store names. */
export async function readStaticKeys(
  means: { readonly identities: Pick<IdentitySource, 'readSecretKey'>; readonly ambient: Pick<Ambient, 'nowMs'> },
  access: Access,
  identity: Extract<Identity, { kind: 'secret' }>,
  signal: AbortSignal,
): Promise<Result<Credentials>> {
  const read = (ref: SecretKeyRef): Promise<Result<string>> => readText(means.identities, access, ref, signal);
  const none = Promise.resolve(succeed(undefined));
  const [id, secret, session] = await Promise.all([
    read(identity.accessKeyId),
    read(identity.secretAccessKey),
    identity.sessionToken === undefined ? none : read(identity.sessionToken),
  ]);
  if (!id.ok) return id;
  if (!secret.ok) return secret;
  if (!session.ok) return session;
  const sessionToken = session.value === undefined ? {} : { sessionToken: session.value };
  const endAtMs = means.ambient.nowMs() + REREAD_MS;
  return succeed({
    keys: { accessKeyId: id.value, secretAccessKey: secret.value, ...sessionToken },
    renewAtMs: endAtMs,
    endAtMs,
  });
}

async function readText(
  identities: Pick<IdentitySource, 'readSecretKey'>,
  access: Access,
  ref: SecretKeyRef,
  signal: AbortSignal,
): Promise<Result<string>> {
  const got = await identities.readSecretKey(ref, signal);
  if (!got.ok) return got;
  // A file that was made by `echo` ends in a newline, and no key of AWS holds white space.
  const text = new TextDecoder().decode(got.value.reveal()).trim();
  if (/^[\x21-\x7e]+$/.test(text)) return succeed(text);
  const place = `key ${JSON.stringify(ref.key)} of Secret ${ref.namespace}/${ref.name}`;
  return fail('CredentialsInvalid', access.store, `${place} holds no AWS credential; it must be printable text`);
}
