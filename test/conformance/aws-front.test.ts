import { BatchGetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAws, SEED_KEYS, TEST_REGION } from '../support/aws.ts';
import { internalError, throttled } from '../support/aws-errors.ts';
import type { AwsFront, FaultResponse } from '../support/aws-front.ts';
import { attachEnvironment } from '../support/environment.ts';

const faults: readonly { it: string; respond: FaultResponse; want: Record<string, unknown> }[] = [
  { it: 'throttles', respond: throttled(), want: { name: 'ThrottlingException' } },
  { it: 'fails inside', respond: internalError(), want: { $metadata: { httpStatusCode: 500 } } },
  { it: 'resets the connection', respond: { reset: true }, want: { code: 'ECONNRESET' } },
  { it: 'hangs', respond: { hang: true }, want: { name: 'AbortError' } },
  { it: 'answers with garbage', respond: { garbage: '<html>' }, want: { name: 'SyntaxError' } },
];

describe('the AWS that tests talk to', () => {
  const { motoEndpoint, startAwsFront } = attachEnvironment();
  let front: AwsFront;
  let secrets: SecretsManagerClient;
  let parameters: SSMClient;

  beforeAll(async () => {
    const aws = openAws(motoEndpoint);
    await aws.createSecret('front/a', 'one');
    await aws.createSecret('front/b', 'two');
    await aws.putParameter('/front/level', 'debug');
    front = await startAwsFront();
    const config = { endpoint: front.endpoint, region: TEST_REGION, credentials: SEED_KEYS, maxAttempts: 1 };
    secrets = new SecretsManagerClient(config);
    parameters = new SSMClient(config);
  });

  afterAll(() => front.stop());

  const readBoth = () =>
    secrets.send(new BatchGetSecretValueCommand({ SecretIdList: ['front/a', 'front/b'] }), {
      abortSignal: AbortSignal.timeout(1_000),
    });

  it('notes which names were asked for, and by whom, but no value', async () => {
    await readBoth();
    await parameters.send(new GetParametersCommand({ Names: ['/front/level'] }));
    const { accessKeyId } = SEED_KEYS;
    expect(front.journal).toMatchObject([
      { service: 'secretsmanager', operation: 'BatchGetSecretValue', ids: ['front/a', 'front/b'], accessKeyId },
      { service: 'ssm', operation: 'GetParameters', ids: ['/front/level'], accessKeyId, status: 200 },
    ]);
    expect(JSON.stringify(front.journal)).not.toMatch(/debug|"one"/);
  });

  for (const { it: name, respond, want } of faults) {
    it(`${name} as often as it is told to`, async () => {
      const fault = front.inject({ operation: 'BatchGetSecretValue', times: 1, respond });
      await expect(readBoth()).rejects.toMatchObject(want);
      expect((await readBoth()).SecretValues).toHaveLength(2);
      expect(fault.hits()).toBe(1);
      fault.remove();
    });
  }

  it('hits only the calls that match, until the fault is removed', async () => {
    const match = ({ ids }: { ids: readonly string[] }): boolean => ids.includes('/front/level');
    const fault = front.inject({ match, respond: { ...throttled(), status: 400 } });
    const ask = () => parameters.send(new GetParametersCommand({ Names: ['/front/level'] }));
    await expect(ask()).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect((await readBoth()).SecretValues).toHaveLength(2);
    fault.remove();
    expect((await ask()).Parameters).toHaveLength(1);
  });

  it('answers late, but as usual', async () => {
    const fault = front.inject({ respond: { delayMs: 200 } });
    const startedAt = Date.now();
    expect((await readBoth()).SecretValues).toHaveLength(2);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(190);
    fault.remove();
  });
});
