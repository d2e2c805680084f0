import {
  BatchGetSecretValueCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  DescribeParametersCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLOW_ALL, type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import { openAws, TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { unavailable } from '../support/aws-errors.ts';

const USER = `arn:aws:iam::${TEST_ACCOUNT}:user/reader`;

let standIn: StandIn;
let secrets: SecretsManagerClient;
let parameters: SSMClient;

beforeAll(async () => {
  standIn = await startStandIn();
  const credentials = standIn.putUser(USER, { policies: [ALLOW_ALL] }, 'AKIAREADER');
  const config = { endpoint: standIn.endpoint, region: TEST_REGION, credentials, maxAttempts: 1 };
  secrets = new SecretsManagerClient(config);
  parameters = new SSMClient(config);
  const aws = openAws(standIn.seedEndpoint);
  for (const name of ['a', 'b', 'c']) {
    await aws.createSecret(name, name);
    await aws.putParameter(`/${name}`, name);
  }
});
afterAll(() => standIn?.stop());

const get = (SecretId: string) => secrets.send(new GetSecretValueCommand({ SecretId }));

describe('the stand-in, as tests direct it', () => {
  it('notes who asked for what, where and when, and no value; and nothing of the seeding', async () => {
    const startedMs = Date.now();
    await secrets.send(new BatchGetSecretValueCommand({ SecretIdList: ['a', 'b'] }));
    const { at = 0, ...call } = standIn.calls('BatchGetSecretValue')[0] ?? {};
    expect(call).toEqual({
      service: 'secretsmanager',
      operation: 'BatchGetSecretValue',
      ids: ['a', 'b'],
      status: 200,
      denied: [],
      callerArn: USER,
      region: TEST_REGION,
      accessKeyId: 'AKIAREADER',
    });
    expect(at).toBeGreaterThanOrEqual(startedMs);
    expect(standIn.calls('CreateSecret')).toEqual([]);
  });

  it('throttles what is over the quota, and neither other groups nor the seeding', async () => {
    standIn.setLimit('secrets-manager-get', 2);
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => get('a')));
    const refused = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason.name] : []));
    expect(refused).not.toEqual([]);
    expect(new Set(refused)).toEqual(new Set(['ThrottlingException']));
    await parameters.send(new GetParametersCommand({ Names: ['/a'] }));
    const seed = openAws(standIn.seedEndpoint).secrets;
    await Promise.all(Array.from({ length: 5 }, () => seed.send(new GetSecretValueCommand({ SecretId: 'a' }))));
    standIn.setLimit('secrets-manager-get', undefined);
    await Promise.all(Array.from({ length: 20 }, () => get('a')));
  });

  it('fails a Region, and serves the others', async () => {
    const fault = standIn.inject({ match: ({ region }) => region === TEST_REGION, respond: unavailable() });
    await expect(get('a')).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    const { secrets: elsewhere } = openAws(standIn.endpoint, 'us-east-1', {
      accessKeyId: 'AKIAREADER',
      secretAccessKey: 'x',
    });
    await expect(elsewhere.send(new GetSecretValueCommand({ SecretId: 'a' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect(fault.hits()).toBe(1);
    fault.remove();
    await get('a');
  });

  it('takes its time', async () => {
    standIn.setLatency(50);
    const startedAt = performance.now();
    await get('a');
    expect(performance.now() - startedAt).toBeGreaterThan(45);
    standIn.setLatency(0);
  });

  it('hands lists out in small pages, with empty ones between', async () => {
    standIn.setPaging({ pageSize: 2, emptyPages: true });
    const Path = '/';
    const lists: readonly ((
      NextToken?: string,
    ) => Promise<{ size: number | undefined; NextToken?: string | undefined }>)[] = [
      async (NextToken) => {
        const page = await secrets.send(new ListSecretsCommand({ NextToken }));
        return { size: page.SecretList?.length, NextToken: page.NextToken };
      },
      async (NextToken) => {
        const page = await secrets.send(new BatchGetSecretValueCommand({ SecretIdList: ['a', 'b', 'c'], NextToken }));
        return { size: page.SecretValues?.length, NextToken: page.NextToken };
      },
      async (NextToken) => {
        const page = await parameters.send(new GetParametersByPathCommand({ Path, NextToken }));
        return { size: page.Parameters?.length, NextToken: page.NextToken };
      },
      async (NextToken) => {
        const page = await parameters.send(new DescribeParametersCommand({ NextToken }));
        return { size: page.Parameters?.length, NextToken: page.NextToken };
      },
    ];
    for (const list of lists) {
      const sizes: (number | undefined)[] = [];
      for (let token: string | undefined = ''; token !== undefined; ) {
        const page: Awaited<ReturnType<typeof list>> = await list(token === '' ? undefined : token);
        sizes.push(page.size);
        token = page.NextToken;
      }
      expect(sizes).toEqual([0, 2, 0, 1]);
    }
    standIn.setPaging({});
  });
});
