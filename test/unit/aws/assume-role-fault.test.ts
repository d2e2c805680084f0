import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type AskedRole, assumeRoleFault } from '../../../src/aws/assume-role-fault.ts';
import { readAwsError } from '../../../src/aws/aws-error.ts';
import type { FaultKind } from '../../../src/model/fault.ts';
import { inRepository } from '../../support/repository.ts';
import { awsError } from './fake-transport.ts';

const FORMER = 'arn:aws:iam::111111111111:role/reader';
const ROLE = 'arn:aws:iam::222222222222:role/shared';
const USER = 'arn:aws:sts::111111111111:assumed-role/reader/keyferry-shop-aws';
const asked: AskedRole = { region: 'eu-west-1', at: 1, role: { roleArn: ROLE, sessionTags: {} }, former: FORMER };
const withId: AskedRole = { ...asked, role: { ...asked.role, externalId: 'shop-42' } };
const tagged: AskedRole = { ...asked, role: { ...asked.role, sessionTags: { team: 'shop' } } };
const denied = (action: string, why = '') =>
  awsError('AccessDenied', `User: ${USER} is not authorized to perform: ${action} on resource: ${ROLE}${why}`, 403);

interface Case {
  readonly it: string;
  readonly error: Error;
  readonly of?: AskedRole;
  readonly kind: FaultKind;
  readonly says: readonly string[];
}

// The messages are AWS's own.
const cases: readonly Case[] = [
  {
    it: 'names all that can be missing where AWS gives no reason',
    error: denied('sts:AssumeRole'),
    kind: 'AssumeRoleDenied',
    says: [
      'spec.assumeRoles[1]',
      `denied ${FORMER} sts:AssumeRole on ${ROLE}`,
      'the role must exist',
      `its trust policy must allow sts:AssumeRole for ${FORMER}`,
      `{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"${ROLE}"}`,
      'set externalId',
    ],
  },
  {
    it: 'understands the old wording, without user and resource',
    error: awsError('AccessDenied', 'Not authorized to perform sts:AssumeRole', 403),
    kind: 'AssumeRoleDenied',
    says: [`denied ${FORMER} sts:AssumeRole on ${ROLE}`],
  },
  {
    it: 'knows an access key by the ARN that AWS gives its user',
    error: denied('sts:AssumeRole'),
    of: { ...asked, former: 'the access key in Secret shop/aws-key' },
    kind: 'AssumeRoleDenied',
    says: [`denied ${USER} sts:AssumeRole`, `must allow sts:AssumeRole for ${USER}`],
  },
  {
    it: 'names the external id that was sent, since AWS never says that it is wrong',
    error: denied('sts:AssumeRole'),
    of: withId,
    kind: 'AssumeRoleDenied',
    says: ['if it asks for sts:ExternalId, that must be "shop-42"'],
  },
  {
    it: 'says that in one account the trust policy can do alone',
    error: denied('sts:AssumeRole'),
    of: { ...asked, former: FORMER.replaceAll('1', '2') },
    kind: 'AssumeRoleDenied',
    says: ['in one account the trust policy alone is enough'],
  },
  {
    it: 'gives the statement that the former role lacks',
    error: denied('sts:AssumeRole', ' because no identity-based policy allows the sts:AssumeRole action'),
    kind: 'AssumeRoleDenied',
    says: [`no policy of ${FORMER} allows it; add {"Effect":"Allow","Action":"sts:AssumeRole","Resource":"${ROLE}"}`],
  },
  {
    it: 'names the trust policy where that is what lacks it',
    error: denied('sts:AssumeRole', ' because no resource-based policy allows the sts:AssumeRole action'),
    kind: 'AssumeRoleDenied',
    says: [`the trust policy of the role does not allow it; allow sts:AssumeRole there for ${FORMER}`],
  },
  {
    it: 'names a deny in a policy of the former role',
    error: denied('sts:AssumeRole', ' with an explicit deny in an identity-based policy'),
    kind: 'AssumeRoleDenied',
    says: [`a policy of ${FORMER} denies it; take the deny away`],
  },
  {
    it: 'names a deny in the trust policy',
    error: denied('sts:AssumeRole', ' with an explicit deny in a resource-based policy'),
    kind: 'AssumeRoleDenied',
    says: ['the trust policy of the role denies it'],
  },
  {
    it: 'names a service control policy',
    error: denied('sts:AssumeRole', ' with an explicit deny in a service control policy'),
    kind: 'AssumeRoleDenied',
    says: [`a service control policy over the account of ${FORMER}`],
  },
  {
    it: 'names a resource control policy',
    error: denied('sts:AssumeRole', ' with an explicit deny in a resource control policy'),
    kind: 'AssumeRoleDenied',
    says: ['a resource control policy over the account of the role'],
  },
  {
    it: 'names a permissions boundary',
    error: denied('sts:AssumeRole', ' because no permissions boundary allows the sts:AssumeRole action'),
    kind: 'AssumeRoleDenied',
    says: [`the permissions boundary of ${FORMER}`],
  },
  {
    it: 'names the policy of a VPC endpoint',
    error: denied('sts:AssumeRole', ' because no VPC endpoint policy allows the sts:AssumeRole action'),
    kind: 'AssumeRoleDenied',
    says: ['VPC endpoint of STS'],
  },
  {
    it: 'says that tags need a grant of their own',
    error: denied('sts:TagSession'),
    of: tagged,
    kind: 'AssumeRoleDenied',
    says: [`denied ${FORMER} sts:TagSession on ${ROLE}`, 'must allow sts:TagSession beside sts:AssumeRole'],
  },
  {
    it: 'says where tags come from that the store does not set',
    error: denied('sts:TagSession'),
    kind: 'AssumeRoleDenied',
    says: ['the store sets no sessionTags, so the session before has transitive ones'],
  },
  {
    it: 'says that a session is to last longer than the role allows',
    error: awsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    ),
    kind: 'CredentialsInvalid',
    says: ['spec.assumeRoles[1]: sessionDuration is longer than the maximum session duration'],
  },
  {
    it: 'says that a chained session lasts an hour at most',
    error: awsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    ),
    kind: 'CredentialsInvalid',
    says: ['an hour at most'],
  },
  {
    it: 'says that the tags are too large',
    error: awsError('PackedPolicyTooLarge', 'Packed size of session tags consumes 112% of allotted space.'),
    kind: 'CredentialsInvalid',
    says: ['use fewer or shorter ones'],
  },
  {
    it: 'says that two tags are one to AWS',
    error: awsError(
      'InvalidParameterValue',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    ),
    kind: 'CredentialsInvalid',
    says: ['upper and lower case'],
  },
  {
    it: 'says that a transitive tag is set already',
    error: awsError(
      'InvalidParameterValue',
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    ),
    kind: 'CredentialsInvalid',
    says: ['is set by the session before already'],
  },
  {
    it: 'says that STS is off in the Region',
    error: awsError('RegionDisabledException', 'STS is not activated in this region for account:1.', 403),
    kind: 'CredentialsInvalid',
    says: ['AWS STS is not activated in eu-west-1'],
  },
  {
    it: 'says that the role is none',
    error: awsError('ValidationError', 'Request ARN is invalid'),
    kind: 'CredentialsInvalid',
    says: [`takes "${ROLE}" for no role ARN`],
  },
  {
    it: 'gives the code of an error that it does not know, and not its words',
    error: awsError('SomethingNew', 'canary'),
    kind: 'CredentialsInvalid',
    says: ['(SomethingNew)'],
  },
  {
    it: 'tells a throttle from a refusal',
    error: awsError('Throttling', 'Rate exceeded'),
    kind: 'Throttled',
    says: ['throttles its callers'],
  },
  {
    it: 'tells an outage from a refusal',
    error: awsError('InternalFailure', 'canary', 500),
    kind: 'CredentialsUnavailable',
    says: ['cannot be reached'],
  },
];

const messageOf = ({ error, of = asked }: Case): string => assumeRoleFault(readAwsError(error), of)[1];

it('has a row in docs/troubleshooting.md for what people meet', () => {
  const [, section = ''] = readFileSync(inRepository('docs', 'troubleshooting.md'), 'utf8').split(
    '\n## A chain of roles\n',
  );
  const shown = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| `([^`]+)` \|/gm)].map(([, words = '']) => words);
  const strange = shown.filter((words) => !cases.some((each) => messageOf(each).includes(words)));
  expect(strange).toEqual([]);
  expect(shown.length).toBeGreaterThan(4);
});

describe('an error of AssumeRole', () => {
  for (const { it: name, error, of = asked, kind, says } of cases) {
    it(name, () => {
      const [found, detail] = assumeRoleFault(readAwsError(error), of);
      expect(found).toBe(kind);
      for (const part of says) expect(detail).toContain(part);
      expect(detail).not.toContain('canary');
    });
  }
});
