import type { FaultKind } from '../model/fault.ts';

/**
 * Every cause that a refusal of AWS can have, as far as its answers tell them apart. The ids are stable: docs/troubleshooting.md has a
 * section for each, held to this list by a test.
 */
export const CAUSES = [
  // A policy denies.
  'no-identity-policy',
  'identity-policy-denies',
  'no-resource-policy',
  'resource-policy-denies',
  'no-endpoint-policy',
  'endpoint-policy-denies',
  'no-service-control-policy',
  'service-control-policy-denies',
  'no-resource-control-policy',
  'resource-control-policy-denies',
  'no-permissions-boundary',
  'permissions-boundary-denies',
  'no-session-policy',
  'session-policy-denies',
  'explicit-deny',
  'no-reason',
  'bridge-failure',
  // What is read belongs to another account.
  'cross-account-identity',
  'cross-account-resource',
  'cross-account-key',
  'cross-account-no-reason',
  'default-key-across-accounts',
  // The KMS key of the value.
  'key-no-identity-policy',
  'key-no-key-policy',
  'key-denied',
  'key-not-allowed',
  'key-disabled',
  'key-pending-deletion',
  'key-unusable',
  // Nothing is there.
  'secret-not-found',
  'parameter-not-found',
  'other-region',
  'version-not-found',
  'no-value-yet',
  'marked-for-deletion',
  'invalid-name',
  // The credentials.
  'keys-unknown',
  'keys-expired',
  'wrong-signature',
  'clock',
  'region-disabled',
  // The trade of a token for a role.
  'trust-policy',
  'tag-session',
  'sts-other-policy',
  'no-oidc-provider',
  'wrong-audience',
  'wrong-thumbprint',
  'issuer-unreachable',
  'token-expired',
  'token-refused',
  'invalid-role',
  'sts-region-disabled',
  'sts-refused',
  'sts-unavailable',
  // Too much is asked.
  'secrets-manager-throttled',
  'parameter-store-throttled',
  'kms-throttled',
  'sts-throttled',
  'no-turn',
  'store-limit',
  // No answer, or none that could be read.
  'unreachable',
  'unavailable',
  'not-aws',
  'no-answer',
  'refused',
] as const;

export type Cause = (typeof CAUSES)[number];

/** What a refusal means: its cause, and what is wrong and the cure in our own words. */
export interface Refusal {
  readonly cause: Cause;
  readonly kind: FaultKind;
  /** Names who has to act. Never holds AWS's text, a request id, a time or a value, and is the same at every look. */
  readonly detail: string;
}
