import type { ValueRef } from '../core/ports.ts';
import { parseArn } from './arn.ts';
import { type Asked, nameAccount, noun, ownerAccount, placeOf, quoted, serviceName } from './asked.ts';
import type { Refusal } from './refusal.ts';
import { shellWord } from './shell-word.ts';

type Question = Pick<Asked, 'ref' | 'access'>;

/** What AWS says is not there, cannot be there or is about to go; undefined where the error says none of it. */
export function explainAbsence(asked: Asked): Refusal | undefined {
  const { name, message } = asked.error;
  if (name === 'ResourceNotFound' || name === 'ParameterNotFound') {
    return /secret value for (staging label|VersionId)/i.test(message) ? noVersion(asked) : explainMissing(asked);
  }
  if (name === 'ParameterVersionNotFound' || /VersionStage that is not associated/i.test(message))
    return noVersion(asked);
  if (/marked for deletion|marked deleted|scheduled for deletion/i.test(message)) return explainMarked(asked);
  return /^(Validation|InvalidParameter|InvalidParameterValue)$/.test(name) ? invalid(asked) : undefined;
}

/** What AWS said is not there, without a word more. */
export function explainMissing({ ref, access }: Question): Refusal {
  const asked = versionText(ref);
  if (asked !== undefined && ref.service === 'ParameterStore') return noVersion({ ref, access });
  const there = parseArn(ref.key)?.region ?? access.region;
  const what = `there is no ${noun(ref)} ${quoted(ref)} in ${placeOf({ ref, access })}`;
  const kind = ref.service === 'SecretsManager' ? 'SecretNotFound' : 'ParameterNotFound';
  if (there !== access.region) {
    return {
      cause: 'other-region',
      kind,
      detail: `${what}; the ARN is of ${there}, so a store of that Region must read it`,
    };
  }
  const version = asked === undefined ? '' : ` (asked for: ${asked})`;
  const cause = ref.service === 'SecretsManager' ? 'secret-not-found' : 'parameter-not-found';
  return { cause, kind, detail: `${what}; ${checkName(ref)}${version}` };
}

function checkName(ref: ValueRef): string {
  if (parseArn(ref.key) === undefined) return 'check the name, and the Region and account of the store';
  // A secret that was made again has other random characters.
  return ref.service === 'SecretsManager' ? 'check the ARN, also the six characters at its end' : 'check the ARN';
}

function noVersion({ ref, access }: Question): Refusal {
  const kind = 'VersionNotFound';
  const asked = versionText(ref);
  const list = `see what there is: ${listVersions(ref, access.region)}`;
  if (asked === undefined) {
    const detail = `the secret ${quoted(ref)} in ${access.region} has no version with staging label AWSCURRENT: it has no value yet`;
    return { cause: 'no-value-yet', kind, detail: `${detail}; ${list}` };
  }
  const found =
    ref.service === 'SecretsManager' ? `the secret ${quoted(ref)} has no` : `there is no parameter ${quoted(ref)} with`;
  return { cause: 'version-not-found', kind, detail: `${found} ${asked} in ${placeOf({ ref, access })}; ${list}` };
}

const listVersions = (ref: ValueRef, region: string): string =>
  ref.service === 'SecretsManager'
    ? `aws secretsmanager list-secret-version-ids --secret-id ${shellWord(ref.key)} --region ${region}`
    : `aws ssm get-parameter-history --name ${shellWord(ref.key)} --region ${region}`;

function versionText(ref: ValueRef): string | undefined {
  if (ref.versionStage !== undefined) return `version with staging label ${JSON.stringify(ref.versionStage)}`;
  if (ref.versionId !== undefined) return `version with id ${JSON.stringify(ref.versionId)}`;
  if (ref.version !== undefined) return `version ${ref.version}`;
  return ref.label === undefined ? undefined : `label ${JSON.stringify(ref.label)}`;
}

/** A secret that can be restored until `untilDate` (`2026-12-21`), where that is known. */
export function explainMarked(asked: Pick<Asked, 'error' | 'ref' | 'access'>, untilDate?: string): Refusal {
  const { ref, access } = asked;
  const command = (verb: string): string =>
    `aws secretsmanager ${verb} --secret-id ${shellWord(ref.key)} --region ${access.region}`;
  const cure = `restore it with ${command('restore-secret')}, or remove the reference`;
  const [when, ask] =
    untilDate === undefined ? ['', `; ${command('describe-secret')} tells until when`] : [` on ${untilDate}`, ''];
  const actor = nameAccount(ownerAccount(asked), access);
  return {
    cause: 'marked-for-deletion',
    kind: 'MarkedForDeletion',
    detail: `the secret ${quoted(ref)} in ${access.region} is scheduled for deletion${when}; ${actor} has to act: ${cure}${ask}`,
  };
}

const invalid = ({ ref }: Question): Refusal => ({
  cause: 'invalid-name',
  kind: ref.service === 'SecretsManager' ? 'SecretNotFound' : 'ParameterNotFound',
  detail: `${serviceName(ref)} takes ${quoted(ref)} for no valid ${noun(ref)} name or version; correct the key`,
});
