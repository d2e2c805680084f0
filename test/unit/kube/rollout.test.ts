import { describe, expect, it } from 'vitest';
import type { WorkloadKind } from '../../../src/core/ports.ts';
import type { Rollout } from '../../../src/core/workload-storage.ts';
import { readRollout } from '../../../src/kube/rollout.ts';

const read = (kind: WorkloadKind, spec: object, status: object): Rollout =>
  readRollout({ kind, metadata: { generation: 3 }, spec, status: { observedGeneration: 3, ...status } });

interface Case {
  readonly it: string;
  readonly spec?: object;
  readonly status: object;
  readonly want: Partial<Rollout>;
}

const progressing = (reason: string): object => ({
  conditions: [{ type: 'Available' }, { type: 'Progressing', status: 'x', reason }],
});
const whole = { replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 2 };
const OWN_DEADLINE = { progressDeadlineSeconds: 600 };

const deployments: readonly Case[] = [
  { it: 'is through when all of its pods are new and available', status: whole, want: { phase: 'done' } },
  {
    it: 'is under way before its controller has looked',
    status: { ...whole, observedGeneration: 2 },
    want: { phase: 'underWay' },
  },
  {
    it: 'is under way before its controller has ever looked',
    status: { observedGeneration: undefined },
    want: { phase: 'underWay' },
  },
  { it: 'is under way while old pods are left', status: { ...whole, replicas: 3 }, want: { phase: 'underWay' } },
  {
    it: 'is under way while new pods are missing',
    status: { ...whole, updatedReplicas: 1, replicas: 1 },
    want: { phase: 'underWay' },
  },
  {
    it: 'is under way until new pods are available',
    status: { ...whole, availableReplicas: 1 },
    want: { phase: 'underWay' },
  },
  {
    it: 'stays through when pods fall ill later',
    status: { ...whole, availableReplicas: 0, ...progressing('NewReplicaSetAvailable') },
    want: { phase: 'done' },
  },
  {
    it: 'stays through when it is scaled',
    spec: { replicas: 5 },
    status: { ...whole, ...progressing('NewReplicaSetAvailable') },
    want: { phase: 'done' },
  },
  {
    it: 'is under way again where the condition has not followed yet',
    status: { ...whole, updatedReplicas: 0, ...progressing('NewReplicaSetAvailable') },
    want: { phase: 'underWay' },
  },
  {
    it: 'is under way while all old pods are gone and none is new, as with the strategy Recreate',
    status: progressing('NewReplicaSetAvailable'),
    want: { phase: 'underWay' },
  },
  {
    it: 'fails when its controller says so',
    status: { ...whole, availableReplicas: 1, ...progressing('ProgressDeadlineExceeded') },
    want: { phase: 'failed' },
  },
  { it: 'is through without pods', spec: { replicas: 0 }, status: {}, want: { phase: 'done', desiredPods: 0 } },
  { it: 'may be paused', spec: { paused: true }, status: whole, want: { isPaused: true } },
  { it: 'has a deadline of its own', spec: OWN_DEADLINE, status: whole, want: { deadlineS: undefined } },
  {
    it: 'has ours where its own is for ever',
    spec: { progressDeadlineSeconds: 2_147_483_647, minReadySeconds: 30 },
    status: whole,
    want: { deadlineS: 630 },
  },
];

const same = { currentRevision: 'a', updateRevision: 'a' };
const moving = { currentRevision: 'a', updateRevision: 'b' };
const statefulSets: readonly Case[] = [
  { it: 'is through when its revisions are the same', status: { ...same }, want: { phase: 'done', deadlineS: 600 } },
  {
    it: 'stays through when pods fall ill later',
    status: { ...same, updatedReplicas: 2, readyReplicas: 0 },
    want: { phase: 'done' },
  },
  {
    it: 'is under way while its revisions differ',
    status: { ...moving, updatedReplicas: 1, readyReplicas: 2 },
    want: { phase: 'underWay' },
  },
  {
    it: 'is under way until all are ready',
    status: { ...moving, updatedReplicas: 2, readyReplicas: 1 },
    want: { phase: 'underWay' },
  },
  {
    it: 'is through with those above its partition',
    spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } },
    status: { ...moving, updatedReplicas: 1, readyReplicas: 2 },
    want: { phase: 'done', isOnDelete: false },
  },
  {
    it: 'waits for hands',
    spec: { updateStrategy: { type: 'OnDelete' } },
    status: { ...moving, updatedReplicas: 1, readyReplicas: 2 },
    want: { phase: 'underWay', isOnDelete: true },
  },
  {
    it: 'is through when hands have deleted all',
    spec: { updateStrategy: { type: 'OnDelete' } },
    status: { ...moving, updatedReplicas: 2, readyReplicas: 2 },
    want: { phase: 'done' },
  },
];

const everywhere = { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };
const daemonSets: readonly Case[] = [
  {
    it: 'is through when it is new and available on all nodes',
    status: everywhere,
    want: { phase: 'done', desiredPods: 3 },
  },
  {
    it: 'is under way while a node has an old pod',
    status: { ...everywhere, updatedNumberScheduled: 2 },
    want: { phase: 'underWay' },
  },
  {
    it: 'is under way until all are available',
    status: { ...everywhere, numberAvailable: 2 },
    want: { phase: 'underWay' },
  },
  { it: 'is through without nodes', status: {}, want: { phase: 'done', desiredPods: 0 } },
  {
    it: 'has our deadline, and what a pod needs to be ready on top',
    spec: { minReadySeconds: 20, updateStrategy: { type: 'OnDelete' } },
    status: everywhere,
    want: { deadlineS: 620, isOnDelete: true },
  },
];

const RESTART_AT = { restartAt: '2026-01-01T00:00:10Z' };
const argo: readonly Case[] = [
  { it: 'is through when Argo says so', status: { phase: 'Healthy' }, want: { phase: 'done', deadlineS: 600 } },
  { it: 'is through while a canary waits', status: { phase: 'Paused' }, want: { phase: 'done', isPaused: false } },
  { it: 'is under way while Argo says so', status: { phase: 'Progressing' }, want: { phase: 'underWay' } },
  {
    it: 'is under way where Argo says what nobody knows',
    status: { phase: 'constructor' },
    want: { phase: 'underWay' },
  },
  { it: 'fails when Argo says so', spec: RESTART_AT, status: { phase: 'Degraded' }, want: { phase: 'failed' } },
  {
    it: 'is under way until its pods are restarted',
    spec: RESTART_AT,
    status: { phase: 'Healthy' },
    want: { phase: 'underWay' },
  },
  {
    it: 'is under way until its pods are restarted again',
    spec: RESTART_AT,
    status: { phase: 'Healthy', restartedAt: '2026-01-01T00:00:09Z' },
    want: { phase: 'underWay' },
  },
  {
    it: 'is through when its pods are restarted',
    spec: RESTART_AT,
    status: { phase: 'Healthy', restartedAt: RESTART_AT.restartAt },
    want: { phase: 'done' },
  },
  { it: 'may be paused', spec: { paused: true }, status: { phase: 'Paused' }, want: { isPaused: true } },
  {
    it: 'is under way before Argo has looked',
    status: { observedGeneration: '2', phase: 'Healthy' },
    want: { phase: 'underWay' },
  },
  {
    it: 'is looked at where Argo counts in its own way',
    status: { observedGeneration: '6f9c', phase: 'Healthy' },
    want: { phase: 'done' },
  },
];

for (const [kind, cases] of [
  ['Deployment', deployments],
  ['StatefulSet', statefulSets],
  ['DaemonSet', daemonSets],
  ['Rollout', argo],
] as const) {
  describe(`the rollout of a ${kind}`, () => {
    for (const { it: name, spec, status, want } of cases)
      it(name, () => expect(read(kind, { replicas: 2, ...OWN_DEADLINE, ...spec }, status)).toMatchObject(want));
  });
}

it('of a status that is none is under way', () => {
  const sent = { kind: 'Deployment', metadata: { generation: 1 }, spec: null, status: 'x' } as const;
  expect(readRollout(sent)).toMatchObject({ phase: 'underWay', desiredPods: 1 });
});
