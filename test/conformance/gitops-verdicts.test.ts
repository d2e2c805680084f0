import { describe, expect, it } from 'vitest';
import { patchStatus } from '../../src/core/patch-status.ts';
import { planRestartStatus, type RestartState } from '../../src/core/restart-status.ts';
import { type Outcome, type Status, type Subject, summarize } from '../../src/core/summarize.ts';
import { type Check, type StoreStatus, summarizeStore } from '../../src/core/summarize-store.ts';
import { type FaultKind, faults } from '../../src/model/fault.ts';
import { healthCheckOf } from '../support/gitops-examples.ts';
import { verdictsOn } from '../support/gitops-verdict.ts';
import { failed, inSync, MINUTE, subjectOf, synced, T0 } from '../support/outcomes.ts';

// What Argo CD, Flux, helm --wait and kstatus make of the statuses that keyferry writes, by the tools' own programs.

const UNSEEN: Status = { observedGeneration: -1 };
const HOUR = 60 * MINUTE;

/** The object with the status that a pass leaves. */
const after = (status: Status, outcome: Outcome, nowMs = T0, more: Partial<Subject> = {}): Status =>
  patchStatus(status, summarize(subjectOf(status, more), outcome, nowMs));

const externalSecret = (status: Status, generation = 1, metadata: object = {}) => ({
  apiVersion: 'keyferry.dev/v1alpha1',
  kind: 'ExternalSecret',
  metadata: { name: 'db', namespace: 'shop', generation, ...metadata },
  spec: { secretStoreRef: { name: 'aws' } },
  status,
});

const withRestart = (state: RestartState): Status => {
  const report = { kind: 'Deployment', namespace: 'shop', name: 'shop', secrets: ['db'], state };
  const times = { sinceS: T0 / 1000, restartedAtS: T0 / 1000, owedSinceS: undefined };
  return { ...inSync(), ...planRestartStatus(inSync(), [{ ...report, ...times }], () => true) };
};

const gone: Outcome = {
  kind: 'gone',
  faults: [{ kind: 'SecretNotFound', subject: 'spec.data[0]', detail: 'is not there' }],
  sinceMs: T0,
  isRemoved: true,
};

type Verdicts = readonly [argocd: string, kstatus: string, flux: string];
const states: readonly { it: string; object: ReturnType<typeof externalSecret>; is: Verdicts; says: string }[] = [
  {
    it: 'that nobody has looked at',
    object: externalSecret(UNSEEN),
    is: ['Progressing', 'InProgress', 'InProgress'],
    says: 'has not looked at it yet',
  },
  {
    it: 'that is in sync',
    object: externalSecret(inSync()),
    is: ['Healthy', 'Current', 'Current'],
    says: 'holds 2 keys as AWS has them',
  },
  {
    it: 'that was changed and not looked at since',
    object: externalSecret(inSync(), 2),
    is: ['Progressing', 'InProgress', 'InProgress'],
    says: 'has not looked at it yet',
  },
  {
    it: 'that is in sync while AWS is away for a moment',
    object: externalSecret(after(inSync(), failed('SourceUnavailable'), T0 + MINUTE)),
    is: ['Healthy', 'InProgress', 'Current'],
    says: 'is SourceUnavailable; Secret db keeps what it has',
  },
  {
    it: 'that AWS has been away from for too long',
    object: externalSecret(after(inSync(), failed('SourceUnavailable'), T0 + 4 * HOUR)),
    is: ['Degraded', 'InProgress', 'Failed'],
    says: 'is SourceUnavailable',
  },
  {
    it: 'that AWS is away from at the first look',
    object: externalSecret(after(UNSEEN, failed('Throttled'))),
    is: ['Progressing', 'InProgress', 'InProgress'],
    says: 'is Throttled; no Secret has been written yet',
  },
  {
    it: 'whose store is not there yet',
    object: externalSecret(after(UNSEEN, failed('StoreNotFound'))),
    is: ['Progressing', 'InProgress', 'InProgress'],
    says: 'is StoreNotFound',
  },
  {
    it: 'whose store has gone',
    object: externalSecret(after(inSync(), failed('StoreNotFound'))),
    is: ['Degraded', 'InProgress', 'Failed'],
    says: 'is StoreNotFound',
  },
  {
    it: 'that fails at the first look',
    object: externalSecret(after(UNSEEN, failed('SecretNotFound'))),
    is: ['Degraded', 'InProgress', 'Failed'],
    says: 'is SecretNotFound; no Secret has been written yet',
  },
  {
    it: 'that fails in one of two ways that somebody has to see to',
    object: externalSecret(after(UNSEEN, failed('Throttled', 'AccessDenied'))),
    is: ['Degraded', 'InProgress', 'Failed'],
    says: 'is AccessDenied',
  },
  {
    it: 'that is stalled',
    object: externalSecret(after(UNSEEN, failed('InvalidSpec'))),
    is: ['Degraded', 'Failed', 'Failed'],
    says: 'is InvalidSpec',
  },
  {
    it: 'whose values and Secret are gone',
    object: externalSecret(after(inSync(), gone, T0 + HOUR)),
    is: ['Degraded', 'InProgress', 'Failed'],
    says: 'the Secret was removed',
  },
  {
    it: 'that is suspended',
    object: externalSecret(after(inSync(), { kind: 'suspended' }, T0, { generation: 2 }), 2),
    is: ['Suspended', 'Current', 'Current'],
    says: 'spec.suspend is true',
  },
  {
    it: 'that was suspended while it failed',
    object: externalSecret(
      after(after(inSync(), failed('SecretNotFound')), { kind: 'suspended' }, T0, { generation: 2 }),
      2,
    ),
    is: ['Suspended', 'InProgress', 'Current'],
    says: 'spec.suspend is true',
  },
  {
    it: 'that was suspended before the first look',
    object: externalSecret(after(UNSEEN, { kind: 'suspended' })),
    is: ['Suspended', 'InProgress', 'Current'],
    says: 'spec.suspend is true',
  },
  {
    it: 'that a workload is being restarted for',
    object: externalSecret(withRestart('Restarting')),
    is: ['Healthy', 'Current', 'Current'],
    says: 'holds 2 keys',
  },
  {
    it: 'that a workload could not be restarted for, which shows on the workload',
    object: externalSecret(withRestart('Failed')),
    is: ['Healthy', 'Current', 'Current'],
    says: 'holds 2 keys',
  },
];

const statusesOf = ({ argocd, kstatus, flux }: Awaited<ReturnType<typeof verdictsOn>>[number]): unknown => [
  argocd.status,
  kstatus.status,
  flux.status,
];

describe('an ExternalSecret', async () => {
  const verdicts = await verdictsOn(states.map(({ object }) => object));
  for (const [at, { it: name, is, says }] of states.entries()) {
    it(`${name} is ${is.join(', ')}`, () => {
      const verdict = verdicts[at];
      expect(verdict && statusesOf(verdict)).toEqual(is);
      expect(verdict?.argocd.message).toContain(says);
    });
  }

  it('that is being deleted is going away, whatever it said before', async () => {
    const deleted = externalSecret(inSync(), 1, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    const [verdict] = await verdictsOn([deleted]);
    expect(verdict?.kstatus.status).toBe('Terminating');
  });
});

// What passes by itself, by the table of faults, and what others in the cluster are to make.
const kinds = Object.keys(faults) as FaultKind[];
const OF_OTHERS: readonly FaultKind[] = ['StoreNotFound', 'TargetNotFound'];
const NEVER_A_REASON_TO_WAIT: readonly FaultKind[] = ['Internal', 'RestartRefused'];
const passesByItself = (kind: FaultKind): boolean =>
  faults[kind].retry === 'withBackoff' && !NEVER_A_REASON_TO_WAIT.includes(kind);

/** Statuses that keyferry may come to with the fault: at the first look, soon after a sync, long after. */
const statusesWith = (kind: FaultKind): readonly Status[] => [
  after(UNSEEN, failed(kind)),
  after(inSync(), failed(kind), T0 + MINUTE),
  after(inSync(), failed(kind), T0 + 9 * HOUR),
  after(after(UNSEEN, failed(kind)), { kind: 'suspended' }),
  after(after(inSync(), failed(kind)), synced(T0 + MINUTE), T0 + MINUTE),
];

describe('every fault', async () => {
  const objects = kinds.flatMap((kind) => statusesWith(kind).map((status) => externalSecret(status)));
  const verdicts = await verdictsOn(objects);

  it('is the same to Argo CD and to Flux', () => {
    const same: Readonly<Record<string, string>> = {
      Healthy: 'Current',
      Suspended: 'Current',
      Progressing: 'InProgress',
      Degraded: 'Failed',
    };
    const wrong = verdicts.filter(({ argocd, flux }) => same[argocd.status ?? ''] !== flux.status);
    expect(wrong).toEqual([]);
  });

  it('is never well to kstatus, and never past cure, where it is otherwise to Argo CD', () => {
    const isWrong = (kstatus: string | undefined, argocd: string | undefined): boolean =>
      (kstatus === 'Failed' && argocd !== 'Degraded') ||
      (kstatus === 'Current' && argocd !== 'Healthy' && argocd !== 'Suspended');
    expect(verdicts.filter(({ argocd, kstatus }) => isWrong(kstatus.status, argocd.status))).toEqual([]);
  });

  for (const [at, kind] of kinds.entries()) {
    const waits = passesByItself(kind) || OF_OTHERS.includes(kind);
    it(`${kind} is ${waits ? 'waited for' : 'a failure at once'} while there is no Secret yet`, () => {
      const first = verdicts[at * statusesWith(kind).length];
      expect(first?.argocd.status).toBe(waits ? 'Progressing' : 'Degraded');
    });
  }
});

describe.each(['SecretStore', 'ClusterSecretStore'])('a %s', async (kind) => {
  const well: Check = { found: { ok: true, value: { identityArn: 'arn:aws:iam::123456789012:role/a' } }, hints: [] };
  const broken = (fault: FaultKind): Check => ({
    found: { ok: false, faults: [{ kind: fault, subject: 'spec.auth', detail: `is ${fault}` }] },
    hints: [],
  });
  const checked = (status: StoreStatus, check: Check): StoreStatus =>
    patchStatus(status, summarizeStore(status, check, 1, T0) ?? {});
  const store = (status: StoreStatus, generation = 1) => ({
    apiVersion: 'keyferry.dev/v1alpha1',
    kind,
    metadata: { name: 'aws', generation },
    spec: { region: 'eu-west-1' },
    status,
  });
  const fresh: StoreStatus = { observedGeneration: -1 };
  const cases: readonly { it: string; object: object & { kind: string }; is: Verdicts; says: string }[] = [
    {
      it: 'that nobody has looked at',
      object: store(fresh),
      is: ['Progressing', 'InProgress', 'InProgress'],
      says: 'has not looked',
    },
    { it: 'that is well', object: store(checked(fresh, well)), is: ['Healthy', 'Current', 'Current'], says: 'knows' },
    {
      it: 'that was changed and not looked at since',
      object: store(checked(fresh, well), 2),
      is: ['Progressing', 'InProgress', 'InProgress'],
      says: 'has not looked',
    },
    {
      it: 'that is stalled',
      object: store(checked(fresh, broken('InvalidSpec'))),
      is: ['Degraded', 'Failed', 'Failed'],
      says: 'is InvalidSpec',
    },
  ];
  const verdicts = await verdictsOn(cases.map(({ object }) => object));
  for (const [at, { it: name, is, says }] of cases.entries()) {
    it(`${name} is ${is.join(', ')}`, () => {
      const verdict = verdicts[at];
      expect(verdict && statusesOf(verdict)).toEqual(is);
      expect(verdict?.argocd.message).toContain(says);
    });
  }

  const found = await verdictsOn(kinds.map((fault) => store(checked(fresh, broken(fault)))));
  for (const [at, fault] of kinds.entries()) {
    const want = passesByItself(fault) ? ['Progressing', 'InProgress'] : ['Degraded', 'Failed'];
    it(`with ${fault} is ${want.join(', ')} to Argo CD and Flux`, () => {
      expect([found[at]?.argocd.status, found[at]?.flux.status]).toEqual(want);
    });
  }
});

it('has one health check for both kinds of store', () => {
  expect(healthCheckOf('ClusterSecretStore')).toBe(healthCheckOf('SecretStore'));
});
