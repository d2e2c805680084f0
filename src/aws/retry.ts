import type { AwsError } from './aws-error.ts';

/** Attempts of one call in all, as the SDK's own `standard` mode has them. */
export const MAX_ATTEMPTS = 3;

const BASE_MS = 100;
const CAP_MS = 5_000;

/** The wait before the next attempt: full jitter under 200, 400, ... ms, and never less than AWS asked for. */
export const backoffMs = (attempt: number, error: AwsError, random: number): number =>
  Math.max(error.retryAfterMs ?? 0, Math.ceil(Math.min(BASE_MS * 2 ** attempt, CAP_MS) * random));
