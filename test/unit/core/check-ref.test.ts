import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { planRequests } from '../../../src/core/plan.ts';
import { READER, specOf, storeOf } from '../../support/builders.ts';
import { inRepository } from '../../support/repository.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf';
const PARAMETER = 'arn:aws:ssm:eu-west-1:123456789012:parameter/prod/db';

/** `subject: detail` of the one fault, or undefined for a reference that nothing is wrong with. */
function faultOf(remoteRef: object, store: object = {}): string | undefined {
  const planned = planRequests(specOf({ data: [{ secretKey: 'a', remoteRef }] }), 'shop', [
    { store: storeOf(store), identity: READER },
  ]);
  if (planned.ok) return undefined;
  expect(planned.faults.map(({ kind }) => kind)).toEqual(['InvalidSpec']);
  const [{ subject, detail }] = planned.faults;
  return `${subject}: ${detail}`;
}

const AT_KEY = 'spec.data[0].remoteRef.key: ';
const PASTED = `${AT_KEY}a key is the name or ARN alone, and what ECS, CodeBuild and CloudFormation write around it has fields of its own; write remoteRef: `;
const parameters = { defaultService: 'ParameterStore' };

describe('a pasted reference is refused with what to write instead:', () => {
  const cases: readonly { remoteRef: object; store?: object; want: string }[] = [
    { remoteRef: { key: `${SECRET}:password::` }, want: `{key: ${SECRET}, property: password}` },
    {
      remoteRef: { key: `${SECRET}:password:AWSPREVIOUS:` },
      want: `{key: ${SECRET}, property: password, versionStage: AWSPREVIOUS}`,
    },
    { remoteRef: { key: 'prod/db:api key' }, want: '{key: prod/db, property: "\\"api key\\""}' },
    { remoteRef: { key: '/prod/db:3' }, store: parameters, want: '{key: /prod/db, version: 3}' },
    {
      remoteRef: { key: '/prod/db:gold', service: 'ParameterStore' },
      want: '{key: /prod/db, service: ParameterStore, label: gold}',
    },
    { remoteRef: { key: `${PARAMETER}:3` }, want: `{key: ${PARAMETER}, version: 3}` },
    {
      remoteRef: { key: '{{resolve:ssm-secure:db:3}}' },
      want: '{key: db, service: ParameterStore, version: 3}',
    },
    {
      remoteRef: { key: '{{resolve:secretsmanager:db:SecretString:user}}' },
      store: parameters,
      want: '{key: db, service: SecretsManager, property: user}',
    },
    {
      remoteRef: { key: 'db:::', property: 'user', versionStage: 'BLUE', decodingStrategy: 'Base64' },
      want: '{key: db, property: user, versionStage: BLUE, decodingStrategy: Base64}',
    },
    {
      remoteRef: { key: 'db::GREEN:', property: 'user', versionStage: 'BLUE' },
      want: '{key: db, property: user, versionStage: GREEN}',
    },
    {
      remoteRef: { key: '{{resolve:ssm:db:2}}', versionStage: 'BLUE' },
      want: '{key: db, service: ParameterStore, version: 2}',
    },
    { remoteRef: { key: 'prod/db:user' }, store: { keyPrefix: 'prod/' }, want: '{key: db, property: user}' },
    {
      remoteRef: { key: '{{resolve:secretsmanager:prod/db::user}}' },
      store: { keyPrefix: 'prod/' },
      want: '{key: db, property: user}',
    },
  ];
  for (const { remoteRef, store, want } of cases) {
    it(JSON.stringify(remoteRef), () => {
      expect(faultOf(remoteRef, store)).toBe(`${PASTED}${want}`);
      expect(faultOf(parseYaml(want), store)).toBeUndefined();
    });
  }

  it('in dataFrom, too', () => {
    const spec = specOf({ data: [], dataFrom: [{ extract: { key: 'db::AWSPREVIOUS:' } }] });
    const planned = planRequests(spec, 'shop', [{ store: storeOf(), identity: READER }]);
    expect(planned).toMatchObject({
      ok: false,
      faults: [
        {
          subject: 'spec.dataFrom[0].extract.key',
          detail: expect.stringContaining('write extract: {key: db, versionStage: AWSPREVIOUS}'),
        },
      ],
    });
  });

  it('whatever it is, so that what is printed is then taken', () => {
    const part = fc.constantFrom(
      '',
      'a',
      'a.b',
      'AWSPREVIOUS',
      '3',
      '/x/y',
      SECRET,
      PARAMETER,
      '/aws/reference/secretsmanager/db',
      'SecretString',
      '9d4cb84b-ad69-40c0-a0ab-cead3example',
      ' ',
      '"',
    );
    const parts = fc.array(part, { minLength: 1, maxLength: 6 }).map((several) => several.join(':'));
    const pasted = fc.oneof(
      parts,
      parts.map((text) => `{{resolve:secretsmanager:${text}}}`),
      parts.map((text) => `{{resolve:ssm-secure:${text}}}`),
    );
    const services = fc.constantFrom({}, { service: 'SecretsManager' }, { service: 'ParameterStore' });
    fc.assert(
      fc.property(pasted, services, fc.constantFrom({}, parameters), (key, service, store) => {
        if (key === '') return;
        const [, written] = / write remoteRef: (\{.*\})$/.exec(faultOf({ key, ...service }, store) ?? '') ?? [];
        if (written !== undefined) expect(faultOf(parseYaml(written), store)).toBeUndefined();
      }),
      { numRuns: 3_000 },
    );
  });

  it('or with the names of the fields, when it cannot be told', () => {
    expect(faultOf({ key: 'a:b:c:d:e' })).toMatch(/key: this is no name and no ARN; write a JSON key as property/);
  });
});

describe('docs/reference.md, references of other tools', () => {
  const [, section = ''] = readFileSync(inRepository('docs', 'reference.md'), 'utf8').split(
    '\n| pasted | written here |\n',
  );
  const rows = [...(section.split('\n\n')[0] ?? '').matchAll(/^\| `([^`]+)`([^|]*)\| `([^`]+)` \|$/gm)];

  it.each(rows.map(([, pasted = '', note = '', written = '']) => [pasted, written, note] as const))(
    '%s is %s',
    (pasted, written, note) => {
      const service = note.includes('ParameterStore') ? { service: 'ParameterStore' } : {};
      expect(faultOf({ key: pasted, ...service })).toBe(`${PASTED}${written}`);
      expect(faultOf(parseYaml(written))).toBeUndefined();
    },
  );

  it('has rows', () => expect(rows).toHaveLength(6));
});

describe('an ARN', () => {
  it('has to be of the service that it is read from, and whole', () => {
    expect(faultOf({ key: PARAMETER, service: 'SecretsManager' })).toBe(
      `${AT_KEY}this reads from SecretsManager, and the ARN is not of the form of a secret: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-XXXXXX`,
    );
    expect(faultOf({ key: 'arn:aws:ssm:eu-west-1:123456789012:db' })).toMatch(
      /arn:aws:ssm:REGION:ACCOUNT:parameter\/NAME$/,
    );
    expect(faultOf({ key: 'arn:aws:s3:::bucket' })).toMatch(/not of the form of a secret/);
    for (const key of [
      SECRET,
      SECRET.slice(0, -7),
      PARAMETER,
      SECRET.replace('aws', 'aws-cn'),
      'arn:aws:ssm:eu-west-1::parameter/aws/service/a',
    ]) {
      expect(faultOf({ key })).toBeUndefined();
    }
  });

  const CONFINED =
    'the store\'s keyPrefix "prod/" comes before every key, so write the name without it, or read from a store without keyPrefix';

  it('cannot stand behind a keyPrefix', () => {
    const store = { keyPrefix: 'prod/' };
    expect(faultOf({ key: SECRET }, store)).toBe(`${AT_KEY}this is an ARN; ${CONFINED}`);
    expect(faultOf({ key: `${SECRET}:user::` }, store)).toBe(`${PASTED}{key: ${SECRET}, property: user}; ${CONFINED}`);
    expect(faultOf({ key: '{{resolve:ssm:/a:1}}' }, store)).toBe(
      `${PASTED}{key: /a, service: ParameterStore, version: 1}; ${CONFINED}`,
    );
    expect(faultOf({ key: 'arn' }, store)).toBeUndefined();
    expect(faultOf({ key: SECRET }, { keyPrefix: '' })).toBeUndefined();
  });

  it('may be begun by a keyPrefix', () => {
    const keyPrefix = 'arn:aws:secretsmanager:eu-west-1:210987654321:secret:team/';
    expect(faultOf({ key: 'db' }, { keyPrefix })).toBeUndefined();
    expect(faultOf({ key: 'db:user' }, { keyPrefix })).toContain(`${PASTED}{key: db, property: user}; `);
  });
});

it('the bridge to Secrets Manager is a name of Parameter Store alone', () => {
  const key = '/aws/reference/secretsmanager/db';
  expect(faultOf({ key })).toBe(
    `${AT_KEY}/aws/reference/secretsmanager/ is of Parameter Store; add service: ParameterStore, or write the name behind it to read the secret itself`,
  );
  expect(faultOf({ key, service: 'ParameterStore' })).toBeUndefined();
});

describe('a version', () => {
  it('is no number behind the bridge to Secrets Manager, but may be a stage or an id', () => {
    const key = '/aws/reference/secretsmanager/db';
    expect(faultOf({ key, version: 3 }, parameters)).toBe(
      'spec.data[0].remoteRef: a secret that is read by way of /aws/reference/secretsmanager/ has no version numbers; write its stage or version id as label',
    );
    for (const label of ['AWSPREVIOUS', '9d4cb84b-ad69-40c0-a0ab-cead3example']) {
      expect(faultOf({ key, label }, parameters)).toBeUndefined();
    }
  });

  it('that is written as External Secrets has it is refused with what to write instead', () => {
    const versionId = '9d4cb84b-ad69-40c0-a0ab-cead3example';
    expect(faultOf({ key: 'db', versionStage: `uuid/${versionId}` })).toBe(
      `spec.data[0].remoteRef.versionStage: a version id stands alone; write versionId: "${versionId}"`,
    );
    expect(faultOf({ key: 'db', versionId: `uuid/${versionId}` })).toMatch(
      /^spec\.data\[0\]\.remoteRef\.versionId: a version id/,
    );
    expect(faultOf({ key: 'db', versionId })).toBeUndefined();
  });
});
