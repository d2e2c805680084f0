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
}

/** A policy with all its statements in a list. */
export interface PrintedPolicy extends PolicyDocument {
  readonly Statement: readonly Statement[];
}

/** The policies that docs/reference.md prints below a heading, in order, for the site. */
export function printedPolicies(heading: string, site: Site): readonly PrintedPolicy[] {
  const text = readFileSync(inRepository('docs', 'reference.md'), 'utf8');
  const section = text.split(/^#+ /m).find((each) => each.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/reference.md has no heading ${heading}`);
  return [...section.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, json = '']) => JSON.parse(fillIn(json, site)));
}

const fillIn = (json: string, { account, otherAccount, region, issuerHost }: Site): string =>
  json
    .replaceAll('oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE', issuerHost)
    .replaceAll('123456789012', account)
    .replaceAll('210987654321', otherAccount)
    .replaceAll('eu-west-1', region);
