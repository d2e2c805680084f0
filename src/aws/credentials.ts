import type { AwsKeys } from './transport.ts';

/** Keys, and how long they serve. */
export interface Credentials {
  readonly keys: AwsKeys;
  /** The ARN that AWS knows the holder by, where AWS told. */
  readonly identityArn?: string;
  /** From then on new ones are got, while these still serve. */
  readonly renewAtMs: number;
  /** From then on these are not used any more. */
  readonly endAtMs: number;
}
