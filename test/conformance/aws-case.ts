import { expect } from 'vitest';
import type { Aws } from '../support/aws.ts';

/** An AWS that a suite arranges and looks at, through the real SDK. */
export interface AwsWorld {
  /** Part of every name: others may use the same AWS. */
  readonly prefix: string;
  readonly account: string;
  readonly endpoint: string;
  /** With keys that may do everything. */
  openAws(region?: string): Aws;
}

/** What AWS does, as far as tests rely on it. */
export interface AwsCase {
  readonly it: string;
  /** Where moto does something else than AWS: what. */
  readonly motoDiffers?: string;
  readonly show: (world: AwsWorld) => Promise<void>;
}

/** Expects a call to fail with AWS's code, and words if they are given. */
export async function expectRefusal(call: Promise<unknown>, name: string, message?: string): Promise<void> {
  await expect(call).rejects.toMatchObject(message === undefined ? { name } : { name, message });
}
