import { Election, type ElectionOptions, type Leadership } from './controller/election.ts';
import type { ApiClient } from './kube/client.ts';
import { INSTALLATION_KEY } from './kube/installation-key.ts';
import { createLeaseStorage } from './kube/lease.ts';
import { createSecretStorage } from './kube/secrets.ts';
import type { Log } from './telemetry/log.ts';

// Which of several operators works: the wiring of the election.

/** Name of the Lease, in the operator's namespace. */
const LEASE = 'keyferry';

/** One that may work, or waits for its turn. */
export interface Leader extends Leadership {
  /** Waits for its turn and does the work. A text says why it had to stop before `signal` said so. */
  lead(work: (stop: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<string | undefined>;
  /** What stands still, one line each. */
  health(): readonly string[];
}

/** The only operator there is. */
export const alone: Leader = {
  holds: () => true,
  health: () => [],
  async lead(work, signal) {
    await work(signal);
    return undefined;
  },
};

interface Candidate extends Pick<ElectionOptions, 'steady' | 'wall' | 'timers'> {
  readonly log: Log;
  /** The pod's name. */
  readonly instance: string;
  readonly config: { readonly leaseDurationS: number };
  readonly randomBytes: (count: number) => Uint8Array;
}

/** One of several, by the Lease of the namespace. `client` has its own connections, and is never told to be quiet. */
export function createCandidate(around: Candidate, client: ApiClient, namespace: string): Leader {
  const { log, instance, randomBytes } = around;
  // A container that starts again in the same pod is another process.
  const me = `${instance}_${Buffer.from(randomBytes(4)).toString('hex')}`;
  const lease = `${namespace}/${LEASE}`;
  const secrets = createSecretStorage(client);
  const election = new Election({
    ...around,
    storage: createLeaseStorage(client, { namespace, name: LEASE }),
    me,
    durationMs: around.config.leaseDurationS * 1000,
    // Whoever leads makes the key before all else.
    isNew: async (signal) => {
      const key = await secrets.read({ namespace, name: INSTALLATION_KEY }, signal);
      return key.ok && key.value === undefined;
    },
    observer: {
      waiting: (holder) => log.info('Standing by', { lease, holder: holder === '' ? 'nobody' : holder }),
      elected: () => log.info('Leading', { lease, holder: me }),
      troubled: (reason) => log.warn('The lease cannot be read or written', { lease, reason }),
    },
  });
  return {
    holds: () => election.holds(),
    health: () => election.health(),
    lead: async (work, signal) => {
      const lost = await election.lead(work, signal);
      return lost === undefined ? undefined : `The lease ${lease} is lost: ${lost}`;
    },
  };
}
