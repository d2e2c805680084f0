import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { PastedReference } from '../../../src/core/pasted-reference.ts';
import { printReference, readPastedReference } from '../../../src/core/pasted-reference.ts';
import type { Service } from '../../../src/core/ports.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf';
const PARAMETER = 'arn:aws:ssm:eu-west-1:123456789012:parameter/prod/db';
const ID = '9d4cb84b-ad69-40c0-a0ab-cead3example';

type Fields = Omit<PastedReference, 'service'>;
type Cases = readonly (readonly [text: string, want: Fields])[];

const secrets: Cases = [
  [`${SECRET}:password::`, { key: SECRET, property: 'password' }],
  [`${SECRET}::AWSPREVIOUS:`, { key: SECRET, versionStage: 'AWSPREVIOUS' }],
  [`${SECRET}:::${ID}`, { key: SECRET, versionId: ID }],
  [`${SECRET}:password:AWSPREVIOUS:`, { key: SECRET, property: 'password', versionStage: 'AWSPREVIOUS' }],
  [`${SECRET}:password::${ID}`, { key: SECRET, property: 'password', versionId: ID }],
  [`${SECRET}:::`, { key: SECRET }],
  [`${SECRET}:password`, { key: SECRET, property: 'password' }],
  ['prod/db:password', { key: 'prod/db', property: 'password' }],
  ['prod/db:password:AWSPREVIOUS', { key: 'prod/db', property: 'password', versionStage: 'AWSPREVIOUS' }],
  [`prod/db:password::${ID}`, { key: 'prod/db', property: 'password', versionId: ID }],
  ['prod/db:', { key: 'prod/db' }],
  ['prod/db:api-key', { key: 'prod/db', property: 'api-key' }],
  ['prod/db:a.b', { key: 'prod/db', property: '"a.b"' }],
  ['prod/db:*', { key: 'prod/db', property: '"*"' }],
];

const parameters: Cases = [
  ['/prod/db:3', { key: '/prod/db', version: 3 }],
  ['/prod/db:gold', { key: '/prod/db', label: 'gold' }],
  ['/prod/db:', { key: '/prod/db' }],
  [`${PARAMETER}:12`, { key: PARAMETER, version: 12 }],
  [`${PARAMETER}:gold`, { key: PARAMETER, label: 'gold' }],
  ['/aws/reference/secretsmanager/db:AWSPREVIOUS', { key: '/aws/reference/secretsmanager/db', label: 'AWSPREVIOUS' }],
];

const dynamicSecrets: Cases = [
  ['{{resolve:secretsmanager:prod/db}}', { key: 'prod/db' }],
  ['{{resolve:secretsmanager:prod/db:SecretString:password}}', { key: 'prod/db', property: 'password' }],
  ['{{resolve:secretsmanager:prod/db:SecretString:password::}}', { key: 'prod/db', property: 'password' }],
  [
    `{{resolve:secretsmanager:${SECRET}:SecretString:password:AWSPREVIOUS}}`,
    { key: SECRET, property: 'password', versionStage: 'AWSPREVIOUS' },
  ],
  [`{{resolve:secretsmanager:prod/db:SecretString:::${ID}}}`, { key: 'prod/db', versionId: ID }],
  [' {{ resolve:secretsmanager:prod/db::password }} ', { key: 'prod/db', property: 'password' }],
];

const dynamicParameters: Cases = [
  ['{{resolve:ssm:/prod/db:3}}', { key: '/prod/db', version: 3 }],
  ['{{resolve:ssm:/prod/db}}', { key: '/prod/db' }],
  ['{{resolve:ssm-secure:db:10}}', { key: 'db', version: 10 }],
  [`{{resolve:ssm:${PARAMETER}:2}}`, { key: PARAMETER, version: 2 }],
];

describe('a pasted reference', () => {
  const tables: readonly [what: string, cases: Cases, of: Service, readFrom: Service][] = [
    ['of a secret', secrets, 'SecretsManager', 'SecretsManager'],
    ['of a parameter', parameters, 'ParameterStore', 'ParameterStore'],
    ['of CloudFormation to a secret, whatever the service', dynamicSecrets, 'SecretsManager', 'ParameterStore'],
    ['of CloudFormation to a parameter, whatever the service', dynamicParameters, 'ParameterStore', 'SecretsManager'],
  ];
  for (const [what, cases, of, readFrom] of tables) {
    it.each(cases)(`${what} is taken apart: %s`, (text, want) => {
      expect(readPastedReference(text, readFrom)).toEqual({ service: of, ...want });
    });
  }

  it.each<[string, Service]>([
    ['prod/db', 'SecretsManager'],
    ['rds!db-1234', 'SecretsManager'],
    [SECRET, 'SecretsManager'],
    [SECRET.slice(0, -7), 'SecretsManager'],
    ['/prod/db', 'ParameterStore'],
    ['{{namespace}}/db', 'SecretsManager'],
    [PARAMETER, 'ParameterStore'],
  ])('%s is none', (text, service) => expect(readPastedReference(text, service)).toBeUndefined());

  it.each<[string, Service]>([
    ['prod/db:a:b:c:d', 'SecretsManager'],
    [`${SECRET}:a:b:c:d`, 'SecretsManager'],
    [':password', 'SecretsManager'],
    ['prod/db:password::1', 'SecretsManager'],
    ['/prod/db:3:4', 'ParameterStore'],
    ['{{resolve:secretsmanager:prod/db:SecretBinary:a}}', 'SecretsManager'],
    ['{{resolve:ssm::3}}', 'SecretsManager'],
    ['{{resolve:s3:a}}', 'SecretsManager'],
    ['{{resolve:ssm:a:1}}/b', 'ParameterStore'],
  ])('%s cannot be told', (text, service) => expect(readPastedReference(text, service)).toBe('unclear'));
});

describe('a printed reference', () => {
  it('is a line of YAML as people write it', () => {
    const printed = printReference({ key: SECRET, property: 'a.b', version: 3, label: undefined });
    expect(printed).toBe(`{key: ${SECRET}, property: a.b, version: 3}`);
  });

  it('is read back as it was, by YAML 1.1 and 1.2', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.stringMatching(/^[-\w/.@+=:!,{}"'# *&]{0,12}$/),
      fc.constantFrom(
        'yes',
        'No',
        'null',
        '~',
        'true',
        '3',
        '1e3',
        'e3',
        'E-2',
        '0x1',
        '2001-01-01',
        'a: b',
        'a #b',
        '<<',
        '=',
        '.5',
      ),
    );
    fc.assert(
      fc.property(texts, texts, (key, property) => {
        const printed = printReference({ key, property });
        for (const version of ['1.1', '1.2'] as const) {
          expect(parse(`remoteRef: ${printed}`, { version })).toEqual({ remoteRef: { key, property } });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
