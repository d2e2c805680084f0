import { describe, expect, it } from 'vitest';
import { partitionOf } from '../../../src/aws/arn.ts';
import { createSdkTransport, type Endpoints } from '../../../src/aws/sdk-transport.ts';
import type { AwsCall } from '../../../src/aws/transport.ts';

const CALLS: readonly AwsCall[] = [
  { api: 'GetSecretValue', input: { SecretId: 'a' } },
  { api: 'GetParameters', input: { Names: ['a'], WithDecryption: true } },
  { api: 'GetCallerIdentity', input: {} },
  {
    api: 'AssumeRoleWithWebIdentity',
    input: { RoleArn: 'arn:aws:iam::1:role/a', RoleSessionName: 'a', WebIdentityToken: 't', DurationSeconds: 3_600 },
  },
];

/** The hosts that calls of Secrets Manager, Parameter Store, STS and STS without a signature go to. */
async function hostsOf(region: string, endpoints: Partial<Endpoints> = {}): Promise<readonly string[]> {
  const hosts: string[] = [];
  const handler = {
    handle: (request: { readonly hostname: string }): Promise<never> => {
      hosts.push(request.hostname);
      return Promise.reject(new Error('far enough'));
    },
  };
  const transport = createSdkTransport('test', { fips: false, dualStack: false, ...endpoints }, handler);
  const { signal } = new AbortController();
  for (const call of CALLS) {
    const sent = transport.send(call, region, { accessKeyId: 'a', secretAccessKey: 'b' }, signal);
    await expect(sent).rejects.toThrow('far enough');
  }
  transport.close();
  return hosts;
}

const regions: readonly { region: string; partition: string; suffix: string }[] = [
  { region: 'eu-west-1', partition: 'aws', suffix: 'amazonaws.com' },
  { region: 'us-east-1', partition: 'aws', suffix: 'amazonaws.com' },
  { region: 'cn-north-1', partition: 'aws-cn', suffix: 'amazonaws.com.cn' },
  { region: 'cn-northwest-1', partition: 'aws-cn', suffix: 'amazonaws.com.cn' },
  { region: 'us-gov-west-1', partition: 'aws-us-gov', suffix: 'amazonaws.com' },
  { region: 'eusc-de-east-1', partition: 'aws-eusc', suffix: 'amazonaws.eu' },
  { region: 'us-iso-east-1', partition: 'aws-iso', suffix: 'c2s.ic.gov' },
  { region: 'us-isob-east-1', partition: 'aws-iso-b', suffix: 'sc2s.sgov.gov' },
  { region: 'eu-isoe-west-1', partition: 'aws-iso-e', suffix: 'cloud.adc-e.uk' },
  { region: 'us-isof-south-1', partition: 'aws-iso-f', suffix: 'csp.hci.ic.gov' },
];

describe('the hosts that are asked', () => {
  for (const { region, partition, suffix } of regions) {
    it(`in ${region} are those of the partition ${partition}`, async () => {
      const hosts = ['secretsmanager', 'ssm', 'sts', 'sts'].map((service) => `${service}.${region}.${suffix}`);
      expect(await hostsOf(region)).toEqual(hosts);
      expect(partitionOf(region)).toBe(partition);
    });
  }

  const switched: readonly { region: string; endpoints: Partial<Endpoints>; want: readonly string[] }[] = [
    {
      region: 'us-east-1',
      endpoints: { fips: true },
      want: [
        'secretsmanager-fips.us-east-1.amazonaws.com',
        'ssm-fips.us-east-1.amazonaws.com',
        'sts-fips.us-east-1.amazonaws.com',
      ],
    },
    {
      region: 'us-gov-west-1',
      endpoints: { fips: true },
      want: [
        'secretsmanager-fips.us-gov-west-1.amazonaws.com',
        'ssm.us-gov-west-1.amazonaws.com',
        'sts.us-gov-west-1.amazonaws.com',
      ],
    },
    {
      region: 'eu-west-1',
      endpoints: { dualStack: true },
      want: ['secretsmanager.eu-west-1.amazonaws.com', 'ssm.eu-west-1.api.aws', 'sts.eu-west-1.api.aws'],
    },
    {
      region: 'us-west-2',
      endpoints: { fips: true, dualStack: true },
      want: ['secretsmanager-fips.us-west-2.amazonaws.com', 'ssm-fips.us-west-2.api.aws', 'sts-fips.us-west-2.api.aws'],
    },
    {
      region: 'eusc-de-east-1',
      endpoints: { dualStack: true },
      want: [
        'secretsmanager.eusc-de-east-1.api.amazonwebservices.eu',
        'ssm.eusc-de-east-1.api.amazonwebservices.eu',
        'sts.eusc-de-east-1.api.amazonwebservices.eu',
      ],
    },
  ];
  for (const { region, endpoints, want } of switched) {
    it(`in ${region} with ${Object.keys(endpoints).join(' and ')} are others`, async () => {
      const [secrets, parameters, sts, unsigned] = await hostsOf(region, endpoints);
      expect([secrets, parameters, sts]).toEqual(want);
      expect(unsigned).toBe(sts);
    });
  }
});
