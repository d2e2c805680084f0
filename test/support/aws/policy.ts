import { type Condition, type ConditionContext, holds } from './condition.ts';
import { matchesArn, matchesPattern } from './pattern.ts';

type OneOrMore = string | readonly string[];

/** A statement as IAM writes it. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, OneOrMore>>;
  readonly Action?: OneOrMore;
  readonly NotAction?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly Condition?: Condition;
}

/** A policy as IAM writes it. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: Statement | readonly Statement[];
}

/** A policy out of its text. */
export function parsePolicy(text: string): PolicyDocument {
  const document: unknown = JSON.parse(text);
  if (isPolicy(document)) return document;
  throw new Error('this is no policy document');
}

const isPolicy = (document: unknown): document is PolicyDocument =>
  typeof document === 'object' && document !== null && 'Statement' in document;

/** Who asks, as policies see them. */
export interface Asker {
  /** Of the session, the user, or the account's root. */
  readonly arn: string;
  /** Of the role behind the session; of the user. */
  readonly issuerArn: string;
  readonly account: string;
}

/** One thing that somebody wants to do. */
export interface Wish {
  readonly action: string;
  /** An ARN, or `*` for what belongs to no resource. */
  readonly resource: string;
  readonly context: ConditionContext;
}

const listed = (value: OneOrMore | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

/** The statements that speak of the wish; who is asking is not looked at. */
export function statementsOn({ Statement: written }: PolicyDocument, wish: Wish): readonly Statement[] {
  const statements = Array.isArray(written) ? written : [written];
  return statements.filter((statement: Statement) => speaksOf(statement, wish));
}

function speaksOf(statement: Statement, { action, resource, context }: Wish): boolean {
  const { Action, NotAction, Resource, Condition: condition } = statement;
  const names = (patterns: OneOrMore | undefined): boolean =>
    listed(patterns).some((pattern) => matchesPattern(pattern.toLowerCase(), action.toLowerCase()));
  if (NotAction === undefined ? !names(Action) : names(NotAction)) return false;
  // A trust policy and a policy without resources speak of the one thing that they are attached to.
  const resources = Resource === undefined ? ['*'] : listed(Resource);
  if (!resources.some((pattern) => matchesArn(withVariables(pattern, context), resource))) return false;
  return condition === undefined || holds(condition, context);
}

/** `${aws:PrincipalTag/team}` and the like, put in. A variable without a value matches nothing. */
const withVariables = (pattern: string, context: ConditionContext): string =>
  pattern.replaceAll(/\$\{([^}]+)\}/g, (whole, name: string) => context.get(name.toLowerCase())?.[0] ?? whole);

/**
 * How a statement of a resource's policy names the asker: `directly`, or by the `account`, which leaves it to that account's
 * own policies.
 */
export function namesAsker({ Principal }: Statement, asker: Asker): 'directly' | 'account' | undefined {
  if (Principal === '*') return 'directly';
  const named = listed(Principal?.AWS);
  if (named.some((name) => name === '*' || name === asker.arn || name === asker.issuerArn)) return 'directly';
  const isAccount = (name: string): boolean => name === asker.account || name.endsWith(`::${asker.account}:root`);
  return named.some(isAccount) ? 'account' : undefined;
}

/** True when a trust policy's statement names the provider of web identities. */
export const namesProvider = ({ Principal }: Statement, providerArn: string): boolean =>
  Principal !== '*' && listed(Principal?.Federated).includes(providerArn);
