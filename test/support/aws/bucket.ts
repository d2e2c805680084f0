/** Tokens as of a time; holds a second's worth at most. */
export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export const openBucket = (perSecond: number, nowMs: number): Bucket => ({ tokens: perSecond, atMs: nowMs });

/** Takes a token, if there is one by now. */
export function takeFrom(
  { tokens, atMs }: Bucket,
  perSecond: number,
  nowMs: number,
): { readonly bucket: Bucket; readonly isTaken: boolean } {
  const filled = Math.min(perSecond, tokens + ((nowMs - atMs) / 1_000) * perSecond);
  const isTaken = filled >= 1;
  return { bucket: { tokens: isTaken ? filled - 1 : filled, atMs: nowMs }, isTaken };
}
