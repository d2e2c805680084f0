import { type Asker, namesAsker, type PolicyDocument, statementsOn, type Wish } from './policy.ts';

/** The kinds of policies that may stand in the way. */
export type PolicyKind =
  | 'identity'
  | 'boundary'
  | 'session'
  | 'resource'
  | 'endpoint'
  | 'serviceControl'
  | 'resourceControl';

/** All policies that have a say. One that is absent says nothing; an absent `endpoint` and the like allow all. */
export interface Policies {
  readonly identity: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument | undefined;
  readonly session?: PolicyDocument | undefined;
  /** The secret's, the key's, the role's trust. */
  readonly resource?: PolicyDocument | undefined;
  /** Of the VPC endpoint that the request came through. */
  readonly endpoint?: PolicyDocument | undefined;
  /** Of the asker's account. */
  readonly serviceControl?: PolicyDocument | undefined;
  /** Of the resource's account. */
  readonly resourceControl?: PolicyDocument | undefined;
}

/** What the resource has to do with the question. */
export interface Ownership {
  /** Absent where there is no resource. */
  readonly account?: string;
  /** KMS keys and roles: nobody may, not even in their own account, unless their policy says so. */
  readonly isGuarded?: boolean;
}

export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly isExplicit: boolean; readonly by: PolicyKind };

const deniedBy = (by: PolicyKind, isExplicit: boolean): Verdict => ({ allowed: false, isExplicit, by });

// Who is told of, when several deny.
const PRECEDENCE: readonly PolicyKind[] = [
  'serviceControl',
  'resourceControl',
  'endpoint',
  'resource',
  'identity',
  'boundary',
  'session',
];

/** IAM's decision: may `asker` do what it wishes? Pure. */
export function authorize(asker: Asker, wish: Wish, policies: Policies, ownership: Ownership): Verdict {
  const denier = PRECEDENCE.find((kind) => documentsOf(policies, kind).some((one) => denies(one, kind, asker, wish)));
  if (denier !== undefined) return deniedBy(denier, true);
  const allows = (kind: PolicyKind): boolean => documentsOf(policies, kind).some((one) => allowsWish(one, wish));
  for (const fence of ['serviceControl', 'endpoint'] as const) {
    if (policies[fence] !== undefined && !allows(fence)) return deniedBy(fence, false);
  }
  const granted = grantsOf(policies.resource, asker, wish);
  const missing = missingGrant(allows('identity'), granted, asker, ownership);
  if (missing !== undefined) return deniedBy(missing, false);
  for (const limit of ['boundary', 'session'] as const) {
    if (policies[limit] !== undefined && !allows(limit)) return deniedBy(limit, false);
  }
  return { allowed: true };
}

function missingGrant(
  byIdentity: boolean,
  byResource: 'directly' | 'account' | undefined,
  asker: Asker,
  { account = asker.account, isGuarded = false }: Ownership,
): 'identity' | 'resource' | undefined {
  const isHome = account === asker.account;
  if (isHome && byResource === 'directly') return undefined;
  if (isHome && !isGuarded) return byIdentity ? undefined : 'identity';
  if (isHome && byResource === undefined) return 'resource';
  // From here on both sides must allow: across accounts, or where the resource leaves it to its account.
  if (!byIdentity) return 'identity';
  return byResource === undefined ? 'resource' : undefined;
}

function documentsOf(policies: Policies, kind: PolicyKind): readonly PolicyDocument[] {
  if (kind === 'identity') return policies.identity;
  const document = policies[kind];
  return document === undefined ? [] : [document];
}

const denies = (document: PolicyDocument, kind: PolicyKind, asker: Asker, wish: Wish): boolean =>
  statementsOn(document, wish).some(
    (statement) => statement.Effect === 'Deny' && (kind !== 'resource' || namesAsker(statement, asker) !== undefined),
  );

const allowsWish = (document: PolicyDocument, wish: Wish): boolean =>
  statementsOn(document, wish).some(({ Effect }) => Effect === 'Allow');

function grantsOf(document: PolicyDocument | undefined, asker: Asker, wish: Wish): 'directly' | 'account' | undefined {
  if (document === undefined) return undefined;
  const ways = statementsOn(document, wish)
    .filter(({ Effect }) => Effect === 'Allow')
    .map((statement) => namesAsker(statement, asker));
  return ways.includes('directly') ? 'directly' : ways.find((way) => way !== undefined);
}
