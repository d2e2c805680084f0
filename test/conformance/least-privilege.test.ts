import { CreateSecretCommand, PutResourcePolicyCommand } from '@aws-sdk/client-secrets-manager';
import { LabelParameterVersionCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ValueRef } from '../../src/core/ports.ts';
import { refId } from '../../src/core/ref-id.ts';
import type { FaultKind } from '../../src/model/fault.ts';
import { defaultKeyPolicy } from '../support/aws/key-management.ts';
import { type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import { type Aws, openAws } from '../support/aws.ts';
import { type LocalIssuer, openLocalIssuer } from '../support/local-issuer.ts';
import { type PrintedPolicy, printedGrants, printedPolicy, type Site } from '../support/policy-documents.ts';
import { accessByRole, openValueSource } from '../support/value-source.ts';

// Everything that keyferry reads, under exactly the policies that docs/reference.md prints; and what it says when one statement
// of them is missing.

const SITE: Site = {
  account: '111122223333',
  otherAccount: '444455556666',
  region: 'us-west-2',
  issuerHost: 'cluster.example',
};
const ROLE = `arn:aws:iam::${SITE.account}:role/shop-reader`;
const SUBJECT = 'system:serviceaccount:shop:reader';
const KEY = `arn:aws:kms:${SITE.region}:${SITE.account}:key/11111111-2222-3333-4444-555555555555`;
const OTHER_KEY = `arn:aws:kms:${SITE.region}:${SITE.otherAccount}:key/66666666-7777-8888-9999-000000000000`;
const PUBLIC = '/aws/service/example/version';

const one = (heading: string): PrintedPolicy => printedPolicy(heading, SITE);

/** The policies, by where they are attached. */
interface Grants {
  readonly trust: PrintedPolicy;
  readonly role: readonly PrintedPolicy[];
  /** Of the secret and the key in the other account. */
  readonly secret?: PrintedPolicy;
  readonly key?: PrintedPolicy;
}

interface Loss {
  readonly kind: FaultKind;
  /** What the message has to name. */
  readonly names: readonly string[];
}

interface Set {
  readonly grants: Grants;
  /** Everything that is read, with its value. */
  readonly reads: readonly (readonly [ref: ValueRef, value: string])[];
  /** By statement, in the order of `statementsOf`: which reads fail without it, by key, and how. */
  readonly losses: readonly Readonly<Record<string, Loss>>[];
}

let standIn: StandIn;
let issuer: LocalIssuer;
let home: Aws;
let away: Aws;
/** Of the secret in the other account, which every run makes anew. */
let sharedArn = '';
let versionId = '';

const secret = (key: string, more: Partial<ValueRef> = {}): ValueRef => ({ service: 'SecretsManager', key, ...more });
const parameter = (key: string, more: Partial<ValueRef> = {}): ValueRef => ({
  service: 'ParameterStore',
  key,
  ...more,
});

beforeAll(async () => {
  issuer = await openLocalIssuer(`https://${SITE.issuerHost}`);
  standIn = await startStandIn({ issuer });
  process.env.AWS_ENDPOINT_URL = standIn.endpoint;
  home = openAws(standIn.seedEndpoint, SITE.region, standIn.seedKeys(SITE.account));
  away = openAws(standIn.seedEndpoint, SITE.region, standIn.seedKeys(SITE.otherAccount));
  standIn.putKey(KEY, { policy: defaultKeyPolicy(SITE.account) });
  standIn.publishParameter(PUBLIC, 'v1');
  await arrange();
});

async function arrange(): Promise<void> {
  const sealed = { Name: 'shop/sealed', SecretString: 'sealed', KmsKeyId: KEY };
  versionId = (await home.createSecret('shop/db', 'one')).versionId;
  await home.putSecret('shop/db', 'two');
  await home.secrets.send(new CreateSecretCommand(sealed));
  for (const value of ['debug', 'info']) await home.putParameter('/shop/level', value);
  const label = { Name: '/shop/level', ParameterVersion: 1, Labels: ['first'] };
  await home.parameters.send(new LabelParameterVersionCommand(label));
  await home.putParameter('/shop/list', 'a,b', 'StringList');
  await home.putParameter('/shop/secure', 'hush', 'SecureString');
  const secure = { Name: '/shop/sealed', Value: 'sealed', Type: 'SecureString', KeyId: KEY } as const;
  await home.parameters.send(new PutParameterCommand(secure));
  const shared = { Name: 'shared/db', SecretString: 'shared', KmsKeyId: OTHER_KEY };
  sharedArn = (await away.secrets.send(new CreateSecretCommand(shared))).ARN ?? '';
  await away.parameters.send(
    new PutParameterCommand({ Name: '/shared/level', Value: 'warn', Type: 'String', Tier: 'Advanced' }),
  );
  standIn.shareParameter(sharedParameter, SITE.account);
}

afterAll(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  for (const { secrets, parameters } of [home, away]) {
    secrets.destroy();
    parameters.destroy();
  }
  await standIn?.stop();
});

/** Attaches the grants and no other. */
async function attach({ trust, role, secret: secretPolicy, key }: Grants): Promise<void> {
  standIn.putRole(ROLE, { trust, policies: role });
  const nothing: PrintedPolicy = { Version: '2012-10-17', Statement: [] };
  standIn.putKey(OTHER_KEY, { policy: key ?? nothing });
  const ResourcePolicy = JSON.stringify(secretPolicy ?? nothing);
  await away.secrets.send(new PutResourcePolicyCommand({ SecretId: 'shared/db', ResourcePolicy }));
}

/** Reads all at once, as an operator does that has just been started: each ref's value or fault. */
async function read(refs: readonly ValueRef[]): Promise<ReadonlyMap<ValueRef, string | Loss>> {
  const source = openValueSource(() => issuer.sign(SUBJECT));
  standIn.journal.length = 0;
  const fetched = await source.fetch({ access: accessByRole(ROLE, SITE.region), refs }, new AbortController().signal);
  source.close();
  return new Map(
    refs.map((ref): [ValueRef, string | Loss] => {
      const result = fetched.get(refId(ref)) ?? expect.fail(`no answer for ${refId(ref)}`);
      if (result.ok) return [ref, new TextDecoder().decode(result.value.value.reveal())];
      const [{ kind, detail }] = result.faults;
      return [ref, { kind, names: [detail] }];
    }),
  );
}

const sharedParameter = `arn:aws:ssm:${SITE.region}:${SITE.otherAccount}:parameter/shared/level`;
const secretArn = (name: string): string =>
  `arn:aws:secretsmanager:${SITE.region}:${SITE.account}:secret:${name}-??????`;
const parameterArn = (name: string): string => `arn:aws:ssm:${SITE.region}:${SITE.account}:parameter${name}`;

const acts = (account: string): string => `account ${account} has to act`;

const denied = (action: string, resource: string, actor = SITE.account): Loss => ({
  kind: 'AccessDenied',
  names: [ROLE, `${action} on ${resource}`, acts(actor)],
});
const undecryptable = (service: string, key: string, actor = SITE.account): Loss => ({
  kind: 'DecryptionFailed',
  names: [ROLE, 'kms:Decrypt', `${service}.${SITE.region}.amazonaws.com`, key, acts(actor)],
});
const mistrusted: Loss = {
  kind: 'AssumeRoleDenied',
  names: ['sts:AssumeRoleWithWebIdentity', ROLE, SUBJECT, 'sts.amazonaws.com', acts(SITE.account)],
};
const everyone = (keys: readonly string[], loss: Loss): Readonly<Record<string, Loss>> =>
  Object.fromEntries(keys.map((key) => [key, loss]));

const unbridged = (key: string): Loss => {
  const arn = secretArn(key.replace('/aws/reference/secretsmanager/', ''));
  return {
    kind: 'AccessDenied',
    names: [ROLE, 'secretsmanager:GetSecretValue', 'kms:Decrypt', arn, acts(SITE.account)],
  };
};

const trust = one('Trust policy');
const ownKey = one('Policy for a customer managed key');
const other = printedGrants(SITE);

const SECRETS = ['shop/db', 'shop/sealed'];
const PARAMETERS = ['/shop/level', '/shop/list', '/shop/secure', '/shop/sealed'];
const BRIDGED = ['shop/db', 'shop/sealed'].map((name) => `/aws/reference/secretsmanager/${name}`);

// Functions, since ARNs and version ids are known only when the secrets are there.
const sets: Readonly<Record<string, () => Set>> = {
  'Secrets Manager': () => ({
    grants: { trust, role: [one('Policy for Secrets Manager'), ownKey] },
    reads: [
      [secret('shop/db'), 'two'],
      [secret('shop/db', { versionStage: 'AWSPREVIOUS' }), 'one'],
      [secret('shop/db', { versionId }), 'one'],
      [secret('shop/sealed'), 'sealed'],
    ],
    losses: [
      everyone(SECRETS, mistrusted),
      Object.fromEntries(SECRETS.map((key) => [key, denied('secretsmanager:GetSecretValue', secretArn(key))])),
      // Without the batch every secret is read by itself.
      {},
      { 'shop/sealed': undecryptable('secretsmanager', 'shop/sealed') },
    ],
  }),
  'Parameter Store': () => ({
    grants: { trust, role: [one('Policy for Parameter Store'), ownKey] },
    reads: [
      [parameter('/shop/level'), 'info'],
      [parameter('/shop/level', { version: 1 }), 'debug'],
      [parameter('/shop/level', { label: 'first' }), 'debug'],
      [parameter('/shop/list'), 'a,b'],
      [parameter('/shop/secure'), 'hush'],
      [parameter('/shop/sealed'), 'sealed'],
      [parameter(PUBLIC), 'v1'],
    ],
    losses: [
      everyone([...PARAMETERS, PUBLIC], mistrusted),
      Object.fromEntries(PARAMETERS.map((key) => [key, denied('ssm:GetParameters', parameterArn(key))])),
      {
        [PUBLIC]: {
          kind: 'AccessDenied',
          names: [ROLE, 'ssm:GetParameters', `:ssm:${SITE.region}::parameter${PUBLIC}`, acts(SITE.account)],
        },
      },
      { '/shop/sealed': undecryptable('ssm', '/shop/sealed') },
    ],
  }),
  'secrets read through Parameter Store': () => ({
    grants: { trust, role: [one('Policy for secrets read through Parameter Store'), ownKey] },
    reads: [
      [parameter(BRIDGED[0] ?? ''), 'two'],
      [parameter(BRIDGED[0] ?? '', { label: 'AWSPREVIOUS' }), 'one'],
      [parameter(BRIDGED[1] ?? ''), 'sealed'],
    ],
    losses: [
      everyone(BRIDGED, mistrusted),
      Object.fromEntries(BRIDGED.map((key) => [key, denied('ssm:GetParameters', parameterArn(key))])),
      // Parameter Store keeps to itself whether Secrets Manager or KMS denied it.
      Object.fromEntries(BRIDGED.map((key) => [key, unbridged(key)])),
      { [BRIDGED[1] ?? '']: unbridged(BRIDGED[1] ?? '') },
    ],
  }),
  'another account': () => ({
    grants: { trust, ...other, role: [other.role] },
    reads: [
      [secret(sharedArn), 'shared'],
      [parameter(sharedParameter), 'warn'],
    ],
    losses: [
      everyone([sharedArn, sharedParameter], mistrusted),
      { [sharedArn]: denied('secretsmanager:GetSecretValue', sharedArn) },
      { [sharedArn]: undecryptable('secretsmanager', sharedArn, SITE.otherAccount) },
      { [sharedParameter]: denied('ssm:GetParameters', sharedParameter) },
      { [sharedArn]: denied('secretsmanager:GetSecretValue', sharedArn, SITE.otherAccount) },
      { [sharedArn]: undecryptable('secretsmanager', sharedArn, SITE.otherAccount) },
    ],
  }),
};

/** What the stand-in refused in the last reading, wherever it stood in an answer. */
const refusals = (): readonly string[] =>
  standIn.journal.flatMap(({ denied: actions = [], operation, status }) =>
    status === 200 ? actions : [`${operation} ${status}`],
  );

/** Every single statement of the grants, with what is left without it. */
function withoutEach({ trust: trusted, role, secret: ofSecret, key: ofKey }: Grants): readonly Grants[] {
  const rest = { trust: trusted, role, ...(ofSecret ? { secret: ofSecret } : {}), ...(ofKey ? { key: ofKey } : {}) };
  const lessOf = (policy: PrintedPolicy | undefined): readonly PrintedPolicy[] =>
    (policy?.Statement ?? []).map((gone) => ({
      Version: '2012-10-17',
      Statement: policy?.Statement.filter((statement) => statement !== gone) ?? [],
    }));
  return [
    ...lessOf(trusted).map((less) => ({ ...rest, trust: less })),
    ...role.flatMap((policy) =>
      lessOf(policy).map((less) => ({ ...rest, role: role.map((each) => (each === policy ? less : each)) })),
    ),
    ...lessOf(ofSecret).map((less) => ({ ...rest, secret: less })),
    ...lessOf(ofKey).map((less) => ({ ...rest, key: less })),
  ];
}

for (const [name, open] of Object.entries(sets)) {
  describe(`the policies that the reference prints for ${name}`, () => {
    it('are enough: nothing is refused', async () => {
      const { grants, reads } = open();
      await attach(grants);
      const got = await read(reads.map(([ref]) => ref));
      expect([...got.values()]).toEqual(reads.map(([, value]) => value));
      expect(refusals()).toEqual([]);
    });

    it('are the least: without any statement something is refused, and the fault says what and by whom', async () => {
      const { grants, reads, losses } = open();
      const lesser = withoutEach(grants);
      expect(losses).toHaveLength(lesser.length);
      for (const [at, less] of lesser.entries()) {
        await attach(less);
        const got = await read(reads.map(([ref]) => ref));
        expect(refusals()).not.toEqual([]);
        for (const [ref, value] of reads) expectLoss(got.get(ref), losses[at]?.[ref.key], value);
      }
    });
  });
}

function expectLoss(got: string | Loss | undefined, loss: Loss | undefined, value: string): void {
  if (loss === undefined) {
    expect(got).toBe(value);
    return;
  }
  expect(got).toMatchObject({ kind: loss.kind });
  const detail = typeof got === 'object' ? got.names.join() : '';
  for (const named of loss.names) expect(detail).toContain(named);
}
