import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { type AwsAnswer, jsonError, stsError } from '../support/aws-errors.ts';
import { type BadCase, expectKept, expectRest, type Kept, spoil } from '../support/bad-cases.ts';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { createServiceAccount, subjectOf } from '../support/service-account.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { createStore, storePath, storeReady } from '../support/stores.ts';

const place = `refusals-${randomBytes(4).toString('hex')}`;
const keyArn = `arn:aws:kms:${TEST_REGION}:${TEST_ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
const read = 'secretsmanager:GetSecretValue';
const arnOf = (name: string): string =>
  `arn:aws:secretsmanager:${TEST_REGION}:${TEST_ACCOUNT}:secret:${place}/${name}-??????`;

let stage: Stage;
let team: Team;
let kept: Kept;

/** IAM's words, with a session and a request id in them as AWS has them. */
const denial = (reason: string): AwsAnswer =>
  jsonError(
    'AccessDeniedException',
    `User: arn:aws:sts::${TEST_ACCOUNT}:assumed-role/reader/canary-session is not authorized to perform: ${read} on resource: x ${reason}`,
  );

interface Refused extends BadCase {
  readonly answer: AwsAnswer;
}

const refused = (name: string, answer: AwsAnswer, reason: string, says: readonly string[]): Refused => ({
  it: name.replaceAll('-', ' '),
  name,
  answer,
  bad: { data: [entry('value', `${place}/${name}`)] },
  reason,
  says: ['spec.data[0]: ', ...says],
});

const cases: readonly Refused[] = [
  refused('no-grant', denial(`because no identity-based policy allows the ${read} action`), 'AccessDenied', [
    ` may not ${read} on ${arnOf('no-grant')}: `,
    'no identity-based policy allows it (denied, or not in this account and Region)',
    `account ${TEST_ACCOUNT} has to act: add {"Effect":"Allow","Action":"${read}","Resource":"${arnOf('no-grant')}"}`,
  ]),
  refused('organisation', denial('with an explicit deny in a service control policy'), 'AccessDenied', [
    'a service control policy denies it explicitly; whoever manages the organisation of account',
  ]),
  refused('locked', jsonError('AccessDeniedException', 'Access to KMS is not allowed'), 'DecryptionFailed', [
    `may not kms:Decrypt with the KMS key of the secret "${place}/locked"`,
    `"kms:ViaService":"secretsmanager.${TEST_REGION}.amazonaws.com"`,
  ]),
  refused(
    'disabled',
    jsonError('DecryptionFailure', `${keyArn} is disabled. (Service: AWSKMS; Error Code: DisabledException)`),
    'DecryptionFailed',
    [`aws kms enable-key --key-id ${keyArn} --region ${TEST_REGION}`],
  ),
  refused('strange', jsonError('WeatherException', 'canary at 12:00:00, request id 42'), 'SourceUnavailable', [
    `refused to read "${place}/strange" (Weather)`,
  ]),
];

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team('refusals');
  for (const { name, answer } of cases) {
    stage.front.inject({ match: ({ ids }) => ids.includes(`${place}/${name}`), respond: answer });
  }
  kept = await spoil(team, cases);
});
afterAll(() => stage?.end());

const describeExternalSecret = (name: string): Promise<string> =>
  stage.kubectl(['describe', 'externalsecrets.keyferry.dev', '-n', team.namespace, name]);

/** The Events of an ExternalSecret, as the API server has them. */
const notesOf = (name: string): Promise<readonly string[]> =>
  eventually(`an Event of ${name}`, async () => {
    const events = await stage.cluster.list(`/apis/events.k8s.io/v1/namespaces/${team.namespace}/events`);
    const notes = events
      .filter(({ regarding }) => JSON.stringify(regarding).includes(`"name":"${name}"`))
      .map(({ note }) => String(note));
    return notes.length > 0 && notes;
  });

describe('what AWS refuses is told with its cause, who has to act, and the cure', () => {
  for (const each of cases) it(`for ${each.it}`, () => expectKept(stage, team, each, kept));

  it('once, whether it was read alone or with others', async () => {
    await expectRest(
      stage,
      team,
      cases.filter(({ reason }) => reason !== 'SourceUnavailable').map(({ name }) => name),
    );
  });

  it('in kubectl describe and in Events, without a word of AWS', async () => {
    for (const { name, says } of cases) {
      const shown = await describeExternalSecret(name);
      for (const words of says) expect(shown).toContain(words);
      expect(shown).not.toMatch(/canary|assumed-role|request id/i);
      for (const note of await notesOf(name)) expect(note).not.toMatch(/canary|assumed-role|request id/i);
    }
  });
});

it('a role that does not trust the ServiceAccount is told with the statement that helps, and the token stays secret', async () => {
  const roleArn = `${team.roleArn}-wary`;
  await createServiceAccount(stage.cluster, team.namespace, 'wary', roleArn);
  await createStore(stage.cluster, team.namespace, 'wary', { auth: { serviceAccountRef: { name: 'wary' } } });
  const { status } = await storeReady(stage.cluster, storePath(team.namespace, 'wary'), 'False', 'AssumeRoleDenied');
  const message = status?.conditions?.[0]?.message ?? '';
  const subject = subjectOf(team.namespace, 'wary');
  expect(message).toContain(`issuer ${stage.issuer}, subject ${subject}, audience sts.amazonaws.com`);
  const host = stage.issuer.replace('https://', '');
  expect(JSON.parse(/add (\{.*\}) to the role's trust policy/.exec(message)?.[1] ?? '')).toEqual({
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${TEST_ACCOUNT}:oidc-provider/${host}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${host}:sub`]: subject, [`${host}:aud`]: 'sts.amazonaws.com' } },
  });
  expect(message).not.toContain('eyJ');
});

it('an account without an OIDC provider is told with the command that makes one', async () => {
  const roleArn = `${team.roleArn}-new`;
  stage.front.inject({
    match: ({ input }) => input.RoleArn === roleArn,
    respond: stsError('InvalidIdentityToken', `No OpenIDConnect provider found in your account for ${stage.issuer}`),
  });
  await createServiceAccount(stage.cluster, team.namespace, 'new', roleArn);
  await createStore(stage.cluster, team.namespace, 'new', { auth: { serviceAccountRef: { name: 'new' } } });
  const path = storePath(team.namespace, 'new');
  // Of two watches, that of the store may come first, and then the ServiceAccount is not there yet.
  await eventually('the command to be told', async () => {
    const { status } = await storeReady(stage.cluster, path, 'False', 'CredentialsInvalid');
    expect(status?.conditions?.[0]?.message).toContain(
      `account ${TEST_ACCOUNT} has to act: aws iam create-open-id-connect-provider --url ${stage.issuer} --client-id-list sts.amazonaws.com`,
    );
    return true;
  });
});

it('five hundred denied keys fit into a condition and an Event, in whole lines', async () => {
  const many = `${place}/many-`;
  const respond = denial(`because no identity-based policy allows the ${read} action`);
  stage.front.inject({ match: ({ ids }) => ids.some((id) => id.startsWith(many)), respond });
  await team.externalSecret('many', {
    data: Array.from({ length: 500 }, (_, key) => entry(`key-${key}`, `${many}${key}`)),
  });
  const { message } = await team.ready('many', 'False', 'AccessDenied');
  expect(message.length).toBeLessThan(32_768);
  const lines = message.split(/; (?=spec\.data|and \d+ more)/);
  expect(lines.pop()).toBe(`and ${500 - lines.length} more; no Secret has been written yet`);
  expect(lines.length).toBeGreaterThan(10);
  for (const [at, line] of lines.entries()) {
    expect(line).toContain(`spec.data[${at}]: `);
    expect(line).toMatch(/"\} to the identity's policy$/);
  }
  for (const note of await notesOf('many')) {
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
    expect(note).toContain(`may not ${read} on ${arnOf('many-0')}`);
  }
});
