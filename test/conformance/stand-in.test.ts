import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClosableValueSource } from '../../src/aws/value-source.ts';
import type { Access, ValueRef } from '../../src/core/ports.ts';
import { refId } from '../../src/core/ref-id.ts';
import type { Statement } from '../support/aws/policy.ts';
import { ALLOW_ALL, type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import { type Aws, openAws, TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { eventually } from '../support/eventually.ts';
import { accessByKey, openValueSource } from '../support/value-source.ts';
import { describeValueSource } from './value-source.suite.ts';
import { arrangedBy, denial } from './value-source-world.ts';

let standIn: StandIn;
let aws: Aws;
let source: ClosableValueSource;
let access: Access;
let worlds = 0;

const READER = `arn:aws:iam::${TEST_ACCOUNT}:user/reader`;

beforeAll(async () => {
  standIn = await startStandIn();
  process.env.AWS_ENDPOINT_URL = standIn.endpoint;
  aws = openAws(standIn.seedEndpoint);
  access = accessByKey(standIn.putUser(READER, { policies: [ALLOW_ALL] }).accessKeyId);
  source = openValueSource(async () => '');
});

afterAll(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  source?.close();
  await standIn?.stop();
});

describeValueSource('the stand-in', () => ({
  prefix: `world-${worlds++}-`,
  source,
  access,
  deny: denial((statement) => standIn.putUser(READER, { policies: [ALLOW_ALL, { Statement: statement }] })),
  ...arrangedBy(aws),
}));

it('tells the version id of a secret that Parameter Store reads', async () => {
  const { versionId } = await aws.createSecret('bridged', 'one');
  const ref: ValueRef = { service: 'ParameterStore', key: '/aws/reference/secretsmanager/bridged' };
  const fetched = await source.fetch({ access, refs: [ref] }, new AbortController().signal);
  expect(fetched.get(refId(ref))).toMatchObject({ ok: true, value: { versionId } });
});

describe('under policies that moto does not know', () => {
  const secret = (key: string): ValueRef => ({ service: 'SecretsManager', key });
  const parameter = (key: string): ValueRef => ({ service: 'ParameterStore', key });

  /** Each ref's value, or the kind of its fault, as a user of its own with these rights reads it. */
  const readWith = async (refs: readonly ValueRef[], ...statements: Statement[]): Promise<string[]> => {
    const user = `arn:aws:iam::${TEST_ACCOUNT}:user/user-${worlds++}`;
    const { accessKeyId } = standIn.putUser(user, { policies: [{ Statement: statements }] });
    standIn.journal.length = 0;
    const plan = { access: accessByKey(accessKeyId), refs };
    const fetched = await source.fetch(plan, new AbortController().signal);
    return refs.map((ref) => {
      const result = fetched.get(refId(ref)) ?? expect.fail(`no answer for ${refId(ref)}`);
      return result.ok ? new TextDecoder().decode(result.value.value.reveal()) : result.faults[0].kind;
    });
  };
  const allow = (Action: string, more: Partial<Statement> = {}): Statement => ({
    Effect: 'Allow',
    Action,
    Resource: '*',
    ...more,
  });
  const seed = async (prefix: string): Promise<string[]> => {
    const names = Array.from({ length: 10 }, (_, at) => `${prefix}${at}`);
    await Promise.all(names.map((name) => aws.createSecret(name, name)));
    await Promise.all(names.map((name) => aws.putParameter(`/${name}`, name)));
    return names;
  };

  it('asks once more, alone and with its stage, for what a batch is denied', async () => {
    const names = await seed('staged-');
    const Condition = { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } };
    const statements = [
      allow('secretsmanager:BatchGetSecretValue'),
      allow('secretsmanager:GetSecretValue', { Condition }),
    ];
    expect(await readWith(names.map(secret), ...statements)).toEqual(names);
    expect(
      standIn
        .calls('GetSecretValue')
        .map(({ ids }) => ids.join())
        .sort(),
    ).toEqual(names);
  });

  it('lets one denied secret among ten spoil nothing', async () => {
    const names = await seed('ten-');
    const Resource = `arn:aws:secretsmanager:${TEST_REGION}:${TEST_ACCOUNT}:secret:ten-3-??????`;
    const statements = [allow('secretsmanager:*'), { ...allow('*', { Resource }), Effect: 'Deny' } as const];
    expect(await readWith(names.map(secret), ...statements)).toEqual(
      names.map((name) => (name === 'ten-3' ? 'AccessDenied' : name)),
    );
  });

  it('lets one denied parameter among ten spoil nothing', async () => {
    const names = await seed('more-');
    const Resource = `arn:aws:ssm:${TEST_REGION}:${TEST_ACCOUNT}:parameter/more-3`;
    const statements = [allow('ssm:*'), { ...allow('*', { Resource }), Effect: 'Deny' } as const];
    expect(
      await readWith(
        names.map((name) => parameter(`/${name}`)),
        ...statements,
      ),
    ).toEqual(names.map((name) => (name === 'more-3' ? 'AccessDenied' : name)));
  });

  it('reads everything in the end, within a quota that it runs into', async () => {
    const names = await seed('quota-');
    const { accessKeyId } = standIn.putUser(`arn:aws:iam::${TEST_ACCOUNT}:user/quota`, { policies: [ALLOW_ALL] });
    const plan = {
      access: accessByKey(accessKeyId),
      refs: names.map((key) => ({ ...secret(key), versionStage: 'AWSCURRENT' })),
    };
    standIn.setLimit('secrets-manager-get', 5);
    await eventually('all to be read', async () => {
      const fetched = await source.fetch(plan, new AbortController().signal);
      return [...fetched.values()].every(({ ok }) => ok);
    });
    standIn.setLimit('secrets-manager-get', undefined);
  });
});
