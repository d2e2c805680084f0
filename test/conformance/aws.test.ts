import { afterAll, beforeAll, inject } from 'vitest';
import { ALLOW_ALL, type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import { type Aws, openAws, TEST_ACCOUNT } from '../support/aws.ts';
import { describeAws } from './aws.suite.ts';
import type { AwsWorld } from './aws-case.ts';
import { SUITE_ROLE } from './aws-tokens.ts';

let standIn: StandIn;
let worlds = 0;
const opened: Aws[] = [];

beforeAll(async () => {
  standIn = await startStandIn();
  standIn.putRole(SUITE_ROLE, { trust: ALLOW_ALL });
});

afterAll(async () => {
  for (const { secrets, parameters } of opened) {
    secrets.destroy();
    parameters.destroy();
  }
  await standIn.stop();
});

function worldAt(endpoint: string): AwsWorld {
  return {
    prefix: `suite-${process.pid}-${worlds++}-`,
    account: TEST_ACCOUNT,
    endpoint,
    openAws(region) {
      const aws = openAws(endpoint, region);
      opened.push(aws);
      return aws;
    },
  };
}

describeAws('moto', () => worldAt(inject('environment').motoEndpoint));
describeAws('the stand-in', () => worldAt(standIn.endpoint));
