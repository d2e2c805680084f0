import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClosableValueSource } from '../../src/aws/value-source.ts';
import type { Search, ValueRef } from '../../src/core/ports.ts';
import { refId } from '../../src/core/ref-id.ts';
import type { Result } from '../../src/model/result.ts';
import { type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import { type Aws, openAws, TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { type LocalIssuer, openLocalIssuer } from '../support/local-issuer.ts';
import { type PrintedPolicy, printedPolicy, type Site } from '../support/policy-documents.ts';
import { accessByRole, openValueSource } from '../support/value-source.ts';

// The policies that docs/reference.md prints for find and for metadata, statement by statement.

const ROLE = `arn:aws:iam::${TEST_ACCOUNT}:role/shop-reader`;
const SITE: Site = {
  account: TEST_ACCOUNT,
  otherAccount: '210987654321',
  region: TEST_REGION,
  issuerHost: 'cluster.example',
};
const access = accessByRole(ROLE);
const { signal } = new AbortController();

let standIn: StandIn;
let issuer: LocalIssuer;
let aws: Aws;

beforeAll(async () => {
  issuer = await openLocalIssuer(`https://${SITE.issuerHost}`);
  standIn = await startStandIn({ issuer });
  process.env.AWS_ENDPOINT_URL = standIn.endpoint;
  aws = openAws(standIn.seedEndpoint);
  await aws.createSecret('shop/db', 'one');
  await aws.putParameter('/shop/level', 'info');
  await aws.tagParameter('/shop/level', { env: 'prod' });
});

afterAll(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  aws?.secrets.destroy();
  aws?.parameters.destroy();
  await standIn?.stop();
});

const secrets: Search = { service: 'SecretsManager', prefix: 'shop/', tags: {} };
const path: Search = { service: 'ParameterStore', prefix: '/shop/', tags: {} };
const tags: Search = { ...path, tags: { env: 'prod' } };
const aboutSecret: ValueRef = { service: 'SecretsManager', key: 'shop/db', metadata: true };
const aboutParameter: ValueRef = { service: 'ParameterStore', key: '/shop/level', metadata: true };

type Ask = (source: ClosableValueSource) => Promise<Result<unknown>>;
const look =
  (search: Search): Ask =>
  (source) =>
    source.find(access, search, signal);
const tell =
  (ref: ValueRef): Ask =>
  async (source) => {
    const fetched = await source.fetch({ access, refs: [ref] }, signal);
    return fetched.get(refId(ref)) ?? expect.fail('no answer');
  };

interface Set {
  readonly kind: string;
  /** What is asked, and for each statement of the policy, in its order, the action that each answer then lacks. */
  readonly asks: Readonly<Record<string, { readonly ask: Ask; readonly lacks: readonly (string | undefined)[] }>>;
}

const sets: readonly Set[] = [
  {
    kind: 'find',
    asks: {
      secrets: { ask: look(secrets), lacks: ['secretsmanager:ListSecrets', undefined, undefined] },
      tags: { ask: look(tags), lacks: [undefined, 'ssm:DescribeParameters', undefined] },
      path: { ask: look(path), lacks: [undefined, undefined, 'ssm:GetParametersByPath'] },
    },
  },
  {
    kind: 'metadata',
    asks: {
      secret: { ask: tell(aboutSecret), lacks: ['secretsmanager:DescribeSecret', undefined] },
      parameter: { ask: tell(aboutParameter), lacks: [undefined, 'ssm:GetParameters'] },
    },
  },
];

/** What each ask comes to under the policy: the detail of its fault, or undefined where it is answered. */
async function answers({ asks }: Set, policy: PrintedPolicy): Promise<Record<string, string | undefined>> {
  standIn.putRole(ROLE, { trust: printedPolicy('Trust policy', SITE), policies: [policy] });
  const source = openValueSource(() => issuer.sign('system:serviceaccount:shop:reader'));
  const entries = Object.entries(asks).map(async ([name, { ask }]) => {
    const got = await ask(source);
    if (!got.ok) expect(got.faults[0].kind).toBe('AccessDenied');
    return [name, got.ok ? undefined : got.faults[0].detail] as const;
  });
  const found = Object.fromEntries(await Promise.all(entries));
  source.close();
  return found;
}

for (const set of sets) {
  describe(`the policy that the reference prints for ${set.kind}`, () => {
    const policy = printedPolicy(`Policy for ${set.kind}`, SITE);

    it('is enough', async () => {
      expect(Object.values(await answers(set, policy))).toEqual(Object.values(set.asks).map(() => undefined));
    });

    it('is the least: without any statement something is denied, by name of role, action and account', async () => {
      for (const [at, gone] of policy.Statement.entries()) {
        const Statement = policy.Statement.filter((statement) => statement !== gone);
        const got = await answers(set, { ...policy, Statement });
        for (const [name, { lacks }] of Object.entries(set.asks)) {
          expect(lacks).toHaveLength(policy.Statement.length);
          const action = lacks[at];
          if (action === undefined) expect(got[name]).toBeUndefined();
          else
            for (const part of [ROLE, action, `account ${TEST_ACCOUNT} has to act`]) expect(got[name]).toContain(part);
        }
      }
    });
  });
}
