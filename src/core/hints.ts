import type { StoreNote } from './ports.ts';

/** As many as the CRD takes. A ClusterSecretStore may read as hundreds of identities. */
const MAX_HINTS = 20;

/** What the status of a store says beside its conditions: plain sentences, always in the same order. */
export const hintsOf = (notes: readonly StoreNote[]): string[] =>
  [...new Set(notes.map(hintOf))].sort().slice(0, MAX_HINTS);

function hintOf(note: StoreNote): string {
  switch (note.kind) {
    case 'batchDenied':
      return `${note.identity} may not call secretsmanager:BatchGetSecretValue, so every secret costs a call of its own, up to twenty times the calls; add to its policy: ${BATCH_STATEMENT}`;
    case 'failover':
      return `${note.region} failed when secrets were last read, so the failover Region ${note.servedBy} serves them until it recovers`;
  }
}

const BATCH_STATEMENT = JSON.stringify({
  Effect: 'Allow',
  Action: 'secretsmanager:BatchGetSecretValue',
  Resource: '*',
});
