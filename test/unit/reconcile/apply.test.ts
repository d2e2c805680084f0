import { describe, expect, it } from 'vitest';
import type { SecretStorage } from '../../../src/core/ports.ts';
import type { DesiredSecret } from '../../../src/core/secret-change.ts';
import { applySecret } from '../../../src/reconcile/apply.ts';
import { specOf } from '../../support/builders.ts';
import { dataOf, UNKNOWN } from '../../support/live-secret.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { silentObserver } from '../../support/silent-observer.ts';

const key = { namespace: 'shop', name: 'shared' };
const signal = new AbortController().signal;

/** A Secret that others write to each time that we have just read it. */
function contested(times: number): { readonly cluster: MemoryCluster; readonly storage: SecretStorage } {
  const cluster = new MemoryCluster();
  cluster.createSecret(key, dataOf({ theirs: '0' }), { 'keyferry.dev/accept': 'db' });
  let left = times;
  const meddle = (): void => {
    if (left-- > 0) cluster.editSecret(key, { data: dataOf({ theirs: String(left) }) });
  };
  const storage: SecretStorage = {
    ...cluster.secrets,
    async replace(...call) {
      meddle();
      return cluster.secrets.replace(...call);
    },
    async apply(...call) {
      meddle();
      return cluster.secrets.apply(...call);
    },
  };
  return { cluster, storage };
}

const desired = (creationPolicy: 'Owner' | 'Merge'): DesiredSecret => ({
  key,
  owner: { namespace: 'shop', name: 'db', uid: 'uid-db' },
  target: specOf({ target: { name: 'shared', creationPolicy } }).target,
  data: dataOf({ ours: 'x' }),
  revision: '1.r',
  ...UNKNOWN,
});

describe('a Secret that others write to meanwhile', () => {
  const cases: readonly { it: string; policy: 'Owner' | 'Merge'; others: number; keys: readonly string[] | 'fault' }[] =
    [
      { it: 'is replaced after three of them', policy: 'Owner', others: 3, keys: ['ours'] },
      { it: 'is left to back-off after four', policy: 'Owner', others: 4, keys: 'fault' },
      { it: 'is merged into after fifteen', policy: 'Merge', others: 15, keys: ['ours', 'theirs'] },
      { it: 'is left to back-off after sixteen', policy: 'Merge', others: 16, keys: 'fault' },
    ];
  for (const { it: name, policy, others, keys } of cases) {
    it(name, async () => {
      const { cluster, storage } = contested(others);
      const applied = await applySecret(storage, silentObserver, desired(policy), 'notRead', signal);
      const present = [...(cluster.secret(key)?.data.keys() ?? [])].toSorted();
      if (keys === 'fault') expect(applied).toMatchObject({ ok: false, faults: [{ kind: 'ClusterUnavailable' }] });
      else expect({ applied, present }).toMatchObject({ applied: { ok: true }, present: keys });
    });
  }
});
