import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyDocument, Statement } from '../support/aws/policy.ts';
import { ALLOW_ALL, type StandIn, startStandIn, trustOf } from '../support/aws/stand-in.ts';
import { openAws, TEST_REGION } from '../support/aws.ts';
import { type LocalIssuer, openLocalIssuer } from '../support/local-issuer.ts';

const HOME = '111111111111';
const AWAY = '222222222222';
const SUBJECT = 'system:serviceaccount:shop:reader';
const roleOf = (name: string, account = HOME): string => `arn:aws:iam::${account}:role/${name}`;
const HUB = roleOf('hub');

let standIn: StandIn;
let issuer: LocalIssuer;

beforeAll(async () => {
  issuer = await openLocalIssuer();
  standIn = await startStandIn({ issuer });
  const trust = trustOf(HOME, issuer.issuer, SUBJECT);
  standIn.putRole(HUB, { trust, policies: [ALLOW_ALL], maxSessionSeconds: 7_200 });
  await openAws(standIn.endpoint, TEST_REGION, standIn.seedKeys(AWAY)).createSecret('shop/db', 'one');
});
afterAll(() => standIn?.stop());

const stsAs = (keys?: Credentials): STSClient =>
  new STSClient({ endpoint: standIn.endpoint, region: TEST_REGION, ...(keys ? { credentials: signing(keys) } : {}) });

const signing = ({ AccessKeyId = '', SecretAccessKey = '', SessionToken = '' }: Credentials) => ({
  accessKeyId: AccessKeyId,
  secretAccessKey: SecretAccessKey,
  sessionToken: SessionToken,
});

/** The keys of the hub, by a token of the ServiceAccount. */
async function enter(DurationSeconds = 3_600): Promise<Credentials> {
  const WebIdentityToken = await issuer.sign(SUBJECT);
  const input = { RoleArn: HUB, RoleSessionName: 'me', WebIdentityToken, DurationSeconds };
  const { Credentials: keys } = await stsAs().send(new AssumeRoleWithWebIdentityCommand(input));
  return keys ?? expect.fail('no credentials');
}

async function goOn(
  from: Credentials,
  more: Partial<AssumeRoleCommandInput> & { RoleArn: string },
): Promise<Credentials> {
  const { Credentials: keys } = await stsAs(from).send(new AssumeRoleCommand({ RoleSessionName: 'me', ...more }));
  return keys ?? expect.fail('no credentials');
}

/** A role in the other account that trusts this one, under a name of its own. */
function farRole(name: string, statement: Partial<Statement> = {}, policies: PolicyDocument[] = [ALLOW_ALL]): string {
  const arn = roleOf(name, AWAY);
  const trust = { Effect: 'Allow', Principal: { AWS: HUB }, Action: ['sts:AssumeRole', 'sts:TagSession'] } as const;
  standIn.putRole(arn, { trust: { Statement: { ...trust, ...statement } }, policies, maxSessionSeconds: 7_200 });
  return arn;
}

const read = async (keys: Credentials, SecretId = 'shop/db'): Promise<string | undefined> => {
  const config = { endpoint: standIn.endpoint, region: TEST_REGION, credentials: signing(keys) };
  return (await new SecretsManagerClient(config).send(new GetSecretValueCommand({ SecretId }))).SecretString;
};

const tag = (Key: string, Value: string): { Key: string; Value: string } => ({ Key, Value });

describe('the stand-in as STS', () => {
  it('leads from role to role, into another account', async () => {
    const keys = await goOn(await enter(), { RoleArn: farRole('far') });
    const { Arn, Account } = await stsAs(keys).send(new GetCallerIdentityCommand({}));
    expect([Arn, Account]).toEqual([`arn:aws:sts::${AWAY}:assumed-role/far/me`, AWAY]);
    expect(await read(keys)).toBe('one');
  });

  it('asks for the external id that the trust policy demands', async () => {
    const RoleArn = farRole('external', { Condition: { StringEquals: { 'sts:ExternalId': 'sesame' } } });
    const message = `User: arn:aws:sts::${HOME}:assumed-role/hub/me is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`;
    await expect(goOn(await enter(), { RoleArn })).rejects.toMatchObject({ name: 'AccessDenied', message });
    await expect(goOn(await enter(), { RoleArn, ExternalId: 'sesame' })).resolves.toBeDefined();
  });

  it('denies a role that is not there as it denies one that trusts nobody', async () => {
    const RoleArn = roleOf('absent', AWAY);
    await expect(goOn(await enter(), { RoleArn })).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('lets tags be set by those who may tag sessions', async () => {
    const RoleArn = farRole('untagged', { Action: 'sts:AssumeRole' });
    const tagged = { RoleArn, Tags: [tag('team', 'shop')] };
    const message = expect.stringContaining(`is not authorized to perform: sts:TagSession on resource: ${RoleArn}`);
    await expect(goOn(await enter(), tagged)).rejects.toMatchObject({ name: 'AccessDenied', message });
    await expect(goOn(await enter(), { RoleArn })).resolves.toBeDefined();
  });

  it('grants by the tags of a session, and hands transitive ones on', async () => {
    const Condition = { StringEquals: { 'aws:PrincipalTag/team': 'shop' } };
    const byTag = [{ Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition } as const }];
    const [first, second] = [farRole('tagged', {}, byTag), roleOf('tagged-next', AWAY)];
    const trust = { Effect: 'Allow', Principal: { AWS: first }, Action: ['sts:AssumeRole', 'sts:TagSession'] } as const;
    standIn.putRole(second, { trust: { Statement: trust }, policies: byTag });
    const Tags = [tag('team', 'shop')];
    const lasting = await goOn(await enter(), { RoleArn: first, Tags, TransitiveTagKeys: ['team'] });
    expect(await read(lasting)).toBe('one');
    expect(await read(await goOn(lasting, { RoleArn: second }))).toBe('one');
    await expect(goOn(lasting, { RoleArn: second, Tags })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    const passing = await goOn(await enter(), { RoleArn: first, Tags });
    await expect(goOn(passing, { RoleArn: second }).then(read)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    const untagged = await goOn(await enter(), { RoleArn: first });
    await expect(read(untagged)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('keeps a session within its policy', async () => {
    const Policy = JSON.stringify({ Statement: { Effect: 'Allow', Action: 'ssm:*', Resource: '*' } });
    const keys = await goOn(await enter(), { RoleArn: farRole('far'), Policy });
    const message = expect.stringContaining(
      'because no session policy allows the secretsmanager:GetSecretValue action',
    );
    await expect(read(keys)).rejects.toMatchObject({ name: 'AccessDeniedException', message });
  });

  it('gives what is assumed through another role one hour at most, and no role more than its own limit', async () => {
    const RoleArn = farRole('long');
    await expect(goOn(await enter(7_200), { RoleArn, DurationSeconds: 3_601 })).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    });
    await expect(enter(7_201)).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    });
  });

  it('ends a session when its time is over, and knows no session without its token', async () => {
    const keys = await enter(0);
    await expect(read(keys)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
    const stolen = { ...(await enter()), SessionToken: 'another' };
    await expect(read(stolen)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    await expect(stsAs(stolen).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
  });
});
