/** The kinds of policy that AWS names where it tells why a request is denied. */
export type PolicyKind =
  | 'identity'
  | 'resource'
  | 'endpoint'
  | 'service-control'
  | 'resource-control'
  | 'boundary'
  | 'session'
  | 'trust';

/** What AWS says of a denial: whether a policy denies or none allows, and of which kind; undefined where it does not say. */
export interface PolicySaid {
  readonly form: 'denies' | 'no-allow';
  readonly policy: PolicyKind | undefined;
}

// Services word it a little differently (`sessions policy`, `in the role trust policy`, a policy's ARN behind it).
const KINDS: readonly (readonly [pattern: RegExp, policy: PolicyKind])[] = [
  [/service control polic/i, 'service-control'],
  [/resource control polic/i, 'resource-control'],
  [/permissions boundar/i, 'boundary'],
  [/sessions? polic/i, 'session'],
  [/endpoint polic/i, 'endpoint'],
  [/trust polic/i, 'trust'],
  [/resource-based polic/i, 'resource'],
  [/identity-based polic/i, 'identity'],
];

/** Reads why a request is denied out of AWS's words; undefined where they give no reason. */
export function readPolicySaid(message: string): PolicySaid | undefined {
  const denied = /\bwith an explicit deny\b(.*)$/is.exec(message)?.[1];
  // KMS says of a key that is not there, not shared or denied all three at once.
  const implicit = /\bbecause (?:the resource does not exist\b.*|(?:no|the)\b.*\ballows?\b.*)$/is.exec(message)?.[0];
  const reason = denied ?? implicit;
  if (reason === undefined) return undefined;
  const policy = KINDS.find(([pattern]) => pattern.test(reason))?.[1];
  return { form: denied === undefined ? 'no-allow' : 'denies', policy };
}
