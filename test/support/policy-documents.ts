import { readFileSync } from 'node:fs';
import type { PolicyDocument, Statement } from './aws/policy.ts';
import { inRepository } from './repository.ts';

/** What stands in docs/reference.md for the reader's own. */
export interface Site {
  /** The account of the role. */
  readonly account: string;
  /** The account of what is shared. */
  readonly otherAccount: string;
  readonly region: string;
  /** Of the cluster's tokens, without `https://`. */
  readonly issuerHost: string;
  /** `shop` unless given. */
  readonly namespace?: string;
}

/** A policy with all its statements in a list. */
export interface PrintedPolicy extends PolicyDocument {
  readonly Statement: readonly Statement[];
}

/** The policies that docs/reference.md prints below a heading, in order, for the site. */
function printedPolicies(heading: string, site: Site): readonly PrintedPolicy[] {
  const text = readFileSync(inRepository('docs', 'reference.md'), 'utf8');
  const section = text.split(/^#+ /m).find((each) => each.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/reference.md has no heading ${heading}`);
  return [...section.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, json = '']) => JSON.parse(fillIn(json, site)));
}

/** The one policy below the heading. */
export function printedPolicy(heading: string, site: Site): PrintedPolicy {
  const [policy, ...rest] = printedPolicies(heading, site);
  if (policy === undefined || rest.length > 0) throw new Error(`${heading}: want one policy`);
  return policy;
}

/** The three grants for a secret of another account. */
export function printedGrants(site: Site): { role: PrintedPolicy; secret: PrintedPolicy; key: PrintedPolicy } {
  const [role, secret, key, ...rest] = printedPolicies('Policies for another account', site);
  if (role === undefined || secret === undefined || key === undefined || rest.length > 0) throw new Error('want three');
  return { role, secret, key };
}

const fillIn = (json: string, { account, otherAccount, region, issuerHost, namespace = 'shop' }: Site): string =>
  json
    .replaceAll('oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE', issuerHost)
    .replaceAll('system:serviceaccount:shop:', `system:serviceaccount:${namespace}:`)
    .replaceAll('123456789012', account)
    .replaceAll('210987654321', otherAccount)
    .replaceAll('eu-west-1', region);
