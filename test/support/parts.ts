import { ensureGoPart, ensureKwokStages, fromAssets, type GoPart } from './parts/go.ts';
import { ensureMoto } from './parts/python.ts';

/** The files of the real parts that the tests and the demo run on. */
export interface Parts {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly kubectl: string;
  readonly kwok: string;
  readonly kwokStages: string;
  readonly helm: string;
  readonly motoServer: string;
}

const kubernetes = (name: string, purpose: string): GoPart => ({
  name,
  module: 'kubernetes',
  package: `k8s.io/kubernetes/cmd/${name}`,
  purpose,
});

const GO_PARTS = {
  etcd: {
    name: 'etcd',
    module: 'etcd',
    package: 'go.etcd.io/etcd/server/v3',
    purpose: 'the database of the API server',
  },
  kubeApiserver: kubernetes('kube-apiserver', 'the real API server the tests talk to'),
  kubeControllerManager: kubernetes('kube-controller-manager', 'it rolls Deployments out and collects garbage'),
  kubeScheduler: kubernetes('kube-scheduler', 'it places pods'),
  kubectl: kubernetes('kubectl', 'to look around'),
  kwok: { name: 'kwok', module: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok', purpose: 'nodes whose pods run at once' },
  helm: { name: 'helm', module: 'helm', package: 'helm.sh/helm/v4/cmd/helm', purpose: 'it installs the chart' },
  actionlint: {
    name: 'actionlint',
    module: 'actionlint',
    package: 'github.com/rhysd/actionlint/cmd/actionlint',
    purpose: 'it checks the workflows',
  },
  judge: { name: 'judge', module: 'judge', package: '.', purpose: 'it says what GitOps tools make of an object' },
  promql: { name: 'promql', module: 'promql', package: '.', purpose: "Prometheus's own reading of rules and queries" },
  kubeconform: {
    name: 'kubeconform',
    module: 'kubeconform',
    package: 'github.com/yannh/kubeconform/cmd/kubeconform',
    purpose: 'it holds manifests to schemas',
  },
  kubeScore: {
    name: 'kube-score',
    module: 'kube-score',
    package: 'github.com/zegl/kube-score/cmd/kube-score',
    purpose: 'it looks for what is unsafe in manifests',
  },
} as const satisfies Record<string, GoPart>;

/** Finds or builds one Go part. */
export const ensurePart = async (part: keyof typeof GO_PARTS): Promise<string> =>
  fromAssets(GO_PARTS[part].name) ?? ensureGoPart(GO_PARTS[part]);

/** Finds or builds what only judges, and what demo and end-to-end tests do without. */
export async function ensureJudges(): Promise<void> {
  for (const part of ['promql', 'kubeconform', 'kubeScore'] as const) await ensurePart(part);
}

/** Finds or builds all real parts, one after another: each build uses every core by itself. */
export async function ensureParts(): Promise<Parts> {
  return {
    motoServer: await ensureMoto(),
    etcd: await ensurePart('etcd'),
    kubeApiserver: await ensurePart('kubeApiserver'),
    kubeControllerManager: await ensurePart('kubeControllerManager'),
    kubeScheduler: await ensurePart('kubeScheduler'),
    kubectl: await ensurePart('kubectl'),
    kwok: await ensurePart('kwok'),
    kwokStages: await ensureKwokStages(),
    helm: await ensurePart('helm'),
  };
}
