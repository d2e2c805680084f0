import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_REGION } from '../support/aws.ts';
import { jsonError, stsError } from '../support/aws-errors.ts';
import { makeCanary } from '../support/canary.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync, refresh } from '../support/force-sync.ts';
import { refuseSecrets } from '../support/refusing-policy.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { createStore, storePath, storeReady } from '../support/stores.ts';

describe('the scan finds a value that got out', () => {
  const canary = makeCanary();
  const value = canary.value();
  const digest = (algorithm: string) => createHash(algorithm).update(value);
  const leaks: readonly { it: string; text: string }[] = [
    { it: 'as it is', text: `the password ${value} is wrong` },
    { it: 'cut short', text: `cannot parse "${value.slice(0, 8)}...` },
    { it: 'without its beginning', text: value.slice(-8) },
    { it: 'in base64', text: Buffer.from(value).toString('base64') },
    { it: 'in base64 at any place of a longer text', text: Buffer.from(`{"a":"${value}"}`).toString('base64') },
    { it: 'in base64url', text: Buffer.from(`12${value}`).toString('base64url') },
    { it: 'in hex', text: Buffer.from(value).toString('hex') },
    { it: 'in a URL', text: `?password=${encodeURIComponent(value)}` },
    { it: 'in JSON in JSON', text: JSON.stringify(JSON.stringify({ value })) },
    { it: 'as MD5', text: digest('md5').digest('hex') },
    { it: 'as SHA-1', text: `sha1-${digest('sha1').digest('base64')}` },
    { it: 'as SHA-256, cut short', text: digest('sha256').digest('hex').slice(0, 20) },
  ];
  for (const { it: how, text } of leaks) it(how, () => expect(canary.find({ log: text })).not.toEqual([]));

  it('and nothing where there is none', () => {
    expect(canary.find({ log: makeCanary().value(), other: randomBytes(4096).toString('base64') })).toEqual([]);
  });
});

const canary = makeCanary();
const place = `canary-${randomBytes(4).toString('hex')}`;
const at = (name: string): string => `${place}/${name}`;
const json = (value: object): string => canary.keep(JSON.stringify(value));
const binary = canary.keep(Uint8Array.from([0, 255, ...Buffer.from(canary.value('binary')), 254]));

let stage: Stage;
let team: Team;
let admitSecrets: () => Promise<void> = async () => {};

interface Road {
  readonly name: string;
  readonly spec: object;
  /** How it ends; a Secret when absent. */
  readonly reason?: string;
}

const one = (key: string, remoteRef: object = {}, secretKey = 'value'): object => ({
  data: [{ secretKey, remoteRef: { key, ...remoteRef } }],
});
const parameter = (name: string): object => one(`/${at(name)}`, { service: 'ParameterStore' });
const typed = (type: string): object => ({ target: { template: { type } } });

/** Every way that a value can take through the operator, to its Secret or into a failure. */
const roads: readonly Road[] = [
  { name: 'text', spec: one(at('text')) },
  { name: 'binary', spec: one(at('binary')) },
  { name: 'property', spec: one(at('object'), { property: 'user.name' }) },
  { name: 'extract', spec: { dataFrom: [{ extract: { key: at('object') } }] } },
  { name: 'decoded', spec: one(at('base64'), { decodingStrategy: 'Base64' }) },
  { name: 'string', spec: parameter('string') },
  { name: 'list', spec: parameter('list') },
  { name: 'secure', spec: parameter('secure') },
  { name: 'own-keys', spec: { ...one(at('text')), secretStoreRef: { name: 'keys' } } },
  { name: 'not-json', spec: one(at('text'), { property: 'a' }), reason: 'ValueNotJSON' },
  { name: 'half-json', spec: one(at('half'), { property: 'a' }), reason: 'ValueNotJSON' },
  { name: 'not-base64', spec: one(at('text'), { decodingStrategy: 'Base64' }), reason: 'ValueNotDecodable' },
  { name: 'no-member', spec: one(at('object'), { property: 'user.none' }), reason: 'PropertyNotFound' },
  { name: 'mismatch', spec: one(at('object'), { property: 'abs(user.name)' }), reason: 'PropertyNotFound' },
  { name: 'mixed', spec: one(at('object'), { property: 'sort(mixed)' }), reason: 'PropertyNotFound' },
  { name: 'bad-keys', spec: { dataFrom: [{ extract: { key: at('paths') } }] }, reason: 'InvalidKey' },
  {
    name: 'docker',
    spec: { ...one(at('text'), {}, '.dockerconfigjson'), ...typed('kubernetes.io/dockerconfigjson') },
    reason: 'TargetRefused',
  },
  {
    name: 'docker-half',
    spec: { ...one(at('half'), {}, '.dockerconfigjson'), ...typed('kubernetes.io/dockerconfigjson') },
    reason: 'TargetRefused',
  },
  { name: 'tls', spec: { ...one(at('text'), {}, 'tls.crt'), ...typed('kubernetes.io/tls') }, reason: 'TargetRefused' },
  { name: 'policed', spec: one(at('text')), reason: 'TargetRefused' },
  { name: 'quoted', spec: one(at('quoted')), reason: 'SourceUnavailable' },
  { name: 'denied', spec: one(at('denied')), reason: 'AccessDenied' },
  { name: 'garbled', spec: one(at('garbled')), reason: 'SourceUnavailable' },
  {
    name: 'sts-quotes',
    spec: { ...one(at('text')), secretStoreRef: { name: 'quoting' } },
    reason: 'CredentialsInvalid',
  },
];

async function seed(): Promise<void> {
  const secrets: Record<string, string | Uint8Array> = {
    text: canary.value('text'),
    binary,
    object: json({ user: { name: canary.value('name') }, mixed: [canary.value('mixed'), 7, null] }),
    base64: canary.keep(Buffer.from(canary.value('decoded')).toString('base64')),
    half: canary.keep(`{"auths": "${canary.plain}`),
    paths: json({ 'a/b': canary.value('a'), 'c d': canary.value('c') }),
    rolling: canary.value('before'),
  };
  await Promise.all([
    ...Object.entries(secrets).map(([name, value]) => stage.aws.createSecret(at(name), value)),
    stage.aws.putParameter(`/${at('string')}`, canary.value('string')),
    stage.aws.putParameter(`/${at('list')}`, canary.keep(`${canary.plain},${canary.plain}`), 'StringList'),
    stage.aws.putParameter(`/${at('secure')}`, canary.value('secure'), 'SecureString'),
  ]);
}

/** AWS, and whoever answers in its place, may repeat in an error what it was asked for or what it knows. */
function letAwsQuote(): void {
  const about = (name: string) => ({ match: ({ ids }: { ids: readonly string[] }) => ids.includes(at(name)) });
  const text = `cannot use ${canary.value()}`;
  stage.front.inject({ ...about('quoted'), respond: jsonError('InvalidRequestException', text) });
  stage.front.inject({ ...about('denied'), respond: jsonError('AccessDeniedException', `${text} because of it`) });
  stage.front.inject({ ...about('garbled'), respond: { garbage: `{"SecretString": "${canary.plain}` } });
  stage.front.inject({
    match: ({ input }) => String(input.RoleArn).endsWith('-quoting'),
    respond: stsError('ValidationError', `${text} of ${canary.plain}`),
  });
  // Whoever has the token is the ServiceAccount, and whoever has the keys is the role.
  stage.front.inject({
    match: ({ input }) => {
      const [, , signature = ''] = String(input.WebIdentityToken ?? '').split('.');
      if (signature !== '') canary.also('the token of a ServiceAccount', signature.slice(0, 24));
      return false;
    },
    respond: { hang: true },
  });
}

async function makeStores(): Promise<void> {
  const { namespace } = team;
  const data = { id: `AKIA${canary.plain}`, key: canary.keep(`${canary.plain}/+secret-access-key`) };
  await stage.cluster.create(`/api/v1/namespaces/${namespace}/secrets`, {
    metadata: { name: 'aws-keys' },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  });
  const keys = { accessKeyId: { name: 'aws-keys', key: 'id' }, secretAccessKey: { name: 'aws-keys', key: 'key' } };
  const roleArn = `${team.roleArn}-quoting`;
  await createStore(stage.cluster, namespace, 'keys', { region: TEST_REGION, auth: { secretRef: keys } });
  await createStore(stage.cluster, namespace, 'quoting', { auth: { serviceAccountRef: { name: 'reader', roleArn } } });
}

beforeAll(async () => {
  stage = await setStage(['--log-level', 'debug']);
  letAwsQuote();
  team = await stage.team('canary');
  await Promise.all([seed(), makeStores()]);
  admitSecrets = await refuseSecrets(stage.cluster, team.namespace, 'policed', 'value');
  await Promise.all(roads.map(({ name, spec }) => team.externalSecret(name, spec)));
});
afterAll(async () => {
  await admitSecrets();
  await stage?.end();
});

describe('a value', () => {
  for (const { name, reason } of roads) {
    it(`takes the road ${name} ${reason === undefined ? 'to its Secret' : `into ${reason}`}`, async () => {
      await team.ready(name, reason === undefined ? 'True' : 'False', reason ?? 'Synced');
      expect((await team.secret(name)) !== undefined).toBe(reason === undefined);
    });
  }

  it('is rotated, and rolls a Deployment', async () => {
    const path = `/apis/apps/v1/namespaces/${team.namespace}/deployments`;
    await team.externalSecret('rolling', one(at('rolling')));
    await team.ready('rolling', 'True', 'Synced');
    await stage.cluster.create(path, {
      metadata: { name: 'shop', annotations: { 'keyferry.dev/restart-on': 'rolling' } },
      spec: {
        selector: { matchLabels: { app: 'shop' } },
        template: {
          metadata: { labels: { app: 'shop' } },
          spec: { containers: [{ name: 'shop', image: 'shop', envFrom: [{ secretRef: { name: 'rolling' } }] }] },
        },
      },
    });
    const annotationsOf = async () => JSON.stringify(await stage.cluster.get(`${path}/shop`));
    await eventually('the Deployment to be known', async () => (await annotationsOf()).includes('seen-revisions'));
    await stage.aws.putSecret(at('rolling'), canary.value('after'));
    await refresh(team, 'rolling');
    await eventually('the Deployment to roll', async () => (await annotationsOf()).includes('restartedAt'), {
      timeoutMs: 30_000,
    });
  });

  it('is put right when somebody edits it', async () => {
    const value = Buffer.from(canary.value('edited')).toString('base64');
    await stage.cluster.mergePatch(team.secretPath('text'), { data: { value, more: value } });
    await team.holds('text', { value: canary.value('text') });
  });

  it('is asked for with keys that AWS does not take', async () => {
    stage.front.inject({
      match: ({ accessKeyId }) => accessKeyId === `AKIA${canary.plain}`,
      respond: jsonError('UnrecognizedClientException', `The key AKIA${canary.plain} is invalid.`),
    });
    await forceSync(team, 'own-keys');
    await team.ready('own-keys', 'False', 'CredentialsInvalid');
    expect(await team.secretData('own-keys')).toEqual({ value: canary.value('text') });
    await storeReady(stage.cluster, storePath(team.namespace, 'quoting'), 'False', 'CredentialsInvalid');
  });
});

it('appears in Secrets and nowhere else: no log, event, condition, metric, annotation', async () => {
  const { leaks, secrets, places } = await canary.scan(stage);
  expect(leaks).toEqual([]);
  // Each of them is where the scan looked, and there was something to look at.
  expect(secrets).toBe(roads.filter(({ reason }) => reason === undefined).length + 2);
  const known = ['log', 'metrics', 'metadata of Secrets', 'core events', 'events', 'ExternalSecrets', 'SecretStores'];
  for (const name of [...known, 'Deployments', 'Pods']) expect(places[name], name).toBeGreaterThan(500);
  expect(stage.operator.log()).toContain('Secret written');
});

it('is found by the scan when somebody does let it out', async () => {
  const path = `/apis/apps/v1/namespaces/${team.namespace}/deployments/shop`;
  const digest = createHash('sha256').update(canary.value('text')).digest('hex');
  await stage.cluster.mergePatch(path, { metadata: { annotations: { 'example.com/checksum': digest } } });
  await stage.cluster.mergePatch(team.secretPath('string'), {
    metadata: { annotations: { 'example.com/copy': Buffer.from(canary.plain).toString('hex') } },
  });
  const { leaks } = await canary.scan(stage);
  expect(leaks.filter((leak) => leak.startsWith('Deployments: sha256 in hex'))).not.toEqual([]);
  expect(leaks).toContain('metadata of Secrets: its first eight characters, hex');
});

it('is not in what the operator says at its end', async () => {
  expect(await stage.operator.stop()).toBe(0);
  expect(canary.find({ log: stage.operator.log() })).toEqual([]);
});
