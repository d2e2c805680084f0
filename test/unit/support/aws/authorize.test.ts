import { describe, expect, it } from 'vitest';
import { authorize, type Ownership, type Policies, type Verdict } from '../../../support/aws/authorize.ts';
import { type Condition, contextOf } from '../../../support/aws/condition.ts';
import type { PolicyDocument, Statement } from '../../../support/aws/policy.ts';
import { denialText } from '../../../support/aws/refusal.ts';

const HOME = '111111111111';
const AWAY = '222222222222';
const ROLE = `arn:aws:iam::${HOME}:role/reader`;
const SESSION = `arn:aws:sts::${HOME}:assumed-role/reader/keyferry`;
const ASKER = { arn: SESSION, issuerArn: ROLE, account: HOME };
const READ = 'secretsmanager:GetSecretValue';
const secretOf = (account: string): string => `arn:aws:secretsmanager:eu-west-1:${account}:secret:shop/db-AbCdEf`;

const policy = (...statements: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement: statements });
const allow = (more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action: READ,
  Resource: secretOf(HOME),
  ...more,
});
const deny = (more: Partial<Statement> = {}): Statement => ({ ...allow(more), Effect: 'Deny' });
const everything: PolicyDocument = policy({ Effect: 'Allow', Action: '*', Resource: '*' });
const to = (principal: string, more: Partial<Statement> = {}): Statement =>
  allow({ Principal: { AWS: principal }, Resource: '*', ...more });
const root = (account: string): string => `arn:aws:iam::${account}:root`;

interface Case {
  readonly it: string;
  readonly policies: Policies;
  readonly owner?: Ownership;
  readonly known?: Record<string, string | string[]>;
  /** `allowed`, or how IAM words the denial. */
  readonly want: string;
}

const implicit = (kind: string): string => `because no ${kind} allows the ${READ} action`;
const explicit = (kind: string): string => `with an explicit deny in a${/^[ai]/.test(kind) ? 'n' : ''} ${kind}`;
const foreign = { account: AWAY };
const guarded = { account: HOME, isGuarded: true };
const mine = { identity: [policy(allow())] };
const theirs = { identity: [policy(allow({ Resource: '*' }))] };

const kinds: readonly Case[] = [
  { it: 'denies what nobody allows', policies: { identity: [] }, want: implicit('identity-based policy') },
  { it: 'allows what the identity may', policies: mine, want: 'allowed' },
  {
    it: 'adds the policies of an identity up',
    policies: { identity: [policy(), policy(allow())] },
    want: 'allowed',
  },
  {
    it: 'lets a deny win',
    policies: { identity: [everything, policy(deny())] },
    want: explicit('identity-based policy'),
  },
  {
    it: 'keeps within the boundary',
    policies: { ...mine, boundary: policy() },
    want: implicit('permissions boundary'),
  },
  {
    it: 'keeps within the session policy',
    policies: { ...mine, session: policy() },
    want: implicit('session policy'),
  },
  {
    it: 'keeps within the endpoint policy',
    policies: { ...mine, endpoint: policy() },
    want: implicit('VPC endpoint policy'),
  },
  {
    it: 'keeps within the service control policy',
    policies: { ...mine, serviceControl: policy() },
    want: implicit('service control policy'),
  },
  {
    it: 'asks no allow of a resource control policy',
    policies: { ...mine, resourceControl: policy() },
    want: 'allowed',
  },
  ...(
    [
      ['boundary', 'permissions boundary'],
      ['session', 'session policy'],
      ['endpoint', 'VPC endpoint policy'],
      ['serviceControl', 'service control policy'],
      ['resourceControl', 'resource control policy'],
    ] as const
  ).map(([kind, words]) => ({
    it: `tells of a deny in a ${words}`,
    policies: { ...mine, [kind]: policy(...[everything.Statement].flat(), deny()) },
    want: explicit(words),
  })),
  {
    it: "tells of a deny in the resource's policy",
    policies: { ...mine, resource: policy(deny({ Principal: '*' })) },
    want: explicit('resource-based policy'),
  },
  {
    it: "does not heed a deny for others in the resource's policy",
    policies: { ...mine, resource: policy(deny({ Principal: { AWS: root(AWAY) } })) },
    want: 'allowed',
  },
];

const accounts: readonly Case[] = [
  {
    it: "takes the resource's word for a role of the same account",
    policies: { identity: [], resource: policy(to(ROLE)) },
    want: 'allowed',
  },
  {
    it: "leaves it to the identity's policies where the resource names the account",
    policies: { identity: [], resource: policy(to(root(HOME))) },
    want: implicit('identity-based policy'),
  },
  {
    it: 'asks for both sides across accounts: the identity',
    policies: { identity: [], resource: policy(to(ROLE)) },
    owner: foreign,
    want: implicit('identity-based policy'),
  },
  {
    it: 'asks for both sides across accounts: the resource',
    policies: theirs,
    owner: foreign,
    want: implicit('resource-based policy'),
  },
  {
    it: 'allows across accounts what both sides allow',
    policies: { ...theirs, resource: policy(to(root(HOME))) },
    owner: foreign,
    want: 'allowed',
  },
  {
    it: 'names an account by its number, too',
    policies: { ...theirs, resource: policy(to(HOME)) },
    owner: foreign,
    want: 'allowed',
  },
  {
    it: 'does not take another account for the named one',
    policies: { ...theirs, resource: policy(to(root(AWAY))) },
    owner: foreign,
    want: implicit('resource-based policy'),
  },
  {
    it: 'allows no use of a key that its policy does not speak of',
    policies: mine,
    owner: guarded,
    want: implicit('resource-based policy'),
  },
  {
    it: 'leaves the use of a key to the identity where the key names the account',
    policies: { identity: [], resource: policy(to(root(HOME))) },
    owner: guarded,
    want: implicit('identity-based policy'),
  },
  {
    it: "takes a key's word for a role",
    policies: { identity: [], resource: policy(to(SESSION)) },
    owner: guarded,
    want: 'allowed',
  },
];

const patterns: readonly { it: string; statement: Partial<Statement>; known?: Case['known']; fits: boolean }[] = [
  {
    it: 'takes six marks for the suffix',
    statement: { Resource: secretOf(HOME).replace('AbCdEf', '??????') },
    fits: true,
  },
  { it: 'takes no five', statement: { Resource: secretOf(HOME).replace('AbCdEf', '?????') }, fits: false },
  { it: 'takes a star for many', statement: { Resource: secretOf(HOME).replace('db-AbCdEf', '*') }, fits: true },
  {
    it: 'keeps a star in front between its colons',
    statement: { Resource: `arn:aws:secretsmanager:*:secret:shop/db-AbCdEf` },
    fits: false,
  },
  { it: 'takes a star in an action', statement: { Action: 'secretsmanager:Get*' }, fits: true },
  { it: 'takes an action in any case', statement: { Action: 'SecretsManager:getsecretvalue' }, fits: true },
  { it: 'takes one action of several', statement: { Action: ['a:B', READ] }, fits: true },
  { it: 'takes a dot for a dot', statement: { Action: 'secretsmanager.GetSecretValue' }, fits: false },
  { it: 'turns NotAction round', statement: { NotAction: READ }, fits: false },
  {
    it: 'puts variables in',
    statement: { Resource: secretOf(HOME).replace('shop', `\${aws:PrincipalTag/team}`) },
    known: { 'aws:PrincipalTag/team': 'shop' },
    fits: true,
  },
  {
    it: 'matches nothing with a variable that has no value',
    statement: { Resource: secretOf(HOME).replace('shop', `\${aws:PrincipalTag/team}`) },
    fits: false,
  },
];

const STAGE = 'secretsmanager:VersionStage';
const conditions: readonly { it: string; condition: Condition; known?: Case['known']; fits: boolean }[] = [
  {
    it: 'takes an equal value',
    condition: { StringEquals: { [STAGE]: 'AWSCURRENT' } },
    known: { [STAGE]: 'AWSCURRENT' },
    fits: true,
  },
  {
    it: 'takes keys in any case',
    condition: { StringEquals: { [STAGE.toUpperCase()]: ['a', 'b'] } },
    known: { [STAGE]: 'b' },
    fits: true,
  },
  { it: 'takes no absent value for equal', condition: { StringEquals: { [STAGE]: 'AWSCURRENT' } }, fits: false },
  {
    it: 'takes an absent value where it is told to',
    condition: { StringEqualsIfExists: { [STAGE]: 'AWSCURRENT' } },
    fits: true,
  },
  { it: 'takes an absent value for unlike', condition: { StringNotEquals: { [STAGE]: 'AWSPENDING' } }, fits: true },
  {
    it: 'takes no equal value for unlike',
    condition: { StringNotEquals: { [STAGE]: 'a' } },
    known: { [STAGE]: 'a' },
    fits: false,
  },
  {
    it: 'takes a like value',
    condition: { StringLike: { 'kms:ViaService': 'ssm.*.amazonaws.com' } },
    known: { 'kms:ViaService': 'ssm.eu-west-1.amazonaws.com' },
    fits: true,
  },
  {
    it: 'takes a like ARN',
    condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/re*' } },
    known: { 'aws:PrincipalArn': ROLE },
    fits: true,
  },
  { it: 'takes what is null', condition: { Null: { [STAGE]: 'true' } }, fits: true },
  { it: 'takes what is not null', condition: { Null: { [STAGE]: false } }, known: { [STAGE]: 'a' }, fits: true },
  {
    it: 'asks for all operators',
    condition: { StringEquals: { [STAGE]: 'a' }, StringNotLike: { [STAGE]: 'a*' } },
    known: { [STAGE]: 'a' },
    fits: false,
  },
  {
    it: 'asks it of all values',
    condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } },
    known: { 'aws:TagKeys': ['team', 'env'] },
    fits: false,
  },
];

const judge = ({ policies, owner = { account: HOME }, known = {} }: Omit<Case, 'it' | 'want'>): Verdict => {
  const resource = secretOf(owner.account ?? HOME);
  return authorize(ASKER, { action: READ, resource, context: contextOf(known) }, policies, owner);
};
const words = (verdict: Verdict): string =>
  verdict.allowed ? 'allowed' : denialText(SESSION, READ, 'it', verdict).replace(/^.* on resource: it /, '');

describe('who may do what', () => {
  for (const { it: name, want, ...asked } of [...kinds, ...accounts]) {
    it(name, () => expect(words(judge(asked))).toBe(want));
  }
});

describe('what a statement speaks of', () => {
  for (const { it: name, statement, known, fits } of patterns) {
    it(name, () => {
      const verdict = judge({ policies: { identity: [policy(allow(statement))] }, ...(known ? { known } : {}) });
      expect(verdict.allowed).toBe(fits);
    });
  }
  for (const { it: name, condition, known, fits } of conditions) {
    it(name, () => {
      const identity = [policy(allow({ Condition: condition }))];
      expect(judge({ policies: { identity }, ...(known ? { known } : {}) }).allowed).toBe(fits);
    });
  }
  it('knows no operator that nobody needs', () => {
    const identity = [policy(allow({ Condition: { DateLessThan: { 'aws:CurrentTime': '2030' } } }))];
    expect(() => judge({ policies: { identity } })).toThrow('no condition operator DateLessThan');
  });
});

describe('the words of a denial', () => {
  it('leave the resource out where there is none', () => {
    const action = 'secretsmanager:ListSecrets';
    const verdict = { allowed: false, isExplicit: false, by: 'identity' } as const;
    expect(denialText(SESSION, action, '*', verdict)).toBe(
      `User: ${SESSION} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
    );
  });
});
