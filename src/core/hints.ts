import type { StoreNote } from './ports.ts';

/** As many as the CRD takes. A ClusterSecretStore may read as hundreds of identities. */
const MAX_HINTS = 20;
/** Of one kind that comes once a secret, so that there is room for the others. */
const MAX_STALE = 10;

/** What the status of a store says beside its conditions: plain sentences, always in the same order. */
export const hintsOf = (notes: readonly StoreNote[]): string[] =>
  [
    ...inOrder(notes.filter(({ kind }) => kind === 'stalePending')).slice(0, MAX_STALE),
    ...inOrder(notes.filter(({ kind }) => kind !== 'stalePending')),
  ]
    .sort()
    .slice(0, MAX_HINTS);

const inOrder = (notes: readonly StoreNote[]): string[] => [...new Set(notes.map(hintOf))].sort();

function hintOf(note: StoreNote): string {
  switch (note.kind) {
    case 'batchDenied':
      return `${note.identity} may not call secretsmanager:BatchGetSecretValue, so every secret costs a call of its own, up to twenty times the calls; add to its policy: ${BATCH_STATEMENT}`;
    case 'failover':
      return `${note.region} failed when secrets were last read, so the failover Region ${note.servedBy} serves them until it recovers`;
    case 'stalePending': {
      const { secret, versionId, region } = note;
      return `the rotation of secret ${JSON.stringify(secret)} in ${region} is blocked, because version ${versionId} still bears AWSPENDING from a rotation that did not finish; take the label away: aws secretsmanager update-secret-version-stage --secret-id ${secret} --version-stage AWSPENDING --remove-from-version-id ${versionId} --region ${region}`;
    }
  }
}

const BATCH_STATEMENT = JSON.stringify({
  Effect: 'Allow',
  Action: 'secretsmanager:BatchGetSecretValue',
  Resource: '*',
});
