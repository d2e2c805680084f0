import { LRUCache } from 'lru-cache';
import { parseArn } from './arn.ts';
import { atMost } from './at-most.ts';
import { accountOf } from './identity.ts';
import type { Lane } from './lane.ts';

/** Which account an identity belongs to: its role tells, or the ARN of a secret that it read by a bare name. */
export interface Accounts {
  of(lane: Lane): string | undefined;
  /** `arn` is the identity's own, or of something that it named without an account. */
  learn(lane: Pick<Lane, 'identityKey'>, arn: string): void;
}

const MAX_IDENTITIES = 10_000;

export function createAccounts(): Accounts {
  const learnt = new LRUCache<string, string>(atMost(MAX_IDENTITIES));
  return {
    of: (lane) => accountOf(lane.access.identity) ?? learnt.get(lane.identityKey),
    learn(lane, arn) {
      const account = parseArn(arn)?.account;
      if (account !== undefined && /^\d{12}$/.test(account)) learnt.set(lane.identityKey, account);
    },
  };
}
