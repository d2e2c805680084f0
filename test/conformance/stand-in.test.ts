import { LabelParameterVersionCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll } from 'vitest';
import type { ClosableValueSource } from '../../src/aws/value-source.ts';
import type { Access } from '../../src/core/ports.ts';
import { ALLOW_ALL, type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import { type Aws, openAws, TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { accessByKey, openValueSource } from '../support/value-source.ts';
import { describeValueSource } from './value-source.suite.ts';

let standIn: StandIn;
let aws: Aws;
let source: ClosableValueSource;
let access: Access;
let worlds = 0;

beforeAll(async () => {
  standIn = await startStandIn();
  process.env.AWS_ENDPOINT_URL = standIn.endpoint;
  aws = openAws(standIn.seedEndpoint);
  const { accessKeyId } = standIn.putUser(`arn:aws:iam::${TEST_ACCOUNT}:user/reader`, { policies: [ALLOW_ALL] });
  access = accessByKey(accessKeyId);
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
  createSecret: (name, value) => aws.createSecret(name, value),
  putSecret: (name, value) => aws.putSecret(name, value),
  markForDeletion: (name) => aws.deleteSecret(name, 'marked'),
  putParameter: async (name, value, type = 'String') => ({
    version: await aws.putParameter(name, value, type),
    arn: `arn:aws:ssm:${TEST_REGION}:${TEST_ACCOUNT}:parameter/${name.replace(/^\//, '')}`,
  }),
  labelParameter: async (Name, ParameterVersion, label) => {
    await aws.parameters.send(new LabelParameterVersionCommand({ Name, ParameterVersion, Labels: [label] }));
  },
}));
