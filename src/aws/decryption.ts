import { parseArn } from './arn.ts';
import { type Asked, homeAccount, isForeign, nameAccount, noun, ownerAccount, quoted } from './asked.ts';
import { describeIdentity } from './identity.ts';
import { readPolicySaid } from './policy-said.ts';
import type { Cause, Refusal } from './refusal.ts';
import { admitDecrypter, allowDecrypt } from './statement.ts';

/** What stands between the identity and the KMS key of the value; undefined where the error is not about a key. */
export function explainDecryption(asked: Asked): Refusal | undefined {
  const verdict = judge(asked);
  return verdict && { cause: verdict[0], kind: 'DecryptionFailed', detail: verdict[1] };
}

type Verdict = readonly [cause: Cause, detail: string];

const KEY_ERRORS =
  /^(DecryptionFailure|InvalidKeyId|Disabled|KMSDisabled|KMSInvalidState|KMSNotFound|KMSAccessDenied|KeyUnavailable)$/;

function judge(asked: Asked): Verdict | undefined {
  const { name, message, class: kind } = asked.error;
  if (/default KMS (service )?key/i.test(message)) return defaultKeyAbroad(asked);
  const isDenial = kind === 'denied' || /Error Code: AccessDenied/i.test(message);
  if (isDenial && /\bkms:|Access to KMS|ciphertext refers to/i.test(message)) return denied(asked);
  return KEY_ERRORS.test(name) ? unusable(asked) : undefined;
}

// ------------------------------------------------------------------------------------------------------------------ keys

const keyOf = ({ ref, error }: Asked): string =>
  `the KMS key${named(error.message)} of the ${noun(ref)} ${quoted(ref)}`;

/** The key's ARN, where AWS tells it: nothing else of its words has this shape. */
const keyArnIn = (message: string): string | undefined =>
  /\barn:aws[a-z-]{0,10}:kms:[a-z0-9-]{1,30}:\d{12}:key\/(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})\b/.exec(
    message,
  )?.[0];

function named(message: string): string {
  const arn = keyArnIn(message);
  return arn === undefined ? '' : ` ${arn}`;
}

/** The account that has the key: the key's ARN tells, else it is taken for the value's. */
function keyAccount(asked: Asked): string {
  const told = parseArn(keyArnIn(asked.error.message) ?? '')?.account;
  return nameAccount(told ?? ownerAccount(asked), asked.access);
}

const home = (asked: Asked): string => nameAccount(homeAccount(asked), asked.access);

const inIdentity = (asked: Asked): string => allowDecrypt(asked, keyArnIn(asked.error.message) ?? 'KEY_ARN');

// --------------------------------------------------------------------------------------------------------------- denials

function denied(asked: Asked): Verdict {
  const said = readPolicySaid(asked.error.message);
  const may = `${describeIdentity(asked.access.identity)} may not kms:Decrypt with ${keyOf(asked)}: `;
  if (said?.form === 'denies') return ['key-denied', `${may}${deniedBy(asked, said.policy === 'resource')}`];
  if (isForeign(asked) && said?.policy !== 'identity') return ['cross-account-key', `${may}${abroad(asked)}`];
  if (said?.policy === 'identity') {
    const cure = `${home(asked)} has to act: add ${inIdentity(asked)} to the identity's policy`;
    return ['key-no-identity-policy', `${may}no identity-based policy allows it; ${cure}`];
  }
  if (said?.policy === 'resource') {
    const cure = `${keyAccount(asked)} has to act: add ${admitDecrypter(asked)} to the key's policy`;
    return ['key-no-key-policy', `${may}the key's policy does not allow it; ${cure}`];
  }
  const either = `add ${admitDecrypter(asked)} to the key's policy, or ${inIdentity(asked)} to the identity's where the key's policy leaves that to IAM`;
  return ['key-not-allowed', `${may}AWS gives no reason; ${keyAccount(asked)} has to act: ${either}`];
}

const deniedBy = (asked: Asked, byKey: boolean): string =>
  byKey
    ? `the key's policy denies it explicitly; ${keyAccount(asked)} has to act: take the deny away, as no grant helps against one`
    : `a policy above the grants denies it explicitly; ${home(asked)} has to act: take the deny away, as no grant helps against one`;

const abroad = (asked: Asked): string =>
  `it is the third of the three grants that a ${noun(asked.ref)} of another account takes; ${keyAccount(asked)} has to act: ` +
  `add ${admitDecrypter(asked)} to the key's policy; and ${home(asked)}: add ${inIdentity(asked)} to the identity's policy`;

function defaultKeyAbroad(asked: Asked): Verdict {
  const owner = nameAccount(ownerAccount(asked), asked.access);
  const what = `the ${noun(asked.ref)} ${quoted(asked.ref)} of another account is encrypted with the default key, which cannot be shared`;
  const cure = `encrypt it with a customer managed key, and let the identity in there: ${admitDecrypter(asked)}`;
  return ['default-key-across-accounts', `${what}; ${owner} has to act: ${cure}`];
}

// ----------------------------------------------------------------------------------------------------------- broken keys

function unusable(asked: Asked): Verdict {
  const { message } = asked.error;
  const arn = keyArnIn(message) ?? 'KEY_ARN';
  const act = `${keyAccount(asked)} has to act: `;
  const command = (verb: string): string =>
    `aws kms ${verb} --key-id ${arn} --region ${parseArn(arn)?.region ?? asked.access.region}`;
  if (/\bis disabled\b|DisabledException/i.test(message) || /Disabled$/.test(asked.error.name)) {
    return ['key-disabled', `${keyOf(asked)} is disabled; ${act}${command('enable-key')}`];
  }
  if (/pending deletion/i.test(message)) {
    const cure = `${command('cancel-key-deletion')}, and then ${command('enable-key')}`;
    return [
      'key-pending-deletion',
      `${keyOf(asked)} is about to be deleted, and what it encrypted with it; ${act}${cure}`,
    ];
  }
  const cure = `see its state with ${command('describe-key')}, or encrypt the ${noun(asked.ref)} anew with another key`;
  return [
    'key-unusable',
    `${keyOf(asked)} cannot decrypt it: the key is gone, out of reach or in no state to; ${act}${cure}`,
  ];
}
