import type { Call } from './call.ts';
import type { KeyManagement } from './key-management.ts';
import { Refusal } from './refusal.ts';
import type { SecretVault } from './secret.ts';
import { readSecret, type SecretAnswer } from './secret-reads.ts';

/** What a secret's name begins with when it is read through Parameter Store. */
export const BRIDGE = '/aws/reference/secretsmanager/';

const VERSION_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Reads a secret as a parameter, with the caller's own right to it. Undefined where GetParameters lists the name as invalid.
 * Throws AWS's answers: to a denial, Parameter Store does not tell of what.
 */
export function readBridged(
  means: { readonly vault: SecretVault; readonly keys: KeyManagement },
  call: Call,
  asked: string,
): object | undefined {
  const [id = '', version, ...rest] = asked.slice(BRIDGE.length).split(':');
  const isList = call.input.Names !== undefined;
  if (rest.length > 0)
    return isList
      ? undefined
      : refuse(
          'Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>',
        );
  if (call.input.WithDecryption !== true) {
    return isList ? undefined : refuse('WithDecryption flag must be True for retrieving a Secret Manager secret.');
  }
  const pinned =
    version === undefined ? {} : VERSION_ID.test(version) ? { versionId: version } : { versionStage: version };
  try {
    return present(`${BRIDGE}${id}`, version, readSecret(means, call, { id, ...pinned }));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'AccessDeniedException') {
      return refuse('An error occurred while calling one AWS dependency service.');
    }
    if (isList) return undefined;
    if (error.code !== 'ResourceNotFoundException') return refuse('Invalid Request to Secrets Manager');
    const what = `Secret ${asked.slice(1)}${version === undefined ? 'null' : ''} not found.`;
    throw new Refusal(
      'ParameterNotFound',
      `An error occurred (ParameterNotFound) when referencing Secrets Manager: ${what}`,
    );
  }
}

function refuse(message: string): never {
  throw new Refusal('ValidationException', message);
}

function present(name: string, version: string | undefined, secret: SecretAnswer): object {
  const { ARN, SecretString, CreatedDate } = secret;
  return {
    Name: name,
    Type: 'SecureString',
    ...(SecretString === undefined ? {} : { Value: SecretString }),
    Version: 0,
    ...(version === undefined ? {} : { Selector: `:${version}` }),
    SourceResult: sourceResultOf(secret),
    LastModifiedDate: CreatedDate,
    ARN,
  };
}

/** The secret once more, in a text of JSON: with small letters, and the date as people write it. */
const sourceResultOf = ({ ARN, Name, VersionId, SecretString, VersionStages, CreatedDate }: SecretAnswer): string =>
  JSON.stringify({
    ARN,
    name: Name,
    versionId: VersionId,
    secretString: SecretString,
    versionStages: VersionStages,
    createdDate: new Date(CreatedDate * 1_000).toUTCString(),
  });
