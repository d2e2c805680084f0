import type { Accounts } from './accounts.ts';
import { type Arn, parseArn } from './arn.ts';
import type { CallOutcome } from './caller.ts';
import type { Lane } from './lane.ts';

/** True for names and for ARNs that are surely of the identity's own account and Region. */
export const isHome = (arn: Arn | undefined, lane: Lane, account: string | undefined): boolean =>
  arn === undefined || (account !== undefined && arn.account === account && arn.region === lane.access.region);

/**
 * An ARN whose name ends in a hyphen and six characters is taken for a full one, even when these are part of the name. At
 * home the name finds it then.
 */
export function nameOfFalseFullArn(
  lane: Lane,
  key: string,
  outcome: CallOutcome,
  accounts: Accounts,
): string | undefined {
  const arn = parseArn(key);
  if (arn === undefined || !isHome(arn, lane, accounts.of(lane))) return undefined;
  const absent = outcome.kind === 'error' && /^(ResourceNotFound|AccessDenied)$/.test(outcome.error.name);
  return absent ? /^secret:(.+-[A-Za-z0-9]{6})$/.exec(arn.resource)?.[1] : undefined;
}
