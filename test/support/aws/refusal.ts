import type { Verdict } from './authorize.ts';

/** An error of AWS's, to be put into the protocol of the service that throws it. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message = '', { status = 400 }: { status?: number } = {}) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** What IAM calls the kinds of policies in its messages. */
const WORDS = {
  identity: ['an identity-based policy', 'identity-based policy'],
  boundary: ['a permissions boundary', 'permissions boundary'],
  session: ['a session policy', 'session policy'],
  resource: ['a resource-based policy', 'resource-based policy'],
  endpoint: ['a VPC endpoint policy', 'VPC endpoint policy'],
  serviceControl: ['a service control policy', 'service control policy'],
  resourceControl: ['a resource control policy', 'resource control policy'],
} as const;

/** A denial in IAM's words. `resource` is what the asker called it, or `*` where the action has none. */
export function denialText(
  arn: string,
  action: string,
  resource: string,
  verdict: Extract<Verdict, { allowed: false }>,
): string {
  const [withArticle, bare] = WORDS[verdict.by];
  const on = resource === '*' ? '' : ` on resource: ${resource}`;
  const because = verdict.isExplicit
    ? `with an explicit deny in ${withArticle}`
    : `because no ${bare} allows the ${action} action`;
  return `User: ${arn} is not authorized to perform: ${action}${on} ${because}`;
}
