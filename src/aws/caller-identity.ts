import type { Access } from '../core/ports.ts';
import type { AwsError } from './aws-error.ts';
import type { Credentials } from './credentials.ts';
import { textMember } from './member.ts';
import { callSts, type StsMeans } from './sts-call.ts';
import type { AwsKeys } from './transport.ts';
import { withinMs } from './within.ts';

/** Who the credentials belong to: an ARN; unknown while STS does not tell; or nobody, as AWS does not take them. */
export type Whose =
  | { readonly kind: 'known'; readonly identityArn: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly error: AwsError };

export interface CallerIdentities {
  /** Asks STS where nothing has told, once for all who ask at once, and not again once it has answered. Never rejects. */
  of(access: Access, credentials: Credentials): Promise<Whose>;
  /** Asks without anybody waiting, once for these keys. */
  learn(access: Access, credentials: Credentials): void;
}

const ASK_MS = 10_000;

/** Over GetCallerIdentity, which no policy can deny. `learnt` hears of each answer. */
export function createCallerIdentities(
  means: StsMeans & { readonly closed: AbortSignal },
  learnt: (access: Access, identityArn: string) => void,
): CallerIdentities {
  const known = new WeakMap<AwsKeys, Promise<Whose>>();
  const asked = new WeakSet<AwsKeys>();

  const ask = async (access: Access, { keys }: Credentials): Promise<Whose> => {
    const call = { api: 'GetCallerIdentity', input: {} } as const;
    const outcome = await withinMs(ASK_MS, means.closed, (signal) => callSts(means, call, access.region, keys, signal));
    if (outcome.kind === 'error') {
      known.delete(keys);
      return outcome.error.class === 'credentials' ? { kind: 'refused', error: outcome.error } : { kind: 'unknown' };
    }
    const identityArn = textMember(outcome.answer, 'Arn');
    if (!/^arn:[\w:/+=,.@-]{1,2048}$/.test(identityArn)) return { kind: 'unknown' };
    learnt(access, identityArn);
    return { kind: 'known', identityArn };
  };

  const of = (access: Access, credentials: Credentials): Promise<Whose> => {
    const { identityArn, keys } = credentials;
    if (identityArn !== undefined) return Promise.resolve({ kind: 'known', identityArn });
    const before = known.get(keys);
    if (before !== undefined) return before;
    const asking = ask(access, credentials);
    known.set(keys, asking);
    return asking;
  };

  return {
    of,
    learn(access, credentials) {
      if (credentials.identityArn !== undefined || asked.has(credentials.keys)) return;
      asked.add(credentials.keys);
      // Never rejects, and whoever wants to know asks.
      void of(access, credentials);
    },
  };
}
