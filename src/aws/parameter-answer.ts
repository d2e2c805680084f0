import type { FetchedValue, ValueRef } from '../core/ports.ts';
import { SecretValue } from '../model/secret-value.ts';
import { parseArn } from './arn.ts';
import { dateIn, listMember, member, textMember } from './member.ts';
import { originOf } from './secret-answer.ts';

const BRIDGE = '/aws/reference/secretsmanager/';

/** A parameter as AWS answered it. */
export interface ParameterAnswer {
  readonly arn: string;
  readonly name: string;
  /** `:3` or `:gold` where a version was asked for. */
  readonly selector: string | undefined;
  readonly version: number;
  readonly type: string;
  /** RFC 3339, where AWS told. */
  readonly lastChangedDate: string | undefined;
  readonly value: FetchedValue;
  /** The ARN of the secret that a parameter of the bridge stands for. */
  readonly secretArn?: string;
}

/** GetParameters' answer; whatever in it is not well formed is left out. */
export interface ParametersAnswer {
  readonly parameters: readonly ParameterAnswer[];
  /** Names that AWS did not find, as they were asked for. */
  readonly invalid: ReadonlySet<string>;
}

/** Names the parts of GetParameters' answer. */
export function readParametersAnswer(answer: unknown, region: string): ParametersAnswer {
  return {
    parameters: listMember(answer, 'Parameters').flatMap((entry) => readParameter(entry, region) ?? []),
    invalid: new Set(listMember(answer, 'InvalidParameters').filter((name) => typeof name === 'string')),
  };
}

/** The answer as the value of the ref, with what its label is of: over the bridge, the secret itself. */
export function valueFor({ label, version }: ValueRef, { arn, name, value, secretArn }: ParameterAnswer): FetchedValue {
  if (secretArn !== undefined) return { ...value, origin: originOf(secretArn, label) };
  // The ARN alone will not do: `x` and `/x` are two names with one ARN.
  return version === undefined ? { ...value, origin: `${arn} ${name} ${label ?? ''}` } : value;
}

/** The name that asks for the ref: `name`, `name:3` or `name:gold`. */
export const askedName = (ref: ValueRef): string => `${ref.key}${selectorOf(ref)}`;

/** The parameter's name without version, account, Region or leading slash: equal for all ways to write one parameter. */
export function bareName(key: string): string {
  const resource = parseArn(key)?.resource.replace(/^parameter/, '') ?? key;
  return resource.replace(/^\//, '').replace(/:.*$/, '');
}

/** True when the answer is for the ref: by name or ARN, and by the version that was asked for. */
export function answersRef(ref: ValueRef, { arn, name, selector, version }: ParameterAnswer): boolean {
  if (ref.version !== undefined && ref.version !== version) return false;
  const asked = askedName(ref);
  const whole = selector ?? '';
  if (asked === `${name}${whole}` || asked === `${arn}${whole}`) return true;
  // A secret that is read over the bridge has version 0, as no parameter has, and may come under its own name.
  if (version === 0 && ref.key === `${BRIDGE}${name}`) return true;
  // AWS repeats the selector; where that is missing, the name has to do, as no call asks for one parameter twice.
  return selector === undefined && (ref.key === name || ref.key === arn);
}

function selectorOf(ref: ValueRef): string {
  const selector = ref.version ?? ref.label;
  return selector === undefined ? '' : `:${selector}`;
}

/** Names the parts of one parameter in an answer; undefined where a part is missing. */
export function readParameter(entry: unknown, region: string): ParameterAnswer | undefined {
  const name = member(entry, 'Name');
  const text = member(entry, 'Value');
  const arn = member(entry, 'ARN');
  const isSecret = typeof arn === 'string' && parseArn(arn)?.service === 'secretsmanager';
  const version = member(entry, 'Version') ?? (isSecret ? 0 : undefined);
  const selector = member(entry, 'Selector');
  if (typeof name !== 'string' || typeof text !== 'string' || typeof version !== 'number') return undefined;
  const type = textMember(entry, 'Type');
  const source = version === 0 ? readSource(textMember(entry, 'SourceResult')) : {};
  const secretArn = source.arn ?? (isSecret ? arn : undefined);
  return {
    ...(secretArn === undefined ? {} : { secretArn }),
    name,
    version,
    type,
    lastChangedDate: dateIn(entry, 'LastModifiedDate'),
    arn: typeof arn === 'string' ? arn : '',
    selector: typeof selector === 'string' && selector !== '' ? selector : undefined,
    value: {
      value: SecretValue.ofText(text),
      ...(type === 'StringList' ? { list: true } : {}),
      region,
      ...(version === 0 ? {} : { version }),
      ...(source.versionId === undefined ? {} : { versionId: source.versionId }),
    },
  };
}

/**
 * Of a secret that is read over the bridge, AWS gives Secrets Manager's own answer, too, as a text of JSON with the value in it. Its names are seen
 * with small letters and with capitals.
 */
function readSource(text: string): { readonly arn?: string; readonly versionId?: string } {
  try {
    const source: unknown = JSON.parse(text);
    const arn = textMember(source, 'ARN');
    const versionId = textMember(source, 'versionId') || textMember(source, 'VersionId');
    return { ...(arn === '' ? {} : { arn }), ...(versionId === '' ? {} : { versionId }) };
  } catch {
    // Its error would quote the value.
    return {};
  }
}
