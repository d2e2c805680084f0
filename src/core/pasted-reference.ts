import { BRIDGE } from './admit.ts';
import type { Service } from './ports.ts';

/** What a reference of ECS, CodeBuild or CloudFormation asks for, in the fields that keyferry has for it. */
export interface PastedReference {
  readonly service: Service;
  readonly key: string;
  readonly property?: string;
  readonly versionStage?: string;
  readonly versionId?: string;
  readonly version?: number;
  readonly label?: string;
}

/**
 * Takes apart what others write as one text:
 *
 * - ECS and CodeBuild: `ID:json-key:version-stage:version-id`, any of the three empty or left out, where ID is a name or an ARN; `NAME:version`
 *   and `NAME:label` of a parameter;
 * - CloudFormation: `{{resolve:secretsmanager:ID:SecretString:json-key:version-stage:version-id}}`, `{{resolve:ssm:NAME:version}}`,
 *   `{{resolve:ssm-secure:NAME:version}}`.
 *
 * Undefined for a plain name or ARN, in which no colon follows; `unclear` for what has more parts than any of these. `service` is the one
 * that the text would be read from.
 */
export function readPastedReference(text: string, service: Service): PastedReference | 'unclear' | undefined {
  const trimmed = text.trim();
  const [, which, inner = ''] = /^\{\{\s*resolve:(secretsmanager|ssm|ssm-secure):(.*)\}\}$/s.exec(trimmed) ?? [];
  if (which === 'secretsmanager') return readDynamicSecret(inner.trim());
  if (which !== undefined) return readParameter(cut(inner.trim(), PARAMETER_ARN));
  if (/\{\{\s*resolve:/.test(trimmed)) return 'unclear';
  const isSecret = (serviceOf(text) ?? service) === 'SecretsManager';
  const parts = cut(text, isSecret ? SECRET_ARN : PARAMETER_ARN);
  if (parts.length === 1) return undefined;
  return isSecret ? readSecret(parts) : readParameter(parts);
}

// What AWS publishes for all belongs to no account.
const SECRET = /^arn:[^:]+:secretsmanager:[^:]+:[^:]+:secret:./;
const PARAMETER = /^arn:[^:]+:ssm:[^:]+:[^:]*:parameter\/./;

/** The service that the ARN at the beginning of the text is of; undefined for any other text. */
export function serviceOfArn(text: string): Service | undefined {
  if (SECRET.test(text)) return 'SecretsManager';
  return PARAMETER.test(text) ? 'ParameterStore' : undefined;
}

/** The service that alone can have the key, whatever the entry says. */
const serviceOf = (key: string): Service | undefined => (key.startsWith(BRIDGE) ? 'ParameterStore' : serviceOfArn(key));

function isKeyOf(service: Service, key: string): boolean {
  const only = serviceOf(key) ?? (key.startsWith('arn:') ? undefined : service);
  return key !== '' && only === service;
}

// How many parts an ARN has itself: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME, arn:aws:ssm:REGION:ACCOUNT:parameter/NAME.
const SECRET_ARN = 7;
const PARAMETER_ARN = 6;

/** The name or ARN that the text begins with, and the parts behind it. */
function cut(text: string, arnLength: number): readonly string[] {
  const parts = text.split(':');
  const length = parts[0] === 'arn' ? arnLength : 1;
  return [parts.slice(0, length).join(':'), ...parts.slice(length)];
}

function readDynamicSecret(text: string): PastedReference | 'unclear' {
  const [id = '', what = '', ...rest] = cut(text, SECRET_ARN);
  return what === '' || what === 'SecretString' ? readSecret([id, ...rest]) : 'unclear';
}

function readSecret([key = '', jsonKey = '', stage = '', versionId = '', ...more]: readonly string[]):
  | PastedReference
  | 'unclear' {
  if (!isKeyOf('SecretsManager', key) || more.length > 0 || !/^(?:[-\w]{32,64})?$/.test(versionId)) return 'unclear';
  return {
    service: 'SecretsManager',
    key,
    ...(jsonKey === '' ? {} : { property: propertyOf(jsonKey) }),
    // All three take one of the two at most. A version id says more.
    ...(versionId === '' ? (stage === '' ? {} : { versionStage: stage }) : { versionId }),
  };
}

function readParameter([key = '', selector = '', ...more]: readonly string[]): PastedReference | 'unclear' {
  if (!isKeyOf('ParameterStore', key) || more.length > 0) return 'unclear';
  const isVersion = /^[1-9]\d{0,14}$/.test(selector);
  if (isVersion && key.startsWith(BRIDGE)) return 'unclear';
  return {
    service: 'ParameterStore',
    key,
    ...(isVersion ? { version: Number(selector) } : selector === '' ? {} : { label: selector }),
  };
}

/** A JSON key always means the member of that name: quoted, where it might be read as an expression if there were no such member. */
const propertyOf = (jsonKey: string): string => (/^[-\w]+$/.test(jsonKey) ? jsonKey : JSON.stringify(jsonKey));

/** The fields as a line of YAML to paste: `{key: prod/db, property: password}`. Those that are undefined are left out. */
export const printReference = (fields: Readonly<Record<string, string | number | undefined>>): string =>
  `{${Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? scalar(value) : value}`)
    .join(', ')}}`;

// What YAML 1.1, which kubectl reads, takes for something else than text, or some of those who read it.
const NOT_TEXT = /^(?:y|n|yes|no|on|off|true|false|null|e[-+]?\d+)$/i;

const scalar = (text: string): string =>
  /^[A-Za-z/](?:[-\w/.@+=:]*[-\w/.@+=])?$/.test(text) && !NOT_TEXT.test(text) ? text : JSON.stringify(text);
