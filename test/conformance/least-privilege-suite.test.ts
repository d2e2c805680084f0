import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ClosableValueSource } from '../../src/aws/value-source.ts';
import type { PolicyDocument } from '../support/aws/policy.ts';
import { type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import { type Aws, openAws, TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { openLocalIssuer } from '../support/local-issuer.ts';
import { printedPolicy, type Site } from '../support/policy-documents.ts';
import { accessByRole, openValueSource } from '../support/value-source.ts';
import { describeValueSource } from './value-source.suite.ts';
import { arrangedBy, denial } from './value-source-world.ts';

// The suite of every value source once more, by a role that may do what docs/reference.md prints, and nothing else.

const ROLE = `arn:aws:iam::${TEST_ACCOUNT}:role/shop-reader`;
const SITE: Site = {
  account: TEST_ACCOUNT,
  otherAccount: '210987654321',
  region: TEST_REGION,
  issuerHost: 'cluster.example',
};

let standIn: StandIn;
let aws: Aws;
let source: ClosableValueSource;
let worlds = 0;
/** Gives the role what is printed, and these policies. */
let grant: (...more: PolicyDocument[]) => void;

beforeAll(async () => {
  const issuer = await openLocalIssuer(`https://${SITE.issuerHost}`);
  standIn = await startStandIn({ issuer });
  process.env.AWS_ENDPOINT_URL = standIn.endpoint;
  aws = openAws(standIn.seedEndpoint);
  const kinds = ['Secrets Manager', 'Parameter Store', 'secrets read through Parameter Store', 'find', 'metadata'];
  const policies = kinds.map((kind) => printedPolicy(`Policy for ${kind}`, SITE));
  grant = (...more) =>
    standIn.putRole(ROLE, { trust: printedPolicy('Trust policy', SITE), policies: [...policies, ...more] });
  grant();
  source = openValueSource(() => issuer.sign('system:serviceaccount:shop:reader'));
});

afterAll(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  source?.close();
  aws?.secrets.destroy();
  aws?.parameters.destroy();
  await standIn?.stop();
});

describeValueSource('the stand-in under the printed policies', () => ({
  prefix: `shop/world-${worlds++}-`,
  source,
  access: accessByRole(ROLE),
  deniesAbsentSecrets: true,
  deny: denial((statement) => grant({ Statement: statement })),
  ...arrangedBy(aws),
}));

it('refused nothing but what is not there, or denied by a policy of the suite', () => {
  const refused = standIn.journal.filter(({ denied = [] }) => denied.length > 0);
  expect(refused.every(({ ids }) => ids.some((id) => /nothing$|3-of-ten$/.test(id)))).toBe(true);
  expect(standIn.journal.length).toBeGreaterThan(refused.length);
});
