import type { Access, ValueRef } from '../core/ports.ts';
import type { Fault, FaultKind } from '../model/fault.ts';
import { parseArn, partitionOf } from './arn.ts';
import { type AwsError, named } from './aws-error.ts';
import { accountOf, describeIdentity } from './identity.ts';
import type { ReadApi } from './transport.ts';

interface Case {
  readonly api: ReadApi;
  readonly error: AwsError;
  readonly ref: ValueRef;
  readonly access: Access;
}

type Verdict = readonly [kind: FaultKind, detail: string];

/**
 * What an error of AWS means for one ref, in our own words: the action, the resource and the cure, without AWS's text, a
 * request id, a time or a value. The subject is the ref's key.
 */
export function translate(api: ReadApi, error: AwsError, ref: ValueRef, access: Access): Fault {
  const [kind, detail] = judge({ api, error, ref, access });
  return { kind, subject: ref.key, detail };
}

/** The fault of a ref that AWS said is not there, without a word more (`InvalidParameters[]`). */
export function notFound(ref: ValueRef, access: Access): Fault {
  const [kind, detail] = missing(ref, access);
  return { kind, subject: ref.key, detail };
}

/** The fault of a ref that AWS's answer passed over, or answered with something that is no value. */
export function unanswered(ref: ValueRef, access: Access): Fault {
  const detail = `${serviceName(ref)} in ${access.region} answered, but without a value for this key`;
  return { kind: 'SourceUnavailable', subject: ref.key, detail };
}

function judge(it: Case): Verdict {
  const kms = decryption(it);
  if (kms !== undefined) return kms;
  if (it.error.name === 'QuotaWait') return ['Throttled', waited(it)];
  switch (it.error.class) {
    case 'throttle':
      return [
        'Throttled',
        `AWS throttles ${serviceName(it.ref)} in ${it.access.region}; the account's quota is used up for now`,
      ];
    case 'credentials':
      return ['CredentialsInvalid', refusedCredentials(it.error, it.access)];
    case 'denied':
      return ['AccessDenied', denial(it)];
    case 'client':
      return clientError(it);
    default:
      return ['SourceUnavailable', unavailable(it)];
  }
}

// ------------------------------------------------------------------------------------------------------------- absence

function clientError(it: Case): Verdict {
  const { error, ref, access } = it;
  switch (error.name) {
    case 'ResourceNotFound':
    case 'ParameterNotFound':
      return saysVersion(error.message) ? noVersion(ref, access) : missing(ref, access);
    case 'ParameterVersionNotFound':
      return noVersion(ref, access);
    case 'InvalidRequest':
      return invalidRequest(it);
    case 'RegionDisabled':
    case 'OptInRequired':
      return [
        'CredentialsInvalid',
        `the account has not enabled ${serviceName(ref)} in ${access.region}; enable the Region`,
      ];
    case 'Validation':
    case 'InvalidParameter':
    case 'InvalidParameterValue':
      return [
        keyKind(ref),
        `${serviceName(ref)} takes ${JSON.stringify(ref.key)} for no valid ${noun(ref)} name or version`,
      ];
  }
  return ['SourceUnavailable', `${serviceName(ref)} in ${access.region} refused ${it.api}${named(error)}`];
}

const saysVersion = (message: string): boolean => /secret value for (staging label|VersionId)/i.test(message);

function invalidRequest(it: Case): Verdict {
  const { error, ref, access } = it;
  if (/marked for deletion|marked deleted|scheduled for deletion/i.test(error.message)) {
    const cure = 'restore it with aws secretsmanager restore-secret, or remove the reference';
    return [
      'MarkedForDeletion',
      `the secret ${JSON.stringify(ref.key)} in ${access.region} is scheduled for deletion; ${cure}`,
    ];
  }
  if (/VersionStage that is not associated/i.test(error.message)) return noVersion(ref, access);
  return ['SourceUnavailable', `${serviceName(ref)} in ${access.region} refused ${it.api}${named(error)}`];
}

function missing(ref: ValueRef, access: Access): Verdict {
  const asked = versionText(ref);
  if (asked !== undefined && ref.service === 'ParameterStore') return noVersion(ref, access);
  const elsewhere = parseArn(ref.key)?.region ?? access.region;
  const hint =
    elsewhere === access.region
      ? `check the name, and the Region and account of the store${asked === undefined ? '' : ` (asked for: ${asked})`}`
      : `the ARN is of ${elsewhere}, so a store of that Region must read it`;
  return [keyKind(ref), `there is no ${noun(ref)} ${JSON.stringify(ref.key)} in ${place(access)}; ${hint}`];
}

function noVersion(ref: ValueRef, access: Access): Verdict {
  const name = JSON.stringify(ref.key);
  const asked = versionText(ref);
  if (asked === undefined) {
    return [
      'VersionNotFound',
      `the secret ${name} in ${access.region} has no version with staging label AWSCURRENT: it has no value yet`,
    ];
  }
  const found = ref.service === 'SecretsManager' ? `the secret ${name} has no` : `there is no parameter ${name} with`;
  return ['VersionNotFound', `${found} ${asked} in ${place(access)}; check the name and the version`];
}

function versionText(ref: ValueRef): string | undefined {
  if (ref.versionStage !== undefined) return `version with staging label ${JSON.stringify(ref.versionStage)}`;
  if (ref.versionId !== undefined) return `version with id ${JSON.stringify(ref.versionId)}`;
  if (ref.version !== undefined) return `version ${ref.version}`;
  return ref.label === undefined ? undefined : `label ${JSON.stringify(ref.label)}`;
}

// ------------------------------------------------------------------------------------------------------------- denials

/** Who denied, by the words AWS is known to use, and what would help. */
const REASONS: readonly (readonly [pattern: RegExp, cause: string, cure: string])[] = [
  [/explicit deny in an? identity-based policy/i, 'an identity-based policy denies it', 'take the deny away'],
  [/explicit deny in an? resource-based policy/i, "the resource's policy denies it", 'take the deny away'],
  [/service control policy/i, 'a service control policy of the organisation denies it', 'its administrators must act'],
  [
    /resource control policy/i,
    'a resource control policy of the organisation denies it',
    'its administrators must act',
  ],
  [/permissions boundary/i, "the role's permissions boundary does not allow it", 'widen the boundary'],
  [/session policy/i, 'a session policy does not allow it', 'widen the session policy'],
  [/VPC endpoint policy/i, 'the policy of the VPC endpoint does not allow it', 'widen that policy'],
  [/explicit deny/i, 'a policy denies it explicitly', 'take the deny away'],
  [/no resource-based policy allows/i, "the resource's policy does not allow it", "allow it in the resource's policy"],
  [/no identity-based policy allows/i, 'no identity-based policy allows it', "allow it in the identity's policy"],
];

function denial({ api, error, ref, access }: Case): string {
  const action = `${ref.service === 'SecretsManager' ? 'secretsmanager' : 'ssm'}:${api}`;
  const grant = `${action} on ${api === 'BatchGetSecretValue' ? '*' : resourceOf(ref, access)}`;
  const reason = REASONS.find(([pattern]) => pattern.test(error.message));
  const because = reason === undefined ? `; allow it in the identity's policy` : `: ${reason[1]}; ${reason[2]}`;
  // A policy that names resources denies what does not exist, too.
  const bare = parseArn(ref.key) === undefined ? ` (denied, or not in this account and Region)` : '';
  return `${describeIdentity(access.identity)} may not ${grant}${because}${bare}`;
}

/** The resource a policy has to name: the ARN with the six random characters that end every secret's as `??????`. */
function resourceOf(ref: ValueRef, access: Access): string {
  const arn = parseArn(ref.key);
  const secret = ref.service === 'SecretsManager';
  if (arn !== undefined) return secret && !/-[A-Za-z0-9]{6}$/.test(ref.key) ? `${ref.key}-??????` : ref.key;
  const owner = `${access.region}:${accountOf(access.identity) ?? '*'}`;
  const head = `arn:${partitionOf(access.region)}`;
  if (secret) return `${head}:secretsmanager:${owner}:secret:${ref.key}-??????`;
  return `${head}:ssm:${owner}:parameter/${ref.key.replace(/^\//, '')}`;
}

/** The text for credentials that AWS knows nothing of, or whose signature it does not take. */
export function refusedCredentials(error: AwsError, access: Access): string {
  const holder = describeIdentity(access.identity);
  const cure = /^(Signature|InvalidSignature)/.test(error.name)
    ? "check the secret access key, and this machine's clock"
    : 'check that it still exists and is active';
  return `AWS does not take the credentials of ${holder}${named(error)}; ${cure}`;
}

// ---------------------------------------------------------------------------------------------------------- decryption

function decryption({ error, ref, access }: Case): Verdict | undefined {
  const { name, message } = error;
  const what = `${noun(ref)} ${JSON.stringify(ref.key)}`;
  if (/default KMS (service )?key/i.test(message)) {
    const cure = 'its owner must encrypt it with a customer managed key';
    return [
      'DecryptionFailed',
      `the ${what} of another account is encrypted with the default key, which cannot be shared; ${cure}`,
    ];
  }
  if (error.class === 'denied' && /kms:|Access to KMS|ciphertext refers to/i.test(message)) {
    const via = `kms:ViaService ${ref.service === 'SecretsManager' ? 'secretsmanager' : 'ssm'}.${access.region}.amazonaws.com`;
    const who = describeIdentity(access.identity);
    return [
      'DecryptionFailed',
      `${who} may not kms:Decrypt with the KMS key of the ${what}; allow it in the key's policy and the identity's (${via})`,
    ];
  }
  if (
    /^(DecryptionFailure|InvalidKeyId|Disabled|KMSDisabled|KMSInvalidState|KMSNotFound|KMSAccessDenied|KeyUnavailable)$/.test(
      name,
    )
  ) {
    return [
      'DecryptionFailed',
      `the KMS key of the ${what} cannot decrypt it: it is disabled, pending deletion or out of reach; enable it or encrypt anew`,
    ];
  }
  return undefined;
}

// --------------------------------------------------------------------------------------------------------------- words

// The API is not named: whether a secret is read alone or with others changes from look to look, and the text must not.

function unavailable({ error, ref, access }: Case): string {
  const service = `${serviceName(ref)} in ${access.region}`;
  if (error.class === 'deadline' || isSilence(error)) return `${service} cannot be reached, or did not answer in time`;
  if (error.class === 'garbage') return `${service} did not answer as AWS does${named(error)}`;
  return `${service} is not available${named(error)}`;
}

/** The SDK calls a time-out what is a cut connection, too; other errors of the network have no name but `Error`. */
const isSilence = (error: AwsError): boolean => error.class === 'transient' && /^(Timeout)?Error$/.test(error.name);

const waited = ({ ref, access }: Case): string =>
  `${serviceName(ref)} in ${access.region} got no turn within 30 s: more is asked of AWS than the account's quota seems to bear`;

const noun = (ref: ValueRef): string => (ref.service === 'SecretsManager' ? 'secret' : 'parameter');
const keyKind = (ref: ValueRef): FaultKind =>
  ref.service === 'SecretsManager' ? 'SecretNotFound' : 'ParameterNotFound';
const serviceName = (ref: ValueRef): string =>
  ref.service === 'SecretsManager' ? 'Secrets Manager' : 'Parameter Store';

function place(access: Access): string {
  const account = accountOf(access.identity);
  return account === undefined ? access.region : `${access.region} of account ${account}`;
}
