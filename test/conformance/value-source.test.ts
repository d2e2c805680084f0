import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ClosableValueSource } from '../../src/aws/value-source.ts';
import type { Access, Search, ValueRef } from '../../src/core/ports.ts';
import { refId } from '../../src/core/ref-id.ts';
import { type Aws, openAws, TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { accessDenied, internalError, jsonError, throttled, unavailable } from '../support/aws-errors.ts';
import { type AwsFront, type FaultResponse, startAwsFront } from '../support/aws-front.ts';
import type { AwsRequest } from '../support/aws-request.ts';
import { type LocalIssuer, openLocalIssuer } from '../support/local-issuer.ts';
import { accessByKey, accessByRole, openValueSource } from '../support/value-source.ts';
import { describeValueSource } from './value-source.suite.ts';
import { arrangedBy } from './value-source-world.ts';

const access: Access = accessByKey('AKIAEXAMPLE');
const ROLE = `arn:aws:iam::${TEST_ACCOUNT}:role/reader`;
// A hang is waited out, so the deadline is short here; everything else answers in milliseconds.
const DEADLINE_MS = 3_000;

let front: AwsFront;
let issuer: LocalIssuer;
/** What the TokenRequest API is to give next. */
let token = '';
let aws: Aws;
let source: ClosableValueSource;
/** Other tests use the same moto, so every test has names of its own. */
let prefix: string;

beforeAll(async () => {
  const { motoEndpoint } = inject('environment');
  issuer = await openLocalIssuer();
  front = await startAwsFront({ motoEndpoint, issuer });
  aws = openAws(motoEndpoint);
  // The one way to another endpoint, in tests as anywhere: the SDK's own variable.
  process.env.AWS_ENDPOINT_URL = front.endpoint;
  // moto answers a staging label that is not there as if the secret were not there; AWS says which.
  front.inject({
    match: ({ input }) => input.VersionStage === 'NOWHERE',
    respond: jsonError(
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label: NOWHERE",
    ),
  });
});

afterAll(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  source?.close();
  aws?.secrets.destroy();
  aws?.parameters.destroy();
  await front?.stop();
});

beforeEach(() => {
  prefix = `value-source-${process.pid}-${Date.now().toString(36)}-`;
  front.journal.length = 0;
  source?.close();
  source = openValueSource(async () => token, DEADLINE_MS);
});

describeValueSource('moto', () => ({
  prefix,
  source,
  access,
  // moto evaluates no policies for calls that nobody signed in earnest, so the front in between speaks for them.
  deny: async (name) => {
    const isSecret = !name.startsWith('/');
    const action = isSecret ? 'secretsmanager:GetSecretValue' : 'ssm:GetParameters';
    const place = `${TEST_REGION}:${TEST_ACCOUNT}`;
    const arn = isSecret ? `arn:aws:secretsmanager:${place}:secret:${name}` : `arn:aws:ssm:${place}:parameter${name}`;
    front.inject({ match: ({ ids }) => ids.includes(name), respond: accessDenied(action, arn, ROLE) });
  },
  ...arrangedBy(aws),
}));

const secret = (key: string): ValueRef => ({ service: 'SecretsManager', key });
const parameter = (key: string): ValueRef => ({ service: 'ParameterStore', key });
const seed = async (count: number): Promise<ValueRef[]> => {
  const names = Array.from({ length: count }, (_, at) => `${prefix}s${at}`);
  await Promise.all(names.map((name, at) => aws.createSecret(name, `value of s${at}`)));
  return names.map(secret);
};

/** What Secrets Manager says for a secret of any account; moto keeps those of other accounts than its own apart. */
const answer = (Name: string) => ({
  ARN: `arn:aws:secretsmanager:${TEST_REGION}:333333333333:secret:${Name}-AbCdEf`,
  Name,
  VersionId: 'v1',
  SecretString: 'value',
});

/** Not the question whose the credentials are, which goes beside the first read. */
const isRead = ({ operation }: AwsRequest): boolean => operation !== 'GetCallerIdentity';

/** Each ref's value, or the kind of its fault. */
const fetch = async (refs: readonly ValueRef[]): Promise<string[]> => {
  const fetched = await source.fetch({ access, refs }, new AbortController().signal);
  return refs.map((ref) => {
    const result = fetched.get(refId(ref));
    if (result === undefined) return 'no answer';
    return result.ok ? new TextDecoder().decode(result.value.value.reveal()) : result.faults[0].kind;
  });
};

describe('calls are saved', () => {
  /** Each call for values, with how many it asked for. */
  const reads = (): string[] =>
    front.journal.flatMap(({ service, operation, ids }) => (service === 'sts' ? [] : `${operation} ${ids.length}`));

  it('reads 25 secrets in two calls and 25 parameters in three', async () => {
    const secrets = await seed(25);
    await Promise.all(secrets.map(({ key }) => aws.putParameter(key, 'p')));
    await fetch([...secrets, ...secrets.map(({ key }) => parameter(key))]);
    expect(reads().sort()).toEqual([
      'BatchGetSecretValue 20',
      'BatchGetSecretValue 5',
      'GetParameters 10',
      'GetParameters 10',
      'GetParameters 5',
    ]);
  });

  it('reads what concurrent fetches ask for together, and nothing twice', async () => {
    const secrets = await seed(5);
    await Promise.all(secrets.map((ref) => fetch([ref, secret(`${prefix}s0`)])));
    expect(reads()).toEqual(['BatchGetSecretValue 5']);
  });
});

it('reads the parameters that AWS publishes for all', async () => {
  const region = '/aws/service/global-infrastructure/regions/eu-west-1';
  expect(await fetch([parameter(`${region}/longName`), parameter(`${region}/partition`)])).toEqual([
    'Europe (Ireland)',
    'aws',
  ]);
  expect(await fetch([parameter(`${region}/nowhere`)])).toEqual(['ParameterNotFound']);
});

describe('denials', () => {
  it('reads one by one when the batch is denied, and does not try it again', async () => {
    const secrets = await seed(3);
    const respond = accessDenied('secretsmanager:BatchGetSecretValue', '*', ROLE);
    const fault = front.inject({ operation: 'BatchGetSecretValue', respond });
    expect(await fetch(secrets)).toEqual(['value of s0', 'value of s1', 'value of s2']);
    await fetch(secrets);
    expect(fault.hits()).toBe(1);
    fault.remove();
  });

  it('gives a denied parameter its own fault', async () => {
    const names = Array.from({ length: 10 }, (_, at) => `/${prefix}p${at}`);
    await Promise.all(names.map((name) => aws.putParameter(name, `value of ${name}`)));
    const resource = `arn:aws:ssm:${TEST_REGION}:${TEST_ACCOUNT}:parameter/${prefix}p3`;
    const fault = front.inject({
      match: ({ ids }) => ids.includes(`/${prefix}p3`),
      respond: accessDenied('ssm:GetParameters', resource, ROLE),
    });
    expect(await fetch(names.map(parameter))).toEqual(
      names.map((name) => (name === `/${prefix}p3` ? 'AccessDenied' : `value of ${name}`)),
    );
    fault.remove();
  });
});

describe('the role of a ServiceAccount', () => {
  const ARN = `arn:aws:sts::${TEST_ACCOUNT}:assumed-role/reader/keyferry-shop-aws`;
  const asRole: Access = accessByRole(ROLE);
  const subject = 'system:serviceaccount:shop:reader';
  beforeAll(() => front.trust(ROLE, { subject }));

  it('reads as the role, with one STS call for all', async () => {
    token = await issuer.sign(subject);
    const refs = [...(await seed(2)), parameter(`/${prefix}p`)];
    await aws.putParameter(`/${prefix}p`, 'p');
    const plans = [refs, refs.slice(1)].map((some) => ({ access: asRole, refs: some }));
    const { signal } = new AbortController();
    const all = await Promise.all(plans.map((plan) => source.fetch(plan, signal)));
    expect(all.flatMap((fetched) => [...fetched.values()]).every(({ ok }) => ok)).toBe(true);
    expect(await source.identify(asRole, signal)).toEqual({ ok: true, value: { identityArn: ARN } });
    expect(front.calls('AssumeRoleWithWebIdentity')).toHaveLength(1);
    const reads = front.journal.filter(({ service }) => service !== 'sts');
    expect(reads.map(({ roleArn }) => roleArn)).toEqual([ROLE, ROLE]);
  });

  it('reads through a chain of roles, as the last of them', async () => {
    token = await issuer.sign(subject, 'sts.amazonaws.com');
    const link = { sessionName: 'keyferry-shop-aws', durationS: 900, sessionTags: { team: 'shop' } };
    const roles = ['222222222222', '333333333333'].map((account) => `arn:aws:iam::${account}:role/link`);
    const assumeRoles = roles.map((roleArn) => ({ ...link, roleArn, externalId: 'abc', transitiveTagKeys: ['team'] }));
    const chained: Access = { ...asRole, identity: { ...asRole.identity, assumeRoles } };
    const [ref = secret('')] = await seed(1);
    front.inject({ operation: 'GetSecretValue', times: 1, respond: { garbage: JSON.stringify(answer(ref.key)) } });
    const fetched = await source.fetch({ access: chained, refs: [ref] }, new AbortController().signal);
    expect(fetched.get(refId(ref))).toMatchObject({ ok: true });
    expect(front.journal.map(({ operation, roleArn }) => [operation, roleArn])).toEqual([
      ['AssumeRoleWithWebIdentity', undefined],
      ['AssumeRole', ROLE],
      ['AssumeRole', roles[0]],
      ['GetSecretValue', roles[1]],
    ]);
    expect(await source.identify(chained, new AbortController().signal)).toEqual({
      ok: true,
      value: { identityArn: 'arn:aws:sts::333333333333:assumed-role/link/keyferry-shop-aws' },
    });
  });

  const refusals: readonly { it: string; claims: [string, string, string?]; want: string }[] = [
    {
      it: 'another ServiceAccount',
      claims: ['system:serviceaccount:shop:other', 'sts.amazonaws.com'],
      want: 'AssumeRoleDenied',
    },
    { it: 'another audience', claims: [subject, 'vault'], want: 'CredentialsInvalid' },
    {
      it: 'another cluster',
      claims: [subject, 'sts.amazonaws.com', 'https://other.example'],
      want: 'CredentialsInvalid',
    },
  ];
  for (const { it: whose, claims, want } of refusals) {
    it(`says what is wrong with the token of ${whose}`, async () => {
      token = await issuer.sign(...claims);
      const identified = await source.identify(asRole, new AbortController().signal);
      expect(identified).toMatchObject({ ok: false, faults: [{ kind: want, subject: 'SecretStore/aws' }] });
      expect(JSON.stringify(identified)).not.toContain(token);
    });
  }
});

describe('metadata', () => {
  it('need no grant on the value of a secret', async () => {
    const { arn } = await aws.createSecret(`${prefix}s`, 'x');
    const fault = front.inject({
      operation: 'GetSecretValue',
      respond: accessDenied('secretsmanager:GetSecretValue', arn, ROLE),
    });
    expect(await fetch([{ ...secret(`${prefix}s`), metadata: true }])).toEqual([expect.stringContaining(arn)]);
    fault.remove();
    const reads = front.journal.filter(({ service }) => service !== 'sts');
    expect(reads.map(({ operation }) => operation)).toEqual(['DescribeSecret']);
  });
});

describe('a search', () => {
  const search: Search = { service: 'ParameterStore', prefix: '', tags: {} };
  const look = (more: Partial<Search>) => source.find(access, { ...search, ...more }, new AbortController().signal);
  const lists = (): string[] => front.journal.flatMap(({ service, operation }) => (service === 'sts' ? [] : operation));

  it('reads ten parameters of a path with one call, and describes fifty with one', async () => {
    const names = Array.from({ length: 9 }, (_, at) => `/${prefix}/p${at}`);
    await Promise.all(names.map((name) => aws.putParameter(name, 'x')));
    expect(await look({ prefix: `/${prefix}/` })).toMatchObject({ ok: true, value: { length: 9 } });
    expect(lists()).toEqual(['GetParametersByPath']);
    await Promise.all(names.map((name) => aws.tagParameter(name, { env: 'prod' })));
    expect(await look({ prefix: `/${prefix}/`, tags: { env: 'prod' } })).toMatchObject({
      ok: true,
      value: { length: 9 },
    });
    expect(lists()).toEqual(['GetParametersByPath', 'DescribeParameters']);
  });

  it('is denied as a whole, with the grant that is missing', async () => {
    const denials = [
      ['ListSecrets', 'secretsmanager', { service: 'SecretsManager' }],
      ['DescribeParameters', 'ssm', {}],
      ['GetParametersByPath', 'ssm', { prefix: '/a/' }],
    ] as const;
    for (const [operation, service, more] of denials) {
      const fault = front.inject({ operation, respond: accessDenied(`${service}:${operation}`, '*', ROLE) });
      expect(await look(more)).toMatchObject({
        ok: false,
        faults: [{ kind: 'AccessDenied', subject: 'find', detail: expect.stringContaining(`${service}:${operation}`) }],
      });
      fault.remove();
    }
  });

  it('names the one parameter of a path that its key keeps back', async () => {
    const names = ['a', 'b', 'c'].map((name) => `/${prefix}/${name}`);
    await Promise.all(names.map((name) => aws.putParameter(name, `value of ${name}`, 'SecureString')));
    const respond = accessDenied('kms:Decrypt', `arn:aws:kms:${TEST_REGION}:${TEST_ACCOUNT}:key/k`, ROLE);
    const kept = front.inject({
      match: ({ ids, input }) =>
        input.WithDecryption === true && ids.some((id) => id === names[1] || id === `/${prefix}`),
      respond,
    });
    const found = await look({ prefix: `/${prefix}/` });
    const refs = found.ok ? found.value.map(({ ref }) => ref).toSorted((a, b) => (a.key < b.key ? -1 : 1)) : [];
    expect(await fetch(refs)).toEqual([`value of ${names[0]}`, 'DecryptionFailed', `value of ${names[2]}`]);
    kept.remove();
  });

  it('gets over a throttle and a page that fails', async () => {
    await aws.putParameter(`/${prefix}/p`, 'x');
    for (const respond of [throttled(), internalError(), { reset: true } as const]) {
      const fault = front.inject({ times: 1, respond });
      expect(await look({ prefix: `/${prefix}/` })).toMatchObject({ ok: true, value: { length: 1 } });
      fault.remove();
    }
  });
});

describe('trouble', () => {
  const troubles: readonly { it: string; respond: FaultResponse; want: string }[] = [
    { it: 'throttles', respond: throttled(), want: 'Throttled' },
    { it: 'fails with a 500', respond: internalError(), want: 'SourceUnavailable' },
    { it: 'fails with a 503 of HTML', respond: unavailable(), want: 'SourceUnavailable' },
    { it: 'answers with HTML', respond: { garbage: '<html>canary</html>' }, want: 'SourceUnavailable' },
    {
      it: 'answers with JSON that ends early',
      respond: { garbage: '{"SecretValues":[{"Na' },
      want: 'SourceUnavailable',
    },
    { it: 'answers with nothing', respond: { garbage: '' }, want: 'SourceUnavailable' },
    { it: 'answers with null', respond: { garbage: 'null' }, want: 'SourceUnavailable' },
    { it: 'answers with other fields', respond: { garbage: '{"a":1}' }, want: 'SourceUnavailable' },
    { it: 'resets the connection', respond: { reset: true }, want: 'SourceUnavailable' },
    { it: 'hangs', respond: { hang: true }, want: 'SourceUnavailable' },
    {
      it: 'does not know the key',
      respond: jsonError('UnrecognizedClientException', 'The security token included in the request is invalid.'),
      want: 'CredentialsInvalid',
    },
  ];
  for (const { it: what, respond, want } of troubles) {
    it(`gives each ref ${want} when AWS ${what}, and recovers`, async () => {
      const refs = [...(await seed(2)), parameter(`/${prefix}p`)];
      await aws.putParameter(`/${prefix}p`, 'p');
      const fault = front.inject({ respond });
      const fetched = await source.fetch({ access, refs }, new AbortController().signal);
      for (const ref of refs) expect(fetched.get(refId(ref))).toMatchObject({ ok: false, faults: [{ kind: want }] });
      expect(JSON.stringify([...fetched])).not.toContain('canary');
      fault.remove();
      source.close();
      source = openValueSource(async () => token, DEADLINE_MS);
      expect(await fetch(refs)).toEqual(['value of s0', 'value of s1', 'p']);
    });
  }

  it('does not take a value that is larger than any answer of AWS', async () => {
    const answerOf = (sizeBytes: number): string =>
      JSON.stringify({
        ARN: `arn:aws:secretsmanager:${TEST_REGION}:${TEST_ACCOUNT}:secret:giant-AbCdEf`,
        Name: 'giant',
        VersionId: 'v1',
        SecretString: 'x'.repeat(sizeBytes),
      });
    for (const [sizeBytes, want] of [
      [15_000_000, 'x'.repeat(15_000_000)],
      [17_000_000, 'SourceUnavailable'],
    ] as const) {
      const fault = front.inject({ respond: { garbage: answerOf(sizeBytes) } });
      expect((await fetch([secret('giant')])).join() === want).toBe(true);
      fault.remove();
    }
  });

  it('gets over a throttle, a 500 and a reset by itself', async () => {
    const refs = await seed(2);
    for (const respond of [throttled(), internalError(), { reset: true } as const]) {
      const fault = front.inject({ times: 1, match: isRead, respond });
      expect(await fetch(refs)).toEqual(['value of s0', 'value of s1']);
      expect(fault.hits()).toBe(1);
      fault.remove();
    }
  });

  it('reads the access key again when AWS calls the token expired', async () => {
    const refs = await seed(1);
    const respond = jsonError('ExpiredTokenException', 'The security token included in the request is expired');
    const fault = front.inject({ times: 1, match: isRead, respond });
    expect(await fetch(refs)).toEqual(['value of s0']);
    fault.remove();
  });
});
